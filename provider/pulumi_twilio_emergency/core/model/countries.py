"""
The countries whose emergency services Twilio registers addresses with: US, CA and GB (read 2026-11).

Other countries can place emergency calls without registration; this API is not for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers


@dataclass(frozen=True, slots=True)
class Country:
    """What can be said offline about addresses of one country."""

    iso: str
    region_noun: str
    regions: frozenset[str] | None
    postal_code: re.Pattern[str]
    postal_example: str
    # Where its numbers may come from by the numbering plan's view, which knows territories apart.
    number_regions: frozenset[str]


COUNTRIES = {
    country.iso: country
    for country in (
        Country(
            "US",
            "state",
            frozenset(
                [
                    "AL",
                    "AK",
                    "AZ",
                    "AR",
                    "CA",
                    "CO",
                    "CT",
                    "DE",
                    "DC",
                    "FL",
                    "GA",
                    "HI",
                    "ID",
                    "IL",
                    "IN",
                    "IA",
                    "KS",
                    "KY",
                    "LA",
                    "ME",
                    "MD",
                    "MA",
                    "MI",
                    "MN",
                    "MS",
                    "MO",
                    "MT",
                    "NE",
                    "NV",
                    "NH",
                    "NJ",
                    "NM",
                    "NY",
                    "NC",
                    "ND",
                    "OH",
                    "OK",
                    "OR",
                    "PA",
                    "RI",
                    "SC",
                    "SD",
                    "TN",
                    "TX",
                    "UT",
                    "VT",
                    "VA",
                    "WA",
                    "WV",
                    "WI",
                    "WY",
                    "AS",
                    "GU",
                    "MP",
                    "PR",
                    "VI",
                ]
            ),
            re.compile(r"[0-9]{5}(-[0-9]{4})?"),
            "94105 or 94105-1804",
            frozenset({"US", "AS", "GU", "MP", "PR", "VI"}),
        ),
        Country(
            "CA",
            "province",
            frozenset(["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]),
            re.compile(
                r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d", re.IGNORECASE | re.ASCII
            ),
            "M5V 2T6",
            frozenset({"CA"}),
        ),
        Country(
            "GB",
            "county",
            None,
            re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE | re.ASCII),
            "SW1A 2AA",
            frozenset({"GB", "GG", "IM", "JE"}),
        ),
    )
}


def country_of_number(phone_number: str) -> str | None:
    """
    Return US, CA or GB for an E.164 number, another country's code, or None where the plan does not tell.

    Toll-free numbers of the North American plan belong to no country.
    """
    try:
        number = phonenumbers.parse(phone_number)
    except phonenumbers.NumberParseException:
        return None
    toll_free = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE
    if toll_free and number.country_code == 1:
        return None
    region = phonenumbers.region_code_for_number(number)
    for country in COUNTRIES.values():
        if region in country.number_regions:
            return country.iso
    return region


def is_e164(phone_number: str) -> bool:
    """Whether the text is a possible number, spelled exactly as E.164 has it."""
    try:
        number = phonenumbers.parse(phone_number)
    except phonenumbers.NumberParseException:
        return False
    # The parser drops blanks and letters silently, so only its own spelling is let through.
    return (
        phonenumbers.is_possible_number(number)
        and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == phone_number
    )


def registration_time(phone_number: str) -> str:
    """Say how long a registration may take for this number (Programmable Voice docs, read 2026-11)."""
    country = country_of_number(phone_number)
    if country == "GB":
        return "up to 72 hours in the UK"
    if country in {"US", "CA"}:
        return "up to 30 minutes in the US and Canada"
    return "up to 30 minutes in the US and Canada, up to 72 hours in the UK"
