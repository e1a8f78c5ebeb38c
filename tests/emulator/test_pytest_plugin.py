"""The fixture, as an infrastructure repository's tests use it."""

from __future__ import annotations

import subprocess
import sys

INFRA_TEST = """
import sys

import pytest


def test_plugin_costs_nothing_until_it_is_used():
    assert not {"httptools", "yaml"} & set(sys.modules)


@pytest.fixture
def client(twilio_emulator):
    from twilio.rest import Client

    client = Client(twilio_emulator.account_sid, twilio_emulator.auth_token, environment={"x": "y"})
    client.api.base_url = twilio_emulator.url
    return client


@pytest.mark.parametrize("turn", [1, 2])
def test_number_gets_its_address(twilio_emulator, client, turn):
    number = twilio_emulator.world.add_number("+14155550100")
    address = client.addresses.create(
        customer_name="Twilio",
        street="645 Harrison St.",
        city="San Francisco",
        region="CA",
        postal_code="94105",
        iso_country="US",
        emergency_enabled=True,
    )

    client.incoming_phone_numbers(number).update(emergency_address_sid=address.sid)

    statuses = [client.incoming_phone_numbers(number).fetch().emergency_address_status for _ in range(3)]
    assert statuses == ["pending-registration", "pending-registration", "registered"]
    assert len(twilio_emulator.world.addresses()) == 1, "every test has a Twilio of its own"


def test_trouble_is_declared(twilio_emulator, client):
    twilio_emulator.faults.add("503 every=1")

    with pytest.raises(Exception, match="503|fetch"):
        client.addresses.list()


def test_programs_find_it_in_their_environment(twilio_emulator):
    assert twilio_emulator.env == {
        "TWILIO_ACCOUNT_SID": twilio_emulator.account_sid,
        "TWILIO_AUTH_TOKEN": twilio_emulator.auth_token,
        "TWILIO_API_URL": twilio_emulator.url,
    }
    assert twilio_emulator.url.startswith("http://127.0.0.1:")
"""


def test_fixture_works_in_a_repository_that_treats_warnings_as_errors(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "test_infra.py").write_text(INFRA_TEST)

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "5 passed" in run.stdout, run.stdout + run.stderr
    assert run.returncode == 0
