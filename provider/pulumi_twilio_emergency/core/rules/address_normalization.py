"""
When two spellings are the same place, and how Twilio's suggestion reads.

Deliberately timid: only what cannot name another place counts as spelling. `N STREET` and `NORTH STREET`
both exist in Washington, so a direction is abbreviated only where it stands before a name or after a type.
"""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.model.address import Address

_STREET_TYPES = {
    "ALLEY": "ALY",
    "AVENUE": "AVE",
    "AV": "AVE",
    "BOULEVARD": "BLVD",
    "CIRCLE": "CIR",
    "COURT": "CT",
    "CRESCENT": "CRES",
    "DRIVE": "DR",
    "EXPRESSWAY": "EXPY",
    "FREEWAY": "FWY",
    "HIGHWAY": "HWY",
    "LANE": "LN",
    "PARKWAY": "PKWY",
    "PLACE": "PL",
    "PLAZA": "PLZ",
    "ROAD": "RD",
    "SQUARE": "SQ",
    "STREET": "ST",
    "TERRACE": "TER",
    "TRAIL": "TRL",
}
_STREET_TYPE_WORDS = frozenset(_STREET_TYPES) | frozenset(_STREET_TYPES.values()) | {"WAY", "BROADWAY"}
_DIRECTIONS = {
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
    "NORTHEAST": "NE",
    "NORTHWEST": "NW",
    "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
}
_DIRECTION_WORDS = frozenset(_DIRECTIONS) | frozenset(_DIRECTIONS.values())
_UNITS = {
    "SUITE": "STE",
    "APARTMENT": "APT",
    "FLOOR": "FL",
    "ROOM": "RM",
    "BUILDING": "BLDG",
    "DEPARTMENT": "DEPT",
}
_CITY_WORDS = {"SAINT": "ST", "FORT": "FT", "MOUNT": "MT"}


def _words(text: str) -> list[str]:
    # Hyphens and slashes stay: 12-34 and 1/2 are house numbers.
    # So does a point before a digit: 39.2 RD is not 392 RD.
    return re.sub(r"'|\.(?!\d)", "", text.replace(",", " ")).upper().split()


def canonical_street(street: str) -> str:
    """Return a street line without case, punctuation and standard abbreviations."""
    words = _words(street)
    last = len(words) - 1
    # AVENUE N may be named for the letter: a direction after a type needs a name before it.
    named = last > 2 or words[last - 1 :][:1] == ["BROADWAY"]
    if last > 1 and named and words[last] in _DIRECTION_WORDS and words[last - 1] in _STREET_TYPE_WORDS:
        words[last] = _DIRECTIONS.get(words[last], words[last])
        last -= 1
    if last > 0:
        words[last] = _STREET_TYPES.get(words[last], words[last])
    # words[0] is the house number; a direction at 1 is a prefix only if a name follows before the type.
    if last > 2 and words[1] in _DIRECTION_WORDS and words[2] not in _STREET_TYPE_WORDS:
        words[1] = _DIRECTIONS.get(words[1], words[1])
    return " ".join(words)


def canonical_unit(street_secondary: str) -> str:
    """Return a suite, unit or floor without case, punctuation and standard abbreviations."""
    words = _words(street_secondary.replace("#", " # "))
    return " ".join(_UNITS.get(word, word) for word in words)


def canonical_city(city: str) -> str:
    """Return a city without case, punctuation and standard abbreviations."""
    return " ".join(_CITY_WORDS.get(word, word) for word in _words(city))


def canonical_postal_code(postal_code: str, iso_country: str) -> str:
    """Return a postal code without blanks; for the US without the four digits after the ZIP."""
    code = re.sub(r"\s", "", postal_code).upper()
    return code[:5] if iso_country.strip().upper() == "US" else code


def canonical(address: Address) -> Address:
    """Return the address in the spelling in which equal places are equal."""
    return replace(
        address,
        customer_name=" ".join(address.customer_name.split()).upper(),
        street=canonical_street(address.street),
        street_secondary=canonical_unit(address.street_secondary),
        city=canonical_city(address.city),
        region=address.region.strip().upper(),
        postal_code=canonical_postal_code(address.postal_code, address.iso_country),
        iso_country=address.iso_country.strip().upper(),
    )


def same_place(one: Address, other: Address) -> bool:
    """Whether the two differ in nothing but spelling."""
    return canonical(one) == canonical(other)


def differences(one: Address, other: Address) -> list[str]:
    """Name the fields in which the two are not the same place."""
    mine, theirs = asdict(canonical(one)), asdict(canonical(other))
    return [name for name, value in mine.items() if value != theirs[name]]


# Twilio's words in the text of error 21629; the city is called Locality there (SIP docs, read 2026-11).
_SUGGESTED = {
    "FriendlyName": None,
    "CustomerName": None,
    "Street": "street",
    "StreetSecondary": "street_secondary",
    "Locality": "city",
    "City": "city",
    "Region": "region",
    "PostalCode": "postal_code",
    "IsoCountry": "iso_country",
}
_KEYS = "|".join(sorted(_SUGGESTED, key=len, reverse=True))
_FIELD = re.compile(rf"(?:^|, ?)({_KEYS}): ?(.*?)(?=, ?(?:{_KEYS}):|$)", re.DOTALL)


def suggestions(message: str, wish: Address) -> list[Address]:
    """
    Return the addresses that the text of error 21629 proposes, in its order.

    Values may hold commas, so the text is cut at Twilio's own words. What the suggestion does not mention
    (the customer name is the operator's, the unit is never in it) stays as wished.
    """
    found = []
    for part in message.split(" | ")[1:]:
        fields = {
            name: value.strip() for key, value in _FIELD.findall(part.strip()) if (name := _SUGGESTED[key])
        }
        if "street" in fields:
            found.append(replace(wish, **fields))
    return found
