"""
What we refuse to do, and the sentence we say.

`problem_if_...` returns the problem, or None where nothing speaks against it; `text_...` always returns one.
`take_over` on a resource, or TWILIO_EMERGENCY_ALLOW_UNSAFE=1 for one command, overrides those that protect
against carelessness.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.countries import COUNTRIES, country_of_address, country_of_number
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.status import REACHES_NO_PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number

OVERRIDE = "TWILIO_EMERGENCY_ALLOW_UNSAFE"
_OVERRIDE_HINT = f"To do it all the same, run this one command with {OVERRIDE}=1."
# Shown by every command that looks, a destroy's refresh as well; and still on the screen when it is done.
_REGISTERS_AGAIN = "If it is to stay bound, `pulumi up` registers it again."
_NAMED_AT_MOST = 10
_CALLER_REMEDIES = {
    "unregistered": "Register an address for it, or set another emergency caller.",
    "pending-registration": "Wait until Twilio reports registered, or set another emergency caller.",
    "pending-unregistration": (
        "Wait until Twilio reports unregistered and register an address for it then, or set another "
        "emergency caller."
    ),
    "unregistration-failure": (
        "Register an address for it; if it stays so, contact Twilio support and quote the number's SID. Or "
        "set another emergency caller."
    ),
}
"""For an emergency caller that is not registered, by its status, where that of the number would not do."""


def refuse(problem: Problem | None, *, unsafe: bool = False) -> None:
    """Raise Refused for a problem, unless the operator has switched this guard off."""
    if problem is not None and not unsafe:
        raise Refused(problem)


def named(numbers: Sequence[Number]) -> str:
    """Name numbers in a sentence, and count the rest."""
    names = [f"{number.phone_number} ({number.sid})" for number in numbers[:_NAMED_AT_MOST]]
    rest = len(numbers) - len(names)
    return ", ".join(names) + (f" and {rest} more" if rest > 0 else "")


def problem_if_cannot_register(number: Number) -> Problem | None:
    """Whether the number is of a kind that no emergency address can be registered for."""
    if not number.voice:
        return Problem(
            f"{number.phone_number} ({number.sid}) has no voice capability.",
            "It cannot place emergency calls, so an address on it would protect nobody.",
            "Bind the address to a voice number.",
            where="number_sid",
        )
    country = country_of_number(number.phone_number)
    if country is not None and country not in COUNTRIES:
        return Problem(
            f"{number.phone_number} ({number.sid}) is a number in {country}; Twilio registers emergency "
            f"addresses in {', '.join(COUNTRIES)} only.",
            "Emergency calls from it show no address to the dispatcher.",
            "Remove this binding, or use a number of a country with registration.",
            where="number_sid",
        )
    return None


def problem_if_address_does_not_fit(number: Number, record: AddressRecord) -> Problem | None:
    """Whether number and address cannot belong together."""
    if not record.emergency_enabled:
        return Problem(
            f"Address {record.sid} is not an emergency address (EmergencyEnabled is false).",
            "Bound to a number it would not be registered with the emergency service.",
            "If it is declared as an EmergencyAddress, somebody has changed it: run `pulumi refresh`, and "
            "then `pulumi up`, which creates another one. If not, declare it as an EmergencyAddress.",
            where="address_sid",
        )
    country = country_of_number(number.phone_number)
    place = country_of_address(record.address.iso_country)
    if country is not None and country != place:
        return Problem(
            f"{number.phone_number} is a number in {_country_name(country)}, but address {record.sid} is in "
            f"{_country_name(place)}.",
            "Emergency services take only addresses of the number's own country.",
            "Bind an address of the number's country.",
            where="address_sid",
        )
    return None


def text_emergency_disabled(address_sid: str) -> Problem:
    """An address of this stack that somebody has changed into one that is not for emergencies."""
    return Problem(
        f"Address {address_sid} is no longer an emergency address: EmergencyEnabled was set to false outside "
        "Pulumi.",
        "No number can be registered at it; those that are bound to it may lose their registration.",
        "Once `pulumi refresh` has shown it in state, `pulumi up` creates another one and moves the numbers "
        "there.",
    )


def _country_name(iso_country: str) -> str:
    return {"US": "the US", "CA": "Canada", "GB": "the UK"}.get(iso_country, iso_country)


def text_bound_elsewhere(number: Number, wanted: str | None, *, of_sites_file: bool = False) -> Problem:
    """
    A number that somebody else has pointed at another address.

    Args:
        number: As Twilio shows it.
        wanted: The address that the program declares, where it is known.
        of_sites_file: It is declared by an EmergencySites, which has one take_over for all its numbers.

    """
    take_over = "take_over=True" + (" on the EmergencySites, for all its numbers" if of_sites_file else "")
    return Problem(
        f"{number.phone_number} ({number.sid}) is bound to another address, {number.emergency_address_sid} "
        f"({number.emergency_address_status}){f', not {wanted}' if wanted else ''}.",
        "Taking it away would leave whoever relies on that address uncovered.",
        f"Find out who bound it. If it should move, set {take_over}, or run this one command with "
        f"{OVERRIDE}=1.",
        where="take_over",
    )


def problem_if_not_as_in_state(
    number: Number, before: Number, declared: str | None = None, *, is_foreign: bool = False
) -> Problem | None:
    """
    Whether a number is not what state says: what differs is named, as it is now and as it was.

    Args:
        number: As Twilio shows it.
        before: As state has it.
        declared: The address that the program declares, where it is known.
        is_foreign: It is somebody else's address, which `pulumi up` does not take away unless state has it.

    """
    who = f"{number.phone_number} ({number.sid})"
    now, then = number.effective_status, before.effective_status
    points_at, state_sid = number.emergency_address_sid, before.emergency_address_sid
    if points_at not in {None, state_sid}:
        return _points_elsewhere(number, state_sid, declared, is_foreign=is_foreign)
    if now.name != then.name:
        what = f"{who} was found {now.name}, not {then.name} as in Pulumi's state."
    elif points_at != state_sid:
        what = f"{who} was found {now.name} and without an address, not at {state_sid} as in Pulumi's state."
    else:
        return None
    remedy = "`pulumi up` records it." if number.covered else _REGISTERS_AGAIN
    return Problem(what, now.meaning, remedy)


def _points_elsewhere(
    number: Number, state_sid: str | None, declared: str | None, *, is_foreign: bool
) -> Problem:
    who = f"{number.phone_number} ({number.sid})"
    where = f"{number.emergency_address_sid} ({number.emergency_address_status})"
    now = number.effective_status
    if number.emergency_address_sid == declared:
        return Problem(
            f"{who} was found at {where}, which the program declares; Pulumi's state has "
            f"{state_sid or 'no address'}.",
            now.meaning,
            "An interrupted run has put it there, or somebody else has. "
            + ("`pulumi up` records it." if number.covered else "`pulumi up` goes on from there."),
        )
    there = f"not at {state_sid}" if state_sid else "and is not unbound"
    return Problem(
        f"{who} points at {where}, {there} as in Pulumi's state.",
        "A dispatcher sees that address, not the one in state." if number.covered else now.meaning,
        "Somebody, or an interrupted run, has changed it. "
        + (
            "`pulumi refresh` takes it into state; the next `pulumi up` binds the number as the program says."
            if is_foreign
            else "If it is to stay bound, `pulumi up` binds it as the program says."
        ),
    )


def text_not_covered(number: Number, *, is_awaited: bool | None = None) -> Problem:
    """
    A number that is without coverage, which state knows.

    Args:
        number: As Twilio shows it.
        is_awaited: Whether `pulumi up` waits, where its registration at the right address is under way.

    """
    status = number.effective_status
    remedy = _REGISTERS_AGAIN
    if is_awaited is not None:
        remedy = (
            "`pulumi up` waits until Twilio reports it registered."
            if is_awaited
            else "`pulumi refresh` shows when it is registered."
        )
    what = f"{number.phone_number} ({number.sid}) was found {status.name}, as in Pulumi's state."
    return Problem(what, status.meaning, remedy)


def with_relying_domains(problem: Problem, domains: Sequence[str]) -> Problem:
    """Add the domains whose emergency calls may show the number."""
    return replace(problem, meaning=f"{problem.meaning}{relying(domains)}")


def relying(domains: Sequence[str]) -> str:
    """Return what a number without coverage means for the domains that show it; with a space before it."""
    if not domains:
        return ""
    # It may be read when the number is registered again.
    return (
        f" It is the emergency caller of {', '.join(domains)}: while it is not registered, an "
        f"{_call_from('there')} {REACHES_NO_PLACE}."
    )


def _call_from(where: str) -> str:
    """Name the calls that show a domain's emergency caller: no others do."""
    return f"emergency call from {where} whose own number has no registered address"


