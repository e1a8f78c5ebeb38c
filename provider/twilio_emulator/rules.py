"""
What Twilio allows, and what it answers where it does not.

Each rule takes the form of one request, with its fields in Twilio's own spelling. Where the documentation is
silent, a switch decides; error codes that nobody has documented are marked so.
Source: Address, IncomingPhoneNumber, SIP Domain and emergency calling pages, Twilio docs, read 2026-11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twilio_emulator.address_book import Place
from twilio_emulator.records import Refusal
from twilio_emulator.world import HOLDING, REGISTRATION, UNREGISTRATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.records import Row
    from twilio_emulator.world import World

EMERGENCY_COUNTRIES = frozenset({"US", "CA", "GB"})
_PLACE = {
    "Street": "street",
    "City": "city",
    "Region": "region",
    "PostalCode": "postal_code",
    "IsoCountry": "iso_country",
}
_NAMES = {
    "CustomerName": "customer_name",
    "FriendlyName": "friendly_name",
    "StreetSecondary": "street_secondary",
}
_REQUIRED = ("CustomerName", *_PLACE)
_OTHERS = frozenset(
    "FriendlyName AddressSid TrunkSid StatusCallback StatusCallbackMethod SmsApplicationSid SmsFallbackMethod"
    " SmsFallbackUrl SmsMethod SmsUrl VoiceApplicationSid VoiceFallbackMethod VoiceFallbackUrl VoiceMethod"
    " VoiceUrl VoiceStatusCallbackUrl".split()
)
_TOLL_FREE = re.compile(r"\+1(800|888|877|866|855|844|833)")
_CANADIAN = re.compile(
    r"\+1(204|226|236|249|250|263|289|306|343|354|365|367|368|382|403|416|418|428|431|437|438|450|468|474|506"
    r"|514|519|548|579|581|584|587|604|613|639|647|672|683|705|709|742|753|778|780|782|807|819|825|867|873|879"
    r"|902|905|942)"
)


# Addresses


def create_address(world: World, account_sid: str, form: Mapping[str, str]) -> Row:
    """Create an address; an emergency address is validated first."""
    for name in _REQUIRED:
        if not form.get(name, "").strip():
            raise Refusal(400, 21238, f"Address parameter {name} is required.")
    fields: dict[str, Any] = {ours: form.get(theirs) or None for theirs, ours in (_NAMES | _PLACE).items()}
    fields["emergency_enabled"] = _flag(form, "EmergencyEnabled", default=False)
    if fields["emergency_enabled"]:
        fields |= _validated(world, form)
    return world.add_row("address", account_sid, fields, by="api")


def _validated(world: World, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the place as the emergency database has it."""
    _emergency_work(world)
    for name in ("FriendlyName", "CustomerName"):
        if len(form.get(name, "")) > 32:
            raise Refusal(400, 21238, f"{name} of an emergency address is limited to 32 characters.")
    if form["IsoCountry"] not in EMERGENCY_COUNTRIES:
        raise Refusal(400, 21628, f"Emergency addresses are not supported in {form['IsoCountry']}.")
    submitted = Place(**{ours: form[theirs] for theirs, ours in _PLACE.items()})
    found = world.addresses_known.look_up(submitted)
    near = found.near
    if found.exact is not None:
        if found.exact == submitted or world.switches.case_only_difference == "exact":
            return _spelt(found.exact)
        near = (found.exact,)
    if not near:
        raise Refusal(400, 21628, "Address cannot be validated. Please check the address and try again.")
    if _flag(form, "AutoCorrectAddress", default=True):
        return _spelt(near[0])
    proposals = " | ".join(_proposal(form, place) for place in near)
    raise Refusal(400, 21629, f"Failed to validate address. Check the suggested address. | {proposals}")


def _spelt(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in _PLACE.values()}


def _proposal(form: Mapping[str, str], place: Place) -> str:
    return (
        f"FriendlyName: {form.get('FriendlyName', '')}, CustomerName: {form['CustomerName']}, "
        f"Street: {place.street}, Locality: {place.city}, Region: {place.region}, "
        f"PostalCode: {place.postal_code}, IsoCountry: {place.iso_country}"
    )


