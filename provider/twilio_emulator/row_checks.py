"""
What addresses, numbers and SIP domains must be, by whichever way they come in past the API.

The seed file, the control API and Python all end here; Twilio's own parameters are read in `parameters`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twilio_emulator import fields as tables
from twilio_emulator.rows import LEAVING, NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.records import Row
    from twilio_emulator.rows import Rows

_REFERENCES = {
    "address_sid": "address",
    "emergency_address_sid": "address",
    "emergency_caller_sid": "number",
}
_WITH_AN_ADDRESS = frozenset({"registered", "pending-registration", "registration-failure"})
_WITHOUT_ONE = frozenset({None, "unregistered"})


def of_new_row(rows: Rows, kind: str, account_sid: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the fields of a row to be added; an address on a number is registered unless they say otherwise.

    Raises:
        ValueError: A field is unknown, missing or wrong, or contradicts another or what exists.

    """
    fields = tables.taken(tables.NEW_ROWS[kind], given, tables.REQUIRED[kind])
    capabilities = fields.get("capabilities", {})
    for name, value in capabilities.items():
        if fields.setdefault(name, value) != value:
            raise ValueError(f"{name} contradicts capabilities")
    fields = {name: value for name, value in fields.items() if name not in tables.SHOWN[kind]}
    if fields.get("emergency_address_sid"):
        fields = _with_status(fields)
    sid = fields.get("sid")
    if sid and rows.has(sid):
        raise ValueError(f"sid {sid} exists already")
    _check(rows, kind, account_sid, fields, fields)
    return fields


def of_change(rows: Rows, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the fields of a row that change; with an emergency address, its status unless they say otherwise.

    Raises:
        ValueError: A field is unknown or wrong, or contradicts another or what exists.

    """
    table = {name: field for name, field in tables.ROWS[row.kind].items() if name != "sid"}
    fields = _with_status(tables.taken(table, given))
    left = row.now.get("emergency_address_sid")
    if "emergency_address_sid" in fields and left != fields["emergency_address_sid"]:
        is_leaving = fields["emergency_address_status"] in LEAVING
        fields["leaving"] = left if is_leaving else None
    _check(rows, row.kind, row.now["account_sid"], fields, {**row.now, **fields})
    return fields


def _with_status(fields: dict[str, Any]) -> dict[str, Any]:
    """Let the status follow an emergency address: registered, or for none unregistered, unless given."""
    if "emergency_address_sid" not in fields:
        return fields
    status = "registered" if fields["emergency_address_sid"] else "unregistered"
    return {"emergency_address_status": status, **fields}


def _check(
    rows: Rows, kind: str, account_sid: str, fields: Mapping[str, Any], whole: Mapping[str, Any]
) -> None:
    _check_references(rows, account_sid, fields)
    if "emergency_address_sid" in fields or "emergency_address_status" in fields:
        _check_emergency(whole)
    name = fields.get(NAME.get(kind, ""))
    owner = rows.named(kind, name) if name else None
    if owner is not None and owner.sid != whole.get("sid"):
        raise ValueError(f"{NAME[kind]} {name} exists already")


def _check_references(rows: Rows, account_sid: str, fields: Mapping[str, Any]) -> None:
    """Refuse a SID that leads to nothing in the account."""
    for name, kind in _REFERENCES.items():
        sid = fields.get(name)
        if sid and rows.find(kind, account_sid, sid) is None:
            article = "an" if kind == "address" else "a"
            raise ValueError(f"{name} {sid} is not {article} {kind} of account {account_sid}")


def _check_emergency(whole: Mapping[str, Any]) -> None:
    """Refuse a registration without an address, and an address without one."""
    sid, status = whole.get("emergency_address_sid"), whole.get("emergency_address_status")
    if status in _WITH_AN_ADDRESS and not sid:
        raise ValueError(f"emergency_address_status cannot be {status} without an emergency_address_sid")
    if status in _WITHOUT_ONE and sid:
        shown = "null" if status is None else status
        raise ValueError(f"emergency_address_status cannot be {shown} with an emergency_address_sid")