def text_found_and_declared(what: str) -> str:
    """A change that sends nothing: a refresh has found what the program declares by now."""
    return (
        f"{what} is at Twilio as the program declares it, and a refresh has found it so: `pulumi up` "
        "records it as this stack's own, and sends nothing."
    )


def relying_domains(domains: Iterable[Domain], number_sid: str) -> list[Domain]:
    """Return the enabled SIP domains that show the number on their emergency calls."""
    return [
        domain
        for domain in domains
        if domain.emergency_calling_enabled and domain.emergency_caller_sid == number_sid
    ]


def problem_if_emergency_caller(number: Number, domains: Sequence[Domain]) -> Problem | None:
    """Whether enabled SIP domains show this number on their emergency calls."""
    names = [each.domain_name for each in relying_domains(domains, number.sid)]
    if not names:
        return None
    each, users, their = _that_domain(names)
    return Problem(
        f"{number.phone_number} ({number.sid}) is the emergency caller of {', '.join(names)}.",
        f"Once it is unbound, an {_call_from(each)} {REACHES_NO_PLACE}.",
        f"First give {each} another registered emergency caller, or switch its emergency calling off. "
        + _taken_down_together(
            users, f"{their} emergency_caller_sid", "the number_sid of the NumberEmergencyBinding"
        )
        + _OVERRIDE_HINT,
    )


