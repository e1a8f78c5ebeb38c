"""
What the fields of accounts, addresses, numbers and domains may hold.

One table for every way in: Twilio's parameters, the seed file, the control API, Python. Formats are those of
Twilio's OpenAPI file (twilio-oai, twilio_api_v2010, read 2026-04) and of the resources' pages (read 2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twilio_emulator.clockwork import LAST_MOMENT
from twilio_emulator.countries import COUNTRIES

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
LONGEST_SHOWN = 200
"""Characters of a wrong value that a message shows."""


@dataclass(frozen=True, slots=True)
class Field:
    """
    One field.

    Attributes:
        read: Takes what was given and returns what is kept.
        schema: The same as JSON schema.
        code: Twilio's error code for a wrong one, where the resource has none of its own.
        clears: Whether an empty text stands for nothing.
        nullable: Whether there may be nothing: null in a seed, None in Python.

    """

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]
    code: int = INVALID_PARAMETER
    clears: bool = False
    nullable: bool = False

    def take(self, value: Any) -> Any:
        """
        Return what is kept of a value; where there may be nothing, None and "" are kept as they are.

        Raises:
            ValueError: It is not what the field holds; the message goes on after the field's name.

        """
        if (value is None and self.nullable) or (value == "" and self.clears):
            return value
        return self.read(value)

    def whole_schema(self) -> dict[str, Any]:
        """Return the JSON schema of all that is taken."""
        nothing = [*([{"type": "null"}] if self.nullable else []), *([{"const": ""}] if self.clears else [])]
        return {"anyOf": [dict(self.schema), *nothing]} if nothing else dict(self.schema)


def nullable(field: Field) -> Field:
    """Return the same field, where there may be nothing."""
    return replace(field, nullable=True)


def needed(field: Field) -> Field:
    """Return the same field, where there must be something."""

    def read(value: Any) -> Any:
        if value == "":
            raise ValueError("must not be empty")
        return field.read(value)

    schema = {**field.schema, **({"minLength": 1} if field.schema.get("type") == "string" else {})}
    return replace(field, read=read, schema=schema, nullable=False, clears=False)


def _text(limit: int | None, limit_in_bytes: int | None) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"must be a text in quotes, not {value!r}")  # noqa: TRY004 - one kind of error
        if limit and len(value) > limit:
            raise ValueError(f"must be {limit} characters or less, not {len(value)}")
        if limit_in_bytes and len(value.encode("utf-8", "surrogatepass")) > limit_in_bytes:
            raise ValueError(f"must be {limit_in_bytes} bytes in UTF-8 or less")
        return value

    return read


def text(
    limit: int | None = None, code: int = INVALID_PARAMETER, *, limit_in_bytes: int | None = None
) -> Field:
    """Return a field for a text."""
    schema = {"type": "string", **({"maxLength": limit} if limit else {})}
    return Field(_text(limit, limit_in_bytes), schema, code, clears=True, nullable=True)


def pattern(regex: str, meaning: str, code: int = INVALID_PARAMETER) -> Field:
    """Return a field for a text of a certain form; `meaning` says which, in words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(regex, value):
            raise ValueError(f"must be {meaning}, not {shown(value)}")
        return value

    return Field(read, {"type": "string", "pattern": f"^(?:{regex})$"}, code)


def one_of(*values: str, code: int = INVALID_PARAMETER) -> Field:
    """Return a field for one of a few texts."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise ValueError(f"is one of {', '.join(values)}, not {shown(value)}")
        return value

    return Field(read, {"enum": list(values)}, code)


def mapping(inner: Field, *names: str) -> Field:
    """Return a field for a mapping of some of these names to what another field holds."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError(f"must be a mapping of {', '.join(names)}, not {shown(value)}")  # noqa: TRY004
        for name, each in value.items():
            if name not in names:
                raise ValueError(f"has {', '.join(names)}, not {shown(name)}")
            try:
                if inner is FLAG and not isinstance(each, bool):
                    raise ValueError(f"must be true or false, without quotes, not {shown(each)}")  # noqa: TRY301
                inner.take(each)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None
        return value

    properties = {name: dict(inner.schema) for name in names}
    return Field(read, {"type": "object", "properties": properties, "additionalProperties": False})


def sid(prefix: str, code: int = INVALID_SID) -> Field:
    """Return a field for a SID of one kind."""
    described = pattern(prefix + "[0-9a-fA-F]{32}", f"{prefix} and 32 hexadecimal digits", code)
    return replace(described, clears=True, nullable=True)