def update_address(world: World, row: Row, form: Mapping[str, str]) -> None:
    """Change an address in place; the country cannot be changed."""
    was = row.now
    named = {ours: form[theirs] or None for theirs, ours in _NAMES.items() if theirs in form}
    placed = {ours: form[theirs] for theirs, ours in _PLACE.items() if theirs in form}
    if placed.pop("iso_country", was["iso_country"]) != was["iso_country"]:
        raise Refusal(400, 21238, "IsoCountry of an Address cannot be changed.")
    moves = any(was[name] != value for name, value in {**placed, **named}.items() if name != "friendly_name")
    rule = world.switches.update_of_bound_address
    refused = rule == "refused" or (rule == "place-refused" and moves)
    if refused and world.users_of(row.sid, was["account_sid"]):
        # The code is not documented.
        raise Refusal(400, 21631, "Address is used for emergency calling by a phone number.")
    enabled = _flag(form, "EmergencyEnabled", default=was["emergency_enabled"])
    fields: dict[str, Any] = {**named, **placed, "emergency_enabled": enabled}
    if enabled and (moves or not was["emergency_enabled"] or "friendly_name" in named):
        whole = {theirs: str({**was, **fields}[ours] or "") for theirs, ours in (_NAMES | _PLACE).items()}
        if moves or not was["emergency_enabled"]:
            if "AutoCorrectAddress" in form:
                whole["AutoCorrectAddress"] = form["AutoCorrectAddress"]
            fields |= _validated(world, whole)
        elif len(whole["FriendlyName"]) > 32:
            raise Refusal(400, 21238, "FriendlyName of an emergency address is limited to 32 characters.")
    world.change(row, **fields)


def delete_address(world: World, row: Row) -> None:
    """Delete an address that no number uses."""
    if world.switches.delete_of_used_address != "deleted" and world.users_of(row.sid, row.now["account_sid"]):
        if world.switches.delete_of_used_address == "20409":
            raise Refusal(409, 20409, "Address is in use.")
        raise Refusal(
            400, 21625, "Address cannot be deleted as it is required by one or more active phone numbers."
        )
    world.remove_row(row)


# Numbers


def purchase_number(world: World, account_sid: str, form: Mapping[str, str]) -> Row:
    """Buy a number. An EmergencyAddressSid is ignored here; it takes an update."""
    phone_number = form.get("PhoneNumber", "")
    if not re.fullmatch(r"\+[1-9]\d{6,14}", phone_number):
        raise Refusal(400, 21421, "PhoneNumber is invalid.")
    fields = {"phone_number": phone_number, "friendly_name": phone_number, **_others(form)}
    return world.add_row("number", account_sid, fields, by="api")


def update_number(world: World, row: Row, form: Mapping[str, str]) -> None:
    """Change a number; its emergency address by EmergencyAddressSid."""
    others = _others(form)
    if world.switches.emergency_status_write == "refused" and "EmergencyStatus" in form:
        raise Refusal(400, 22222, "Emergency Status cannot be updated.")
    if others and _holds(row) and world.switches.other_update_of_bound_number == "refused":
        raise Refusal(
            400, 21631, "Please remove the emergency address on this number before performing this action."
        )
    if "EmergencyAddressSid" in form:
        _emergency_work(world)
        if form["EmergencyAddressSid"]:
            _bind(world, row, form["EmergencyAddressSid"])
        else:
            _unbind(world, row)
    world.change(row, **others)


