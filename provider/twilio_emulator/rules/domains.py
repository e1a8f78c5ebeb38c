"""SIP domains: two fields for emergencies, and the rest as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twilio_emulator import parameters
from twilio_emulator.records import Refusal
from twilio_emulator.rules.regions import refuse_emergency_work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.records import Row
    from twilio_emulator.world import World

INVALID_CALLER = 21231
_INVALID_NAME = 21232


def create(world: World, account_sid: str, form: Mapping[str, str]) -> Row:
    """Create a SIP domain."""
    if not form.get("DomainName"):
        raise Refusal(400, _INVALID_NAME, "DomainName is required.")
    fields = _read(world, account_sid, form, {})
    return world.add_row("domain", account_sid, fields, by="api")


def update(world: World, row: Row, form: Mapping[str, str]) -> None:
    """Change a SIP domain; an empty EmergencyCallerSid clears the caller."""
    world.change(row, **_read(world, row.now["account_sid"], form, row.now))


def _read(world: World, account_sid: str, form: Mapping[str, str], was: Mapping[str, Any]) -> dict[str, Any]:
    fields = parameters.UPDATE_DOMAIN.read(form)
    if "domain_name" in fields:
        _check_name_is_free(world, fields["domain_name"], was.get("sid"))
    if "emergency_calling_enabled" in fields or "emergency_caller_sid" in fields:
        refuse_emergency_work(world)
        _check_caller(world, account_sid, fields, was)
    return fields


def _check_name_is_free(world: World, name: str, sid: str | None) -> None:
    taken = world.named("domain", name)
    if taken is not None and taken.sid != sid:
        raise Refusal(400, _INVALID_NAME, f"DomainName {name} is taken.")


def _check_caller(world: World, account_sid: str, fields: Mapping[str, Any], was: Mapping[str, Any]) -> None:
    """Refuse a caller without a registered address: when it is named, and when calling is enabled with it."""
    named = fields.get("emergency_caller_sid")
    if named:
        number = world.find("number", account_sid, named)
        if number is None:
            raise Refusal(400, INVALID_CALLER, f"EmergencyCallerSid {named} was not found.")
        if not _is_registered(number) and world.switches.unregistered_caller == "refused":
            raise Refusal(400, INVALID_CALLER, "EmergencyCallerSid has no registered emergency address.")
    kept = was.get("emergency_caller_sid") if "emergency_caller_sid" not in fields else None
    if kept and fields.get("emergency_calling_enabled") and not was.get("emergency_calling_enabled"):
        number = world.find("number", account_sid, kept)
        unregistered = number is None or not _is_registered(number)
        if unregistered and world.switches.enabling_with_unregistered_caller == "refused":
            raise Refusal(400, INVALID_CALLER, "EmergencyCallerSid is no longer registered.")


def _is_registered(number: Row) -> bool:
    return number.now.get("emergency_address_status") == "registered"


def delete(world: World, row: Row) -> None:
    """Delete a SIP domain."""
    world.remove_row(row)
