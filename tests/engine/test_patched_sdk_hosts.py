"""In a plugin host that is laid out differently, display and speed suffer, never correctness."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import support
from support.stack import Stack
from twilio_emulator import Pace

PROGRAM = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
for digit in range(6):
    NumberEmergencyBinding(f"desk-{digit}", phone_number=f"+1415555010{digit}", address_sid=office.sid)
"""


@pytest.fixture
def patched(twilio, tmp_path, engine):
    for digit in range(6):
        twilio.world.add_number(f"+1415555010{digit}")

    def made(change):
        env = {
            "PATCHED_SDK_HOST": change,
            "PYTHONPATH": str(Path(support.__file__).parent / "patched_sdk_host"),
        }
        stack = Stack(tmp_path, engine, {**twilio.env, **env})
        stack.program(PROGRAM)
        return stack

    return made


def test_hidden_request_works_and_failures_carry_a_traceback(twilio, patched):
    stack = patched("hidden-request")
    twilio.world.pace(registration=Pace.failing(0.2))
    failed = stack.up(expect=1)
    assert "Traceback" in failed.errors
    assert "registration-failure" in failed.errors
    twilio.world.pace(registration=Pace.after(1))
    stack.up()
    assert {row["emergency_address_status"] for row in twilio.world.numbers()} == {"registered"}
    assert len(twilio.world.addresses()) == 1
    stack.has_nothing_to_do()


def test_hidden_pool_works_four_at_a_time(twilio, patched):
    stack = patched("hidden-pool")
    twilio.world.pace(registration=Pace.after(2))
    stack.up("--parallel", "64")
    assert {row["emergency_address_status"] for row in twilio.world.numbers()} == {"registered"}
    stack.has_nothing_to_do()


def test_hidden_method_table_needs_a_second_ctrl_c_and_the_next_up_goes_on(twilio, patched):
    stack = patched("hidden-methods")
    twilio.world.pace(registration=Pace.never())
    running = stack.start("up", "--yes", "--skip-preview")
    running.says("desk-5 creating (0s) pending-registration")
    running.interrupt()
    time.sleep(1)
    assert running.process.poll() is None
    running.interrupt()
    running.ended()
    for row in twilio.world.numbers():
        twilio.world.force_status(row["sid"], "registered")
    stack.run("cancel", "--yes", expect=None)
    stack.up()
    assert len(twilio.world.addresses()) == 1
    stack.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", expect=0)
    stack.has_nothing_to_do()
