"""What can be changed in a running emulator, over HTTP and without credentials."""

from __future__ import annotations

import pytest
import requests

from emulator.clients import ACROSS, KNOWN
from twilio_emulator import RealClock


def told(emulator, method, path, data=None):
    """Expect the control API to do it without a word."""
    answer = emulator.control(method, path, data)
    assert (answer.status_code, answer.text) == (204, "")


def test_state_is_shown_whole(emulator):
    address = emulator.address()
    number = emulator.bound(address)
    domain = emulator.world.add_domain("scranton.sip.twilio.com")

    state = emulator.control("GET", "/state").json()

    assert [each["sid"] for each in state["numbers"]] == [number]
    assert state["numbers"][0]["emergency_address_status"] == "registered"
    assert [each["sid"] for each in state["addresses"]] == [address]
    assert [each["sid"] for each in state["domains"]] == [domain]
    assert state["switches"]["direct_swap"] == "refused"


def test_requests_and_history_are_shown(emulator):
    emulator.faults.add("cut after=1")
    with pytest.raises(requests.ConnectionError):
        emulator.client.addresses.create(**KNOWN)

    (request,) = emulator.control("GET", "/requests").json()
    (event,) = emulator.control("GET", "/history").json()

    assert (request["k"], request["method"], request["outcome"]) == (1, "POST", "cut-after")
    assert ["Street", "645 HARRISON ST"] in request["form"]
    assert (event["kind"], event["by"], event["detail"]["street"]) == ("created", "api", "645 HARRISON ST")


def test_control_is_neither_recorded_nor_troubled(emulator):
    emulator.faults.add("503 every=1")

    assert emulator.control("GET", "/state").status_code == 200
    assert emulator.world.requests == []


def test_faults_come_a_line_each_and_go_all_together(emulator):
    told(emulator, "POST", "/faults", "429 at=1\n\n  503 at=1\n")

    assert [emulator.ask("GET", ".json").status_code for _ in range(2)] == [429, 200]
    told(emulator, "POST", "/faults", "503 every=1")
    told(emulator, "DELETE", "/faults")
    assert emulator.ask("GET", ".json").status_code == 200


def test_one_line_that_is_wrong_arms_none(emulator):
    answer = emulator.control("POST", "/faults", "429 every=1\nboom")

    assert answer.status_code == 400
    assert answer.text.startswith("'boom' is not a fault (kind 'boom'); there are:\n")
    assert emulator.ask("GET", ".json").status_code == 200


def test_pace_is_set_for_all_or_for_one(emulator):
    special, usual = emulator.number("+14155550100"), emulator.number("+14155550101")
    address = emulator.address()

    told(emulator, "POST", "/pace", {"registration": "after 3s", "unregistration": "never"})
    told(emulator, "POST", "/pace", {"registration": "failing", "sid": special})

    assert emulator.bind(special, address).emergency_address_status == "registration-failure"
    assert emulator.bind(usual, address).emergency_address_status == "pending-registration"
    assert emulator.unbind(usual).emergency_address_status == "pending-unregistration"


def test_switches_are_turned(emulator):
    told(emulator, "POST", "/switches", {"direct_swap": "accepted", "cleared_sid": "null"})

    assert (emulator.switches.direct_swap, emulator.switches.cleared_sid) == ("accepted", "null")


def test_manual_clock_is_moved(emulator):
    before = emulator.clock.now()

    told(emulator, "POST", "/clock", {"advance": "2.5"})

    assert emulator.clock.now() == before + 2.5


def test_number_is_pointed_elsewhere(emulator):
    number, other = emulator.bound(), emulator.address(ACROSS)

    told(emulator, "POST", f"/numbers/{number}", {"emergency_address_sid": other})
    assert emulator.client.incoming_phone_numbers(number).fetch().emergency_address_sid == other
    told(
        emulator,
        "POST",
        f"/numbers/{number}",
        {"emergency_address_sid": other, "status": "pending-registration"},
    )
    assert emulator.status(number) == "pending-registration"
    told(emulator, "POST", f"/numbers/{number}", {"emergency_address_sid": ""})
    assert emulator.status(number) == "unregistered"
    assert emulator.world.history[-1].by == "others"


def test_status_is_forced(emulator):
    number = emulator.bound()

    told(emulator, "POST", f"/numbers/{number}", {"status": "registration-failure"})

    assert emulator.status(number) == "registration-failure"


def test_domain_is_changed(emulator):
    number = emulator.bound()
    domain = emulator.world.add_domain("scranton.sip.twilio.com")

    told(
        emulator,
        "POST",
        f"/domains/{domain}",
        {"emergency_calling_enabled": "true", "emergency_caller_sid": number},
    )
    read = emulator.client.sip.domains(domain).fetch()
    assert (read.emergency_calling_enabled, read.emergency_caller_sid) == (True, number)

    told(
        emulator,
        "POST",
        f"/domains/{domain}",
        {"emergency_calling_enabled": "false", "emergency_caller_sid": ""},
    )
    read = emulator.client.sip.domains(domain).fetch()
    assert (read.emergency_calling_enabled, read.emergency_caller_sid) == (False, None)


def test_anything_is_removed(emulator):
    address = emulator.address()
    things = [emulator.bound(address), address, emulator.world.add_domain("scranton.sip.twilio.com")]

    for sid in things:
        told(emulator, "DELETE", f"/objects/{sid}")

    state = emulator.control("GET", "/state").json()
    assert (state["numbers"], state["addresses"], state["domains"]) == ([], [], [])


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("/pace", {"registration": "soon"}, "'soon' is not a pace; write one of: "),
        (
            "/switches",
            {"direct_swap": "maybe"},
            "switch direct_swap is one of refused, accepted, not 'maybe'",
        ),
        ("/switches", {"nothing": "x"}, "there is no switch 'nothing'; there are: "),
        ("/clock", {"advance": "soon"}, "advance must be a number of seconds, not 'soon'"),
        ("/clock", {"advance": "-1"}, "advance must be a number of seconds, not '-1'"),
        ("/clock", {"advance": "nan"}, "advance must be a number of seconds, not 'nan'"),
        ("/clock", {"advance": "9" * 20}, "a clock advances by 0 or more seconds, not by"),
        ("/clock", {}, "advance is missing"),
        ("/pace", {}, "registration or unregistration or sid is missing"),
        ("/pace", {"sid": "PN1"}, "registration or unregistration is missing"),
        ("/pace", {"registraton": "never"}, "there is no 'registraton' here; there are: registration, "),
        ("/switches", {}, "a field is missing"),
        ("/faults", {}, "a fault is missing"),
    ],
)
def test_impossible_command_is_answered_with_a_sentence(emulator, path, form, sentence):
    answer = emulator.control("POST", path, form)

    assert answer.status_code == 400
    assert answer.text.startswith(sentence)


def test_real_time_cannot_be_moved(emulator):
    emulator.world.clock = RealClock()

    answer = emulator.control("POST", "/clock", {"advance": "1"})

    assert (answer.status_code, answer.text) == (
        400,
        "this emulator runs on real time; start it with --clock manual\n",
    )


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/numbers/PN0"), ("POST", "/domains/SD0"), ("DELETE", "/objects/AD0")]
)
def test_unknown_sid_is_named(emulator, method, path):
    answer = emulator.control(method, path, {"status": "registered"} if method == "POST" else None)

    assert (answer.status_code, answer.text) == (404, f"there is no {path[-3:]}\n")
