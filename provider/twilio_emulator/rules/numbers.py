"""Numbers: bought, bound to an emergency address and unbound, released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twilio_emulator import parameters, phone_numbers
from twilio_emulator.records import Refusal
from twilio_emulator.rows import REGISTRATION, UNREGISTRATION
from twilio_emulator.rules.regions import refuse_emergency_work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.records import Row
    from twilio_emulator.world import World

_EMERGENCY_FIELDS = ("emergency_address_sid", "emergency_status")


def purchase(world: World, account_sid: str, form: Mapping[str, str]) -> Row:
    """Buy a number. An EmergencyAddressSid is ignored here; it takes an update (twilio-node issue 706)."""
    read = {name: value for name, value in form.items() if name != "EmergencyAddressSid"}
    fields = parameters.CREATE_NUMBER.read(read)
    phone_number = fields.get("phone_number")
    if phone_number is None:
        raise Refusal(400, 21421, "PhoneNumber is required.")
    if world.named("number", phone_number):
        raise Refusal(400, 21422, f"PhoneNumber {phone_number} is not available.")
    _check_emergency_status(world, form)
    others = {"friendly_name": phone_numbers.friendly(phone_number), **_others(world, account_sid, fields)}
    return world.add_row("number", account_sid, others, by="api")


def update(world: World, row: Row, form: Mapping[str, str]) -> None:
    """Change a number; its emergency address by EmergencyAddressSid."""
    moved_to = form.get("AccountSid")
    if moved_to == row.now["account_sid"]:
        form = {name: value for name, value in form.items() if name != "AccountSid"}
    fields = parameters.UPDATE_NUMBER.read(form)
    _check_emergency_status(world, form)
    others = _others(world, row.now["account_sid"], fields)
    if others and holds(world, row) and world.switches.other_update_of_bound_number == "refused":
        raise _remove_address_first()
    if "EmergencyAddressSid" in form:
        refuse_emergency_work(world)
        if form["EmergencyAddressSid"]:
            _bind(world, row, form["EmergencyAddressSid"])
        else:
            _unbind(world, row)
    world.change(row, **others)


def _check_emergency_status(world: World, form: Mapping[str, str]) -> None:
    rule = world.switches.emergency_status_write
    refused = rule == "refused" or (rule == "refused-with-address" and "EmergencyAddressSid" in form)
    if refused and "EmergencyStatus" in form:
        raise Refusal(400, 22222, "Emergency Status cannot be updated.")


def _others(world: World, account_sid: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is written besides emergencies."""
    others = {name: value for name, value in fields.items() if name not in _EMERGENCY_FIELDS}
    address_sid = others.get("address_sid")
    if address_sid and world.find("address", account_sid, address_sid) is None:
        # The code is not documented.
        raise parameters.refusal(20423, f"AddressSid {address_sid} was not found.")
    # "Setting a trunk_sid will automatically delete your voice_application_sid and vice versa" (OpenAPI).
    if others.get("trunk_sid"):
        others["voice_application_sid"] = None
    elif others.get("voice_application_sid"):
        others["trunk_sid"] = None
    return others


def _remove_address_first() -> Refusal:
    return Refusal(
        400, 21631, "Please remove the emergency address on this number before performing this action."
    )


def holds(world: World, row: Row) -> bool:
    """Say whether the emergency service has an address for the number, or is about to have or lose one."""
    fields = row.now
    status = fields.get("emergency_address_status")
    if status == "unregistration-failure":
        return status in world.holding
    return bool(fields.get("emergency_address_sid")) or status in world.holding


def _bind(world: World, row: Row, address_sid: str) -> None:
    fields = row.now
    address = world.find("address", fields["account_sid"], address_sid)
    if address is None:
        # The code is documented for hosted numbers only.
        raise Refusal(400, 22109, f"Address {address_sid} was not found.")
    status, bound_to = fields.get("emergency_address_status"), fields.get("emergency_address_sid")
    if status in {"registered", "pending-registration"} and bound_to == address_sid:
        return
    _check_state(world, status, bound_to)
    verdict = _fitness(world, row, address)
    if verdict == "refused":
        # The code is not documented.
        raise parameters.refusal(20422, "The address cannot be used for emergency calls from this number.")
    world.change(row, emergency_address_sid=address_sid, leaving=None)
    if verdict == "registration-failure":
        row.run = None
        world.change(row, emergency_address_status="registration-failure")
    else:
        world.start(row, REGISTRATION, address_sid)


def _check_state(world: World, status: str | None, bound_to: str | None) -> None:
    """Refuse another address while the last one is in the way."""
    switches = world.switches
    if status == "pending-unregistration" and switches.bind_while_unregistering == "refused":
        raise Refusal(400, 21631, "The emergency address of this number is still being removed.")
    in_the_way = (
        (status == "registration-failure" and switches.rebind_after_failure == "refused")
        or (status == "unregistration-failure" and status in world.holding)
        or (
            status in {"registered", "pending-registration"}
            and bound_to
            and switches.direct_swap == "refused"
        )
    )
    if in_the_way:
        raise Refusal(400, 21631, "Please remove the emergency address on this number first.")


def _fitness(world: World, row: Row, address: Row) -> str:
    number, place = row.now, address.now
    if (
        not place["emergency_enabled"]
        or not number.get("voice", True)
        or phone_numbers.country_of(number) != place["iso_country"]
    ):
        return world.switches.unfit_address
    if phone_numbers.is_toll_free(number["phone_number"]):
        return world.switches.toll_free
    return "accepted"


def _unbind(world: World, row: Row) -> None:
    fields = row.now
    address_sid = fields.get("emergency_address_sid")
    status = fields.get("emergency_address_status")
    if status == "unregistration-failure":
        world.start(row, UNREGISTRATION, address_sid or fields.get("leaving"))
        return
    if address_sid is None or status == "pending-unregistration":
        return
    kept = world.switches.sid_while_unregistering == "kept"
    failed = status == "registration-failure"
    if failed and world.switches.leaving_failure == "stays":
        world.change(row, emergency_address_sid=None)
    elif failed and world.switches.leaving_failure == "at-once":
        row.run = None
        world.change(row, emergency_address_sid=None, emergency_address_status="unregistered")
    else:
        world.change(row, emergency_address_sid=address_sid if kept else None, leaving=address_sid)
        world.start(row, UNREGISTRATION, address_sid)


def release(world: World, row: Row) -> None:
    """Release a number that has no emergency address any more."""
    if holds(world, row):
        raise _remove_address_first()
    world.remove_row(row)
