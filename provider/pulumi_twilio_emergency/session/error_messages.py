"""What the operator reads when core or the gateway raises: one text for each error."""

from __future__ import annotations

from dataclasses import replace

from pulumi_twilio_emergency.core.model.problem import EmergencyError, Problem
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted, NotSent

_UNCHANGED = "What is registered stays registered."
_NOT_KNOWN = "Whether the request took effect is not known."
_AGAIN = "Run it again: every step first looks at what is already true."

LAST_CONFIG = (
    "`pulumi refresh` and `pulumi destroy` use the stack config of the last `pulumi up`: if it has "
    "changed since, run "
    "`pulumi up` first, add --run-program, or set the environment variables."
)

_BY_CODE = {
    20003: Problem(
        "Twilio does not accept the credentials (20003).",
        _UNCHANGED,
        "Check twilio:accountSid and twilio:authToken (or twilio:apiKey and twilio:apiSecret) and that the "
        f"account is active. Keys of another Region or of a parent account do not work here. {LAST_CONFIG}",
    ),
    20005: Problem(
        "The Twilio account is not active (20005).",
        "It can place no calls, and nothing was changed in it.",
        "Reactivate it in the Twilio Console.",
    ),
    20008: Problem(
        "Twilio's test credentials cannot manage addresses or numbers (20008).",
        _UNCHANGED,
        "Use live credentials, or rehearse against twilio-emulator.",
    ),
    22402: Problem(
        "Twilio refuses emergency work on this number in this Region (22402).",
        _UNCHANGED,
        "Emergency addresses are managed in US1: remove twilio:region and twilio:edge for this stack.",
    ),
    20429: Problem(
        "Twilio kept answering 'too many requests' (20429).",
        _UNCHANGED,
        "Something else uses this account heavily. " + _AGAIN,
    ),
}
_BY_STATUS = {401: _BY_CODE[20003], 429: _BY_CODE[20429]}
_BY_CODE[22403] = replace(_BY_CODE[22402], what=_BY_CODE[22402].what.replace("22402", "22403"))


def explain(error: BaseException) -> str | None:
    """Return the operator's text for an error of ours; None for one that nobody has foreseen."""
    if isinstance(error, EmergencyError):
        return str(error)
    if isinstance(error, GatewayError):
        return str(problem_of(error))
    if isinstance(error, Interrupted):
        return str(Problem("Interrupted before anything was changed.", _UNCHANGED, _AGAIN))
    return None


def problem_of(error: GatewayError) -> Problem:
    """Say a gateway's error in three parts: what happened, what it means, what to do."""
    known = _BY_CODE.get(error.code or 0) or _BY_STATUS.get(error.status or 0)
    if known is not None:
        return known
    if error.status is None:
        return _not_sent(error) if isinstance(error, NotSent) else _without_answer(error)
    if error.status == 404:
        return _not_found(error)
    said = _said(error)
    if error.forbidden:
        return Problem(
            f"Twilio does not let these credentials do this: {said}.",
            _UNCHANGED,
            "Use a main or standard API key; a restricted one needs addresses, numbers and SIP domains.",
        )
    if error.status >= 500:
        return Problem(f"Twilio failed: {said}.", _NOT_KNOWN, _AGAIN)
    remedy = "Correct the program and run it again."
    if error.code:
        remedy = f"https://www.twilio.com/docs/api/errors/{error.code} may tell more."
    return Problem(f"Twilio refused: {said}.", _UNCHANGED, remedy)


def _said(error: GatewayError) -> str:
    return f"{error.text} (HTTP {error.status}{f', code {error.code}' if error.code else ''})"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _not_sent(error: NotSent) -> Problem:
    meaning = _NOT_KNOWN if error.outcome_unknown else "This request was not sent, so it changed nothing."
    return Problem(error.text, meaning, "Raise custom_timeouts, or run the same command again.")


def _without_answer(error: GatewayError) -> Problem:
    meaning = _NOT_KNOWN if error.outcome_unknown else _UNCHANGED
    if not error.transient:
        # Waiting does not help, and the text names the cause.
        return Problem(_sentence(error.text), meaning, f"Correct that first. {_AGAIN}")
    what = f"No answer from Twilio: {error.text}{'' if error.text.endswith('?') else '.'}"
    if error.outcome_unknown:
        return Problem(what, meaning, _AGAIN)
    return Problem(what, meaning, f"Check the network, and twilio:apiUrl if it is set. {_AGAIN}")


def _not_found(error: GatewayError) -> Problem:
    if not error.gone:
        return Problem(
            f"{_sentence(error.text)} (HTTP 404).",
            "Nothing is proven to be gone: state is left as it is, and what is registered stays registered.",
            f"Check twilio:apiUrl and the credentials. {LAST_CONFIG}",
        )
    return Problem(
        f"Twilio has no such object in this account: {_said(error)}.",
        _UNCHANGED,
        "Check the SID, and that the credentials are for the account it lives in. If it was deleted outside "
        "Pulumi, run `pulumi refresh`, then `pulumi up`.",
    )
