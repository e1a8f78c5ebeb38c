"""The JSON schema of the seed file says of every value what the reader says."""

from __future__ import annotations

import json

import jsonschema
import pytest

from twilio_emulator import Seed, Switches
from twilio_emulator.clockwork import PACES
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
WRITTEN = [*PACES, "soon", "after 3", "after 2 reads or", "failing flapping", "500", "500 at=1", "lag seconds=3",
           "lag seconds=3 at=1", "cap requests=1 at=1", "cut before=3", "cut at=1", "cut every=2", "reset after=1",
           "reset every=1", "503 share=0.05 processed times=3", "slow at=1", "slow seconds=2 method=GET",
           "429 every=5 retry-after=1", "429 every=5 processed", "500 at=2 method=POST path=/Addresses$",
           "502 method=BREW at=1", "lag seconds=5 of=fetches", "stale every=10", "do at=1"]  # fmt: skip
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
    for value in [
        *ANY,
        *WRITTEN,
        *([each] for each in WRITTEN),
        [None],
        [{}],
        ["x"],
        [[]],
        {"direct_swap": "refused"},
        {"direct_swap": None},
    ]:
        content = {name: value}

        assert VALIDATOR.is_valid(content) == is_read(content), content


@pytest.mark.parametrize("name", Switches.choices())
def test_schema_and_reader_agree_about_a_switch(name):
    for value in [*ANY, *Switches.choices()[name]]:
        content = {"switches": {name: value}}

        assert VALIDATOR.is_valid(content) == is_read(content), content
