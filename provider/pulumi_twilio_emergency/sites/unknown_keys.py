"""A key nobody knows, and the one that was probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.sites.nodes import FileProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_twilio_emergency.sites.nodes import Scalar

# Camel case and the words other tools use, which difflib would not bring together.
_OTHER_WORDS = {
    "addr": "address",
    "caller": "emergency_caller",
    "country": "iso_country",
    "customer": "customer_name",
    "domain": "domain_name",
    "name": "customer_name",
    "number": "phone_number",
    "phone": "phone_number",
    "phone_numbers": "numbers",
    "postcode": "postal_code",
    "province": "region",
    "sip_domains": "domains",
    "state": "region",
    "street2": "street_secondary",
    "suite": "street_secondary",
    "zip": "postal_code",
    "zip_code": "postal_code",
}


def suggestion(name: str, known: Sequence[str]) -> str | None:
    """Return the known key that an unknown one was probably meant to be."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    other = _OTHER_WORDS.get(plain)
    if other in known:
        return other
    close = difflib.get_close_matches(plain.replace("_", ""), [key.replace("_", "") for key in known], 1)
    return next((key for key in known if close and key.replace("_", "") == close[0]), None)


def unknown_key(key: Scalar, path: str, known: Sequence[str], noun: str = "key") -> FileProblem:
    """Say that a key is unknown, and what was meant or what there is."""
    meant = suggestion(key.text, known)
    remedy = f"Did you mean {meant}?" if meant else f"There are: {', '.join(known)}."
    return FileProblem(key.at, path, Problem(f"unknown {noun} {quoted(key.text)}.", remedy=remedy))
