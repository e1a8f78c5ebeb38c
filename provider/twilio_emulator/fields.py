"""
What the fields of accounts, addresses, numbers and domains may hold.

One table for every way in: Twilio's parameters, the seed file, the control API, Python. Formats are those of
Twilio's OpenAPI file (twilio-oai, twilio_api_v2010, read 2026-04) and of the resources' pages (read 2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STATUSES = (
    "registered",
    "unregistered",
    "pending-registration",
    "registration-failure",
    "pending-unregistration",
    "unregistration-failure",
)
INVALID_PARAMETER = 20422
INVALID_SID = 20423


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field.

    Attributes:
        read: Takes what was given and returns what is kept.
        schema: The same as JSON schema.
        code: Twilio's error code for a wrong one, where the resource has none of its own.
        clears: Whether an empty text stands for nothing.

    """

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]
    code: int = INVALID_PARAMETER
    clears: bool = False

    def take(self, value: Any) -> Any:
        """
        Return what is kept of a value; None and, for some, an empty text are kept as they are.

        Raises:
            ValueError: It is not what the field holds; the message goes on after the field's name.

        """
        if value is None or (value == "" and self.clears):
            return value
        return self.read(value)


def _text(limit: int | None) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be a text in quotes, not {value!r}")  # noqa: TRY004 - one kind of error
        if limit and len(value) > limit:
            raise ValueError(f"must be {limit} characters or less, not {len(value)}")
        return value

    return read


def text(limit: int | None = None, code: int = INVALID_PARAMETER) -> Field:
    """Return a field for a text."""
    schema = {"type": "string", **({"maxLength": limit} if limit else {})}
    return Field(_text(limit), schema, code, clears=True)


def pattern(regex: str, meaning: str, code: int = INVALID_PARAMETER, *, clears: bool = False) -> Field:
    """Return a field for a text of a certain form; `meaning` says which, in words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(regex, value):
            raise ValueError(f"must be {meaning}, not {value!r}")
        return value

    return Field(read, {"type": "string", "pattern": f"^{regex}$"}, code, clears)


def one_of(*values: str, code: int = INVALID_PARAMETER) -> Field:
    """Return a field for one of a few texts."""

    def read(value: Any) -> str:
        if value not in values:
            raise ValueError(f"is one of {', '.join(values)}, not {value!r}")
        return str(value)

    return Field(read, {"enum": list(values)}, code)


def sid(prefix: str, code: int = INVALID_SID) -> Field:
    """Return a field for a SID of one kind."""
    return pattern(prefix + "[0-9a-fA-F]{32}", f"{prefix} and 32 hexadecimal digits", code, clears=True)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueError(f"must be true or false, not {value!r}")


def _url(value: Any) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", value)
    except (ValueError, AttributeError, TypeError):
        valid = False
    if not valid:
        raise ValueError(f"must be an http or https URL, not {value!r}")
    return str(value)


FLAG = Field(_flag, {"type": "boolean"})
URL = Field(_url, {"type": "string", "format": "uri"}, 21402, clears=True)
METHOD = one_of("GET", "POST", code=21403)
COUNTRY = pattern("[A-Z]{2}", "a country's two letters in capitals, like US")
E164 = pattern(r"\+[1-9]\d{6,14}", "a phone number in E.164, like +14155550100", 21421)
NAME = text(64)

ADDRESS: dict[str, Field] = {
    "sid": sid("AD"),
    "customer_name": NAME,
    "friendly_name": NAME,
    "street": text(),
    "street_secondary": text(),
    "city": text(),
    "region": text(),
    "postal_code": text(),
    "iso_country": COUNTRY,
    "emergency_enabled": FLAG,
    "validated": FLAG,
    "verified": FLAG,
}
NUMBER: dict[str, Field] = {
    "sid": sid("PN"),
    "phone_number": E164,
    "friendly_name": text(64, code=20002),
    "iso_country": COUNTRY,
    "voice": FLAG,
    "sms": FLAG,
    "mms": FLAG,
    "fax": FLAG,
    "beta": FLAG,
    "origin": one_of("twilio", "hosted"),
    "address_requirements": one_of("none", "any", "local", "foreign"),
    "address_sid": sid("AD"),
    "emergency_address_sid": sid("AD", code=22109),
    "emergency_address_status": one_of(*STATUSES),
    "emergency_status": one_of("Active", "Inactive"),
    "api_version": one_of("2010-04-01", "2008-08-01"),
    "bundle_sid": sid("BU"),
    "identity_sid": sid("RI"),
    "trunk_sid": sid("TK"),
    "sms_application_sid": sid("AP"),
    "sms_fallback_method": METHOD,
    "sms_fallback_url": URL,
    "sms_method": METHOD,
    "sms_url": URL,
    "status_callback": URL,
    "status_callback_method": METHOD,
    "voice_application_sid": sid("AP"),
    "voice_caller_id_lookup": FLAG,
    "voice_fallback_method": METHOD,
    "voice_fallback_url": URL,
    "voice_method": METHOD,
    "voice_receive_mode": one_of("voice", "fax"),
    "voice_url": URL,
}
DOMAIN: dict[str, Field] = {
    "sid": sid("SD"),
    "domain_name": pattern(
        r"[A-Za-z0-9-]+\.sip\.([A-Za-z0-9]+\.)?twilio\.com", "a name under sip.twilio.com", code=21232
    ),
    "friendly_name": NAME,
    "auth_type": text(),
    "byoc_trunk_sid": sid("BY"),
    "emergency_caller_sid": sid("PN", code=21231),
    "emergency_calling_enabled": FLAG,
    "secure": FLAG,
    "sip_registration": FLAG,
    "voice_fallback_method": METHOD,
    "voice_fallback_url": URL,
    "voice_method": METHOD,
    "voice_status_callback_method": METHOD,
    "voice_status_callback_url": URL,
    "voice_url": URL,
}
ACCOUNT: dict[str, Field] = {
    "sid": sid("AC"),
    "auth_token": text(),
    "friendly_name": NAME,
    "parent": sid("AC"),
    "status": one_of("active", "suspended", "closed"),
}
API_KEY: dict[str, Field] = {
    "sid": sid("SK"),
    "secret": text(),
    "kind": one_of("standard", "main"),
}
PLACE: dict[str, Field] = {
    "street": text(),
    "city": text(),
    "region": text(),
    "postal_code": text(),
    "iso_country": COUNTRY,
}
ROWS = {"address": ADDRESS, "number": NUMBER, "domain": DOMAIN}
REQUIRED = {"address": (), "number": ("phone_number",), "domain": ("domain_name",)}


def taken(
    table: Mapping[str, Field], given: Mapping[str, Any], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """
    Return what is kept of some fields, which were given under their JSON names.

    Raises:
        ValueError: One is unknown, missing or wrong; the message begins with its name.

    """
    for name in required:
        if given.get(name) is None or given[name] == "":
            raise ValueError(f"{name} is missing")
    kept = {}
    for name, value in given.items():
        if name not in table:
            raise ValueError(f"{name} is not a field here; there are: {', '.join(table)}")
        try:
            kept[name] = table[name].take(value)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    return kept
