"""
The places that the emergency database of this Twilio knows.

A submitted address is known, nearly known, or not known. How that is answered (a correction, 21629, 21628) is
the world's business.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import Literal

_ABBREVIATIONS = {
    "STREET": "ST",
    "AVENUE": "AVE",
    "BOULEVARD": "BLVD",
    "DRIVE": "DR",
    "ROAD": "RD",
    "LANE": "LN",
    "PLACE": "PL",
    "SQUARE": "SQ",
    "PARKWAY": "PKWY",
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
    "NORTHWEST": "NW",
    "NORTHEAST": "NE",
    "SOUTHWEST": "SW",
    "SOUTHEAST": "SE",
}
_ALIKE = 0.8


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
        street = [_ABBREVIATIONS.get(word, word) for word in _plain(self.street).split()]
        return (
            " ".join(street),
            _plain(self.city),
            self.region.strip().upper(),
            re.sub(r"\s", "", self.postal_code).upper(),
            self.iso_country.upper(),
        )

    def tidy(self) -> Place:
        """Return the place in the spelling that an emergency database would store."""
        street, city, region, _, country = self.normal()
        return Place(street, city, region, self.postal_code.strip().upper(), country)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[.,']", " ", text).upper().split())


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
"""Public buildings, so that a rehearsal needs nobody's home."""


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
        mode: `strict`: only the table's places. `open`: whatever begins with a house number, unless the
            street says NOWHERE.

    """

    mode: Literal["strict", "open"] = "strict"
    _places: dict[tuple[str, ...], Place] = field(default_factory=dict)
    _spellings: dict[tuple[str, ...], tuple[Place, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place in LANDMARKS:
            self.know(place)

    def know(self, place: Place) -> Place:
        """Add a place."""
        self._places[place.normal()] = place
        return place

    def suggest(self, misspelt: Place, *meant: Place) -> None:
        """Answer this spelling with these suggestions, from now on."""
        self._spellings[misspelt.normal()] = meant

    def look_up(self, submitted: Place) -> LookedUp:
        """Find a submitted address."""
        form = submitted.normal()
        if form in self._spellings:
            return LookedUp(near=self._spellings[form])
        if form in self._places:
            return LookedUp(exact=self._places[form])
        near = self._near(form)
        if near:
            return LookedUp(near=(near,))
        if self.mode == "open" and re.match(r"\d", form[0]) and "NOWHERE" not in form[0]:
            return LookedUp(exact=submitted.tidy())
        return LookedUp()

    def _near(self, form: tuple[str, ...]) -> Place | None:
        """Return the known place with the same house number that reads nearly alike."""
        number, country = form[0].partition(" ")[0], form[4]
        candidates = {
            " ".join(known): place
            for known, place in self._places.items()
            if known[4] == country and known[0].partition(" ")[0] == number
        }
        alike = difflib.get_close_matches(" ".join(form), candidates, n=1, cutoff=_ALIKE)
        return candidates[alike[0]] if alike else None
