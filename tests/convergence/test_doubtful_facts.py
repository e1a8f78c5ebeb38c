"""Whichever way Twilio's undocumented corners turn out, the workflows converge, or say why they cannot."""

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
from twilio_emulator import Pace, Switches

DESK, LOBBY, DOMAIN = "+14155550100", "+14155550101", "example.sip.twilio.com"
TOLL_FREE = "+18005550100"
POSITIONS = [(name, value) for name, values in Switches.choices().items() for value in values]


@pytest.fixture
def stack():
    stack = Convergence()
    for number in (DESK, LOBBY, TOLL_FREE):
        stack.world.add_number(number)
    stack.world.add_domain(DOMAIN)
    stack.world.pace(registration=Pace.after(20), unregistration=Pace.after(5))
    return stack


def reach(stack, program):
    """Bring a program about in one run."""
    ran = stack.up(program)
    assert ran.ok, ran.failures
    invariants_at_rest(stack, program)


@pytest.mark.parametrize(("switch", "position"), POSITIONS)
def test_register_move_rebind_switch_and_tear_down_converge(stack, switch, position):
    stack.world.switches.set(switch, position)
    office, annex = address("office"), address("annex", "across")
    desk, lobby = binding("desk", DESK, "office"), binding("lobby", LOBBY, "office")
    phones = domain("phones", DOMAIN, "desk")
    for program in (
        [office, desk, phones],
        [office, desk, lobby, phones],
        [address("office", "hall"), desk, lobby, phones],
        [address("office", "hall"), annex, binding("desk", DESK, "annex"), lobby, phones],
        [address("office", "hall"), annex, binding("desk", DESK, "annex"), lobby, domain("phones", DOMAIN, "lobby")],
        [address("office", "hall"), annex, lobby, domain("phones", DOMAIN, "lobby")],
        [address("office", "hall"), lobby, domain("phones", DOMAIN, "lobby")],
        [address("office", "hall"), lobby, domain("phones", DOMAIN, enabled=False)],
        [address("office", "hall"), lobby],
    ):  # fmt: skip
        reach(stack, program)
    assert stack.destroy().ok
    invariants_at_rest(stack, [])
    refusals = [each for each in stack.world.requests if (each.status or 0) >= 400]
    corrections = [each for each in refusals if ("Street", "645 Harrison St") in each.form]
    assert refusals == corrections, "nothing is asked of Twilio that it might refuse, but for a spelling"


@pytest.mark.parametrize(("switch", "position"), POSITIONS)
def test_failed_registration_is_cleared_and_tried_again(stack, switch, position):
    stack.world.switches.set(switch, position)
    program = [address("office", "across"), binding("desk", DESK, "office")]
    stack.world.pace(registration=Pace.failing(10))
    ran = stack.up(program)
    assert "could not be registered" in ran.failures["desk"]
    assert "Twilio reports registration-failure" in ran.failures["desk"]
    invariants_of_the_record(stack)
    stack.world.pace(registration=Pace.after(20))
    reach(stack, program)


@pytest.mark.parametrize(("switch", "position"), POSITIONS)
def test_move_with_failed_registration_is_rolled_back_and_then_succeeds(stack, switch, position):
    stack.world.switches.set(switch, position)
    before = [address("office", "across"), binding("desk", DESK, "office"), domain("phones", DOMAIN, "desk")]
    after = [address("office", "hall"), *before[1:]]
    reach(stack, before)
    old = stack.in_state("office").id
    stack.world.pace(registration=Pace.failing(10))
    stack.world.pace_for(old, registration=Pace.after(20))
    ran = stack.up(after)
    assert f"The previous address, {old}, is registered again" in ran.failures["desk"]
    assert stack.world.number(stack.in_state("desk").id)["emergency_address_sid"] == old
    invariants_of_the_record(stack)
    stack.world.pace(registration=Pace.after(20))
    reach(stack, after)


@pytest.mark.parametrize(("switch", "position"), POSITIONS)
def test_later_failure_is_seen_by_refresh_and_fixed_by_up(stack, switch, position):
    stack.world.switches.set(switch, position)
    program = [address("office", "across"), binding("desk", DESK, "office"), domain("phones", DOMAIN, "desk")]
    reach(stack, program)
    stack.world.force_status(stack.in_state("desk").id, "registration-failure")
    assert stack.refresh().ok
    assert ("update", "desk") in stack.preview(program).steps
    reach(stack, program)


@pytest.mark.parametrize(("switch", "position"), POSITIONS)
def test_unregistration_that_fails_once_is_tried_again(stack, switch, position):
    stack.world.switches.set(switch, position)
    before = [address("office", "across"), binding("desk", DESK, "office")]
    reach(stack, before)
    stack.world.pace(unregistration=Pace.failing(5))
    failed = stack.up(before[:1])
    assert "desk" in failed.failures
    assert "unregistration-failure" in failed.failures["desk"]
    stack.world.pace(unregistration=Pace.after(5))
    reach(stack, before[:1])


@pytest.mark.parametrize("position", Switches.choices()["toll_free"])
def test_toll_free_number_registers_or_fails_with_reason_and_no_leftovers(stack, position):
    stack.world.switches.toll_free = position
    office = address("office", "across")
    program = [office, binding("toll-free", TOLL_FREE, "office")]
    if position == "accepted":
        reach(stack, program)
        return
    ran = stack.up(program)
    said = ran.failures["toll-free"]
    if position == "refused":
        assert (
            "The address cannot be used for emergency calls from this number. (HTTP 422, code 20422)" in said
        )
    else:
        assert f"{TOLL_FREE} could not be registered" in said
        assert "Twilio reports registration-failure" in said
    assert "Traceback" not in said
    reach(stack, [office])


@pytest.mark.parametrize("position", Switches.choices()["update_of_bound_address"])
def test_rename_of_address_in_use_succeeds_or_quotes_twilio(stack, position):
    stack.world.switches.update_of_bound_address = position
    desk = binding("desk", DESK, "office")
    reach(stack, [address("office", "across"), desk])
    renamed = [address("office", "across", friendly_name="Head office"), desk]
    if position != "refused":
        reach(stack, renamed)
        return
    ran = stack.up(renamed)
    assert (
        "Address is used for emergency calling by a phone number. (HTTP 400, code 21631)"
        in ran.failures["office"]
    )
    assert "No registration was changed." in ran.failures["office"]
    invariants_of_the_record(stack)
    reach(stack, [address("office", "across"), desk])


def test_every_position_of_every_switch_is_tried():
    assert len(POSITIONS) == len(set(POSITIONS)) >= 35
    assert {name for name, _ in POSITIONS} == set(Switches.choices())
