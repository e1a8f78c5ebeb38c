"""What the numbering plan and Twilio's documentation tell about countries."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.countries import (
    COUNTRIES,
    TERRITORIES,
    country_of_address,
    country_of_number,
    is_e164,
    registration_time,
)

US_TIME, GB_TIME = "up to 30 minutes in the US and Canada", "up to 72 hours in the UK"
TOLL_FREE = "+18005550100"


@pytest.mark.parametrize(
    ("phone_number", "country"),
    [
        ("+14155550100", "US"),
        ("+17875550100", "US"),
        ("+14165550100", "CA"),
        ("+442071234567", "GB"),
        ("+33123456789", "FR"),
        (TOLL_FREE, None),
        ("not a number", None),
    ],
)
def test_country_is_read_from_numbering_plan(phone_number, country):
    assert country_of_number(phone_number) == country


@pytest.mark.parametrize(
    ("phone_number", "time"),
    [
        ("+14155550100", US_TIME),
        ("+14165550100", US_TIME),
        ("+442071234567", GB_TIME),
        (TOLL_FREE, f"{US_TIME}, {GB_TIME}"),
    ],
)
def test_registration_time_is_by_country_of_number(phone_number, time):
    assert registration_time(phone_number) == time


@pytest.mark.parametrize(
    ("phone_number", "is_so"),
    [
        ("+14155550100", True),
        ("+442071234567", True),
        ("+1 415 555 0100", False),
        ("14155550100", False),
        ("", False),
    ],
)
def test_only_the_spelling_of_e164_is_e164(phone_number, is_so):
    assert is_e164(phone_number) == is_so


@pytest.mark.parametrize(
    ("iso_country", "country"), [("US", "US"), ("PR", "US"), ("CA", "CA"), ("GB", "GB"), ("", "")]
)
def test_us_territory_has_us_emergency_services(iso_country, country):
    assert country_of_address(iso_country) == country


def test_regions_are_complete():
    """Fifty states, the District of Columbia and five territories; ten provinces and three territories."""
    assert len(COUNTRIES["US"].regions - TERRITORIES) == 51
    assert len(TERRITORIES) == 5
    assert len(COUNTRIES["CA"].regions) == 13
