"""What of a live account can be declared so that the first `pulumi up` changes nothing, and what cannot."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.countries import COUNTRIES, country_of_number
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.core.rules import address_inputs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number


@dataclass(frozen=True, slots=True)
class AdoptedSite:
    """An address that becomes a site, with its numbers and the domains that show one of them."""

    key: str
    record: AddressRecord
    numbers: tuple[Number, ...]
    domains: tuple[Domain, ...]


@dataclass
class Plan:
    """
    What happens to an account.

    Attributes:
        sites: What is adopted, in the order of their keys.
        left: What is not, and why.
        managed: How many numbers the stack manages already.

    """

    sites: list[AdoptedSite] = field(default_factory=list)
    left: list[Problem] = field(default_factory=list)
    managed: int = 0


def plan(
    numbers: Collection[Number],
    addresses: Mapping[str, AddressRecord],
    domains: Collection[Domain],
    managed: Collection[str] = (),
) -> Plan:
    """
    Return what can be adopted.

    Args:
        numbers: The account's numbers.
        addresses: Its addresses, by SID.
        domains: Its SIP domains.
        managed: SIDs of what a stack manages already; left alone.

    """
    made = Plan(managed=sum(number.sid in managed for number in numbers))
    groups: dict[str, list[Number]] = {}
    for number in numbers:
        if number.emergency_address_sid is None or number.sid in managed:
            continue
        problem = _number_problem(number, addresses, managed)
        if problem is None:
            groups.setdefault(number.emergency_address_sid, []).append(number)
        else:
            made.left.append(problem)
    by_number = {each.sid: sid for sid, group in groups.items() for each in group}
    of_address = _domains(domains, by_number, groups, managed, made.left)
    taken: set[str] = set()
    for sid, group in sorted(groups.items(), key=lambda each: _name(addresses[each[0]])):
        key = _key(addresses[sid], taken)
        ordered = tuple(sorted(group, key=lambda number: number.phone_number))
        made.sites.append(AdoptedSite(key, addresses[sid], ordered, tuple(of_address.get(sid, ()))))
    return made


def _number_problem(
    number: Number, addresses: Mapping[str, AddressRecord], managed: Collection[str]
) -> Problem | None:
    name, sid = f"{number.phone_number} ({number.sid})", number.emergency_address_sid or ""
    if not number.covered:
        status = number.effective_status
        return Problem(
            f"{name} is {status.name}.", status.meaning,
            "Adopt it once it is registered; declaring it now would begin a registration.",
        )  # fmt: skip
    record = addresses.get(sid)
    if record is None:
        return Problem(
            f"{name} is bound to {sid}, which is not an address of this account.",
            "A dispatcher may see another address than anybody here can look up.",
            "Declare the place in the sites file by hand, with take_over=True for the change.",
        )
    if sid in managed:
        return Problem(
            f"{name} shows {sid}, which the stack manages already.", "",
            "Add the number to that address in the program, and import it there.",
        )  # fmt: skip
    country = country_of_number(number.phone_number)
    if country is not None and country not in COUNTRIES:
        return Problem(f"{name} is a number of {country}.", "", "Nothing: it cannot be registered.")
    if country is not None and country != record.address.iso_country:
        return Problem(
            f"{name} is a {country} number, and {sid} is in {record.address.iso_country}.",
            "Emergency services take only addresses of the number's own country.",
            "Bind an address of its country first.",
        )
    return _record_problem(name, record)


def _record_problem(name: str, record: AddressRecord) -> Problem | None:
    if not record.emergency_enabled:
        return Problem(
            f"{name} is bound to {record.sid}, which is not an emergency address.",
            "Whether calls from it show the address is in doubt.",
            "Declare the place in the sites file by hand: `pulumi up` then makes an emergency address.",
        )
    declared = {**asdict(record.address), "friendly_name": record.friendly_name}
    values: dict[str, object] = {name: value or None for name, value in declared.items()}
    found = [*address_inputs.problems(values), *address_inputs.missing(values)]
    if found:
        fields = ", ".join(sorted({each.where for each in found}))
        return Problem(
            f"{name} shows {record.sid}, which could not be declared as it is: {fields}.", "",
            "Declare the place in the sites file by hand, in words that `twilio-emergency check` accepts.",
        )  # fmt: skip
    if not record.friendly_name:
        return Problem(
            f"{name} shows {record.sid}, which has no friendly name.", "",
            "Give it one in the Console, so that the first `pulumi up` need not; the registration stays.",
        )  # fmt: skip
    return None


def _domains(
    domains: Collection[Domain],
    by_number: Mapping[str, str],
    groups: Mapping[str, list[Number]],
    managed: Collection[str],
    left: list[Problem],
) -> dict[str, list[Domain]]:
    found: dict[str, list[Domain]] = {}
    for domain in domains:
        if not domain.emergency_calling_enabled or domain.sid in managed:
            continue
        caller = domain.emergency_caller_sid
        # A domain without caller belongs to no place; in the file it has to stand somewhere.
        sid = by_number.get(caller) if caller else next(iter(groups), None)
        if sid is None:
            what = f"The emergency caller of {domain.domain_name}, {caller or 'none'}, is not adopted."
            left.append(Problem(what, "", "Adopt the number first, or declare the domain by hand."))
        else:
            found.setdefault(sid, []).append(domain)
    return found


def _name(record: AddressRecord) -> str:
    return f"{record.friendly_name or record.address.city}\0{record.sid}"


def _key(record: AddressRecord, taken: set[str]) -> str:
    """Return a key for a site, of its friendly name; the second of the same name gets a number."""
    words = re.sub(r"[^a-z0-9]+", "-", record.friendly_name.lower()).strip("-")[:60] or "site"
    key = next(
        candidate
        for candidate in (words, *(f"{words}-{count}" for count in range(2, len(taken) + 3)))
        if candidate not in taken
    )
    taken.add(key)
    return key
