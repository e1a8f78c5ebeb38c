"""
Twilio's JSON, whole: bodies, lists with their paging fields, dates, errors.

No rule lives here. Source: Twilio's OpenAPI file (twilio-oai, twilio_api_v2010, read 2026-04), and the
resources' pages and samples (read 2026-11).
"""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from twilio_emulator.phone_numbers import is_toll_free

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from twilio_emulator.accounts import Account
    from twilio_emulator.records import Refusal, Version
    from twilio_emulator.switches import Switches

VERSION = "/2010-04-01"
LIST_NAME = {
    "account": "accounts",
    "address": "addresses",
    "number": "incoming_phone_numbers",
    "domain": "domains",
}

_MORE_THAN_DEPENDENT = frozenset(
    (
        "address_sid beta bundle_sid emergency_address_status identity_sid origin status type"
        " voice_receive_mode"
    ).split()
)
"""What a number's body has, and a row of DependentPhoneNumbers has not."""

NUMBER_DEFAULTS: Mapping[str, Any] = {
    "address_requirements": "none",
    "address_sid": None,
    "api_version": VERSION[1:],
    "beta": False,
    "bundle_sid": None,
    "friendly_name": None,
    "identity_sid": None,
    "origin": "twilio",
    "sms_application_sid": "",
    "sms_fallback_method": "POST",
    "sms_fallback_url": "",
    "sms_method": "POST",
    "sms_url": "",
    "status_callback": "",
    "status_callback_method": "POST",
    "trunk_sid": None,
    "voice_application_sid": "",
    "voice_caller_id_lookup": False,
    "voice_fallback_method": "POST",
    "voice_fallback_url": None,
    "voice_method": "POST",
    "voice_receive_mode": "voice",
    "voice_url": None,
}
_ADDRESS_DEFAULTS: Mapping[str, Any] = {
    **dict.fromkeys(
        "city customer_name friendly_name iso_country postal_code region street street_secondary".split()
    ),
    "emergency_enabled": False,
    "validated": False,
    "verified": False,
}
_DOMAIN_DEFAULTS: Mapping[str, Any] = {
    "auth_type": "IP_ACL",
    "byoc_trunk_sid": None,
    "emergency_caller_sid": None,
    "emergency_calling_enabled": False,
    "secure": False,
    "sip_registration": False,
    "voice_fallback_method": "POST",
    "voice_fallback_url": None,
    "voice_method": "POST",
    "voice_status_callback_method": "POST",
    "voice_status_callback_url": None,
    "voice_url": None,
}


def date(moment: float) -> str:
    """Write a date as the core API does: RFC 2822, UTC."""
    return formatdate(moment, localtime=False, usegmt=False).replace("-0000", "+0000")


def error(refusal: Refusal) -> dict[str, Any]:
    """Return an error body."""
    return {
        "code": refusal.code,
        "message": refusal.message,
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }


def account(found: Account) -> dict[str, Any]:
    """Return an account's body."""
    uri = f"{VERSION}/Accounts/{found.sid}"
    return {
        "auth_token": found.auth_token,
        "date_created": date(found.created),
        "date_updated": date(found.updated),
        "friendly_name": found.friendly_name,
        "owner_account_sid": found.parent or found.sid,
        "sid": found.sid,
        "status": found.status,
        "subresource_uris": {
            "addresses": f"{uri}/Addresses.json",
            "incoming_phone_numbers": f"{uri}/IncomingPhoneNumbers.json",
            "sip": f"{uri}/SIP.json",
        },
        "type": "Full",
        "uri": f"{uri}.json",
    }


def text(kind: str, version: Version, switches: Switches) -> bytes:
    """Write a row; written once for each of its versions, as long as nobody turns a switch."""
    return texts(kind, [version], switches)[0]


def texts(kind: str, versions: Iterable[Version], switches: Switches) -> list[bytes]:
    """Write many rows."""
    positions = (switches.cleared_sid, switches.never_bound_status)
    return [
        each.text
        if each.text is not None and each.written_for == positions
        else _written(kind, each, switches, positions)
        for each in versions
    ]


