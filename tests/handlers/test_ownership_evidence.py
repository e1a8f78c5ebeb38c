"""What lets a delete leave an object in force, and what does not."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.account.ownership import MemoryLedger
from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.core.ports import Interrupted
from pulumi_twilio_emergency.handlers.results import NotReady
from support.handler_commands import CheckFailed, binding, emergency_address, sip_domain
from support.places import ACROSS, HARRISON, TORONTO
from twilio_emulator import Pace


def interrupted(_seconds):
    raise Interrupted


class TestWhatIsNoEvidence:
    def test_destroy_after_a_refresh_takes_everything_down(self, base):
        command = base.twilio.command()
        for each in reversed(base.resources):
            assert command.refresh(each)
        for each in base.resources:
            command.delete(each)

        assert base.is_taken_down()
        assert command.warnings() == []

    def test_resources_removed_from_the_program_are_taken_down_after_a_refresh(self, base):
        """`up --refresh`: read and diff for all, check for none that is gone from the program."""
        command = base.twilio.command()
        for each in reversed(base.resources):
            command.refresh(each)
        assert command.up(base.office, **HARRISON) == "same"
        for each in (base.phones, base.desk):
            command.delete(each)

        assert base.twilio.coverage(base.number) == (None, "unregistered")
        assert [each["sid"] for each in base.twilio.world.addresses()] == [base.office.id]

    def test_refresh_of_the_program_then_destroy_takes_everything_down(self, base):
        """`destroy --run-program --refresh`: the program is run as well, and its resources are deleted all the same."""
        command = base.twilio.command()
        for each in reversed(base.resources):
            command.refresh(each)
            command.preview(each, **base.program(each))
        for each in base.resources:
            command.delete(each)

        assert base.is_taken_down()

    @pytest.mark.parametrize("refreshes", [0, 1, 2])
    def test_address_that_was_only_going_to_be_submitted_is_none(self, base, monkeypatch, refreshes):
        """Ctrl-C after the clear: another stack may then give the number that very address."""
        twilio = base.twilio
        annex = emergency_address("annex")
        twilio.command().up(annex, **ACROSS)
        twilio.world.pace(unregistration=Pace.after(6))
        with monkeypatch.context() as patch:
            patch.setattr(twilio.clock, "sleep", interrupted)
            with pytest.raises(NotReady, match="Interrupted"):
                twilio.command().up(base.desk, number_sid=base.number, address_sid=annex.id)
        assert base.desk.outputs["submitted_address_sid"] == base.office.id
        twilio.clock.sleep(10)
        theirs = binding("theirs", stack="other")
        twilio.command().up(theirs, number_sid=base.number, address_sid=annex.id)
        for _ in range(refreshes):
            twilio.command().refresh(base.desk)
        command = twilio.command()

        command.delete(base.phones)
        command.delete(base.desk)

        assert twilio.coverage(base.number) == (annex.id, "registered")
        assert "is left as it is" in " ".join(command.warnings(base.desk))

    @pytest.mark.parametrize("refreshes", [0, 1, 2])
    def test_new_binding_that_has_submitted_nothing_yet_takes_nothing_off(
        self, twilio, monkeypatch, refreshes
    ):
        """The same for a create that took the number over: state has no submission to begin with."""
        number = twilio.world.add_number("+14155550177")
        old, new = emergency_address("old"), emergency_address("new")
        for address, place in ((old, HARRISON), (new, ACROSS)):
            twilio.command().up(address, **place)
        twilio.command().up(binding("theirs", stack="other"), number_sid=number, address_sid=old.id)
        desk = binding()
        twilio.world.pace(unregistration=Pace.after(6))
        with monkeypatch.context() as patch:
            patch.setattr(twilio.clock, "sleep", interrupted)
            with pytest.raises(NotReady, match="Interrupted"):
                twilio.command().up(desk, number_sid=number, address_sid=new.id, take_over=True)
        assert desk.outputs.get("submitted_address_sid") is None
        twilio.clock.sleep(10)
        twilio.command().up(binding("again", stack="other"), number_sid=number, address_sid=new.id)
        for _ in range(refreshes):
            twilio.command().refresh(desk)

        twilio.command().delete(desk)

        assert twilio.coverage(number) == (new.id, "registered")

    @pytest.mark.parametrize("name", ["office", "desk", "phones"])
    def test_unchanged_resource_of_the_program_is_no_evidence_against_itself(self, base, name):
        """`destroy --target`: the targeted resource may have been found unchanged before."""
        command = base.twilio.command()
        base.up(command)
        doomed = base.resources[: [each.name for each in base.resources].index(name) + 1]
        for each in doomed:
            command.delete(each)

        assert command.warnings() == []
        assert not base.is_in_force()


class TestFailedSuccessor:
    @pytest.fixture
    def successor(self):
        return binding("front-desk")

    def test_binding_whose_successor_failed_stays_in_state_and_in_force(self, base, successor):
        command = base.twilio.command()
        # The program declares it, and its create is never sent: what it needs has failed.
        command.check(successor, phone_number="+14155550100", address_sid=base.office.id)

        with pytest.raises(
            Refused, match="is kept, in state and in force: front-desk was to take it over and failed"
        ):
            command.delete(base.desk)

        assert base.is_in_force()

    def test_binding_without_its_failed_successor_is_deleted_by_the_next_command(self, base, successor):
        self.test_binding_whose_successor_failed_stays_in_state_and_in_force(base, successor)
        command = base.twilio.command()
        for each in base.resources:
            command.delete(each)

        assert base.is_taken_down()

    def test_binding_whose_successor_succeeded_after_a_failure_is_left_in_force(self, base, successor):
        command = base.twilio.command()
        toronto = base.twilio.world.add_address(**TORONTO)
        with pytest.raises(CheckFailed):
            command.up(successor, number_sid=base.number, address_sid=toronto, take_over=True)
        command.up(successor, number_sid=base.number, address_sid=base.office.id)
        command.delete(base.desk)

        assert base.is_in_force()
        assert command.warnings(base.desk) == [
            "The emergency address of +14155550100 is not changed by this delete: it now belongs to front-desk."
        ]

    def test_delete_calls_nothing_in_force_that_its_successor_has_switched_off(self, base):
        command = base.twilio.command()
        successor = sip_domain("front-desk-phones")
        command.up(successor, domain_sid=base.domain, emergency_caller_sid=base.number, enabled=False)
        command.delete(base.phones)

        assert not base.twilio.world.domain(base.domain)["emergency_calling_enabled"]
        [warning] = command.warnings(base.phones)
        assert warning.endswith("is not changed by this delete: it now belongs to front-desk-phones.")

    def test_delete_calls_nothing_in_force_that_its_successor_has_not_registered_yet(self, base, successor):
        across = base.twilio.world.add_address(**ACROSS)
        base.twilio.world.pace(registration=Pace.never())
        command = base.twilio.command()
        command.up(
            successor,
            number_sid=base.number,
            address_sid=across,
            take_over=True,
            wait_for_registration=False,
        )
        command.delete(base.desk)

        assert base.twilio.coverage(base.number) == (across, "pending-registration")
        [warning] = command.warnings(base.desk)
        assert "in force" not in warning
        assert warning.endswith("it now belongs to front-desk.")

    def test_domain_whose_successor_failed_stays_in_state_and_in_force(self, base):
        command = base.twilio.command()
        successor = sip_domain("front-desk-phones")
        bare = base.twilio.world.add_number("+14155550199")
        command.refresh(base.phones)
        command.up(base.desk, **base.program(base.desk))
        with pytest.raises(Refused, match="cannot be the emergency caller"):
            command.up(successor, domain_sid=base.domain, emergency_caller_sid=bare)

        with pytest.raises(Refused, match="is kept, in state and in force"):
            command.delete(base.phones)

        assert base.is_in_force()


class TestSuccessors:
    def test_renamed_resources_without_aliases_stay_in_force(self, base):
        """The engine creates under the new name first, and then deletes under the old one."""
        command = base.twilio.command()
        desk, phones = binding("front-desk"), sip_domain("front-desk-phones")
        command.up(base.office, **HARRISON)
        command.up(desk, number_sid=base.number, address_sid=base.office.id)
        command.up(phones, domain_sid=base.domain, emergency_caller_sid=base.number)
        command.delete(base.phones)
        command.delete(base.desk)

        assert base.is_in_force()
        assert base.twilio.writes == []

    def test_forced_replacement_of_a_binding_leaves_its_number_bound(self, base):
        """`--replace`: the successor has the same URN and id, so only the token tells the copies apart."""
        command = base.twilio.command()
        old = base.desk.copy()
        command.replace(base.desk, **base.program(base.desk))
        command.delete(old)

        assert base.is_in_force()
        assert base.twilio.writes == []

    def test_next_destroy_after_a_forced_replacement_takes_the_binding_down(self, base):
        self.test_forced_replacement_of_a_binding_leaves_its_number_bound(base)
        command = base.twilio.command()
        for each in base.resources:
            command.delete(each)

        assert base.is_taken_down()

    def test_binding_moved_to_another_provider_process_stays_in_force(self, base):
        """An explicit `provider=` is served by another process of the same engine; they share a ledger."""
        ledger = MemoryLedger()
        first, second = base.twilio.command(ledger=ledger), base.twilio.command(ledger=ledger)
        moved = binding("front-desk")
        second.up(moved, number_sid=base.number, address_sid=base.office.id)
        first.delete(base.desk)

        assert base.is_in_force()

    def test_evidence_of_one_command_is_none_for_the_next(self, base):
        base.twilio.command().up(binding("front-desk"), number_sid=base.number, address_sid=base.office.id)
        command = base.twilio.command()
        for each in base.resources:
            command.delete(each)

        assert base.is_taken_down()


class TestReplacedAddress:
    def test_forced_replacement_creates_a_new_address_and_moves_the_number(self, base):
        command = base.twilio.command()
        old = base.office.copy()
        command.replace(base.office, **HARRISON)
        assert base.office.id != old.id

        assert command.up(base.desk, **base.program(base.desk)) == "update"
        command.delete(old)

        assert base.is_in_force()
        assert [each["sid"] for each in base.twilio.world.addresses()] == [base.office.id]

    def test_move_to_another_place_leaves_one_address(self, base):
        command = base.twilio.command()
        old = base.office.copy()
        assert command.up(base.office, **ACROSS) == ["street"]
        command.up(base.desk, **base.program(base.desk))
        command.delete(old)

        assert [each["sid"] for each in base.twilio.world.addresses()] == [base.office.id]
        assert base.is_in_force()


class TestSharedFriendlyNames:
    def test_unused_address_of_that_name_and_place_is_adopted_and_said(self, twilio):
        """A killed run of this stack may have made it; if another one did, the note says how to tell."""
        leftover = twilio.world.add_address(**HARRISON, friendly_name="head office")
        office, command = emergency_address(), twilio.command()

        command.up(office, **HARRISON, friendly_name="head office")

        assert office.id == leftover
        assert [name for name, _ in command.screen.notes] == ["office"]

    def test_address_in_use_is_never_shared_silently(self, twilio):
        first, second = emergency_address(), emergency_address(stack="prod")
        program = {**HARRISON, "friendly_name": "head office"}
        twilio.command().up(first, **program)
        twilio.world.add_number(
            "+14155550100", emergency_address_sid=first.id, emergency_address_status="registered"
        )

        twilio.command().up(second, **program)

        assert second.id != first.id

    def test_same_resource_of_a_renamed_stack_shares_nothing_by_default(self, twilio):
        first, second = emergency_address(), emergency_address(stack="prod")
        twilio.command().up(first, **HARRISON)
        twilio.command().up(second, **HARRISON)

        assert first.id != second.id
        assert len(twilio.world.addresses()) == 2

    def test_equal_addresses_of_one_program_get_an_object_each(self, twilio):
        command = twilio.command()
        offices = [emergency_address(f"office-{index}") for index in range(20)]
        for office in offices:
            command.up(office, **HARRISON, friendly_name="head office")

        assert len({office.id for office in offices}) == 20

    def test_delete_of_an_adopted_address_that_another_stack_uses_is_refused(self, twilio):
        first, second = emergency_address(), emergency_address(stack="prod")
        program = {**HARRISON, "friendly_name": "head office"}
        twilio.command().up(first, **program)
        twilio.command().up(second, **program)
        assert first.id == second.id
        twilio.world.add_number(
            "+14155550100", emergency_address_sid=first.id, emergency_address_status="registered"
        )

        with pytest.raises(Refused, match="is still the emergency address of"):
            twilio.command().delete(second)

        assert len(twilio.world.addresses()) == 1


class TestContradictions:
    """Two resources of one program for one thing (A5)."""

    @pytest.mark.parametrize("by", ["number_sid", "phone_number"])
    def test_second_binding_of_a_number_is_refused_and_both_are_named(self, base, by):
        command, second = base.twilio.command(), binding("second")
        value = {"number_sid": base.number, "phone_number": "+14155550100"}[by]
        command.up(base.desk, **base.program(base.desk))

        with pytest.raises(CheckFailed) as failure:
            command.check(second, **{by: value}, address_sid=base.office.id)

        assert failure.value.problems[by].startswith(
            "Number +14155550100 is declared twice: by desk and by second.\n"
        )

    @pytest.mark.parametrize("by", ["domain_sid", "domain_name"])
    def test_second_resource_of_a_domain_is_refused_and_both_are_named(self, base, by):
        command, second = base.twilio.command(), sip_domain("second")
        value = {"domain_sid": base.domain, "domain_name": "example.sip.twilio.com"}[by]
        command.up(base.phones, **base.program(base.phones))

        with pytest.raises(CheckFailed) as failure:
            command.check(second, **{by: value})

        assert "is declared twice: by phones and by second.\n" in failure.value.problems[by]

    def test_two_new_bindings_by_sid_and_by_name_are_refused(self, twilio):
        number = twilio.world.add_number("+14155550100")
        home = twilio.world.add_address(**HARRISON)
        command = twilio.command()
        command.check(binding("first"), phone_number="+14155550100", address_sid=home)

        with pytest.raises(CheckFailed, match="is declared twice: by first and by second"):
            command.check(binding("second"), number_sid=number, address_sid=home)

    def test_two_bindings_are_refused_without_credentials_too(self, twilio):
        twilio.settings = type(twilio.settings)()
        command = twilio.command()
        program = {"phone_number": "+14155550100", "address_sid": "AD" + "0" * 32}
        command.check(binding("first"), **program)

        with pytest.raises(CheckFailed, match="is declared twice"):
            command.check(binding("second"), **program)

    def test_resource_that_is_checked_again_for_its_replacement_is_no_contradiction(self, base):
        command = base.twilio.command()
        command.check(base.desk, **base.program(base.desk))

        assert command.check(base.desk, olds=False, **base.program(base.desk))
