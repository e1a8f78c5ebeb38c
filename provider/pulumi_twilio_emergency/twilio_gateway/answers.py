"""
Twilio's JSON, compared with what was asked, and only then made a record.

Whatever answers instead of Twilio (a proxy, a cache with the wrong key, any web server) must never count as
an answer: every field that is used has its type, and is of the object and the account that were asked for.
Source: Account, Address, IncomingPhoneNumber and SIP Domain resources of the 2010-04-01 API, Twilio docs,
read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pulumi_twilio_emergency.core.model.account import AccountRecord
from pulumi_twilio_emergency.core.model.address import Address, AddressRecord
from pulumi_twilio_emergency.core.model.domain import Domain
from pulumi_twilio_emergency.core.model.number import Number
from pulumi_twilio_emergency.core.model.sids import is_sid
from pulumi_twilio_emergency.twilio_gateway.errors import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping


_SURROGATE = re.compile("[\ud800-\udfff]")


class WrongAnswerError(Exception):
    """It is not an answer to what was asked. The text says what gave it away; it quotes nothing."""


@dataclass(frozen=True, slots=True)
class Expected:
    """
    What an answer has to be about.

    Attributes:
        account_sid: The account in which it was asked.
        sid: The object that was asked for; None for a list's rows, and for one that is being created.

    """

    account_sid: str
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page of a list.

    Attributes:
        rows: As they were answered; each has yet to be read.
        next_uri: Where the next page is; None on the last one.

    """

    rows: list[Mapping[str, Any]]
    next_uri: str | None


def read_account(text: str | Mapping[str, Any], expected: Expected) -> AccountRecord | None:
    """
    Read an account; None for one that is neither the account that asked nor a subaccount of it.

    The key of a parent lists the parent and all its subaccounts, whichever account is asked.

    Raises:
        WrongAnswerError: It is not an account.

    """
    body = _body(text)
    account = AccountRecord(_own_sid(body, "AC", expected), _required(body, "status"))
    owner = _linked_sid(body, "owner_account_sid", "AC")
    mine = {account.sid.lower(), (owner or "").lower()}
    return account if expected.account_sid.lower() in mine else None


def read_number(text: str | Mapping[str, Any], expected: Expected) -> Number:
    """Read a phone number. Raises WrongAnswerError."""
    body = _body(text)
    return Number(
        sid=_own_sid(body, "PN", expected),
        account_sid=_account_sid(body, expected),
        phone_number=_required(body, "phone_number"),
        emergency_address_sid=_linked_sid(body, "emergency_address_sid", "AD"),
        # Null, missing and empty alike on a number that was never bound.
        emergency_address_status=_text(body, "emergency_address_status") or "unregistered",
        voice=_voice(body),
        changed_at=_date(body, "date_updated"),
    )


def read_address(text: str | Mapping[str, Any], expected: Expected) -> AddressRecord:
    """Read an address. Raises WrongAnswerError."""
    body = _body(text)
    return AddressRecord(
        sid=_own_sid(body, "AD", expected),
        account_sid=_account_sid(body, expected),
        friendly_name=_text(body, "friendly_name"),
        address=Address(
            customer_name=_text(body, "customer_name"),
            street=_text(body, "street"),
            street_secondary=_text(body, "street_secondary"),
            city=_text(body, "city"),
            region=_text(body, "region"),
            postal_code=_text(body, "postal_code"),
            iso_country=_text(body, "iso_country"),
        ),
        emergency_enabled=_flag(body, "emergency_enabled"),
    )


def read_domain(text: str | Mapping[str, Any], expected: Expected) -> Domain:
    """Read a SIP domain. Raises WrongAnswerError."""
    body = _body(text)
    return Domain(
        sid=_own_sid(body, "SD", expected),
        account_sid=_account_sid(body, expected),
        domain_name=_required(body, "domain_name"),
        emergency_calling_enabled=_flag(body, "emergency_calling_enabled"),
        emergency_caller_sid=_linked_sid(body, "emergency_caller_sid", "PN"),
    )


def read_page(text: str, path: str, rows_key: str) -> Page:
    """
    Read the frame of a list.

    Args:
        text: The JSON that was answered.
        path: What was asked, say `Accounts/AC.../SIP/Domains`.
        rows_key: The key of the rows.

    Raises:
        WrongAnswerError: It is no page of that list.

    """
    body = _body(text)
    answered = urlsplit(_required(body, "uri").partition("?")[0]).path.removesuffix(".json")
    if not answered.lower().endswith(f"/{path}".lower()):
        raise WrongAnswerError("it is a list of something else")
    rows = body.get(rows_key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WrongAnswerError("it holds no list")
    if "next_page_uri" not in body:
        raise WrongAnswerError("it does not say whether the list goes on")
    return Page(rows, _text(body, "next_page_uri") or None)


def _body(text: str | Mapping[str, Any]) -> Mapping[str, Any]:
    body = parsed(text) if isinstance(text, str) else text
    if not isinstance(body, dict):
        raise WrongAnswerError("it is no JSON object")
    return body


def _own_sid(body: Mapping[str, Any], prefix: str, expected: Expected) -> str:
    sid = body.get("sid")
    if not isinstance(sid, str) or not is_sid(sid, prefix):
        raise WrongAnswerError(f"it has no SID that begins with {prefix}")
    if expected.sid is not None and sid.lower() != expected.sid.lower():
        raise WrongAnswerError("it is about another object")
    return sid


def _account_sid(body: Mapping[str, Any], expected: Expected) -> str:
    sid = _required(body, "account_sid")
    if sid.lower() != expected.account_sid.lower():
        raise WrongAnswerError("it is about another account")
    return sid


def _linked_sid(body: Mapping[str, Any], name: str, prefix: str) -> str | None:
    sid = _text(body, name)
    if sid and not is_sid(sid, prefix):
        raise WrongAnswerError(f"its {name} is not a SID that begins with {prefix}")
    return sid or None


def _required(body: Mapping[str, Any], name: str) -> str:
    value = _text(body, name)
    if not value:
        raise WrongAnswerError(f"it has no {name}")
    return value


def _text(body: Mapping[str, Any], name: str) -> str:
    """Return a string, empty for null. A lone surrogate is no text: nothing can encode it."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or not (value.isascii() or _SURROGATE.search(value) is None):
        raise WrongAnswerError(f"its {name} is not a string")
    return value


def _date(body: Mapping[str, Any], name: str) -> datetime | None:
    """Return a date (RFC 2822); None where there is none that can be read: nothing depends on it."""
    return _parsed_date(_text(body, name))


@lru_cache(maxsize=4096)  # numbers are listed again and again while some of them wait
def _parsed_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A time without a zone, or in zone -0000, is one of UTC (RFC 2822, section 3.3).
    return date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise WrongAnswerError(f"its {name} is not true or false")
    return bool(value)


def _voice(body: Mapping[str, Any]) -> bool:
    capabilities = body.get("capabilities")
    if capabilities is None:
        return False
    if not isinstance(capabilities, dict):
        raise WrongAnswerError("its capabilities are not an object")
    return _flag(capabilities, "voice")
