"""What outputs and `up` say of a registration that nobody has waited for, or that was lost."""

from __future__ import annotations

import pytest

from support.handler_commands import binding
from support.places import HARRISON
from twilio_emulator import Pace


@pytest.fixture
def desk():
    return binding()


@pytest.fixture
def program(twilio):
    return {
        "number_sid": twilio.world.add_number("+14155550100"),
        "address_sid": twilio.world.add_address(**HARRISON),
        "wait_for_registration": False,
    }


@pytest.fixture
def pending(twilio, desk, program):
    """A binding whose registration takes 100 seconds."""
    twilio.world.pace(registration=Pace.after(100))
    command = twilio.command()
    assert command.up(desk, **program) == "create"
    assert command.warnings(desk)[0].startswith(
        "+14155550100 is pending-registration: it is not covered yet.\n"
    )
    return desk


class TestPending:
    def test_outputs_of_a_pending_binding_call_nothing_registered(self, pending):
        assert pending.outputs["emergency_address_status"] == "pending-registration"
        assert "registered_at" not in pending.outputs

    def test_up_without_changes_warns_of_a_number_that_is_not_covered_yet(self, twilio, pending, program):
        command = twilio.command()

        assert command.up(pending, **program) == "same"

        [warning] = command.warnings(pending)
        assert warning.startswith("+14155550100 is pending-registration: it is not covered yet")

    def test_up_records_a_registration_that_has_come_since(self, twilio, pending, program):
        twilio.clock.advance(200)
        command = twilio.command()

        assert command.up(pending, **program) == "update"

        assert pending.outputs["emergency_address_status"] == "registered"
        assert pending.outputs["registered_at"]
        assert command.warnings() == []
        assert twilio.command().up(pending, **program) == "same"

    def test_refresh_records_a_registration_that_has_come_since(self, twilio, pending, program):
        twilio.clock.advance(200)
        twilio.command().refresh(pending)

        assert pending.outputs["emergency_address_status"] == "registered"
        assert pending.outputs["registered_at"]
        assert twilio.command().up(pending, **program) == "same"

    def test_refresh_while_it_is_pending_changes_nothing(self, twilio, pending):
        before = dict(pending.outputs)
        twilio.command().refresh(pending)

        assert pending.outputs == before

    def test_up_that_waits_goes_on_from_a_pending_registration(self, twilio, pending, program):
        waiting = {**program, "wait_for_registration": True}
        writes = len(twilio.writes)

        assert twilio.command().up(pending, **waiting) == "update"

        assert pending.outputs["emergency_address_status"] == "registered"
        assert len(twilio.writes) == writes


class TestLost:
    def test_registration_that_was_lost_is_fixed_by_up(self, base):
        base.twilio.world.force_status(base.number, "registration-failure")
        command = base.twilio.command()

        assert command.up(base.desk, **base.program(base.desk)) == "update"

        assert base.is_in_force()
        assert (
            "is registration-failure, not registered as in Pulumi's state" in command.warnings(base.desk)[0]
        )

    def test_number_that_others_have_moved_is_only_reported(self, base):
        other = base.twilio.world.add_address(**{**HARRISON, "street": "650 HARRISON ST"})
        base.twilio.world.rebind(base.number, other)
        command = base.twilio.command()

        assert command.up(base.desk, **base.program(base.desk)) == "same"

        assert (
            "A dispatcher would see another address than the program says." in command.warnings(base.desk)[0]
        )
        assert base.twilio.coverage(base.number) == (other, "registered")

    def test_list_that_lags_is_not_believed_by_refresh(self, base):
        """B9: what differs from state is confirmed by a fetch."""
        number = base.twilio.world.add_number("+14155550101")
        second = binding("second")
        base.twilio.app.faults.add("lag seconds=60")
        base.twilio.command().up(second, number_sid=number, address_sid=base.office.id)

        base.twilio.command().refresh(second)

        assert second.outputs["emergency_address_status"] == "registered"
