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


@dataclass(frozen=True, slots=True)
class DesiredAddress:
    """
    An emergency address as declared.

    Attributes:
        address: What the operator typed.
        friendly_name: The name it is created under, and looked for.
        on_correction: What to do when Twilio knows a near match only.
        tagged: The name is the default one, which carries this resource's own tag: what is found under it is
            of this resource's making, and of nobody else's.
        may_adopt_used: An address of that name and place may be taken although numbers point at it. Only
            where nothing else can have made it, or the operator has switched the guards off.
        secret: Properties whose values are secret: they are not shown in messages.

    """

    address: Address
    friendly_name: str
    on_correction: OnCorrection = "cosmetic"
    tagged: bool = False
    may_adopt_used: bool = False
    secret: frozenset[str] = frozenset()
