"""
Two relations between addresses, never mixed.

`same_place_for_sure` decides what is a change, what is drift, and which address an interrupted run of ours
has made. `acceptable_spelling` decides only whether a suggestion is taken without asking. Wherever there is a
doubt, both say no: a needless question costs a minute, the wrong building costs more.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.address import LOCATION
from pulumi_twilio_emergency.core.rules.address_abbreviations import (
    ARTICLES,
    DIRECTION_WORDS,
    LEADING_TYPES,
    ROAD_CLASSES,
    STREET_TYPES,
    UNITS,
)

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.model.address import Address

_DOTTED_DIRECTIONS = frozenset({"N.E", "N.W", "S.E", "S.W"})
_FRACTION = re.compile(r"\d+/\d+|[¼½¾]")
_ZIP = re.compile(r"(\d{5})(-\d{4})?", re.ASCII)
# In Puerto Rico equal streets and house numbers occur within one ZIP, so its last four digits may be all
# that tells two buildings apart (USPS Publication 28, section 29, read 2026-11).
_PUERTO_RICO = ("006", "007", "009")


def same_place_for_sure(one: Address, other: Address) -> bool:
    """
    Return whether the two are equal but for what cannot carry meaning.

    That is, in every field but the postal code: case, the number of blanks between words, blanks at the ends,
    a comma after a word (but not between two numbers), a full stop after a word of letters, the stops of N.W.
    and its like, the two shapes of the apostrophe, and the two encodings of an accented letter. In the postal
    code, only case and blanks, also those inside: "M5V2T6" is "M5V 2T6".

    Everything else makes another place: an abbreviation of anything, an accent, an apostrophe, a hyphen, a
    slash, a decimal point, `#`, `&`, a ZIP+4 that is there or not.
    """
    return not certain_differences(one, other)


def certain_differences(one: Address, other: Address) -> list[str]:
    """Return the names of the fields in which the two are not the same place for sure, in their order."""
    return [name for name in LOCATION if _differ(name, getattr(one, name), getattr(other, name))]


def acceptable_spelling(desired: Address, suggested: Address) -> bool:
    """
    Return whether a suggestion only spells the desired address in another standard way.

    Besides what `same_place_for_sure` lets differ, three things may:

    - The abbreviation of a street type where nothing but a type can stand: the last word of the street or the
      last before a direction, after a house number and a name. Not in `AVENUE N`, `COUNTY ROAD N`,
      `N STREET`, `THE CRESCENT`, `RUE DE LA PLACE`, where it may belong to the name.
    - The abbreviation of a kind of unit before a number, in the US and Canada: `SUITE 300`, `STE 300`.
    - A ZIP+4 in place of its ZIP, or the reverse, outside Puerto Rico.

    A direction spelled out or abbreviated, a letter, an accent, another ZIP+4, a unit that appears or
    disappears: not acceptable.

    Acceptability does not add up: 94105-1111 and 94105-2222 are both acceptable for 94105 and not for each
    other. So a suggestion is always judged against what was desired, never against an earlier suggestion.
    """
    differing = certain_differences(desired, suggested)
    return all(_is_acceptable(name, desired, suggested) for name in differing)


def _is_acceptable(name: str, desired: Address, suggested: Address) -> bool:
    if name == "street":
        return _same_street_spelling(desired.street, suggested.street)
    if name == "street_secondary" and desired.iso_country in {"US", "CA"}:
        return _same_unit_spelling(desired.street_secondary, suggested.street_secondary)
    return name == "postal_code" and _same_zip_spelling(desired, suggested)


def words(text: str) -> list[str]:
    """Return the words of a field in capitals, without the punctuation that cannot carry meaning."""
    found = _capitals(text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()
    return [_without_punctuation(word, after) for word, after in zip_longest(found, found[1:], fillvalue="")]


def _differ(name: str, one: str, other: str) -> bool:
    if name == "postal_code":
        one, other = ("".join(_capitals(code).split()) for code in (one, other))
        return one != other
    return one != other and words(one) != words(other)


def _capitals(text: str) -> str:
    return "".join(map(_capital, unicodedata.normalize("NFC", text)))


def _capital(char: str) -> str:
    # Only letters whose case is nothing but case: capitals of ß and ſ are other letters.
    capital = char.upper()
    return capital if capital.lower() == char.lower() else char


def _without_punctuation(word: str, after: str) -> str:
    between_numbers = _has_digit(word) and _has_digit(after)
    if word[-1] == "," and not between_numbers and re.search(r"[\w.],$", word):
        word = word[:-1]
    if word.endswith(".") and word[:-1] in _DOTTED_DIRECTIONS:
        return word.replace(".", "")
    return word[:-1] if word.endswith(".") and word[-2:-1].isalpha() else word


def _has_digit(word: str) -> bool:
    return any(char.isdigit() for char in word)


def _same_street_spelling(desired: str, suggested: str) -> bool:
    mine, theirs = words(desired), words(suggested)
    at = _position_of_type(mine)
    if at is None or at != _position_of_type(theirs):
        return False
    return (
        STREET_TYPES[mine[at]] == STREET_TYPES[theirs[at]]
        and mine[:at] == theirs[:at]
        and mine[at + 1 :] == theirs[at + 1 :]
    )


def _position_of_type(street: list[str]) -> int | None:
    """Return where the street type stands, or None where there is none or a doubt."""
    at = len(street) - 1
    has_direction = at > 0 and street[at] in DIRECTION_WORDS
    at -= has_direction
    house = 2 if len(street) > 1 and _FRACTION.fullmatch(street[1]) else 1
    name = street[house:at]
    if not name or street[at] not in STREET_TYPES or not _has_digit(street[0]):
        return None
    only_letters = all(len(word) == 1 or word in DIRECTION_WORDS for word in name)
    belongs_to_name = name[-1] in ARTICLES or not LEADING_TYPES.isdisjoint(name)
    lettered_road = has_direction and (name[-1] in ROAD_CLASSES or name[-1] in STREET_TYPES)
    return None if only_letters or belongs_to_name or lettered_road else at


def _same_unit_spelling(desired: str, suggested: str) -> bool:
    mine, theirs = words(desired), words(suggested)
    return (
        len(mine) == len(theirs) == 2
        and mine[1] == theirs[1]
        and _has_digit(mine[1])
        and UNITS.get(mine[0], mine[0]) == UNITS.get(theirs[0], theirs[0])
    )


def _same_zip_spelling(desired: Address, suggested: Address) -> bool:
    mine, theirs = (_ZIP.fullmatch(address.postal_code.strip()) for address in (desired, suggested))
    if mine is None or theirs is None or desired.iso_country != "US" or mine[1].startswith(_PUERTO_RICO):
        return False
    return mine[1] == theirs[1] and (mine[2] is None or theirs[2] is None)