def shown(value: Any) -> str:
    """Return a wrong value for a message: nothing as null, a long one cut short."""
    text = "null" if value is None else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueError(f"must be true or false, not {shown(value)}")


def _flag_by_default(value: Any) -> bool:
    return True if value == "" else _flag(value)


def _url(value: Any) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", value)
    except (ValueError, AttributeError, TypeError):
        valid = False
    if not valid:
        raise ValueError(f"must be an http or https URL, not {shown(value)}")
    return str(value)


def _country(value: Any) -> str:
    if not isinstance(value, str) or value not in COUNTRIES:
        raise ValueError(f"must be a country's two letters of ISO 3166, like US, not {shown(value)}")
    return value


def _domain_name(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(_DOMAIN_NAME, value):
        raise ValueError(f"must be a name under sip.twilio.com, not {shown(value)}")
    return value.lower()


def _moment(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LAST_MOMENT:
        raise ValueError(f"must be a Unix time in seconds, not {shown(value)}")
    return value


_DOMAIN_NAME = r"(?i:[a-z0-9-]{1,63}\.sip\.([a-z0-9]{1,63}\.)?twilio\.com)"
_DOMAIN_NAME_IN_JSON = (
    r"^[A-Za-z0-9-]{1,63}\.[Ss][Ii][Pp]\.([A-Za-z0-9]{1,63}\.)?[Tt][Ww][Ii][Ll][Ii][Oo]\.[Cc][Oo][Mm]$"
)
FLAG = Field(_flag, {"type": "boolean"})
FLAG_BY_DEFAULT = Field(_flag_by_default, {"type": "boolean"})
"""A flag that is true where it is empty: AutoCorrectAddress ("If empty or `true`", OpenAPI, read 2026-11)."""
URL = Field(_url, {"type": "string", "format": "uri"}, 21402, clears=True, nullable=True)
METHOD = one_of("GET", "POST", code=21403)
COUNTRY = Field(_country, {"enum": sorted(COUNTRIES)})
WITH_EMERGENCY_CALLING = ("US", "CA", "GB")
"""Countries whose addresses are registered (Emergency Calling for SIP Interface, read 2026-11)."""
E164 = pattern(r"\+1[0-9]{10}|\+[2-9][0-9]{6,14}", "a phone number in E.164, like +14155550100", 21421)
REGIONS = ("us1", "ie1", "au1", "br1", "de1", "jp1", "sg1", "us2")
"""Twilio's regions ("Using the Twilio REST API in a non-US Region", read 2026-11)."""
REGION = one_of(*REGIONS)
NAME = text(64)
TOKEN = nullable(replace(pattern(r"[^\x00-\x1f\x7f]+", "a text of one line"), clears=True))
CUSTOMER_NAME = text(64, limit_in_bytes=64)
"""Sixteen characters of four bytes or 21 of three (OpenAPI, CustomerName, read 2026-11)."""

ADDRESS: dict[str, Field] = {
    "sid": sid("AD"),
    "customer_name": CUSTOMER_NAME,
    "friendly_name": NAME,
    "street": text(),
    "street_secondary": text(),
    "city": text(),
    "region": text(),
    "postal_code": text(),
    "iso_country": nullable(COUNTRY),
    "emergency_enabled": FLAG,
    "validated": FLAG,
    "verified": FLAG,
}
NUMBER: dict[str, Field] = {
    "sid": sid("PN"),
    "phone_number": E164,
    "friendly_name": text(64, code=20002),
    "iso_country": nullable(COUNTRY),
    "voice": FLAG,
    "sms": FLAG,
    "mms": FLAG,
    "fax": FLAG,
    "beta": FLAG,
    "origin": one_of("twilio", "hosted"),
    "address_requirements": one_of("none", "any", "local", "foreign"),
    "address_sid": sid("AD"),
    "emergency_address_sid": sid("AD", code=22109),
    "emergency_address_status": nullable(one_of(*STATUSES)),
    "emergency_status": one_of("Active", "Inactive"),
    "api_version": one_of("2010-04-01", "2008-08-01"),
    "bundle_sid": sid("BU"),
    "identity_sid": sid("RI"),
    "trunk_sid": sid("TK"),
    "sms_application_sid": sid("AP", code=22108),
    "sms_fallback_method": METHOD,
    "sms_fallback_url": URL,
    "sms_method": METHOD,
    "sms_url": URL,
    "status_callback": URL,
    "status_callback_method": METHOD,
    "voice_application_sid": sid("AP", code=22108),
    "voice_caller_id_lookup": FLAG,
    "voice_fallback_method": METHOD,
    "voice_fallback_url": URL,
    "voice_method": METHOD,
    "voice_receive_mode": one_of("voice", "fax"),
    "voice_url": URL,
}
DOMAIN: dict[str, Field] = {
    "sid": sid("SD"),
    "domain_name": Field(_domain_name, {"type": "string", "pattern": _DOMAIN_NAME_IN_JSON}, 21232),
    "friendly_name": text(64, code=20002),
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
    "auth_token": TOKEN,
    "friendly_name": needed(NAME),
    "parent": sid("AC"),
    "status": one_of("active", "suspended", "closed"),
}
API_KEY: dict[str, Field] = {
    "sid": sid("SK"),
    "secret": TOKEN,
    "kind": one_of("standard", "main"),
}
PLACE: dict[str, Field] = {
    "street": text(),
    "city": text(),
    "region": text(),
    "postal_code": text(),
    "iso_country": one_of(*WITH_EMERGENCY_CALLING),
}
MOMENT = Field(_moment, {"type": "number", "minimum": 0, "maximum": LAST_MOMENT})
BOOKKEEPING: dict[str, Field] = {
    "created": MOMENT,
    "updated": MOMENT,
    "running": one_of("registration", "unregistration"),
    "leaving": sid("AD"),
}
"""What the control API's state shows besides, so that a row can be added again as it was."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "address": ("customer_name", "street", "city", "region", "postal_code", "iso_country"),
    "number": ("phone_number",),
    "domain": ("domain_name",),
}
"""The parameters that Twilio requires at creation (OpenAPI, read 2026-04)."""


def _row(table: Mapping[str, Field], required: tuple[str, ...]) -> dict[str, Field]:
    return {**table, **{name: needed(table[name]) for name in required}}


ROWS = {
    kind: _row(table, REQUIRED[kind])
    for kind, table in {"address": ADDRESS, "number": NUMBER, "domain": DOMAIN}.items()
}
CAPABILITIES = ("voice", "sms", "mms", "fax")
_LINE = pattern(r"[^\x00-\x1f\x7f]+", "a text of one line")
_SHOWN = {"date_created": _LINE, "date_updated": _LINE, "uri": _LINE}
SHOWN: Mapping[str, Mapping[str, Field]] = {
    "address": _SHOWN,
    "number": {
        **_SHOWN,
        "capabilities": mapping(FLAG, *CAPABILITIES),
        "status": one_of("in-use"),
        "type": one_of("local", "toll-free", "mobile", "national"),
    },
    "domain": {
        **_SHOWN,
        "api_version": one_of("2010-04-01", "2008-08-01"),
        "subresource_uris": mapping(_LINE, "credential_list_mappings", "ip_access_control_list_mappings"),
    },
}
"""What a body shows and nobody sets: it may be there in a new row, copied from one, and says nothing new."""
NEW_ROWS = {kind: {**ROWS[kind], **BOOKKEEPING, **SHOWN[kind]} for kind in ROWS}
_INSTEAD = {"capabilities": ", ".join(CAPABILITIES), "status": "emergency_address_status"}
"""Fields of Twilio's JSON that cannot be changed, and what can be."""


def check_names(table: Mapping[str, Field], given: Mapping[str, Any]) -> None:
    """
    Refuse a name that is none of a table's.

    Raises:
        ValueError: One is; the message begins with it.

    """
    for name in given:
        if name not in table:
            known = name if isinstance(name, str) else repr(name)
            there = f"write {_INSTEAD[known]}" if known in _INSTEAD else f"there are: {', '.join(table)}"
            raise ValueError(f"{known[:LONGEST_SHOWN]} is not a field here; {there}")


def taken(
    table: Mapping[str, Field], given: Mapping[str, Any], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """
    Return what is kept of some fields, which were given under their JSON names; an empty text as None.

    Raises:
        ValueError: One is unknown, missing or wrong; the message begins with its name.

    """
    check_names(table, given)
    for name in required:
        if given.get(name) is None or given[name] == "":
            raise ValueError(f"{name} is missing")
    kept = {}
    for name, value in given.items():
        try:
            read = table[name].take(value)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
        kept[name] = None if read == "" and table[name].nullable else read
    return kept
