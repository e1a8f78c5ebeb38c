"""
An emergency address: what it is, and what can be said about it offline.

Source: Address resource and emergency calling for SIP pages, Twilio docs, read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, get_args

from pulumi_twilio_emergency.core.model.address import (
    LOCATION,
    NAME_BYTES,
    NAME_LENGTH,
    REQUIRED,
    Address,
    OnCorrection,
)
from pulumi_twilio_emergency.core.model.countries import COUNTRIES, Country
from pulumi_twilio_emergency.core.model.formatting import kind_of, quoted
from pulumi_twilio_emergency.core.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


_UNIT_IN_STREET = re.compile(
    r"[\s,](suite|ste|unit|apartment|apt|floor|fl|room|rm|building|bldg)\.?\s+#?(?:\w*\d\w*|[a-z])\s*$",
    re.IGNORECASE,
)


def problems(values: Mapping[str, object], unknown: Collection[str] = ()) -> list[Problem]:
    """
    Say everything that can be said offline against an address, each thing under its property.

    Args:
        values: The properties as the operator wrote them, of any type.
        unknown: Properties whose value is not known yet; nothing is said of them.

    """
    return [
        problem
        for name in (*LOCATION, "friendly_name")
        if name not in unknown
        for problem in _problems_of(name, values.get(name), values)
    ]


def _problems_of(name: str, value: object, values: Mapping[str, object]) -> Iterator[Problem]:
    if value is None or value == "" or (name in REQUIRED and isinstance(value, str) and value.isspace()):
        if name in REQUIRED:
            yield Problem(f"{name} is missing; Twilio needs it to validate the address.", where=name)
        return
    if not isinstance(value, str):
        # Postal codes written as numbers lose their leading zeros, so they are not turned into text here.
        yield Problem(f"{name} must be a text in quotes, not {kind_of(value)}.", where=name)
        return
    if value != value.strip() or "  " in value:
        yield Problem(
            f"{name} has stray blanks, which Twilio refuses; write {quoted(_tidy(value))}.", where=name
        )
    if not value.isprintable():
        yield Problem(f"{name} has control characters in it; retype it by hand.", where=name)
    forbidden = [char for char in "&@#" if char in value]
    if forbidden:
        yield Problem(
            f"{name} must not contain {' '.join(forbidden)}, which emergency services refuse; "
            "spell it out or leave it away.",
            where=name,
        )
    if name in {"customer_name", "friendly_name"}:
        yield from _name_problems(name, value)
    if name == "street":
        yield from _street_problems(value)
    if name == "iso_country" and value not in COUNTRIES:
        yield Problem(
            f"iso_country must be one of {', '.join(COUNTRIES)}, not {quoted(value)}: Twilio registers "
            "emergency addresses in no other country.",
            where=name,
        )
    country = COUNTRIES.get(str(values.get("iso_country")))
    if country is not None:
        yield from _country_problems(name, value, country)


def _name_problems(name: str, value: str) -> Iterator[Problem]:
    if len(value) > NAME_LENGTH:
        yield Problem(
            f"{name} has {len(value)} characters; emergency addresses take at most {NAME_LENGTH}.", where=name
        )
    elif len(value.encode(errors="replace")) > NAME_BYTES:
        yield Problem(
            f"{name} takes {len(value.encode(errors='replace'))} bytes in UTF-8; Twilio takes at most "
            f"{NAME_BYTES}.",
            where=name,
        )


def _street_problems(value: str) -> Iterator[Problem]:
    unit = _UNIT_IN_STREET.search(value)
    if unit:
        yield Problem(
            f"street ends in a unit, {quoted(unit.group().strip(' ,'))}; put that into street_secondary, or "
            "registration may be refused.",
            where="street",
        )


def _country_problems(name: str, value: str, country: Country) -> Iterator[Problem]:
    if name == "region" and country.regions is not None and value not in country.regions:
        yield Problem(
            f"region must be the two-letter code of a {country.iso} {country.region_noun} in capitals, "
            f"not {quoted(value)}.",
            where=name,
        )
    if name == "postal_code" and not country.postal_code.fullmatch(value):
        yield Problem(
            f"postal_code {quoted(value)} is not a {country.iso} postal code; they look like "
            f"{country.postal_example}.",
            where=name,
        )


def _tidy(value: str) -> str:
    return " ".join(value.split())


def on_correction_problems(value: object) -> list[Problem]:
    """Say what is wrong with an `on_correction`."""
    if value is None or value in get_args(OnCorrection):
        return []
    choices = ", ".join(repr(choice) for choice in get_args(OnCorrection))
    return [Problem(f"on_correction must be one of {choices}, not {quoted(value)}.", where="on_correction")]


def comparison(wish: Address, proposal: Address) -> str:
    """Set a proposal beside the wish, field by field, as Python keyword arguments ready to paste."""
    lines = []
    old, new = asdict(wish), asdict(proposal)
    for name in LOCATION:
        if new[name] or old[name]:
            differs = "" if new[name] == old[name] else f"  # you wrote {old[name]!r}"
            lines.append(f"  {name}={new[name]!r},{differs}")
    return "\n".join(lines)
