"""What the operator reads when core or the gateway raises: one text for each error."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pulumi_twilio_emergency.core.model.formatting import sentence
from pulumi_twilio_emergency.core.model.problem import EmergencyError, Problem
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted, NotSent
from pulumi_twilio_emergency.twilio_gateway.settings import UnusableSettings

_UNCHANGED = "No registration was changed."
_NOT_KNOWN = "Whether the request took effect is not known."
_AGAIN = "Run it again: every step first looks at what is already true."

LAST_CONFIG = (
    "`pulumi refresh` and `pulumi destroy` use the stack config of the last `pulumi up`: if it has "
    "changed since, run `pulumi up` first, or add --run-program. Environment variables are read where that "
    "config has none."
)
"""Why credentials may be missing or old in a command that runs no program."""


@dataclass(frozen=True, slots=True)
class SettingNames:
    """
    What a message says otherwise in one host or another.

    Attributes:
        credentials: How they are named, as everything that the operator has set.
        region: Region and edge.
        api_url: The address of the API.
        time_limit: What allows more time; empty where nothing does.
        again: What a second run does, as a sentence.

    """

    credentials: str
    region: str
    api_url: str
    time_limit: str = ""
    again: str = "Run it again."


ENVIRONMENT = SettingNames(
    "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)",
    "TWILIO_REGION and TWILIO_EDGE",
    "TWILIO_API_URL",
)
STACK_CONFIG = SettingNames(
    "twilio:accountSid and twilio:authToken (or twilio:apiKey and twilio:apiSecret) in stack config, "
    f"or {ENVIRONMENT.credentials} in the environment,",
    "twilio:region and twilio:edge (or TWILIO_REGION and TWILIO_EDGE)",
    "twilio:apiUrl (or TWILIO_API_URL)",
    "custom_timeouts",
    _AGAIN,
)

_KINDS = {20003: 20003, 20005: 20005, 20008: 20008, 22402: 22402, 22403: 22402, 20429: 20429}
"""Twilio's codes that have a text of their own, and whose text that is."""
_BY_STATUS = {401: 20003, 429: 20429}


def explain(error: BaseException, *, without_program: bool = False) -> str | None:
    """
    Return the operator's text for an error of ours in Pulumi; None for one that was not expected.

    Args:
        error: What was raised.
        without_program: The command is `pulumi refresh` or `pulumi destroy`, and runs no program.

    """
    problem = _problem(error)
    if problem is None:
        return None
    if without_program and _may_be_old_config(error):
        problem = replace(problem, remedy=f"{problem.remedy} {LAST_CONFIG}")
    return str(problem)


def _problem(error: BaseException) -> Problem | None:
    if isinstance(error, EmergencyError):
        return error.problem
    if isinstance(error, GatewayError):
        return problem_of(error, STACK_CONFIG)
    if isinstance(error, Interrupted):
        return Problem("Interrupted before anything was changed.", _UNCHANGED, _AGAIN)
    return None


def _may_be_old_config(error: BaseException) -> bool:
    if not isinstance(error, GatewayError):
        return isinstance(error, UnusableSettings)
    return _kind(error) == 20003 or (error.status == 404 and not error.gone) or error.doubts_api_url


def _kind(error: GatewayError) -> int | None:
    return _KINDS.get(error.code or 0) or _BY_STATUS.get(error.status or 0)


def problem_of(error: GatewayError, names: SettingNames = ENVIRONMENT) -> Problem:
    """
    Say a gateway's error in three parts: what happened, what it means, what to do.

    Args:
        error: What Twilio, or the way to it, answered.
        names: How settings are named: those of the environment for commands that have no stack.

    """
    problem = _problem_of_last(error, names)
    if error.outcome_unknown and problem.meaning != _NOT_KNOWN:
        # What the last try has met does not say what an earlier one has done.
        return replace(problem, meaning=_NOT_KNOWN, remedy=f"{problem.remedy} {names.again}")
    return problem


