"""What can be said offline about the phone numbers and SIP domains that somebody has written down."""

from __future__ import annotations

import re

from pulumi_twilio_emergency.core.model.countries import COUNTRIES, country_of_number, is_e164
from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import Problem

# <name>.sip.twilio.com, or with a Region before twilio.com (Regional SIP Domains, Twilio docs, read 2026-11).
_DOMAIN_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?\.sip(\.[a-z0-9-]+)?\.twilio\.com")


def phone_number_problem(phone_number: str, iso_country: str) -> Problem | None:
    """
    Say what is wrong with a phone number, or None.

    Args:
        phone_number: As it was typed.
        iso_country: The country of the address it belongs to; any other text where that is not known.

    """
    if not is_e164(phone_number):
        return Problem(
            f"{quoted(phone_number)} is not a phone number in E.164.", remedy=_as_e164(phone_number)
        )
    # Toll-free numbers of the North American plan belong to no country.
    country = country_of_number(phone_number)
    if country is None or country == iso_country:
        return None
    if country not in COUNTRIES:
        return Problem(
            f"{phone_number} is a number of {country}; Twilio registers emergency addresses for "
            f"{', '.join(COUNTRIES)} only.",
            "Emergency calls from it show no address to the dispatcher.",
            "Remove it, or use a number of a country with registration.",
        )
    if iso_country not in COUNTRIES:
        return None
    return Problem(
        f"{phone_number} is a {country} number, and the site's address is in {iso_country}.",
        "Emergency services take only addresses of the number's own country.",
        "Move the number to a site in its country.",
    )


def _as_e164(typed: str) -> str:
    digits = re.sub(r"[^0-9]", "", typed)
    if re.search(r"[0-9]\.[0-9]+e", typed, re.IGNORECASE):
        return "A spreadsheet has rounded it; format the column as text and enter the number again"
    for guess in (f"+{digits}", f"+1{digits}"):
        if is_e164(guess) and country_of_number(guess) in COUNTRIES:
            return f"Write it like {guess}"
    return "Write it with + and the country code, without blanks: +14155550100"


def is_domain_name(text: str) -> bool:
    """Whether a text can be the full name of a Twilio SIP domain."""
    return _DOMAIN_NAME.fullmatch(text) is not None


def domain_name_problem(domain_name: str) -> Problem | None:
    """Say what is wrong with a SIP domain's name, or None."""
    if is_domain_name(domain_name):
        return None
    remedy = "Write the entire name in small letters: acme.sip.twilio.com"
    return Problem(f"{quoted(domain_name)} is not the name of a Twilio SIP domain.", remedy=remedy)
