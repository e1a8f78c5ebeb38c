"""Addresses: what is validated, corrected, refused, and what an address in use allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twilio_emulator import parameters
from twilio_emulator.address_book import PLACE_FIELDS, Place
from twilio_emulator.records import Refusal
from twilio_emulator.rules.regions import refuse_emergency_work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.records import Row
    from twilio_emulator.world import World

EMERGENCY_COUNTRIES = frozenset({"US", "CA", "GB"})
LONGEST_EMERGENCY_NAME = 32
"""Characters of names on an emergency address (OpenAPI; support article 360007534873)."""

_INVALID = 21238
_REQUIRED = {
    "customer_name": "CustomerName",
    "street": "Street",
    "city": "City",
    "region": "Region",
    "postal_code": "PostalCode",
    "iso_country": "IsoCountry",
}
_OPTIONAL = ("friendly_name", "street_secondary")


def create(world: World, account_sid: str, form: Mapping[str, str]) -> Row:
    """Create an address; an emergency address is validated first."""
    for name in _REQUIRED.values():
        if not form.get(name, "").strip():
            raise Refusal(400, _INVALID, f"Address parameter {name} is required.")
    fields: dict[str, Any] = dict.fromkeys(_OPTIONAL) | _read(parameters.CREATE_ADDRESS, form)
    auto_correct = fields.pop("auto_correct_address", True)
    fields.setdefault("emergency_enabled", False)
    if fields["emergency_enabled"]:
        fields |= _validated(world, fields, auto_correct=auto_correct)
    return world.add_row("address", account_sid, fields, by="api")


def _read(operation: parameters.Operation, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a form; what is required cannot be emptied, what is optional is cleared."""
    fields = operation.read(form)
    for name, value in fields.items():
        if name in _REQUIRED and not value.strip():
            raise Refusal(400, _INVALID, f"Address parameter {_REQUIRED[name]} is required.")
    return {name: None if name in _OPTIONAL and value == "" else value for name, value in fields.items()}


def _validated(world: World, fields: Mapping[str, Any], *, auto_correct: bool) -> dict[str, Any]:
    """Return the place as the emergency database has it."""
    refuse_emergency_work(world)
    _check_names(fields)
    if fields["iso_country"] not in EMERGENCY_COUNTRIES:
        raise Refusal(400, 21628, f"Emergency addresses are not supported in {fields['iso_country']}.")
    submitted = _place(fields)
    found = world.addresses_known.look_up(submitted)
    near = found.near
    if found.exact is not None:
        if found.exact == submitted or world.switches.case_only_difference == "exact":
            return _spelling(found.exact)
        near = (found.exact,)
    if not near:
        raise Refusal(400, 21628, "Address cannot be validated. Please check the address and try again.")
    if auto_correct:
        return _spelling(near[0])
    proposals = " | ".join(_proposal(fields, place) for place in near)
    raise Refusal(400, 21629, f"Failed to validate address. Check the suggested address. | {proposals}")


def _check_names(fields: Mapping[str, Any]) -> None:
    for name, parameter in (("friendly_name", "FriendlyName"), ("customer_name", "CustomerName")):
        if len(fields.get(name) or "") > LONGEST_EMERGENCY_NAME:
            raise Refusal(
                400,
                _INVALID,
                f"{parameter} of an emergency address is limited to {LONGEST_EMERGENCY_NAME} characters.",
            )


def _place(fields: Mapping[str, Any]) -> Place:
    return Place(**{name: str(fields.get(name) or "") for name in PLACE_FIELDS})


def _spelling(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in PLACE_FIELDS}


def _proposal(fields: Mapping[str, Any], place: Place) -> str:
    return (
        f"FriendlyName: {fields.get('friendly_name') or ''}, CustomerName: {fields['customer_name']}, "
        f"Street: {place.street}, Locality: {place.city}, Region: {place.region}, "
        f"PostalCode: {place.postal_code}, IsoCountry: {place.iso_country}"
    )


def update(world: World, row: Row, form: Mapping[str, str]) -> None:
    """Change an address in place; the country cannot be changed."""
    was = row.now
    if form.get("IsoCountry", was["iso_country"]) != was["iso_country"]:
        raise Refusal(400, _INVALID, "IsoCountry of an Address cannot be changed.")
    fields = _read(parameters.UPDATE_ADDRESS, form)
    auto_correct = fields.pop("auto_correct_address", True)
    whole = {**was, **fields}
    rule = world.switches.update_of_bound_address
    refused = rule == "refused" or (rule == "place-refused" and _helps_elsewhere(was, whole))
    if refused and world.users_of(row.sid, was["account_sid"]):
        # The code is not documented.
        raise Refusal(400, 21631, "Address is used for emergency calling by a phone number.")
    if whole["emergency_enabled"]:
        respelt = any(was.get(name) != value for name, value in fields.items() if name != "friendly_name")
        if respelt or not was["emergency_enabled"]:
            fields |= _validated(world, whole, auto_correct=auto_correct)
        else:
            _check_names(whole)
    world.change(row, **fields)


def _helps_elsewhere(was: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    """Say whether help would be sent to another place, person or unit, or nowhere; spelling aside."""
    return (
        _place(was).normal() != _place(whole).normal()
        or any(was.get(name) != whole.get(name) for name in ("customer_name", "street_secondary"))
        or (was["emergency_enabled"] and not whole["emergency_enabled"])
    )


def delete(world: World, row: Row) -> None:
    """
    Delete an address that no number uses.

    21625 is documented for an address that numbers require; what holds for emergency addresses is a switch.
    """
    if world.requiring(row.sid, row.now["account_sid"]):
        raise _required_by_numbers()
    if world.switches.delete_of_used_address != "deleted" and world.users_of(row.sid, row.now["account_sid"]):
        if world.switches.delete_of_used_address == "20409":
            raise Refusal(409, 20409, "Address is in use.")
        raise _required_by_numbers()
    world.remove_row(row)


def _required_by_numbers() -> Refusal:
    return Refusal(
        400, 21625, "Address cannot be deleted as it is required by one or more active phone numbers."
    )
