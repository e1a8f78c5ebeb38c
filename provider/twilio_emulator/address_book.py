"""
The places that the emergency database of this Twilio knows.

A submitted address is known, nearly known, or not known. How that is answered (a correction, 21629, 21628) is
decided in `rules`. What counts as nearly known is this emulator's own reading of the documentation (Address
page, AutoCorrectAddress; "Address validation", Twilio support article 360007534873; read 2026-11): nothing
that could lead to another building.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

Mode = Literal["strict", "open"]
MODES: tuple[Mode, ...] = get_args(Mode)

_STREET_TYPES = {
    "STREET": "ST",
    "AVENUE": "AVE",
    "BOULEVARD": "BLVD",
    "DRIVE": "DR",
    "ROAD": "RD",
    "LANE": "LN",
    "PLACE": "PL",
    "SQUARE": "SQ",
    "PARKWAY": "PKWY",
    "COURT": "CT",
    "TERRACE": "TER",
    "HIGHWAY": "HWY",
    "CIRCLE": "CIR",
    "PLAZA": "PLZ",
}
_DIRECTIONS = {
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
    "NORTHWEST": "NW",
    "NORTHEAST": "NE",
    "SOUTHWEST": "SW",
    "SOUTHEAST": "SE",
}
_UNIT = re.compile(
    r" (?:(?:STE|SUITE|APT|APARTMENT|UNIT|FL|FLOOR|RM|ROOM|FLAT) ?#? ?(?:[A-Z]?\d\S*|[A-Z])?$"
    r"|\d+(?:ST|ND|RD|TH) FL(?:OOR)?\b|#)"
)
"""A unit with what it is called, at the end of a street: STE 100; but RUE STE CATHERINE is a street."""
_SHORTEST_TYPO = 6
"""Letters of a name in which one wrong letter is a typing error; PIKE and PINE are two streets."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the database's own spelling."""

    street: str
    city: str
    region: str
    postal_code: str
    iso_country: str

    def normal(self) -> tuple[str, ...]:
        """Return the form in which spellings of the same place are equal."""
        return (
            " ".join(_street(_plain(self.street).split())),
            _plain(self.city),
            self.region.strip().upper(),
            _postal(self.postal_code, self.iso_country),
            self.iso_country.upper(),
        )

    def tidy(self) -> Place:
        """Return the place in the spelling that an emergency database would store."""
        street, city, region, _, country = self.normal()
        return Place(street, city, region, self.postal_code.strip().upper(), country)


