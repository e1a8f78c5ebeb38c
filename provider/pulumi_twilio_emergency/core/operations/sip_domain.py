"""
A SIP domain's two emergency fields: the switch, and the emergency caller.

Source: SIP Domain resource and emergency calling for SIP interfaces, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.polling import pauses
from pulumi_twilio_emergency.core.model.problem import InterruptedBeforeChange, Problem, Unconfirmed
from pulumi_twilio_emergency.core.operations.interruption import lost_write
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.core.rules import guards

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.model.domain import Domain

# A fetch may be a moment behind the write it follows.
_CONFIRMED_WITHIN = 10.0
_UNCERTAIN = "What an emergency call from this domain would do now is not certain."
_LOOK_AGAIN = "Run the same command again; if it stays so, look at the domain in the Twilio Console."


@dataclass(frozen=True, slots=True)
class DesiredEmergencyCalling:
    """The two fields as declared; `caller_sid` None means that the domain has no emergency caller."""

    domain_sid: str
    enabled: bool
    caller_sid: str | None

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
        Refused: The emergency caller is not registered; nothing was changed. InterruptedBeforeChange: the
            operator asked to stop.
        Unconfirmed: The change was sent, and Twilio does not show it.
        GatewayError: What else Twilio answered; nothing was changed.

    """
    _, after = _switch(account, desired, deadline)
    return after


def switch_off(account: Account, domain_sid: str, deadline: Deadline) -> Domain | None:
    """
    Switch emergency calling off and clear the caller, whoever has set it. Gone counts as done.

    Returns the domain as it was found, or None if it is gone.

    Raises:
        InterruptedBeforeChange, Unconfirmed, GatewayError: As `switch`.

    """
    off = DesiredEmergencyCalling(domain_sid, enabled=False, caller_sid=None)
    try:
        found, _ = _switch(account, off, deadline)
    except GatewayError as error:
        if not error.gone:
            raise
        return None
    return found


def _switch(account: Account, desired: DesiredEmergencyCalling, deadline: Deadline) -> tuple[Domain, Domain]:
    """Return the domain as it was found, and as it is now."""
    with request_scope(deadline=deadline.at):
        try:
            domain = account.gateway.domain(desired.domain_sid)
            if desired.shown_by(domain):
                return domain, domain
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
            return domain, _confirmed(account, desired, domain, deadline, lost=lost)
        except GatewayError as error:
            if not error.outcome_unknown:
                raise
            return domain, _confirmed(account, desired, domain, deadline, lost=error)
        return domain, _confirmed(account, desired, domain, deadline)


def _refuse_unfit_caller(account: Account, desired: DesiredEmergencyCalling, domain: Domain) -> None:
    if desired.caller_sid is None:
        return
    if desired.enabled or desired.caller_sid != domain.emergency_caller_sid:
        caller = account.gateway.number(desired.caller_sid)
        guards.refuse(guards.problem_if_caller_not_registered(caller), unsafe=account.unsafe)


def _write(account: Account, desired: DesiredEmergencyCalling, domain: Domain) -> None:
    try:
        account.gateway.set_domain(
            desired.domain_sid,
            enabled=None if domain.emergency_calling_enabled == desired.enabled else desired.enabled,
            caller_sid=None
            if domain.emergency_caller_sid == desired.caller_sid
            else desired.caller_sid or "",
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
    """Fetch the domain until it is as declared; a fetch that fails is no reason to stop looking."""
    last = min(deadline.at, account.clock.monotonic() + _CONFIRMED_WITHIN)
    seen: Domain | None = None
    failed: GatewayError | None = None
    try:
        schedule = pauses()
        while True:
            try:
                seen = account.gateway.domain(desired.domain_sid)
            except GatewayError as error:
                if not error.transient:
                    raise
                failed = error
            if seen is not None and desired.shown_by(seen):
                return seen
            pause = next(schedule)
            if account.clock.monotonic() + pause > last:
                break
            account.clock.sleep(pause)
    except Interrupted:
        raise Unconfirmed(_interrupted_before_confirmation(domain, seen)) from None
    if lost is not None and seen == domain:
        raise lost
    raise Unconfirmed(_not_shown(domain, seen)) from lost or failed


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


def _not_shown(before: Domain, seen: Domain | None) -> Problem:
    return Problem(
        f"The change of {before.domain_name} was sent and is not shown by Twilio; {_seen(seen)}.",
        _UNCERTAIN,
        _LOOK_AGAIN,
    )


def _seen(domain: Domain | None) -> str:
    if domain is None:
        return "the last look showed nothing that could be read"
    state = "on" if domain.emergency_calling_enabled else "off"
    caller = domain.emergency_caller_sid or "none"
    return f"the last look showed emergency calling {state} with caller {caller}"
