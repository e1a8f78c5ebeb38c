"""What outputs and `up` say of a registration that nobody has waited for, or that was lost."""

from __future__ import annotations

import re

import pytest

from handlers.conftest import NAME
from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.handlers.results import UNKNOWN
from support.handler_commands import binding, emergency_address, sip_domain
from support.places import ACROSS, HARRISON
from twilio_emulator import Fault, Pace


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
        assert warning == (
            f"+14155550100 ({pending.id}) was found pending-registration, as in Pulumi's state.\n"
            "Until Twilio reports registered, count the number as not covered.\n"
            "`pulumi refresh` shows when it is registered."
        )

    def test_up_that_waits_says_so_in_words_that_stay_true(self, twilio, pending, program):
        """Pulumi shows what a diff has said once more when the number is registered."""
        command = twilio.command()

        assert command.up(pending, **{**program, "wait_for_registration": True}) == "update"

        [warning] = command.warnings(pending)
        assert warning == (
            f"+14155550100 ({pending.id}) was found pending-registration, as in Pulumi's state.\n"
            "Until Twilio reports registered, count the number as not covered.\n"
            "`pulumi up` waits until Twilio reports it registered."
        )
        assert pending.outputs["emergency_address_status"] == "registered"

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

    def test_preview_of_a_move_compares_no_status_with_itself(self, twilio, pending, program):
        """State says pending, and the number has been registered since."""
        across = twilio.world.add_address(**ACROSS)
        twilio.clock.advance(200)
        command = twilio.command()

        command.preview(pending, **{**program, "address_sid": across})

        assert (
            "was found registered, not pending-registration as in Pulumi's state."
            in command.warnings(pending)[0]
        )

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
            "was found registration-failure, not registered as in Pulumi's state"
            in command.warnings(base.desk)[0]
        )

    def test_number_that_others_have_moved_is_only_reported(self, base):
        other = base.twilio.world.add_address(**{**HARRISON, "street": "650 HARRISON ST"})
        base.twilio.world.rebind(base.number, other)
        command = base.twilio.command()

        assert command.up(base.desk, **base.program(base.desk)) == "same"

        assert "A dispatcher sees that address, not the one in state." in command.warnings(base.desk)[0]
        assert base.twilio.coverage(base.number) == (other, "registered")

    def test_lost_registration_is_reported_although_the_next_address_is_not_known_yet(self, base):
        """The address is about to be replaced, or is an output of another stack that is missing."""
        base.twilio.world.force_status(base.number, "registration-failure")
        command = base.twilio.command()

        command.preview(base.desk, number_sid=base.number, address_sid=UNKNOWN)

        [warning] = command.warnings(base.desk)
        assert "was found registration-failure, not registered as in Pulumi's state" in warning

    def test_number_as_in_state_is_not_reported_while_the_next_address_is_not_known(self, base):
        command = base.twilio.command()

        command.preview(base.desk, number_sid=base.number, address_sid=UNKNOWN)

        assert not [text for text in command.warnings(base.desk) if "as in Pulumi's state" in text]

    def test_list_that_lags_is_not_believed_by_refresh(self, base):
        """B9: what differs from state is confirmed by a fetch."""
        number = base.twilio.world.add_number("+14155550101")
        second = binding("second")
        base.twilio.app.faults.add("lag seconds=60")
        base.twilio.command().up(second, number_sid=number, address_sid=base.office.id)

        base.twilio.command().refresh(second)

        assert second.outputs["emergency_address_status"] == "registered"


class TestCallers:
    def test_domain_of_a_binding_that_does_not_wait_names_the_option(self, twilio, pending):
        """The program passes the binding's own number already; that it does not wait is the cause."""
        domain = twilio.world.add_domain("example.sip.twilio.com")

        with pytest.raises(Refused, match="cannot be the emergency caller") as stop:
            twilio.command().up(sip_domain(), domain_sid=domain, emergency_caller_sid=pending.id)

        assert "does not wait (wait_for_registration)" in str(stop.value)
        twilio.clock.advance(200)
        assert (
            twilio.command().up(sip_domain(), domain_sid=domain, emergency_caller_sid=pending.id) == "create"
        )


