"""What the convergence tests have found, each reduced to its shortest steps."""

from __future__ import annotations

import pytest

from support.convergence import (
    Convergence,
    address,
    binding,
    domain,
    invariants_at_rest,
    invariants_of_the_record,
)
from twilio_emulator import Fault

DESK, LOBBY, DOMAIN = "+14155550100", "+14155550101", "example.sip.twilio.com"
BEFORE = [address("office", "across"), binding("desk", DESK, "office")]
AFTER = [address("office", "hall"), BEFORE[1]]


@pytest.fixture
def stack():
    stack = Convergence()
    for number in (DESK, LOBBY):
        stack.world.add_number(number)
    stack.world.add_domain(DOMAIN)
    return stack


def request_number(stack, method, path, *, then):
    """Return which request of a run of `then` is the first of that kind, and go back in time."""
    beginning = stack.remember()
    before = len(stack.world.requests)
    then()
    asked = stack.world.requests[before:]
    stack.restore(beginning)
    return next(k for k, each in enumerate(asked, 1) if each.method == method and path in each.path and ("EmergencyAddressSid", "") not in each.form)  # fmt: skip


def test_address_moves_although_lists_lag(stack):
    stack.up(BEFORE)
    stack.clock.advance(60)
    stack.faults.add(Fault("lag", seconds=5))
    ran = stack.up(AFTER)
    assert ran.ok, ran.failures


def test_caller_changes_and_old_binding_is_removed_although_lists_lag(stack):
    lobby = binding("lobby", LOBBY, "office")
    stack.up([*BEFORE, lobby, domain("phones", DOMAIN, "desk")])
    stack.clock.advance(60)
    stack.faults.add(Fault("lag", seconds=5))
    ran = stack.up([BEFORE[0], lobby, domain("phones", DOMAIN, "lobby")])
    assert ran.ok, ran.failures


def killed(stack, program, method, path):
    """Run it, and kill it as soon as its first request of that kind has taken effect."""
    k = request_number(stack, method, path, then=lambda: stack.up(program))
    assert stack.up(program, kill_after=k).killed


def test_destroy_after_killed_register_names_bound_numbers(stack):
    killed(stack, BEFORE, "POST", "IncomingPhoneNumbers/")
    ran = stack.destroy()
    assert DESK in ran.failures["office"]
    invariants_of_the_record(stack)
    assert stack.up(BEFORE).ok
    invariants_at_rest(stack, BEFORE)
    assert stack.destroy().ok
    invariants_at_rest(stack, [])


def test_refresh_and_destroy_after_killed_change_leave_nothing(stack):
    stack.up(BEFORE)
    killed(stack, AFTER, "POST", "IncomingPhoneNumbers/")
    assert stack.refresh().ok
    assert stack.destroy().ok
    invariants_at_rest(stack, [])


def test_destroy_after_killed_change_leaves_nothing(stack):
    stack.up(BEFORE)
    killed(stack, AFTER, "POST", "IncomingPhoneNumbers/")
    ran = stack.destroy()
    assert ran.ok, ran.failures
    invariants_at_rest(stack, [])


def test_reverted_program_after_killed_move_leaves_no_unmanaged_address(stack):
    stack.up(BEFORE)
    killed(stack, AFTER, "POST", "Addresses")
    assert stack.up(BEFORE).ok
    assert stack.destroy().ok
    invariants_at_rest(stack, [])


def test_two_addresses_of_one_name_and_place_never_become_one(stack):
    first, second = (address(name, "across", friendly_name="Head office") for name in ("first", "second"))
    assert stack.up([second]).ok
    assert stack.up([first, second]).ok
    invariants_at_rest(stack, [first, second])


def test_address_whose_answer_is_lost_twice_is_found_in_same_run(stack):
    stack.faults.add(Fault("cut-before", at=1, method="POST", path="/Addresses$"))
    stack.faults.add(Fault("cut-after", at=2, method="POST", path="/Addresses$"))
    ran = stack.up(BEFORE)
    assert ran.ok, ran.failures
    invariants_at_rest(stack, BEFORE)