def _written(kind: str, version: Version, switches: Switches, positions: object) -> bytes:
    version.text = json.dumps(body(kind, version.fields or {}, switches)).encode()
    version.written_for = positions
    return version.text


def body(kind: str, fields: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    """Return the body of a row."""
    return _BODIES[kind](fields, switches)


def page(list_name: str, rows: Sequence[bytes], frame: Mapping[str, Any]) -> bytes:
    """Write one page of a list."""
    head = f'{json.dumps(frame)[:-1]}, "{list_name}": ['.encode()
    if not rows:
        return head + b"]}"
    # Joined once: a thousand rows are a megabyte, and copying it is most of the work.
    first, *others = rows
    parts = [head + first, *others]
    parts[-1] += b"]}"
    return b", ".join(parts)


def dependent(version: Version, switches: Switches) -> bytes:
    """Write a row of DependentPhoneNumbers."""
    whole = number(version.fields or {}, switches)
    row = {name: value for name, value in whole.items() if name not in _MORE_THAN_DEPENDENT}
    return json.dumps(row).encode()


def _with_defaults(fields: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: fields.get(name) for name in defaults}
    return {name: default if given[name] is None else given[name] for name, default in defaults.items()}


def _common(fields: Mapping[str, Any], path: str) -> dict[str, Any]:
    return {
        "account_sid": fields["account_sid"],
        "date_created": date(fields["created"]),
        "date_updated": date(fields["updated"]),
        "sid": fields["sid"],
        "uri": f"{VERSION}/Accounts/{fields['account_sid']}/{path}/{fields['sid']}.json",
    }


def _address(fields: Mapping[str, Any], _switches: Switches) -> dict[str, Any]:
    return {**_common(fields, "Addresses"), **_with_defaults(fields, _ADDRESS_DEFAULTS)}


def emergency(fields: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    """Return a number's two live emergency fields, as this Twilio reads them back."""
    sid, status = fields.get("emergency_address_sid"), fields.get("emergency_address_status")
    if status is None and switches.never_bound_status == "unregistered":
        status = "unregistered"
    # The field reads as null until it was first used; what it reads after that is doubtful.
    cleared = None if switches.cleared_sid == "null" or "running" not in fields else ""
    return {"emergency_address_sid": sid or cleared, "emergency_address_status": status}


def number(fields: Mapping[str, Any], switches: Switches) -> dict[str, Any]:
    """Return a number's body."""
    by_default = {"voice": True, "sms": True, "mms": False, "fax": False}
    return {
        **_common(fields, "IncomingPhoneNumbers"),
        **_with_defaults(fields, NUMBER_DEFAULTS),
        **emergency(fields, switches),
        "capabilities": _with_defaults(fields, by_default),
        # Dead since 2021-10-06: it reads Active whatever the number's state.
        "emergency_status": "Active",
        "phone_number": fields["phone_number"],
        "status": "in-use",
        "type": "toll-free" if is_toll_free(fields["phone_number"]) else "local",
    }


def _domain(fields: Mapping[str, Any], _switches: Switches) -> dict[str, Any]:
    common = _common(fields, "SIP/Domains")
    uri = common["uri"].removesuffix(".json")
    return {
        **common,
        **_with_defaults(fields, _DOMAIN_DEFAULTS),
        "api_version": VERSION[1:],
        "domain_name": fields["domain_name"],
        "friendly_name": fields.get("friendly_name") or fields["domain_name"],
        "subresource_uris": {
            "credential_list_mappings": f"{uri}/CredentialListMappings.json",
            "ip_access_control_list_mappings": f"{uri}/IpAccessControlListMappings.json",
        },
    }


_BODIES: Mapping[str, Callable[[Mapping[str, Any], Switches], dict[str, Any]]] = {
    "address": _address,
    "number": number,
    "domain": _domain,
}
