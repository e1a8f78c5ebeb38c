"""What journeys have found, each reduced to its shortest way."""

from __future__ import annotations

import pytest

from support.convergence import Rehearsal, address, binding, domain, laws_at_rest, laws_of_the_record
from twilio_emulator import Fault

DESK, LOBBY, DOMAIN = "+14155550100", "+14155550101", "example.sip.twilio.com"
BEFORE = [address("office", "across"), binding("desk", DESK, "office")]
AFTER = [address("office", "hall"), BEFORE[1]]


@pytest.fixture
def rehearsal():
    rehearsal = Rehearsal()
    for number in (DESK, LOBBY):
        rehearsal.world.add_number(number)
    rehearsal.world.add_domain(DOMAIN)
    return rehearsal


def request_number(rehearsal, method, path, *, then):
    """Return which request of a run of `then` is the first of that kind, and go back in time."""
    beginning = rehearsal.remember()
    before = len(rehearsal.world.requests)
    then()
    asked = rehearsal.world.requests[before:]
    rehearsal.restore(beginning)
    return next(k for k, each in enumerate(asked, 1) if each.method == method and path in each.path and ("EmergencyAddressSid", "") not in each.form)  # fmt: skip


def test_an_address_moves_though_lists_lag(rehearsal):
    rehearsal.up(BEFORE)
    rehearsal.clock.advance(60)
    rehearsal.faults.add(Fault("lag", seconds=5))
    ran = rehearsal.up(AFTER)
    assert ran.ok, ran.failures


def test_a_caller_is_changed_and_the_old_ones_binding_removed_though_lists_lag(rehearsal):
    lobby = binding("lobby", LOBBY, "office")
    rehearsal.up([*BEFORE, lobby, domain("phones", DOMAIN, "desk")])
    rehearsal.clock.advance(60)
    rehearsal.faults.add(Fault("lag", seconds=5))
    ran = rehearsal.up([BEFORE[0], lobby, domain("phones", DOMAIN, "lobby")])
    assert ran.ok, ran.failures


def killed(rehearsal, program, method, path):
    """Run it, and kill it as soon as its first request of that kind has taken effect."""
    k = request_number(rehearsal, method, path, then=lambda: rehearsal.up(program))
    assert rehearsal.up(program, kill_after=k).killed


def test_a_destroy_after_a_killed_register_names_what_is_bound_and_up_then_destroy_leaves_nothing(rehearsal):
    killed(rehearsal, BEFORE, "POST", "IncomingPhoneNumbers/")
    ran = rehearsal.destroy()
    assert DESK in ran.failures["office"]
    laws_of_the_record(rehearsal)
    assert rehearsal.up(BEFORE).ok
    laws_at_rest(rehearsal, BEFORE)
    assert rehearsal.destroy().ok
    laws_at_rest(rehearsal, [])


def test_a_refresh_before_the_destroy_after_a_killed_change_leaves_nothing(rehearsal):
    rehearsal.up(BEFORE)
    killed(rehearsal, AFTER, "POST", "IncomingPhoneNumbers/")
    assert rehearsal.refresh().ok
    assert rehearsal.destroy().ok
    laws_at_rest(rehearsal, [])


def test_a_destroy_after_a_killed_change_leaves_nothing(rehearsal):
    rehearsal.up(BEFORE)
    killed(rehearsal, AFTER, "POST", "IncomingPhoneNumbers/")
    ran = rehearsal.destroy()
    assert ran.ok, ran.failures
    laws_at_rest(rehearsal, [])


def test_a_change_of_mind_after_a_killed_move_leaves_no_orphan(rehearsal):
    rehearsal.up(BEFORE)
    killed(rehearsal, AFTER, "POST", "Addresses")
    assert rehearsal.up(BEFORE).ok
    assert rehearsal.destroy().ok
    laws_at_rest(rehearsal, [])


def test_two_addresses_of_one_name_and_place_never_become_one(rehearsal):
    first, second = (address(name, "across", friendly_name="Head office") for name in ("first", "second"))
    assert rehearsal.up([second]).ok
    assert rehearsal.up([first, second]).ok
    laws_at_rest(rehearsal, [first, second])


def test_an_address_whose_answer_is_lost_twice_is_found_in_the_same_run(rehearsal):
    rehearsal.faults.add(Fault("cut-before", at=1, method="POST", path="/Addresses$"))
    rehearsal.faults.add(Fault("cut-after", at=2, method="POST", path="/Addresses$"))
    ran = rehearsal.up(BEFORE)
    assert ran.ok, ran.failures
    laws_at_rest(rehearsal, BEFORE)
