"""`twilio-emergency watch` against a running Twilio."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import pytest
import requests

from support.command import COMMAND, environment, run
from support.places import IN_BOSTON
from support.sites import BOSTON
from twilio_emulator import Pace


def bound(twilio, pace: Pace):
    """Bind +16175550100 at this pace, and add +16175550101 without an address."""
    world = twilio.world
    world.pace(registration=pace)
    address = world.add_address(street="1 MAIN ST", emergency_enabled=True, **IN_BOSTON)
    number = world.add_number("+16175550100")
    world.add_number("+16175550101")
    url = f"{twilio.url}/2010-04-01/Accounts/{twilio.account_sid}/IncomingPhoneNumbers/{number}.json"
    answer = requests.post(
        url, {"EmergencyAddressSid": address}, auth=(twilio.account_sid, twilio.auth_token), timeout=10
    )
    assert answer.json()["emergency_address_status"] == "pending-registration"
    return twilio


@pytest.fixture
def pending(twilio_emulator):
    """Return a Twilio with a number that is registered at the second look."""
    yield bound(twilio_emulator, Pace.after_reads(2))
    first, *rest = [request.method for request in twilio_emulator.world.requests]
    assert (first, {*rest}) == ("POST", {"GET"}), "the binding by the fixture, and nothing but reads"


@pytest.fixture
def stuck(twilio_emulator):
    """Return a Twilio with a number that stays pending."""
    return bound(twilio_emulator, Pace.never())


def test_number_is_waited_for_until_it_is_registered(pending):
    ended = run("watch", "+16175550100", env=pending.env)
    assert (ended.code, ended.out) == (0, "1 of 1 number is registered.\n")
    assert ended.err == "0 of 1 registered, waiting for 1.\n"


def test_number_without_address_is_named_and_not_waited_for(pending):
    began = time.monotonic()
    ended = run("watch", "+16175550101", "+16175550102", env=pending.env)
    assert time.monotonic() - began < 20
    assert ended.code == 1
    assert "+16175550101 is unregistered.\n  An emergency call from this number" in ended.out
    assert "+16175550102 is not a number of this account.\n" in ended.out
    assert ended.out.endswith("0 of 2 numbers are registered.\n")


def test_number_of_no_account_is_not_waited_for_and_what_to_check_is_said(pending):
    ended = run("watch", "+16175550102", env=pending.env)
    assert (ended.code, ended.err) == (1, "")
    said, meaning, remedy, count = ended.out.splitlines()
    assert said == "+16175550102 is not a number of this account."
    assert meaning == "  Nothing can be registered for it here."
    assert "TWILIO_ACCOUNT_SID" in remedy
    assert count == "0 of 1 number is registered."


def test_declared_number_without_address_is_bound_by_up(twilio_emulator, tmp_path):
    for name in ("+16175550100", "+16175550101"):
        twilio_emulator.world.add_number(name)
    (tmp_path / "sites.yaml").write_text(BOSTON)
    declared = run("watch", "--sites", "sites.yaml", "--timeout", "0s", env=twilio_emulator.env, cwd=tmp_path)
    assert declared.out.count("  Run `pulumi up`: it binds the declared address.\n") == 2
    named = run("watch", "+16175550100", "--timeout", "0s", env=twilio_emulator.env)
    assert "  Bind an emergency address to the number.\n" in named.out


def test_sites_file_that_cannot_be_used_exits_3(twilio_emulator, tmp_path):
    (tmp_path / "sites.yaml").write_text("sites: {}\nsits: {}\n")
    for name in ("sites.yaml", "missing.yaml"):
        ended = run("watch", "--sites", name, env=twilio_emulator.env, cwd=tmp_path)
        assert (ended.code, ended.out) == (3, "")
    assert twilio_emulator.world.requests == []


def test_json_says_who_is_not(pending, tmp_path):
    (tmp_path / "sites.yaml").write_text(BOSTON)
    ended = run("watch", "--sites", "sites.yaml", "--format", "json", env=pending.env, cwd=tmp_path)
    assert ended.code == 1
    assert json.loads(ended.out) == {
        "schema_version": 1,
        "all_registered": False,
        "numbers": [
            {"phone_number": "+16175550100", "registered": True, "status": "registered"},
            {"phone_number": "+16175550101", "registered": False, "status": "unregistered"},
        ],
    }


def test_time_limit_is_kept(stuck):
    ended = run("watch", "+16175550100", "--timeout", "0s", env=stuck.env)
    assert ended.code == 1
    assert ended.out.startswith("+16175550100 is pending-registration after 0 s.\n")


@pytest.mark.parametrize(
    "words", [[], ["6175550100"], ["+16175550100", "--timeout", "soon"], ["--sites", "a", "--stack", "b"]]
)
def test_wrong_usage_exits_2(twilio_emulator, words):
    assert run("watch", *words, env=twilio_emulator.env).code == 2
    assert twilio_emulator.world.requests == []


def test_ctrl_c_ends_the_waiting(stuck):
    process = subprocess.Popen(
        [COMMAND, "watch", "+16175550100"], env=environment(stuck.env), stderr=subprocess.PIPE, text=True
    )
    assert "waiting for" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.endswith("Interrupted. Nothing was changed at Twilio.\n")