def _that_domain(names: Sequence[str]) -> tuple[str, str, str]:
    """Return how domains that were named are spoken of: each by itself, together, and what is theirs."""
    if len(names) == 1:
        return "that domain", "the domain", "the domain's"
    return "each of these domains", "the domains", "the domains'"


def _taken_down_together(users: str, their_input: str, output: str) -> str:
    """Return the way out where Pulumi deletes what is relied on first, since it was told of no order."""
    return (
        f"If this command is to take {users} down as well, run it with --continue-on-error, then run it "
        f"again. To avoid this, set {their_input} to {output}: Pulumi then deletes in the right order. "
    )


def text_caller_leaves(phone_number: str, domains: Sequence[str]) -> Problem:
    """A number that its binding gives up while enabled SIP domains show it."""
    each, _, their = _that_domain(domains)
    return Problem(
        f"{phone_number} leaves this binding and is the emergency caller of {', '.join(domains)}.",
        f"`pulumi up` binds the new number and then refuses to unbind this one, unless another resource of "
        f"the program declares it, or the same run gives {each} another emergency caller or switches its "
        "emergency calling off.",
        f"If no other resource declares it, set {their} emergency_caller_sid to the new number, so that all "
        "of it changes in one run.",
    )


def text_address_in_use(address_sid: str, users: Sequence[Number]) -> Problem:
    """An address that numbers still point at."""
    they_point = "it points" if len(users) == 1 else "they point"
    return Problem(
        f"Address {address_sid} is still the emergency address of {named(users)}.",
        f"Deleting it would take away the address that {they_point} at.",
        "Bind those numbers to another address, or remove their bindings, and run it again; if a binding "
        "failed in this same command, fix that first. "
        + _taken_down_together("the bindings", "their address_sid", "the sid of the EmergencyAddress")
        + "If an interrupted run has bound them, `pulumi up` and then `pulumi destroy` leave nothing.",
    )


