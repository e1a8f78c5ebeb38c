"""
The keys of a sites file, in one table: what the reader accepts, the CSV's columns and the editors' schema.

An address has the fields of EmergencyAddress, a site those of its bindings, a domain those of
SipDomainEmergency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from pulumi_twilio_emergency.core.model.address import LOCATION, NAME_LENGTH, REQUIRED, OnCorrection
from pulumi_twilio_emergency.core.model.countries import COUNTRIES

E164_PATTERN = r"^\+[1-9][0-9]{6,14}$"
SID_PATTERN = "^AC[0-9a-fA-F]{32}$"


@dataclass(frozen=True, slots=True)
class Key:
    """
    One key.

    Attributes:
        name: As it is written.
        doc: What editors show.
        required: Whether it cannot be left out.
        kind: `text`, or what it holds: `address`, `numbers`, `domains`.
        choices: The values it takes, where they can be counted.
        pattern: A regular expression its value matches.
        digits: Whether people write it without quotes although YAML reads it as a number.
        longest: How many characters it takes.

    """

    name: str
    doc: str
    required: bool = False
    kind: str = "text"
    choices: tuple[str, ...] = ()
    pattern: str = ""
    digits: bool = False
    longest: int = 0


_FRIENDLY_NAME = Key(
    "friendly_name",
    "Name that the Twilio Console shows; from the site's key by default.",
    digits=True,
    longest=NAME_LENGTH,
)
_ON_CORRECTION = Key(
    "on_correction",
    "What to do when Twilio only knows a near match: take it if only the spelling differs (cosmetic, the "
    "default), always (accept), or never (reject).",
    choices=get_args(OnCorrection),
)
ADDRESS_KEYS = (
    Key("customer_name", "Name that the dispatcher sees.", required=True, digits=True, longest=NAME_LENGTH),
    Key("street", "House number and street, without suite or floor: 645 Harrison St.", required=True),
    Key("street_secondary", "Suite, unit, floor or room: Suite 400.", digits=True),
    Key("city", "City as the emergency service knows it.", required=True),
    Key("region", "Two-letter state or province; the county in the UK.", required=True),
    Key("postal_code", "ZIP code, postal code or postcode; leading zeros stay.", required=True, digits=True),
    Key("iso_country", "Country.", required=True, choices=tuple(COUNTRIES)),
    _FRIENDLY_NAME,
    _ON_CORRECTION,
)
_ACCOUNT_SID = Key(
    "account_sid", "Subaccount that owns the site's numbers; the credentials' account by default.",
    pattern=SID_PATTERN,
)  # fmt: skip
SITE_KEYS = (
    Key("address", "Where the site is.", required=True, kind="address"),
    Key("numbers", "Phone numbers that show this address on emergency calls.", kind="numbers"),
    Key("domains", "SIP domains whose emergency calling is switched on.", kind="domains"),
    _ACCOUNT_SID,
)
DOMAIN_KEYS = (
    Key("domain_name", "SIP domain: acme.sip.twilio.com.", required=True),
    Key(
        "emergency_caller",
        "Number of this file that emergency calls show whose own number has no registered address; by "
        "default they are rejected.",
        pattern=E164_PATTERN,
        digits=True,
    ),
)
TOP_KEYS = (Key("sites", "Sites, each under a key that never changes.", required=True, kind="sites"),)

CSV_COLUMNS = (
    Key("site", "Key of the site; rows with the same key are one site.", required=True),
    *ADDRESS_KEYS,
    _ACCOUNT_SID,
    Key("phone_number", "A number of the site in E.164: +14155550100.", digits=True),
    Key(
        "domain_name",
        "SIP domain whose emergency caller is the row's number; in a row without a number, one without "
        "an emergency caller.",
    ),
)

SITE_KEY_PATTERN = r"^\w[\w.-]{0,99}$"
"""What a site may be called: its key becomes part of a Pulumi resource name."""

assert set(LOCATION) < {key.name for key in ADDRESS_KEYS}  # noqa: S101 - a field without a key could not be set
assert set(REQUIRED) == {key.name for key in ADDRESS_KEYS if key.required}  # noqa: S101 - as above
