"""
Twilio's JSON, whole: bodies, lists with their paging fields, dates, errors.

No rule lives here. Source: the resources' pages and samples, Twilio docs, read 2026-11.
"""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.records import Refusal, Version
    from twilio_emulator.switches import Switches
    from twilio_emulator.world import Account

VERSION = "/2010-04-01"
LIST_NAME = {"address": "addresses", "number": "incoming_phone_numbers", "domain": "domains"}


def date(moment: float) -> str:
    """Write a date as the core API does: RFC 2822, UTC."""
    return formatdate(moment, localtime=False, usegmt=False).replace("-0000", "+0000")


def error(refusal: Refusal) -> str:
    """Write an error body."""
    return json.dumps(
        {
            "code": refusal.code,
            "message": refusal.message,
            "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
            "status": refusal.status,
        }
    )


def account(found: Account) -> str:
    """Write an account; its token is shown to nobody."""
    uri = f"{VERSION}/Accounts/{found.sid}.json"
    return json.dumps(
        {
            "sid": found.sid,
            "friendly_name": "Rehearsal",
            "status": found.status,
            "type": "Full",
            "owner_account_sid": found.parent or found.sid,
            "date_created": date(0),
            "date_updated": date(0),
            "uri": uri,
        }
    )


def text(kind: str, version: Version, switches: Switches) -> str:
    """Write a row; written once for each of its versions, as long as nobody turns a switch."""
    positions = (switches.cleared_sid, switches.never_bound_status)
    if version.text is None or version.written_for != positions:
        version.text = json.dumps(_BODIES[kind](version.fields or {}, switches))
        version.written_for = positions
    return version.text


def page(
    kind: str,
    rows: list[str],
    *,
    uri: str,
    number: int,
    size: int,
    next_uri: str | None,
    previous_uri: str | None,
) -> str:
    """Write one page of a list."""
    frame = {
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(0, len(rows) - 1),
        "uri": uri,
        "first_page_uri": uri,
        "next_page_uri": next_uri,
        "previous_page_uri": previous_uri,
    }
    head = json.dumps(frame)[:-1]
    return f'{head}, "{LIST_NAME[kind]}": [{", ".join(rows)}]}}'


def _address(fields: Mapping[str, Any], _switches: Switches) -> dict[str, Any]:
    sid, owner = fields["sid"], fields["account_sid"]
    return {
        "account_sid": owner,
        "city": fields.get("city"),
        "customer_name": fields.get("customer_name"),
        "date_created": date(fields["created"]),
        "date_updated": date(fields["updated"]),
        "emergency_enabled": fields.get("emergency_enabled", False),
        "friendly_name": fields.get("friendly_name"),
        "iso_country": fields.get("iso_country"),
        "postal_code": fields.get("postal_code"),
        "region": fields.get("region"),
        "sid": sid,
        "street": fields.get("street"),
        "street_secondary": fields.get("street_secondary"),
        "validated": fields.get("validated", False),
        "verified": fields.get("verified", False),
        "uri": f"{VERSION}/Accounts/{owner}/Addresses/{sid}.json",
    }


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
    sid, owner = fields["sid"], fields["account_sid"]
    return {
        "account_sid": owner,
        "address_requirements": "none",
        "address_sid": fields.get("address_sid"),
        "api_version": VERSION[1:],
        "beta": False,
        "bundle_sid": None,
        "capabilities": {
            "voice": fields.get("voice", True),
            "sms": fields.get("sms", True),
            "mms": fields.get("mms", False),
            "fax": False,
        },
        "date_created": date(fields["created"]),
        "date_updated": date(fields["updated"]),
        **emergency(fields, switches),
        # Dead since 2021-10-06: it reads Active whatever the number's state.
        "emergency_status": "Active",
        "friendly_name": fields.get("friendly_name"),
        "identity_sid": None,
        "origin": fields.get("origin", "twilio"),
        "phone_number": fields["phone_number"],
        "sid": sid,
        "sms_application_sid": fields.get("sms_application_sid", ""),
        "sms_fallback_method": fields.get("sms_fallback_method", "POST"),
        "sms_fallback_url": fields.get("sms_fallback_url", ""),
        "sms_method": fields.get("sms_method", "POST"),
        "sms_url": fields.get("sms_url", ""),
        "status": "in-use",
        "status_callback": fields.get("status_callback", ""),
        "status_callback_method": fields.get("status_callback_method", "POST"),
        "subresource_uris": {},
        "trunk_sid": fields.get("trunk_sid"),
        "type": "toll-free" if fields.get("toll_free") else "local",
        "uri": f"{VERSION}/Accounts/{owner}/IncomingPhoneNumbers/{sid}.json",
        "voice_application_sid": fields.get("voice_application_sid", ""),
        "voice_caller_id_lookup": False,
        "voice_fallback_method": fields.get("voice_fallback_method", "POST"),
        "voice_fallback_url": fields.get("voice_fallback_url"),
        "voice_method": fields.get("voice_method", "POST"),
        "voice_receive_mode": "voice",
        "voice_url": fields.get("voice_url"),
    }


def _domain(fields: Mapping[str, Any], _switches: Switches) -> dict[str, Any]:
    sid, owner = fields["sid"], fields["account_sid"]
    uri = f"{VERSION}/Accounts/{owner}/SIP/Domains/{sid}"
    return {
        "account_sid": owner,
        "api_version": VERSION[1:],
        "auth_type": fields.get("auth_type", "IP_ACL"),
        "byoc_trunk_sid": None,
        "date_created": date(fields["created"]),
        "date_updated": date(fields["updated"]),
        "domain_name": fields["domain_name"],
        "emergency_caller_sid": fields.get("emergency_caller_sid"),
        "emergency_calling_enabled": fields.get("emergency_calling_enabled", False),
        "friendly_name": fields.get("friendly_name", fields["domain_name"]),
        "secure": False,
        "sid": sid,
        "sip_registration": False,
        "subresource_uris": {
            "credential_list_mappings": f"{uri}/CredentialListMappings.json",
            "ip_access_control_list_mappings": f"{uri}/IpAccessControlListMappings.json",
        },
        "uri": f"{uri}.json",
        "voice_fallback_method": fields.get("voice_fallback_method", "POST"),
        "voice_fallback_url": fields.get("voice_fallback_url"),
        "voice_method": fields.get("voice_method", "POST"),
        "voice_status_callback_method": "POST",
        "voice_status_callback_url": fields.get("voice_status_callback_url"),
        "voice_url": fields.get("voice_url"),
    }


_BODIES = {"address": _address, "number": number, "domain": _domain}
