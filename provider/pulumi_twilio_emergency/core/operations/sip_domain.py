"""
A SIP domain's two emergency fields: the switch, and the emergency caller.

Source: SIP Domain resource and emergency calling for SIP interfaces, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.polling import pauses
from pulumi_twilio_emergency.core.account.submissions import NOTHING_KNOWN
from pulumi_twilio_emergency.core.model.problem import InterruptedBeforeChange, Problem, Unconfirmed
from pulumi_twilio_emergency.core.operations.gateway_error_texts import CORRECT_CREDENTIALS, said
from pulumi_twilio_emergency.core.operations.interruption import lost_write
from pulumi_twilio_emergency.core.operations.submitting import submitting
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.core.rules import guards

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.account.submissions import Submissions
    from pulumi_twilio_emergency.core.model.domain import Domain

# A fetch may be a moment behind the write it follows.
_CONFIRMED_WITHIN = 10.0
_UNCERTAIN = "What an emergency call from this domain would do now is not certain."
_LOOK_AGAIN = "Run the same command again; if it stays so, look at the domain in the Twilio Console."


def _always(_caller_sid: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class DesiredEmergencyCalling:
    """
    The two fields as declared.

    Attributes:
        domain_sid: The domain, `SD...`.
        enabled: Whether emergency calling is on.
        caller_sid: The number that emergency calls show, `PN...`; None for no emergency caller.
        is_ours: Asked about another caller of a domain that is on: whether it may be replaced. A domain that
            is off, or on without a caller, is nobody's.
        is_new: State does not know of it: a caller that is there already has to be registered, too.
        submissions: Where the caller is recorded before it is submitted.

    """

    domain_sid: str
    enabled: bool
    caller_sid: str | None
    is_ours: Callable[[str], bool] = field(default=_always, compare=False)
    is_new: bool = False
    submissions: Submissions = field(default=NOTHING_KNOWN, compare=False)

    def is_of_others(self, domain: Domain) -> bool:
        """Whether a domain is on with a caller that is not ours to replace."""
        caller = domain.emergency_caller_sid
        if not domain.emergency_calling_enabled or caller in {None, self.caller_sid}:
            return False
        return not self.is_ours(str(caller))

    def shown_by(self, domain: Domain) -> bool:
        """Whether a domain is as declared."""
        return (domain.emergency_calling_enabled, domain.emergency_caller_sid) == (
            self.enabled,
            self.caller_sid,
        )


def switch(account: Account, desired: DesiredEmergencyCalling, deadline: Deadline) -> Domain:
    """
    Bring a SIP domain's emergency calling to what is declared, sending only what differs.

    Raises:
        Refused: The emergency caller is not registered, or the domain has somebody else's; nothing was
            changed. InterruptedBeforeChange: the operator asked to stop.
        Unconfirmed: The change was sent, and no look has shown that it took effect.
        GatewayError: What else Twilio answered; nothing was changed, or, where `outcome_unknown` says so, the
            answer was lost and the domain is shown as it was.

    """
    with request_scope(deadline=deadline.at):
        try:
            domain = account.gateway.domain(desired.domain_sid)
            if desired.shown_by(domain):
                if desired.is_new:
                    _refuse_unfit_caller(account, desired, domain)
                desired.submissions.note(desired.domain_sid, desired.caller_sid)  # ours from now on
                return domain
            if desired.is_of_others(domain):
                guards.refuse(guards.text_domain_of_others(domain), unsafe=account.unsafe)
            _refuse_unfit_caller(account, desired, domain)
            account.clock.raise_if_interrupted()
        except Interrupted:
            raise InterruptedBeforeChange(_interrupted_before_change(desired)) from None
        try:
            _write(account, desired, domain)
        except Interrupted as interrupted:
            lost = lost_write(interrupted)
            if lost is None:
                raise InterruptedBeforeChange(_interrupted_before_change(desired)) from None
            return _confirmed(account, desired, domain, deadline, lost=lost)
        except GatewayError as error:
            if not error.outcome_unknown:
                raise
            return _confirmed(account, desired, domain, deadline, lost=error)
        return _confirmed(account, desired, domain, deadline)


def switch_off(account: Account, off: DesiredEmergencyCalling, deadline: Deadline) -> None:
    """
    Switch emergency calling off and clear the caller. A domain that is gone counts as done.

    Raises:
        Refused, InterruptedBeforeChange, Unconfirmed, GatewayError: As `switch`.

    """
    try:
        switch(account, off, deadline)
    except GatewayError as error:
        if not error.gone:
            raise
    except Unconfirmed as error:
        if not _says_gone(error.__cause__):
            raise


def _says_gone(error: BaseException | None) -> bool:
    return isinstance(error, GatewayError) and error.gone


def _refuse_unfit_caller(account: Account, desired: DesiredEmergencyCalling, domain: Domain) -> None:
    if desired.caller_sid is None:
        return
    if desired.enabled or desired.caller_sid != domain.emergency_caller_sid:
        caller = account.find_number(desired.caller_sid)
        guards.refuse(guards.problem_if_unfit_caller(desired.caller_sid, caller), unsafe=account.unsafe)


def _write(account: Account, desired: DesiredEmergencyCalling, domain: Domain) -> None:
    sid, caller_sid = desired.domain_sid, desired.caller_sid
    try:
        with submitting(desired.submissions, sid, caller_sid):
            account.gateway.set_domain(
                sid,
                enabled=None if domain.emergency_calling_enabled == desired.enabled else desired.enabled,
                caller_sid=None if domain.emergency_caller_sid == caller_sid else caller_sid or "",
            )
    finally:
        account.domains.invalidate()


def _confirmed(
    account: Account,
    desired: DesiredEmergencyCalling,
    domain: Domain,
    deadline: Deadline,
    *,
    lost: GatewayError | None = None,
) -> Domain:
    """
    Fetch the domain until it is as declared.

    A fetch that fails in passing is no reason to stop looking, and neither is one 404: it may lag, too.
    """
    last = min(deadline.at, account.clock.monotonic() + _CONFIRMED_WITHIN)
    seen: Domain | None = None
    failed: GatewayError | None = None
    try:
        schedule = pauses()
        while True:
            try:
                seen, failed = account.gateway.domain(desired.domain_sid), None
            except GatewayError as error:
                failed = error
                if not (error.transient or error.gone):
                    break
            if seen is not None and desired.shown_by(seen):
                return seen
            pause = next(schedule)
            if account.clock.monotonic() + pause > last:
                break
            account.clock.sleep(pause)
    except Interrupted:
        raise Unconfirmed(_interrupted_before_confirmation(domain, seen)) from None
    if lost is not None and failed is None and seen == domain:
        raise lost
    raise Unconfirmed(_not_confirmed(domain, seen, failed)) from failed or lost


def _interrupted_before_change(desired: DesiredEmergencyCalling) -> Problem:
    return Problem(
        f"Interrupted before anything was changed on SIP domain {desired.domain_sid}.",
        "Emergency calls from it do what they did before.",
        "Run the same command again when you are ready.",
    )


def _interrupted_before_confirmation(before: Domain, seen: Domain | None) -> Problem:
    return Problem(
        f"Interrupted after the change of {before.domain_name} was sent, before it was confirmed; "
        f"{_seen(seen)}.",
        _UNCERTAIN,
        _LOOK_AGAIN,
    )


def _not_confirmed(before: Domain, seen: Domain | None, failed: GatewayError | None) -> Problem:
    if failed is None:
        return Problem(
            f"The change of {before.domain_name} was sent and is not shown by Twilio; {_seen(seen)}.",
            _UNCERTAIN,
            _LOOK_AGAIN,
        )
    before_that = f" Before that, {_seen(seen)}." if seen is not None else ""
    return Problem(
        f"The change of {before.domain_name} was sent and could not be confirmed: "
        f"{said(failed)}{before_that}",
        _UNCERTAIN,
        f"{CORRECT_CREDENTIALS} {_LOOK_AGAIN}" if failed.forbidden else _LOOK_AGAIN,
    )


def _seen(domain: Domain | None) -> str:
    if domain is None:
        return "the last look showed nothing that could be read"
    state = "on" if domain.emergency_calling_enabled else "off"
    caller = domain.emergency_caller_sid or "none"
    return f"the last look showed emergency calling {state} with caller {caller}"
