"""An emergency address: who is where."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

OnCorrection = Literal["cosmetic", "accept", "reject"]

NAME_LENGTH = 32
"""Characters of a friendly or customer name on emergency addresses (Twilio support, read 2026-11)."""
NAME_BYTES = 64
"""Bytes of such a name in UTF-8 (Twilio's OpenAPI: 16 four-byte characters, read 2026-11)."""


@dataclass(frozen=True, slots=True)
class Address:
    """Who is where: the fields that Twilio hands to the emergency service."""

    customer_name: str
    street: str
    street_secondary: str
    city: str
    region: str
    postal_code: str
    iso_country: str


LOCATION = tuple(field.name for field in fields(Address))
REQUIRED = tuple(name for name in LOCATION if name != "street_secondary")


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """An Address, as Twilio has it on file."""

    sid: str
    account_sid: str
    friendly_name: str
    address: Address
    emergency_enabled: bool