class TestKnownToState:
    """State says already that a number is not covered: the next who looks may not know it."""

    @pytest.mark.parametrize("status", ["registration-failure", "unregistration-failure"])
    def test_preview_warns_of_a_number_that_is_not_covered_as_in_state(self, base, status):
        base.twilio.world.force_status(base.number, status)
        base.twilio.command().refresh(base.desk)
        command = base.twilio.command()
        assert command.preview(base.desk, **base.program(base.desk)) == "update"

        [warning] = command.warnings(base.desk)
        assert f"was found {status}, as in Pulumi's state." in warning
        assert "If it is to stay bound, `pulumi up` registers it again." in warning
        assert (
            f"It is the emergency caller of {NAME}: while it is not registered, an emergency call" in warning
        )

    def test_domains_of_many_numbers_are_asked_for_once(self, base):
        numbers = [(binding(f"{n}"), base.twilio.world.add_number(f"+1415555020{n}")) for n in range(3)]
        for each, number in numbers:
            base.twilio.command().up(each, number_sid=number, address_sid=base.office.id)
            base.twilio.world.force_status(number, "registration-failure")
            base.twilio.command().refresh(each)
        base.twilio.world.requests.clear()
        command = base.twilio.command()

        for each, number in numbers:
            command.preview(each, number_sid=number, address_sid=base.office.id)

        assert len(command.warnings()) == 3
        assert sum("SIP/Domains" in each.path for each in base.twilio.world.requests) == 1

    def test_unreadable_domains_are_no_reason_to_stop_looking(self, base):
        """A key that may read numbers, and no domains."""
        base.twilio.world.force_status(base.number, "registration-failure")
        base.twilio.command().refresh(base.desk)
        base.twilio.clock.advance(120)
        base.twilio.faults.add(Fault("401", path="SIP/Domains"))
        command = base.twilio.command()
        command.preview(base.desk, **base.program(base.desk))

        [warning] = command.warnings()
        assert "was found registration-failure" in warning
        assert "Emergency calls from" not in warning

    @pytest.mark.parametrize("is_ours", [True, False])
    def test_number_at_another_address_is_told_what_up_does_with_it(self, base, is_ours):
        branch = emergency_address("branch")
        if is_ours:
            base.twilio.command().up(branch, **ACROSS)
        there = branch.id if is_ours else base.twilio.world.add_address(**ACROSS)
        base.twilio.world.rebind(base.number, there, "registered")
        base.twilio.clock.advance(120)
        command = base.twilio.command()
        if is_ours:
            command.preview(branch, **ACROSS)

        planned = command.preview(base.desk, **base.program(base.desk))

        [warning] = [each for each in command.warnings(base.desk) if "points at" in each]
        assert ("`pulumi refresh` takes it into state" in warning) is not is_ours
        assert re.search("`pulumi up` binds (it|the number) as the program says", warning)
        assert planned == ("update" if is_ours else "same")

    def test_preview_warns_of_a_number_that_state_knows_without_an_address(self, base):
        base.twilio.world.rebind(base.number, None)
        base.twilio.command().refresh(base.desk)
        command = base.twilio.command()
        assert command.preview(base.desk, **base.program(base.desk)) == "update"

        assert "was found unregistered, as in Pulumi's state." in command.warnings(base.desk)[0]

    def test_registration_that_failed_since_it_was_pending_is_said(self, twilio, pending, program):
        twilio.world.force_status(program["number_sid"], "registration-failure")
        command = twilio.command()
        assert command.preview(pending, **program) == "update"

        assert "was found registration-failure, not pending-registration" in command.warnings(pending)[0]

    def test_number_at_the_address_that_the_program_declares_is_not_called_changed(self, base):
        """An interrupted run has put it there, and state does not know."""
        branch = base.twilio.world.add_address(**ACROSS)
        base.twilio.world.rebind(base.number, branch, "pending-registration")
        command = base.twilio.command()
        assert command.preview(base.desk, number_sid=base.number, address_sid=branch) == "update"

        [warning] = command.warnings(base.desk)
        assert f"was found at {branch} (pending-registration), which the program declares" in warning
        assert "`pulumi up` goes on from there." in warning
