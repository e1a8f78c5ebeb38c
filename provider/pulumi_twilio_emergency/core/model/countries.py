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
    # The numbering plan has codes of its own for territories.
    number_regions: frozenset[str]
    # Seconds that a registration, or the end of one, may take (Programmable Voice docs, read 2026-11).
    longest_registration: int


_STATES = (
    "AL AK AZ AR CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT "
    "NC ND NE NH NJ NM NV NY OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"
)
TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
"""Territories of the US: codes of regions, and codes of countries where Twilio lists locales (PR)."""

COUNTRIES = {
    country.iso: country
    for country in (
        Country(
            "US",
            "state",
            frozenset(_STATES.split()) | TERRITORIES,
            re.compile(r"[0-9]{5}(-[0-9]{4})?"),
            "94105 or 94105-1804",
            TERRITORIES | {"US"},
            30 * 60,
        ),
        Country(
            "CA",
            "province",
            frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
            re.compile(
                r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d", re.IGNORECASE | re.ASCII
            ),
            "M5V 2T6",
            frozenset({"CA"}),
            30 * 60,
        ),
        Country(
            "GB",
            "county",
            None,
            re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE | re.ASCII),
            "SW1A 2AA",
            frozenset({"GB", "GG", "IM", "JE"}),
            72 * 60 * 60,
        ),
    )
}


def country_of_number(phone_number: str) -> str | None:
    """
    Return US, CA or GB for an E.164 number, another country's code, or None where the number belongs to none.

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


def country_of_address(iso_country: str) -> str:
    """Return the country whose emergency services are called there: US for an address in PR."""
    return "US" if iso_country in TERRITORIES else iso_country


def is_e164(phone_number: str) -> bool:
    """Whether the text is a possible number, spelled exactly as E.164 has it."""
    try:
        number = phonenumbers.parse(phone_number)
    except phonenumbers.NumberParseException:
        return False
    # The parser drops blanks and letters silently, so only its own spelling is accepted.
    return (
        phonenumbers.is_possible_number(number)
        and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == phone_number
    )


def longest_registration(country: str | None) -> int:
    """Return the seconds that a registration may take; the longest of all where the country is not known."""
    known = COUNTRIES.get(country or "")
    return (
        known.longest_registration if known else max(each.longest_registration for each in COUNTRIES.values())
    )


def registration_time(phone_number: str) -> str:
    """Say how long a registration may take for this number."""
    country = country_of_number(phone_number)
    in_north_america = f"up to {COUNTRIES['US'].longest_registration // 60} minutes in the US and Canada"
    in_the_uk = f"up to {COUNTRIES['GB'].longest_registration // 3600} hours in the UK"
    if country == "GB":
        return in_the_uk
    return in_north_america if country in {"US", "CA"} else f"{in_north_america}, {in_the_uk}"
