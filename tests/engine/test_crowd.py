"""Many numbers at once: none queues behind another, and few requests are made."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from support.processes import plugins_of
from twilio_emulator import Pace

NUMBERS = 120
PROGRAM = f"""
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
for digits in range({NUMBERS}):
    NumberEmergencyBinding(f"desk-{{digits}}", phone_number=f"+1415555{{digits:04}}", address_sid=office.sid)
"""


def test_many_numbers_register_side_by_side_with_few_requests(twilio, stack):
    world = twilio.world
    for digits in range(NUMBERS):
        world.add_number(f"+1415555{digits:04}")
    world.pace(registration=Pace.after(8))
    stack.program(PROGRAM)
    ran = stack.up("--parallel", "256")
    assert all(row["emergency_address_status"] == "registered" for row in world.numbers())
    assert ran.seconds < 8 * NUMBERS / 4 / 3, "with four workers it would take eight seconds for every four"
    kinds = Counter("list" if each.path.endswith("Numbers") else each.method for each in world.requests)
    assert kinds["POST"] <= NUMBERS + 2, kinds
    assert kinds["GET"] <= 2 * NUMBERS + 2, kinds
    assert kinds["list"] <= 20, kinds

    before = len(world.requests)
    stack.refresh("--parallel", "256")
    asked = Counter(each.path.rpartition("/")[2] for each in world.requests[before:])
    # The engine diffs what it has refreshed, and that looks at a list as well.
    assert asked.pop("IncomingPhoneNumbers") <= 2
    assert list(asked) == [stack.outputs("office")["sid"]], "and one fetch for the address"

    before = len(world.requests)
    stack.has_nothing_to_do()
    assert [each.path.rpartition("/")[2] for each in world.requests[before:]] == ["IncomingPhoneNumbers"], (
        "one list shows whether Twilio agrees with state"
    )


def test_requests_in_flight_stay_within_the_setting(twilio, stack):
    for digits in range(NUMBERS):
        twilio.world.add_number(f"+1415555{digits:04}")
    twilio.world.pace(registration=Pace.at_once())
    twilio.faults.add("slow seconds=0.05")
    stack.program(PROGRAM)
    stack.up("--parallel", "256", env={"TWILIO_MAX_CONCURRENT_REQUESTS": "3"})
    assert twilio.app.most_in_flight == 3


def test_too_many_requests_answers_are_waited_out(twilio, stack):
    for digits in range(30):
        twilio.world.add_number(f"+1415555{digits:04}")
    twilio.world.pace(registration=Pace.at_once())
    twilio.faults.add("429 every=4 retry-after=0.2")
    stack.program(PROGRAM.replace(f"range({NUMBERS})", "range(30)"))
    stack.up("--parallel", "256")
    assert any(each.outcome == "429" for each in twilio.world.requests)
    assert [row["emergency_address_status"] for row in twilio.world.numbers()] == ["registered"] * 30


@pytest.mark.slow
def test_bindings_of_a_killed_run_without_checkpoints_are_found_again(twilio, stack):
    """State is then as it was before the run: what was made meanwhile is found again, and made only once."""
    world = twilio.world
    for digits in range(200):
        world.add_number(f"+1415555{digits:04}")
    world.pace(registration=Pace.after(3))
    stack.program(PROGRAM.replace(f"range({NUMBERS})", "range(200)"))
    fast = {"PULUMI_SKIP_CHECKPOINTS": "true"}
    running = stack.start("up", "--yes", "--skip-preview", "--parallel", "40", env=fast)
    give_up = time.monotonic() + 120
    while sum(row.get("emergency_address_status") == "registered" for row in world.numbers()) < 60:
        assert time.monotonic() < give_up
        time.sleep(0.1)
    running.kill()
    running.ended()
    while plugins_of(twilio.url):
        assert time.monotonic() < give_up
        time.sleep(0.1)
    stack.run("cancel", "--yes", expect=0)
    assert "desk-0" not in stack.resources(), "nothing of the killed run is in state"

    stack.up("--parallel", "256", env=fast)
    assert [row["emergency_address_status"] for row in world.numbers()] == ["registered"] * 200
    assert len(world.addresses()) == 1, "no duplicate"
    binds = [each for each in world.requests if each.method == "POST" and "Incoming" in each.path]
    assert len(binds) == 200, "no second write"
    assert len(stack.resources()) == 201
    stack.has_nothing_to_do()
