"""
A SIP domain's two emergency fields: the switch, and the emergency caller.

Source: SIP Domain resource and emergency calling for SIP interfaces, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.problem import Problem, Unconfirmed
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.rules import guards

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.domain import Domain

# A fetch may be a moment behind the write it follows.
_CONFIRMATION_PAUSES = (0.0, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Wish:
    """The two fields as declared; `caller_sid` None means that the domain has no emergency caller."""

    domain_sid: str
    enabled: bool
    caller_sid: str | None


def switch(account: Account, wish: Wish) -> Domain:
    """
    Bring a SIP domain's emergency calling to what is declared, sending only what differs.

    Raises:
        Refused: The emergency caller is not registered; nothing was changed.
        Unconfirmed: Twilio took the change and does not show it.
        GatewayError: What else Twilio answered.

    """
    domain = account.gateway.domain(wish.domain_sid)
    if wish.caller_sid is not None and (wish.enabled or wish.caller_sid != domain.emergency_caller_sid):
        caller = account.gateway.number(wish.caller_sid)
        guards.refuse(guards.caller_is_not_registered(caller), unsafe=account.unsafe)
    enabled = None if domain.emergency_calling_enabled == wish.enabled else wish.enabled
    caller_sid = None if domain.emergency_caller_sid == wish.caller_sid else wish.caller_sid or ""
    if enabled is None and caller_sid is None:
        return domain
    account.gateway.set_domain(wish.domain_sid, enabled=enabled, caller_sid=caller_sid)
    account.domains.invalidate()
    return _confirmed(account, wish)


def switch_off(account: Account, domain_sid: str) -> None:
    """Switch emergency calling off and clear the caller. A domain that is gone counts as done."""
    try:
        switch(account, Wish(domain_sid, enabled=False, caller_sid=None))
    except GatewayError as error:
        if not error.gone:
            raise


def _confirmed(account: Account, wish: Wish) -> Domain:
    for pause in _CONFIRMATION_PAUSES:
        account.clock.sleep(pause)
        domain = account.gateway.domain(wish.domain_sid)
        if (
            domain.emergency_calling_enabled == wish.enabled
            and domain.emergency_caller_sid == wish.caller_sid
        ):
            return domain
    state = "on" if domain.emergency_calling_enabled else "off"
    raise Unconfirmed(
        Problem(
            f"Twilio took the change of {domain.domain_name} and still shows emergency calling {state} with "
            f"caller {domain.emergency_caller_sid or 'none'}.",
            "What an emergency call from this domain would do now is not certain.",
            "Run `pulumi up` again; if it stays so, look at the domain in the Twilio Console.",
        )
    )