def _problem_of_last(error: GatewayError, names: SettingNames) -> Problem:
    kind = _kind(error)
    if kind is not None:
        return _of_kind(kind, error.code, names)
    if isinstance(error, NotSent):
        return _not_sent(error, names)
    if error.status == 404:
        return _not_found(error, names)
    if error.status is None or error.doubts_api_url:
        return _without_answer(error, names)
    return _of_status(error, error.status, names)


def _of_status(error: GatewayError, status: int, names: SettingNames) -> Problem:
    said = _said(error)
    if error.forbidden:
        return Problem(
            f"Twilio does not let these credentials do this: {said}.",
            _UNCHANGED,
            "Use a main or standard API key; a restricted one needs addresses, numbers and SIP domains.",
        )
    if status >= 500:
        meaning = _NOT_KNOWN if error.outcome_unknown else _UNCHANGED
        return Problem(f"Twilio failed: {said}.", meaning, names.again)
    remedy = "Correct the program and run it again."
    if error.code:
        remedy = f"https://www.twilio.com/docs/api/errors/{error.code} may tell more."
    return Problem(f"Twilio refused: {said}.", _UNCHANGED, remedy)


def _of_kind(kind: int, code: int | None, names: SettingNames) -> Problem:
    if kind == 20003:
        return Problem(
            "Twilio does not accept the credentials (20003).",
            _UNCHANGED,
            f"Check {names.credentials} and that the account is active. Keys of another Region or of a "
            "parent account do not work here.",
        )
    if kind == 20005:
        return Problem(
            "The Twilio account is not active (20005).",
            "It can place no calls, and nothing was changed in it.",
            "Reactivate it in the Twilio Console.",
        )
    if kind == 20008:
        return Problem(
            "Twilio's test credentials cannot manage addresses or numbers (20008).",
            _UNCHANGED,
            "Use live credentials, or try it on twilio-emulator.",
        )
    if kind == 22402:
        return Problem(
            f"Twilio refuses emergency work on this number in this Region ({code}).",
            _UNCHANGED,
            f"Emergency addresses are managed in US1: remove {names.region}.",
        )
    return Problem(
        "Twilio kept answering 'too many requests' (20429).",
        _UNCHANGED,
        f"Something else uses this account heavily. {names.again}",
    )


def _said(error: GatewayError) -> str:
    return f"{error.text} (HTTP {error.status}{f', code {error.code}' if error.code else ''})"


def _capitalized(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _not_sent(error: NotSent, names: SettingNames) -> Problem:
    meaning = _NOT_KNOWN if error.outcome_unknown else "This request was not sent, so it changed nothing."
    remedy = "Run the same command again."
    if names.time_limit:
        remedy = f"Raise {names.time_limit}, or run the same command again."
    return Problem(error.text, meaning, remedy)


def _without_answer(error: GatewayError, names: SettingNames) -> Problem:
    meaning = _NOT_KNOWN if error.outcome_unknown else _UNCHANGED
    if not error.transient:
        # Waiting does not help, and the text names the cause.
        remedy = "Correct that first."
        if error.doubts_api_url:
            remedy = f"Check {names.api_url}, and whether a proxy or web filter answers instead of Twilio."
        return Problem(_capitalized(sentence(error.text)), meaning, f"{remedy} {names.again}")
    what = f"No answer from Twilio: {sentence(error.text)}"
    if error.outcome_unknown:
        return Problem(what, meaning, names.again)
    return Problem(what, meaning, f"Check the network, and {names.api_url} if it is set. {names.again}")


def _not_found(error: GatewayError, names: SettingNames) -> Problem:
    if not error.gone:
        return Problem(
            f"{_capitalized(error.text)} (HTTP 404).",
            "Nothing is proven to be gone: state is left as it is, and no registration was changed.",
            f"Check {names.api_url} and the credentials.",
        )
    return Problem(
        f"Twilio has no such object in this account: {_said(error)}.",
        _UNCHANGED,
        "Check the SID, and that the credentials are for the account it lives in. If it was deleted outside "
        "Pulumi, run `pulumi refresh`, then `pulumi up`.",
    )
