"""
What can be said offline about the inputs of an emergency address.

Refused is only what Twilio's documentation says is refused; what it merely recommends is advice. Sources,
read 2026-11: Address resource (required fields, lengths), Twilio support on address validation (spelled-out
states fail; the rest of its list is advice), Programmable Voice emergency calling (countries).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from pulumi_twilio_emergency.core.model.address import (
    LOCATION,
    NAME_BYTES,
    NAME_LENGTH,
    REQUIRED,
    OnCorrection,
)
from pulumi_twilio_emergency.core.model.countries import COUNTRIES, TERRITORIES, Country
from pulumi_twilio_emergency.core.model.formatting import kind_of, quoted
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.core.rules.address_abbreviations import DIRECTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_CHECKED = (*LOCATION, "friendly_name")
_NAMES = frozenset({"customer_name", "friendly_name"})
_UNIT_IN_STREET = re.compile(
    r"[\s,](suite|ste|unit|apartment|apt|floor|fl|room|rm|building|bldg)\.?\s+#?(?:\w*\d\w*|[a-z])\s*$",
    re.IGNORECASE,
)
_MAY_FAIL = "Twilio advises against it: validation or registration may fail."


@dataclass(frozen=True, slots=True)
class _Text:
    """
    One input that has a text.

    Attributes:
        name: The property.
        value: Its text.
        is_secret: Whether messages must not show it.
        country: The country of the address, if it is one of ours.

    """

    name: str
    value: str
    is_secret: bool
    country: Country | None

    def problem(self, what: str, remedy: str = "", *, meaning: str = "") -> Problem:
        return Problem(f"{self.name} {what}", meaning, remedy, where=self.name)

    @property
    def not_this(self) -> str:
        return "" if self.is_secret else f", not {quoted(self.value)}"

    @property
    def this(self) -> str:
        return "" if self.is_secret else f" {quoted(self.value)}"


def problems(
    values: Mapping[str, object], unknown: Collection[str] = (), secret: Collection[str] = ()
) -> list[Problem]:
    """
    Return what Twilio refuses, each thing under its property.

    What is absent is no problem here: see `missing`.

    Args:
        values: The properties as they were declared, of any type.
        unknown: Properties whose value is not known yet; nothing is said about them.
        secret: Properties whose value must not be shown.

    """
    return [
        problem
        for name in _CHECKED
        if name not in unknown and values.get(name) is not None
        for problem in _refusals(name, values, unknown, secret)
    ]


def missing(values: Mapping[str, object], unknown: Collection[str] = ()) -> list[Problem]:
    """
    Return which required properties are absent, to be demanded when the address is created.

    Not during check: the output of a resource that failed is absent there as well. An empty text is not
    absent; `problems` has it.
    """
    return [
        Problem(f"{name} is missing.", "", _why_required(name, values), where=name)
        for name in REQUIRED
        if name not in unknown and values.get(name) is None
    ]


def advice(
    values: Mapping[str, object], unknown: Collection[str] = (), secret: Collection[str] = ()
) -> list[Problem]:
    """
    Return what Twilio recommends otherwise, or what its documentation leaves open; to be shown as warnings.

    Nothing is advised about a property that `problems` refuses. The arguments are those of `problems`.
    """
    found: list[Problem] = []
    for name in _CHECKED:
        value = values.get(name)
        if name in unknown or not isinstance(value, str) or any(_refusals(name, values, unknown, secret)):
            continue
        found += _advice(_Text(name, value, name in secret, _country(values, unknown)))
    return found


def on_correction_problems(value: object, secret: Collection[str] = ()) -> list[Problem]:
    """Return what is wrong with an `on_correction`."""
    if value is None or value in get_args(OnCorrection):
        return []
    choices = ", ".join(repr(choice) for choice in get_args(OnCorrection))
    not_this = "" if "on_correction" in secret else f", not {quoted(value)}"
    return [Problem(f"on_correction must be one of {choices}{not_this}.", where="on_correction")]


def _country(values: Mapping[str, object], unknown: Collection[str]) -> Country | None:
    """Return the country that is meant, so that the other fields are judged beside a misspelt code."""
    return None if "iso_country" in unknown else COUNTRIES.get(_meant(str(values.get("iso_country"))))


def _meant(code: str) -> str:
    tidy = code.strip().upper()
    return {"UK": "GB", "USA": "US"}.get(tidy, tidy)


def _refusals(
    name: str, values: Mapping[str, object], unknown: Collection[str], secret: Collection[str]
) -> Iterator[Problem]:
    value = values[name]
    if not isinstance(value, str):
        # Postal codes written as numbers lose their leading zeros, so they are not turned into text here.
        kind = "" if name in secret else f", not {kind_of(value)}"
        yield Problem(f"{name} must be a string in quotes{kind}.", where=name)
    elif not value.strip():
        if name in REQUIRED and not (name == "region" and _may_lack_region(values, unknown)):
            yield Problem(f"{name} is empty.", "", _why_required(name, values), where=name)
    else:
        text = _Text(name, value, name in secret, _country(values, unknown))
        if _has_controls(value):
            yield text.problem("contains control characters.", "Retype it by hand.")
        yield from _name_refusals(text)
        yield from _country_refusals(text)
        yield from _region_refusals(text)


def _may_lack_region(values: Mapping[str, object], unknown: Collection[str]) -> bool:
    # Twilio itself may suggest a British address without one; its documentation still requires the parameter.
    return "iso_country" in unknown or _meant(str(values.get("iso_country"))) == "GB"


def _why_required(name: str, values: Mapping[str, object]) -> str:
    if name == "region" and _meant(str(values.get("iso_country"))) == "GB":
        return "Give the county, or region='' if the address has none."
    return "Twilio needs it to validate the address."


def _has_controls(value: str) -> bool:
    """Whether it has characters that no address has: control characters, or halves of UTF-16 pairs."""
    return any(unicodedata.category(char) in {"Cc", "Cs"} for char in value)


def _name_refusals(text: _Text) -> Iterator[Problem]:
    if text.name not in _NAMES:
        return
    length, size = len(text.value), len(text.value.encode(errors="replace"))
    if length > NAME_LENGTH:
        yield text.problem(f"has {length} characters; emergency addresses take at most {NAME_LENGTH}.")
    elif size > NAME_BYTES:
        yield text.problem(f"takes {size} bytes in UTF-8; Twilio takes at most {NAME_BYTES}.")


def _country_refusals(text: _Text) -> Iterator[Problem]:
    if text.name != "iso_country" or text.value in COUNTRIES or text.value in TERRITORIES:
        return
    # Kept strict, since the country of an address cannot be changed later, only replaced.
    meant = _meant(text.value)
    if meant in COUNTRIES:
        yield text.problem(
            f"must be a two-letter code of ISO 3166 in capitals{text.not_this}.",
            f"Write one of {', '.join(COUNTRIES)}." if text.is_secret else f"Write {meant!r}.",
        )
    else:
        yield text.problem(
            f"must be one of {', '.join(COUNTRIES)}{text.not_this}.",
            "Twilio registers emergency addresses in no other country.",
        )


def _region_refusals(text: _Text) -> Iterator[Problem]:
    is_us = text.country is not None and text.country.iso == "US"
    if text.name == "region" and is_us and not re.fullmatch(r"[A-Z]{2}", text.value):
        yield text.problem(
            f"must be the two-letter code of a state in capitals{text.not_this}.",
            "Twilio does not validate an address whose state is spelled out.",
        )


def _advice(text: _Text) -> Iterator[Problem]:
    if not text.value.isprintable():
        yield text.problem("contains invisible characters.", "Retype it by hand.", meaning=_MAY_FAIL)
    elif text.value.strip() and text.value != _single_spaced(text.value):
        remedy = "Remove them." if text.is_secret else f"Write {quoted(_single_spaced(text.value))}."
        yield text.problem("has leading, trailing or double spaces.", remedy, meaning=_MAY_FAIL)
    unwelcome = [char for char in "&@#" if char in text.value]
    if unwelcome:
        yield text.problem(
            f"contains {' '.join(unwelcome)}.", "Spell it out or leave it out.", meaning=_MAY_FAIL
        )
    if text.name == "street":
        yield from _unit_advice(text)
    elif text.name == "iso_country":
        yield from _territory_advice(text)
    elif text.name == "region":
        yield from _region_advice(text)
    elif text.name == "postal_code":
        yield from _postal_code_advice(text)


def _single_spaced(value: str) -> str:
    return " ".join(value.split())


def _unit_advice(text: _Text) -> Iterator[Problem]:
    unit = _UNIT_IN_STREET.search(text.value)
    if unit is None or _is_road_itself(text.value[: unit.start()]):
        return
    shown = "" if text.is_secret else f", {quoted(unit.group().strip(' ,'))}"
    yield text.problem(f"ends in a unit{shown}.", "Put it into street_secondary.", meaning=_MAY_FAIL)


def _is_road_itself(before: str) -> bool:
    """Whether only a house number and directions stand before: `12809 RM 620` is a road in Texas."""
    return all(word[0].isdigit() or word.upper() in DIRECTION_WORDS for word in before.split())


def _territory_advice(text: _Text) -> Iterator[Problem]:
    if text.value in TERRITORIES:
        yield text.problem(
            f"{text.this.strip() or 'of a US territory'} may not take registered addresses.",
            "If Twilio refuses it, write the territory as the region of iso_country='US'.",
            meaning=f"Twilio documents {', '.join(COUNTRIES)} only.",
        )


def _region_advice(text: _Text) -> Iterator[Problem]:
    country = text.country
    if country is None:
        return
    if not text.value.strip():
        yield text.problem(
            "is empty.", "If Twilio refuses it, give the county.", meaning="Twilio documents it as required."
        )
    elif country.regions is not None and text.value not in country.regions:
        yield text.problem(
            f"should be the two-letter code of a {country.region_noun} in capitals{text.not_this}.",
            meaning="Validation or registration may fail.",
        )


def _postal_code_advice(text: _Text) -> Iterator[Problem]:
    country = text.country
    if country is not None and not country.postal_code.fullmatch(text.value):
        yield text.problem(
            f"should look like {country.postal_example}{text.not_this}.",
            meaning="Validation or registration may fail.",
        )
