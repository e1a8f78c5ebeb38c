"""The JSON schema of the seed file says of every value what the reader says."""

from __future__ import annotations

import json

import jsonschema
import pytest

from twilio_emulator import Seed, Switches
from twilio_emulator.seed import _ROWS, KEYS, schema

ANY = [None, "", True, "true", 3, 1.5, "x", [], {}, "registered", "US", "UK", "GET", "+14155550100", "+1415",
       "a.sip.twilio.com", "A.SIP.Twilio.com", f"{'a' * 64}.sip.twilio.com", "n" * 65, "AD" + "0" * 32,
       "AC" + "0" * 32, "two\nlines"]  # fmt: skip
VALID = {
    "addresses": {
        "customer_name": "A",
        "street": "1 A ST",
        "city": "B",
        "region": "CA",
        "postal_code": "9",
        "iso_country": "US",
    },
    "places": {"street": "1 A ST", "city": "B", "region": "CA", "postal_code": "9"},
    "numbers": {"phone_number": "+14155550100"},
    "domains": {"domain_name": "a.sip.twilio.com"},
}
FIELDS = [(kind, name) for kind, (table, _) in _ROWS.items() for name in [*table, "account_sid", "colour"]]
VALIDATOR = jsonschema.Draft202012Validator(schema())


def is_read(content):
    try:
        Seed.parse(json.dumps(content), "seed")
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_schema_and_reader_agree_about_a_field(kind, name):
    for value in ANY:
        if name.endswith(("_url", "callback")) and value not in (None, "", True, 3):
            continue  # "format" is a note for editors, which a validator need not heed
        content = {kind: [{**VALID.get(kind, {}), name: value}]}

        assert VALIDATOR.is_valid(content) == is_read(content), content


@pytest.mark.parametrize("name", [*KEYS, "colour"])
def test_schema_and_reader_agree_about_the_top(name):
    for value in [*ANY, [None], [{}], ["x"], [[]], {"direct_swap": "refused"}, {"direct_swap": None}]:
        if name in {"registration", "unregistration", "faults"} and (
            isinstance(value, str) or value == ["x"]
        ):
            continue  # the schema does not know how they are written
        content = {name: value}

        assert VALIDATOR.is_valid(content) == is_read(content), content


@pytest.mark.parametrize("name", Switches.choices())
def test_schema_and_reader_agree_about_a_switch(name):
    for value in [*ANY, *Switches.choices()[name]]:
        content = {"switches": {name: value}}

        assert VALIDATOR.is_valid(content) == is_read(content), content