def _others(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what is written besides emergencies; Twilio ignores what it does not know."""
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): value
        for name, value in form.items()
        if name in _OTHERS
    }


def _holds(row: Row) -> bool:
    fields = row.now
    return bool(fields.get("emergency_address_sid")) or fields.get("emergency_address_status") in HOLDING


def _bind(world: World, row: Row, address_sid: str) -> None:
    switches, fields = world.switches, row.now
    status = fields.get("emergency_address_status")
    address = world.find("address", fields["account_sid"], address_sid)
    if address is None:
        # The code is documented for hosted numbers only.
        raise Refusal(400, 22109, f"Address {address_sid} was not found.")
    if status == "pending-unregistration" and switches.bind_while_unregistering == "refused":
        raise Refusal(400, 21631, "The emergency address of this number is still being removed.")
    if status == "registration-failure" and switches.rebind_after_failure == "refused":
        raise Refusal(400, 21631, "Please remove the emergency address on this number first.")
    if status in {"registered", "pending-registration"} and fields.get("emergency_address_sid"):
        if fields["emergency_address_sid"] == address_sid:
            return
        if switches.direct_swap == "refused":
            raise Refusal(400, 21631, "Please remove the emergency address on this number first.")
    verdict = _fitness(world, row, address)
    if verdict == "refused":
        # The code is not documented.
        raise Refusal(400, 20422, "The address cannot be used for emergency calls from this number.")
    world.change(row, emergency_address_sid=address_sid)
    if verdict == "registration-failure":
        row.run = None
        world.change(row, emergency_address_status="registration-failure")
    else:
        world.start(row, REGISTRATION, address_sid)


def _fitness(world: World, row: Row, address: Row) -> str:
    number, place = row.now, address.now
    if (
        not place["emergency_enabled"]
        or not number.get("voice", True)
        or country_of(number) != place["iso_country"]
    ):
        return world.switches.unfit_address
    if _TOLL_FREE.match(number["phone_number"]):
        return world.switches.toll_free
    return "accepted"


def country_of(number: Mapping[str, Any]) -> str:
    """Return the country of a number: as declared, else by its prefix."""
    if number.get("iso_country"):
        return str(number["iso_country"])
    phone_number = number["phone_number"]
    if phone_number.startswith("+44"):
        return "GB"
    if not phone_number.startswith("+1"):
        return "elsewhere"
    return "CA" if _CANADIAN.match(phone_number) else "US"


def _unbind(world: World, row: Row) -> None:
    fields = row.now
    address_sid = fields.get("emergency_address_sid")
    if address_sid is None or fields.get("emergency_address_status") == "pending-unregistration":
        if fields.get("emergency_address_status") == "unregistration-failure":
            world.start(row, UNREGISTRATION, fields.get("leaving"))
        return
    failed = fields.get("emergency_address_status") == "registration-failure"
    kept = world.switches.sid_while_unregistering == "kept"
    if failed and world.switches.leaving_failure == "stays":
        world.change(row, emergency_address_sid=None)
    elif failed and world.switches.leaving_failure == "at-once":
        row.run = None
        world.change(row, emergency_address_sid=None, emergency_address_status="unregistered")
    else:
        world.change(row, emergency_address_sid=address_sid if kept else None, leaving=address_sid)
        world.start(row, UNREGISTRATION, address_sid)


def release_number(world: World, row: Row) -> None:
    """Release a number that has no emergency address any more."""
    if _holds(row):
        raise Refusal(
            400, 21631, "Please remove the emergency address on this number before performing this action."
        )
    world.remove_row(row)


# SIP domains


def create_domain(world: World, account_sid: str, form: Mapping[str, str]) -> Row:
    """Create a SIP domain."""
    name = form.get("DomainName", "")
    if not re.fullmatch(r"[a-z0-9-]+\.sip\.([a-z0-9]+\.)?twilio\.com", name):
        raise Refusal(400, 21232, "DomainName is invalid.")
    fields = _domain_fields(world, account_sid, form)
    return world.add_row("domain", account_sid, {"domain_name": name, **fields}, by="api")


def update_domain(world: World, row: Row, form: Mapping[str, str]) -> None:
    """Change a SIP domain; an empty EmergencyCallerSid clears the caller."""
    world.change(row, **_domain_fields(world, row.now["account_sid"], form))


def _domain_fields(world: World, account_sid: str, form: Mapping[str, str]) -> dict[str, Any]:
    fields = _others(form)
    if "EmergencyCallingEnabled" in form:
        _emergency_work(world)
        fields["emergency_calling_enabled"] = _flag(form, "EmergencyCallingEnabled", default=False)
    if "EmergencyCallerSid" in form:
        _emergency_work(world)
        fields["emergency_caller_sid"] = form["EmergencyCallerSid"] or None
        if form["EmergencyCallerSid"]:
            _fit_caller(world, account_sid, form["EmergencyCallerSid"])
    return fields


def _fit_caller(world: World, account_sid: str, number_sid: str) -> None:
    number = world.find("number", account_sid, number_sid)
    if number is None:
        raise Refusal(400, 20404, f"EmergencyCallerSid {number_sid} was not found.")
    registered = number.now.get("emergency_address_status") == "registered"
    if not registered and world.switches.unregistered_caller == "refused":
        # The code is not documented.
        raise Refusal(400, 20422, "EmergencyCallerSid has no registered emergency address.")


def delete_domain(world: World, row: Row) -> None:
    """Delete a SIP domain."""
    world.remove_row(row)


def _flag(form: Mapping[str, str], name: str, *, default: bool) -> bool:
    return form[name].lower() == "true" if form.get(name) else default


def _emergency_work(world: World) -> None:
    if world.region != "us1":
        raise Refusal(400, 22402, "Emergency operations on phone numbers are not allowed in this Region.")
