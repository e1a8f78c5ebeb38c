"""
What is worth saying about a SIP domain's emergency calling: the switch, and the emergency caller.

Source: emergency calling for SIP interfaces and SIP Domain pages, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.finding import Said, Severity
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.core.rules.guards import text_caller_lost, what_calls_do

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.finding import DesiredDomain
    from pulumi_twilio_emergency.core.model.number import Number


def domain_finding(domain: Domain, desired: DesiredDomain | None, caller: Number | None) -> Said | None:
    """
    Return what there is to say about one SIP domain, or None.

    Args:
        domain: As Twilio shows it.
        desired: As it is declared; None where it is not.
        caller: The number that its emergency caller is; None where the account has no such number.

    """
    if not domain.emergency_calling_enabled:
        return _switched_off(domain) if desired is not None and desired.enabled else None
    if domain.emergency_caller_sid is None:
        # As dangerous where it is declared so: a declaration registers no number.
        return _without_caller(domain)
    if caller is None:
        return "domain-caller-foreign", Severity.CRITICAL, text_caller_lost(domain, None)
    if not caller.covered:
        return "domain-caller-unregistered", Severity.CRITICAL, text_caller_lost(domain, caller)
    if desired is not None and desired.caller not in {caller.sid, caller.phone_number}:
        return _other_caller(domain, desired, caller)
    return None


def _switched_off(domain: Domain) -> Said:
    problem = Problem(
        f"{domain.domain_name} is declared with emergency calling on, but it is off at Twilio.",
        _what_calls_do(domain),
        "Run `pulumi up`: it switches it on.",
    )
    return "domain-off", Severity.CRITICAL, problem


def _what_calls_do(domain: Domain) -> str:
    return what_calls_do(domain.emergency_calling_enabled, domain.emergency_caller_sid)


def _without_caller(domain: Domain) -> Said:
    problem = Problem(
        f"{domain.domain_name} has emergency calling on and no emergency caller.",
        _what_calls_do(domain),
        "Set an emergency caller, or make sure that every number of the domain is registered.",
    )
    return "domain-without-caller", Severity.WARNING, problem


def _other_caller(domain: Domain, desired: DesiredDomain, caller: Number) -> Said:
    problem = Problem(
        f"The emergency caller of {domain.domain_name} is {caller.phone_number}, not "
        f"{desired.caller or 'none'} as declared.",
        "A dispatcher may see another address than the declaration says.",
        "Run `pulumi up`: it sets the declared one.",
    )
    return "domain-other-caller", Severity.WARNING, problem
