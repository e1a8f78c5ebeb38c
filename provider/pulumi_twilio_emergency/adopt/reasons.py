"""Why something of a live account cannot be adopted as it is, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.adopt.managed import BINDING, DOMAIN
from pulumi_twilio_emergency.core.model.countries import COUNTRIES, country_of_address, country_of_number
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.core.rules import address_inputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pulumi_twilio_emergency.adopt.managed import Managed, ManagedResource
    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number

_AS_IT_IS = "`pulumi up` then takes it in without a change"


def problem_of_number(
    number: Number, addresses: Mapping[str, AddressRecord], managed: Managed
) -> Problem | None:
    """Return why a bound number cannot be adopted, by what is first in the way."""
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
            "Declare the place by hand, with take_over=True for the change.",
        )
    return (
        _name_problem(number.phone_number, number.sid, BINDING, managed)
        or _country_problem(number, name, record)
        or (None if sid in managed.resources else _record_problem(name, record))
    )


def _name_problem(name: str, sid: str, kind: str, managed: Managed) -> Problem | None:
    """Return the problem that a resource of that name stands for something else, say a number bought anew."""
    same = managed.named(kind, name)
    if same is None:
        return None
    return Problem(
        f"{name} ({sid}) has the name of a resource of the stack that stands for {same.sid}.", "",
        "If that one is gone, run `pulumi refresh` first; otherwise declare it by hand, under another name.",
    )  # fmt: skip


def _country_problem(number: Number, name: str, record: AddressRecord) -> Problem | None:
    country = country_of_number(number.phone_number)
    if country is None or country == country_of_address(record.address.iso_country):
        return None
    if country not in COUNTRIES:
        return Problem(f"{name} is a number of {country}.", "", "Nothing: it cannot be registered.")
    return Problem(
        f"{name} is a {country} number, and {record.sid} is in {record.address.iso_country}.",
        "Emergency services take only addresses of the number's own country.",
        "Bind an address of its country first.",
    )


def _record_problem(name: str, record: AddressRecord) -> Problem | None:
    if not record.emergency_enabled:
        return Problem(
            f"{name} is bound to {record.sid}, which is not an emergency address.",
            "Whether calls from it show the address is in doubt.",
            "Declare the place by hand: `pulumi up` then makes an emergency address.",
        )
    if not record.friendly_name.strip():
        return Problem(
            f"{name} shows {record.sid}, which has no friendly name.",
            "The first `pulumi up` would give it one, and an adoption changes nothing at Twilio.",
            "Give it a friendly name in the Console, and adopt again. The number stays registered.",
        )  # fmt: skip
    declared = declared_fields(record)
    found = [*address_inputs.problems(declared), *address_inputs.missing(declared)]
    if not found:
        return None
    fields = ", ".join(sorted({each.where for each in found}))
    return Problem(
        f"{name} shows {record.sid}, which could not be declared as it is: {fields}.", "",
        "Declare the place by hand, in words that Twilio and `twilio-emergency check` accept.",
    )  # fmt: skip


def declared_fields(record: AddressRecord) -> dict[str, str]:
    """Return an address as a program or a sites file declares it, in Twilio's own spelling."""
    fields = {**asdict(record.address), "friendly_name": record.friendly_name}
    return {name: value for name, value in fields.items() if value or name != "street_secondary"}


def problem_of_address(address: ManagedResource, numbers: Sequence[Number]) -> Problem:
    """Return why numbers are left out that show an address which the stack manages already."""
    names, show = (
        ", ".join(number.phone_number for number in numbers),
        "show" if len(numbers) > 1 else "shows",
    )
    if address.component:
        return Problem(
            f"{names} {show} {address.sid}, site {address.site} of EmergencySites {address.component}.", "",
            f"Write it under the numbers of that site in its sites file: {_AS_IT_IS}.",
        )  # fmt: skip
    return Problem(
        f"{names} {show} {address.sid}, EmergencyAddress {address.name} of the stack.", "",
        f"Declare a NumberEmergencyBinding with its sid, as --format program does: {_AS_IT_IS}.",
    )  # fmt: skip


def problem_of_domain(domain: Domain, managed: Managed, numbers: Iterable[Number]) -> Problem:
    """Return why a domain whose emergency calling is on is left out; its caller is one of the numbers."""
    name, sid = domain.domain_name, domain.emergency_caller_sid
    if sid is None:
        return Problem(
            f"{name} has no emergency caller, so it belongs to no site of a file.",
            "Under a site, its emergency calling would be switched off with that site.",
            f'Write SipDomainEmergency("{name}", domain_name="{name}") in the program, as --format program '
            f"does: {_AS_IT_IS}.",
        )  # fmt: skip
    named = next((each.phone_number for each in numbers if each.sid == sid), sid)
    because = f"{name}, because its emergency caller {named}"
    caller = managed.resources.get(sid)
    if caller is None:
        return Problem(
            f"{because} is not adopted.", "",
            "Adopt the number first, or declare the domain by hand.",
        )  # fmt: skip
    if caller.component:
        return Problem(
            f"{because} belongs to EmergencySites {caller.component}.", "",
            f"Write it under the domains of that site in its sites file: {_AS_IT_IS}.",
        )  # fmt: skip
    return Problem(
        f"{because} is NumberEmergencyBinding {caller.name} of the stack.", "",
        f"Declare a SipDomainEmergency with its number_sid, as --format program does: {_AS_IT_IS}.",
    )  # fmt: skip


def problem_of_domain_name(domain: Domain, managed: Managed) -> Problem | None:
    """Return the problem that the stack has a resource of the domain's name for another one."""
    return _name_problem(domain.domain_name, domain.sid, DOMAIN, managed)
