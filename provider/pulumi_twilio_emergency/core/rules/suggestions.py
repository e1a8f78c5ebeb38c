"""How Twilio's suggestion for an address is read, judged and shown (error 21629)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.address import LOCATION, REQUIRED
from pulumi_twilio_emergency.core.rules.address_abbreviations import DIRECTIONS
from pulumi_twilio_emergency.core.rules.address_normalization import (
    acceptable_spelling,
    certain_differences,
    same_place_for_sure,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_twilio_emergency.core.model.address import Address, OnCorrection

# Twilio's keys in the text of error 21629; the city is called Locality there (SIP docs, read 2026-11).
_KEYS = {
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
_KEY = "|".join(sorted(_KEYS, key=len, reverse=True))
_FIELD = re.compile(rf"(?:^|, ?)({_KEY}): ?(.*?)(?=, ?(?:{_KEY}):|$)", re.DOTALL)
# A name may hold " | " itself, so a suggestion begins only where a key of Twilio's follows.
_SEPARATOR = re.compile(rf" \| (?=(?:{_KEY}):)")


def proposals(message: str, desired: Address) -> list[Address]:
    """
    Return the addresses that the text of error 21629 suggests, in its order.

    Values may hold commas, so the text is cut at Twilio's own keys. What a suggestion does not mention, or
    leaves empty, stays as desired: the unit is never in it, and a British address may have no region. The
    customer name is always the desired one. A part without a street, or with control characters, is no
    suggestion.
    """
    found = []
    for part in _SEPARATOR.split(message)[1:]:
        fields = {
            name: " ".join(value.split()) for key, value in _FIELD.findall(part) if (name := _KEYS[key])
        }
        fields = {name: value for name, value in fields.items() if value}
        if "street" in fields and not any(map(_has_controls, fields.values())):
            found.append(replace(desired, **fields))
    return found


def _has_controls(value: str) -> bool:
    return any(unicodedata.category(char) in {"Cc", "Cs"} for char in value)


def choose(desired: Address, proposed: list[Address], on_correction: OnCorrection) -> Address | None:
    """
    Return the suggestion that may be taken without asking, or None.

    With "cosmetic", the only one that is an acceptable spelling of what was desired; with "accept", the only
    one; with "reject", none. Suggestions that are the same place for sure count as one.
    """
    if on_correction == "reject":
        return None
    candidates = [
        each for each in proposed if on_correction == "accept" or acceptable_spelling(desired, each)
    ]
    is_one = candidates and all(same_place_for_sure(candidates[0], each) for each in candidates)
    return candidates[0] if is_one else None


def comparison(desired: Address, proposal: Address, secret: Collection[str] = ()) -> str:
    """
    Return a suggestion beside what was desired, as Python keyword arguments ready to paste.

    What you wrote is shown where it may be another place; a difference in letter case is not.

    If any of the properties is secret, only the names of those that differ are given, and how to see the
    rest.
    """
    old, new = asdict(desired), asdict(proposal)
    # Twilio may know a British address without a region and still asks for one on create.
    new |= {name: old[name] for name in REQUIRED if not new[name]}
    # Case and blanks are shown only where nothing else explains why Twilio did not know the address.
    differing = certain_differences(desired, replace(proposal, **new)) or [
        name for name in LOCATION if new[name] != old[name]
    ]
    if not set(LOCATION).isdisjoint(secret):
        return _secret_comparison(differing, [name for name in LOCATION if name in secret])
    return "\n".join(
        f"  {name}={new[name]!r}," + (f"  # you wrote {old[name]!r}" if name in differing else "")
        for name in LOCATION
        if name in REQUIRED or new[name] or old[name]
    )


def _secret_comparison(differing: list[str], secret: list[str]) -> str:
    are_secret = f"{', '.join(secret)} {'is' if len(secret) == 1 else 'are'} secret"
    return (
        f"  another {', '.join(differing) or 'spelling'}\n"
        f"  Values are not shown, since {are_secret}. To see them, send the address to Twilio's\n"
        "  Addresses API with AutoCorrectAddress=false: the text of error 21629 has them."
    )


def why_asked(desired: Address, proposal: Address) -> str:
    """
    Return in one sentence why a suggestion that looks right was not taken, or nothing where it is plain.

    Quebec's accents and Utah's directions stop once: databases spell them in one way only.
    """
    street, suggested = words(desired.street), words(proposal.street)
    if _without_accents(street) == _without_accents(suggested) and street != suggested:
        return (
            "Accents, apostrophes and hyphens can tell streets apart, so they are not changed without asking."
        )
    if _without_directions(street) == _without_directions(suggested) and street != suggested:
        return "`N ST` and `NORTH ST` can be two streets, so directions are not changed without asking."
    return ""


def _without_accents(street: list[str]) -> str:
    letters = unicodedata.normalize("NFD", " ".join(street).replace("-", " "))
    return "".join(char for char in letters if not unicodedata.combining(char) and char != "'")


def _without_directions(street: list[str]) -> list[str]:
    return [DIRECTIONS.get(word, word) for word in street]