def text_domain_not_as_in_state(domain_name: str, enabled: bool, caller_sid: str | None) -> Problem:  # noqa: FBT001
    """A SIP domain that is not what an earlier run has left."""
    return Problem(
        f"{domain_name} has emergency calling {'on' if enabled else 'off'} with caller "
        f"{caller_sid or 'none'}, which is not as in Pulumi's state.",
        what_calls_do(enabled, caller_sid),
        "`pulumi up` sets it as the program says.",
    )


def what_calls_do(enabled: bool, caller_sid: str | None) -> str:  # noqa: FBT001
    """Say what becomes of an emergency call from a SIP domain with these two fields."""
    if not enabled:
        return "Emergency calls from the domain are not let through."
    fate = "is rejected" if caller_sid is None else "shows the address of that emergency caller"
    return f"An {_call_from('the domain')} {fate}."


def text_domain_of_others(domain: Domain) -> Problem:
    """A SIP domain whose emergency caller somebody else has set."""
    return Problem(
        f"{domain.domain_name} has emergency calling on with emergency caller {domain.emergency_caller_sid}, "
        "which this stack did not set.",
        f"The domain was not changed. {what_calls_do(enabled=True, caller_sid=domain.emergency_caller_sid)}",
        "Find out whose it is. If it is intended, declare that caller. To change it all the same, run the "
        f"command once with {OVERRIDE}=1. If the resource was renamed or moved, name its old place with the "
        "option aliases; for a resource of a sites file, set it by `transforms` on the EmergencySites.",
    )


def problem_if_unfit_caller(caller_sid: str, caller: Number | None) -> Problem | None:
    """
    Whether a number is not fit to be an emergency caller.

    Args:
        caller_sid: The number, `PN...`.
        caller: As Twilio shows it; None where the domain's account has no such number.

    """
    if caller is None:
        return Problem(
            f"{caller_sid} cannot be the emergency caller: it is not a number of the domain's account.",
            "The domain stays as it is.",
            "Pass number_sid of a NumberEmergencyBinding in the domain's account as emergency_caller_sid.",
            where="emergency_caller_sid",
        )
    if caller.covered:
        return None
    return Problem(
        f"{caller.phone_number} ({caller.sid}) cannot be the emergency caller: its emergency address is "
        f"{caller.effective_status.name}.",
        f"With it, an {_call_from('the domain')} {REACHES_NO_PLACE}.",
        "Pass number_sid of its NumberEmergencyBinding as emergency_caller_sid, so that the domain waits for "
        "the registration. If that binding itself does not wait (wait_for_registration), run `pulumi up` "
        "again when the number is registered.",
        where="emergency_caller_sid",
    )


def text_caller_lost(domain: Domain, caller: Number | None) -> Problem:
    """A SIP domain that is on with an emergency caller that is not registered, or not in its account."""
    call = _call_from("the domain")
    if caller is None:
        return Problem(
            f"The emergency caller of {domain.domain_name}, {domain.emergency_caller_sid}, is not a number "
            "of its account.",
            f"An {call} may show no address, or somebody else's.",
            "Set a registered number of the domain's own account.",
        )
    status = caller.effective_status
    certain = status.name in {"unregistered", "registration-failure"}
    return Problem(
        f"The emergency caller of {domain.domain_name}, {caller.phone_number} ({caller.sid}), is "
        f"{status.name}.",
        f"An {call} {REACHES_NO_PLACE}." if certain else f"Count an {call} as one that {REACHES_NO_PLACE}.",
        _CALLER_REMEDIES.get(status.name, f"{status.remedy} Or set another emergency caller."),
    )


def text_other_account(kind: str, theirs: str, ours: str) -> Problem:
    """Credentials that are for another account than the state's."""
    return Problem(
        f"This {kind} lives in account {theirs}, and the credentials are for {ours}.",
        "Nothing was changed.",
        f"Use credentials of {theirs}. For a subaccount reached with the parent's credentials, set "
        f'account_sid="{theirs}" on the resource.',
        where="account_sid",
    )
