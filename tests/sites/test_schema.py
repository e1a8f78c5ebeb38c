"""The schema that editors use, held against the reader."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from pulumi_twilio_emergency.core.model.address import LOCATION
from pulumi_twilio_emergency.sites import keys, schema
from pulumi_twilio_emergency.sites.file import check
from pulumi_twilio_emergency.sites.model import Site, SiteDomain
from support.sites import BOSTON

RESOLVED = [
    pytest.param("Acme Boston", "Acme Boston", id="nothing"),
    pytest.param("    address:", "    adress:", id="key"),
    pytest.param("iso_country: US", "iso_country: DE", id="country"),
    pytest.param("      city: Boston\n", "", id="missing"),
    pytest.param("  boston:", "  bos ton:", id="site-key"),
    pytest.param("- +16175550101", '- "617"', id="number"),
    pytest.param("    numbers:", "    account_sid: AC1\n    numbers:", id="account"),
    pytest.param("- domain_name", "- domain", id="domain-key"),
]


def test_schema_is_valid_draft_7():
    jsonschema.Draft7Validator.check_schema(schema.schema())


@pytest.mark.parametrize(("old", "new"), RESOLVED)
def test_schema_and_reader_agree(tmp_path, old, new):
    path = tmp_path / "sites.yaml"
    path.write_text(BOSTON.replace(old, new, 1))
    accepted = jsonschema.Draft7Validator(schema.schema()).is_valid(yaml.safe_load(path.read_text()))
    assert accepted == (not check(path).problems)


def test_every_field_of_the_model_has_a_key():
    site = {field.name for field in dataclasses.fields(Site)} - {"key", "at"}
    assert {key.name for key in (*keys.SITE_KEYS, *keys.ADDRESS_KEYS)} == site | set(LOCATION)
    domain = {field.name for field in dataclasses.fields(SiteDomain)} - {"at"}
    assert {key.name for key in keys.DOMAIN_KEYS} == domain


def test_schema_in_the_package_is_the_one_that_is_made():
    """`twilio-emergency schema sites` prints it; the file is there for editors to point at."""
    path = Path(schema.__file__).with_name("sites.schema.json")
    assert json.loads(path.read_text()) == schema.schema()
