"""What others do while a command runs: never undone by us, never reported as ours."""

from __future__ import annotations

import time

import pytest

from engine.conftest import NUMBERS, PROGRAM
from twilio_emulator import Pace
from twilio_emulator.faults import Fault

OFFICE = PROGRAM.partition("desk =")[0]
ELSE = {"customer_name": "Else", "street": "1 A ST", "city": "B", "region": "CA", "postal_code": "9",
        "iso_country": "US"}  # fmt: skip
DESK = 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)'


def _wait_for_status(world, number, status):
    give_up = time.monotonic() + 60
    while world.number(number).get("emergency_address_status") != status:
        assert time.monotonic() < give_up
        time.sleep(0.02)


@pytest.mark.parametrize("workflow", ["create", "change"])
def test_address_that_somebody_registers_meanwhile_is_left_and_named(twilio, stack, workflow):
    world = twilio.world
    number, foreign = world.add_number(NUMBERS[0]), world.add_address(**ELSE)
    stack.program(OFFICE + DESK)
    if workflow == "change":
        stack.up()
        stack.program((OFFICE + DESK).replace("645", "650"))
    world.pace(registration=Pace.never())
    running = stack.start("up", "--yes", "--skip-preview")
    _wait_for_status(world, number, "pending-registration")
    time.sleep(0.5)
    world.rebind(number, foreign)
    ran = running.ended()
    assert ran.code != 0, ran.text
    assert world.number(number)["emergency_address_sid"] == foreign
    assert world.number(number)["emergency_address_status"] == "registered"
    assert foreign in ran.errors, ran.text
    assert "Twilio reports registered" not in ran.errors


def test_list_that_lags_does_not_reach_state(covered):
    """Twilio's lists may show the past; what state says afterwards is what a fetch shows."""
    world = covered.world
    number = covered.stack.outputs("lobby")["number_sid"]
    world.pace(registration=Pace.after(1))
    covered.stack.program(PROGRAM.replace("645", "650"))
    covered.stack.up()
    covered.twilio.faults.add("lag seconds=8")
    before = covered.moment()
    ran = covered.stack.refresh()
    assert covered.stack.outputs("lobby")["emergency_address_status"] == "registered"
    covered.judge(before, ran)
    covered.stack.has_nothing_to_do()
    assert world.number(number)["emergency_address_status"] == "registered"


def test_same_up_after_a_kill_takes_the_address_that_the_dead_run_submitted(twilio, stack):
    """It is registered meanwhile: nothing is to be waited for."""
    world = twilio.world
    number = world.add_number(NUMBERS[0])
    world.pace(registration=Pace.after(0.3), unregistration=Pace.after(4))
    stack.program(OFFICE + DESK)
    stack.up()
    stack.program((OFFICE + DESK).replace("645", "650"))
    running = stack.start("up", "--yes", "--skip-preview")
    _wait_for_status(world, number, "pending-unregistration")
    running.kill()
    running.ended()
    stack.run("cancel", "--yes", expect=0)
    began = time.monotonic()
    stack.up()
    assert time.monotonic() - began < 40
    assert world.number(number)["emergency_address_status"] == "registered"
    assert [row["street"] for row in world.addresses()] == ["650 HARRISON ST"]
    stack.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", expect=0)
    stack.has_nothing_to_do()


def test_reverted_program_after_a_kill_goes_back_by_up_alone(twilio, stack):
    """The dead run had submitted an address that state does not know; it is of our own making."""
    world = twilio.world
    number = world.add_number(NUMBERS[0])
    world.pace(registration=Pace.after(0.3), unregistration=Pace.after(0.3))
    stack.program(OFFICE + DESK)
    stack.up()
    old = stack.outputs("office")["sid"]
    world.pace(registration=Pace.after(6))
    stack.program((OFFICE + DESK).replace("645", "650"))
    running = stack.start("up", "--yes", "--skip-preview")
    _wait_for_status(world, number, "pending-registration")
    running.kill()
    running.ended()
    stack.run("cancel", "--yes", expect=0)
    world.pace(registration=Pace.after(0.3))
    time.sleep(7)
    stack.program(OFFICE + DESK)
    stack.up()
    assert world.number(number)["emergency_address_sid"] == stack.outputs("office")["sid"]
    assert world.number(number)["emergency_address_status"] == "registered"
    assert [row["street"] for row in world.addresses()] == ["645 HARRISON ST"]
    assert old
    stack.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", expect=0)
    stack.has_nothing_to_do()


def test_loser_of_a_race_for_a_number_stops_and_the_winner_stays(twilio, stack):
    """Somebody binds the number between our look and our write."""
    world = twilio.world
    number, foreign = world.add_number(NUMBERS[0]), world.add_address(**ELSE)
    stack.program(OFFICE)
    stack.up()
    twilio.faults.add(
        Fault(
            "do",
            at=1,
            method="POST",
            path="IncomingPhoneNumbers",
            action=lambda: world.rebind(number, foreign),
        )
    )
    stack.program(OFFICE + DESK)
    ran = stack.up(expect=1)
    assert foreign in ran.errors, ran.text
    assert world.number(number)["emergency_address_sid"] == foreign