PLACE_FIELDS = tuple(each.name for each in fields(Place))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[.,']", " ", text).upper().split())


def _postal(code: str, country: str) -> str:
    bare = re.sub(r"\s", "", code).upper()
    return bare[:5] if country.upper() == "US" and re.fullmatch(r"\d{5}-\d{4}", bare) else bare


def _street(words: list[str]) -> list[str]:
    """Abbreviate street types and directions, unless the word is the street's name: North St is not N St."""
    if len(words) < 3:
        return words
    number, *name = words
    if len(name) > 2:
        name[0] = _DIRECTIONS.get(name[0], name[0])
        name[-1] = _DIRECTIONS.get(name[-1], name[-1])
    return [number, name[0], *(_STREET_TYPES.get(word, word) for word in name[1:])]


LANDMARKS = (
    Place("645 HARRISON ST", "SAN FRANCISCO", "CA", "94105", "US"),
    Place("650 HARRISON ST", "SAN FRANCISCO", "CA", "94105", "US"),
    Place("1 DR CARLTON B GOODLETT PL", "SAN FRANCISCO", "CA", "94102", "US"),
    Place("350 5TH AVE", "NEW YORK", "NY", "10118", "US"),
    Place("233 S WACKER DR", "CHICAGO", "IL", "60606", "US"),
    Place("400 BROAD ST", "SEATTLE", "WA", "98109", "US"),
    Place("1600 PENNSYLVANIA AVE NW", "WASHINGTON", "DC", "20500", "US"),
    Place("4059 MT LEE DR", "LOS ANGELES", "CA", "90068", "US"),
    Place("290 BREMNER BLVD", "TORONTO", "ON", "M5V 3L9", "CA"),
    Place("111 WELLINGTON ST", "OTTAWA", "ON", "K1A 0A9", "CA"),
    Place("845 SHERBROOKE ST W", "MONTREAL", "QC", "H3A 0G4", "CA"),
    Place("10 DOWNING ST", "LONDON", "GREATER LONDON", "SW1A 2AA", "GB"),
    Place("221B BAKER ST", "LONDON", "GREATER LONDON", "NW1 6XE", "GB"),
    Place("1 ROYAL MILE", "EDINBURGH", "MIDLOTHIAN", "EH1 1SG", "GB"),
)
"""Public buildings, so that a test needs nobody's home."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """
    What the database says of a submitted address.

    Attributes:
        exact: The place it is, whatever the spelling.
        near: The places it may be; empty when it is one, or none.

    """

    exact: Place | None = None
    near: tuple[Place, ...] = ()


@dataclass(slots=True)
class AddressBook:
    """
    The places that are known.

    Attributes:
        mode: `strict`: only the table's places. `open`: also whatever begins with a house number, unless a
            word of the street is NOWHERE; near misses of the table's places are corrected all the same.

    """

    mode: Mode = "strict"
    _places: dict[tuple[str, ...], Place] = field(default_factory=dict)
    _spellings: dict[tuple[str, ...], tuple[Place, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place in LANDMARKS:
            self._places.setdefault(place.normal(), place)

    def __setattr__(self, name: str, value: object) -> None:
        """
        Set the mode; the rest is this class's own.

        Raises:
            ValueError: There is no such mode.

        """
        if name == "mode" and not (isinstance(value, str) and value in MODES):
            raise ValueError(f"mode is one of {', '.join(MODES)}, not {value!r}")
        object.__setattr__(self, name, value)

    def copy(self) -> AddressBook:
        """Return one that knows the same, and learns by itself."""
        return AddressBook(self.mode, dict(self._places), dict(self._spellings))

    def know(self, place: Place) -> Place:
        """Add a place."""
        self._places[place.normal()] = place
        return place

    def suggest(self, misspelt: Place, *meant: Place) -> None:
        """
        Answer this spelling with these suggestions, from now on.

        Raises:
            ValueError: One is not a Place.

        """
        if not all(isinstance(each, Place) for each in (misspelt, *meant)):
            raise ValueError("misspelt and what is meant must be a Place each")
        self._spellings[misspelt.normal()] = meant

    def look_up(self, submitted: Place) -> LookedUp:
        """Find a submitted address."""
        form = submitted.normal()
        if form in self._spellings:
            return LookedUp(near=self._spellings[form])
        if form in self._places:
            return LookedUp(exact=self._places[form])
        if not _can_be_validated(form):
            return LookedUp()
        near = tuple(place for known, place in self._places.items() if _is_near(form, known))
        if near:
            return LookedUp(near=near)
        if self.mode == "open" and re.match(r"\d+\S* \S", form[0]) and "NOWHERE" not in form[0].split():
            return LookedUp(exact=submitted.tidy())
        return LookedUp()


def _can_be_validated(form: tuple[str, ...]) -> bool:
    """
    Say whether an address has the form that validation needs.

    Units belong into StreetSecondary, and US and CA states are two letters (support article 360007534873).
    """
    street, _, region, _, country = form
    unit_in_street = bool(_UNIT.search(street))
    spelled_out = country in {"US", "CA"} and not re.fullmatch(r"[A-Z]{2}", region)
    return not unit_in_street and not spelled_out


def _is_near(form: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Say whether an address is a known one with a single slip: in street, city or postal code."""
    street, city, region, postal, country = form
    if country != known[4] or (country != "GB" and region != known[2]):
        return False
    slips = (region != known[2]) + (city != known[1]) + (postal != known[3])
    if street == known[0]:
        return slips == 1
    return slips == 0 and _is_typo(street.split(), known[0].split())


def _is_typo(words: list[str], known: list[str]) -> bool:
    """Say whether two streets differ in one letter of one long word, and in no digit."""
    different = [(ours, theirs) for ours, theirs in zip(words, known, strict=False) if ours != theirs]
    if len(words) != len(known) or len(different) != 1:
        return False
    typed, meant = different[0]
    return typed.isalpha() and meant.isalpha() and len(meant) >= _SHORTEST_TYPO and _one_slip(typed, meant)


def _one_slip(typed: str, meant: str) -> bool:
    """Say whether a letter was missed, added, replaced, or swapped with the next one."""
    start = next(
        (index for index, pair in enumerate(zip(typed, meant, strict=False)) if pair[0] != pair[1]),
        min(len(typed), len(meant)),
    )
    ours, theirs = typed[start:], meant[start:]
    return (
        ours == theirs[1:]
        or ours[1:] == theirs
        or ours[1:] == theirs[1:]
        or (ours[2:] == theirs[2:] and ours[:2] == theirs[:2][::-1])
    )
