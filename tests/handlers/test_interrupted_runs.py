"""What interrupted runs have left at Twilio: the next command converges, and takes nothing for a stranger's."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.core.rules.friendly_names import default_friendly_name, friendly_name_of_0_1_0
from support.handler_commands import CheckFailed, binding, emergency_address
from support.places import ACROSS, HARRISON
from twilio_emulator.clockwork import Pace


@pytest.fixture
def leftover(base):
    """An address that a killed change has created for `office`; state does not know it."""
    name = default_friendly_name(base.office.urn)
    return base.twilio.world.add_address(**ACROSS, friendly_name=name)


def clear(twilio, number_sid):
    """Send what a change sends first, as a run that was killed right after it has."""
    settings = twilio.settings
    path = f"/2010-04-01/Accounts/{settings.account_sid}/IncomingPhoneNumbers/{number_sid}.json"
    login = (settings.account_sid, settings.auth_token)
    answer = twilio.session().post(f"{settings.api_url}{path}", data={"EmergencyAddressSid": ""}, auth=login)
    answer.raise_for_status()


class TestChange:
    """The CLI was killed during a change of the address, and the program was reverted (B15)."""

    def test_number_at_the_leftover_is_brought_back_by_up(self, base, leftover):
        base.twilio.world.rebind(base.number, leftover)
        command = base.twilio.command()

        assert base.up(command) == ["same", "update", "same"]

        assert base.is_in_force()

    def test_number_that_was_cleared_is_bound_again_by_up(self, base):
        base.twilio.world.rebind(base.number, None)

        assert base.up(base.twilio.command()) == ["same", "update", "same"]

        assert base.is_in_force()

    def test_old_address_that_a_number_still_leaves_is_deleted_later_in_the_same_command_without_a_contradiction(
        self, base
    ):
        """The killed change has cleared the number, and the reverted program is given the old place's name again."""
        old, moved = base.office.copy(), base.twilio.command()
        moved.up(base.office, **ACROSS)
        base.twilio.world.pace(unregistration=Pace.after(5))
        clear(base.twilio, base.number)
        command, across = base.twilio.command(), base.office.copy()
        command.up(base.office, **HARRISON)
        command.up(base.desk, **base.program(base.desk))
        command.delete(across)

        left, deleted = command.warnings(base.office)
        what, meaning, remedy = left.splitlines()
        assert what.startswith(f"Address {old.id} was not deleted yet: ")
        assert what.endswith("in use, as it does while a number is unregistered from it.")
        assert meaning == "No number points at it, so nobody's coverage is affected."
        assert remedy.startswith(
            "The next delete of an address of this resource, perhaps in this same command,"
        )
        assert deleted.startswith(f"Deleted {old.id} as well")
        assert base.is_in_force()

    def test_same_change_again_reaches_its_end_with_one_address(self, base, leftover):
        base.twilio.world.rebind(base.number, leftover)
        command, old = base.twilio.command(), base.office.copy()

        command.up(base.office, **ACROSS)
        command.up(base.desk, **base.program(base.desk))
        command.delete(old)
        base.twilio.command().up(base.office, **ACROSS)
        destroy = base.twilio.command()
        for each in base.resources:
            destroy.delete(each)

        assert base.is_taken_down()

    def test_destroy_takes_a_number_at_the_leftover_down(self, base, leftover):
        """With PULUMI_SKIP_CHECKPOINTS a killed change may have bound the number to what state does not know."""
        base.twilio.world.rebind(base.number, leftover)
        command = base.twilio.command(state_may_be_lost=True)
        for each in base.resources:
            command.delete(each)

        assert base.is_taken_down()

    def test_destroy_takes_down_a_number_that_a_killed_change_has_moved_from_this_machine(self, base):
        """The change has come into state with its address, and not with its binding."""
        office, desk = base.office.copy(), base.desk.copy()
        killed = base.twilio.command()
        killed.up(base.office, **ACROSS)
        killed.up(base.desk, **base.program(base.desk))
        command = base.twilio.command(submitted=killed.run.submitted)
        for each in (base.phones, desk, base.office, office):
            command.delete(each)

        assert base.is_taken_down()

    def test_destroy_leaves_a_number_that_others_have_moved_to_another_address_of_the_stack(self, base):
        """Without a record, as on another machine, a killed change looks the same: the address is kept, too."""
        branch = emergency_address("branch")
        base.twilio.command().up(branch, **ACROSS)
        base.twilio.world.rebind(base.number, branch.id)
        command = base.twilio.command()
        for each in (base.phones, base.desk):
            command.delete(each)
        with pytest.raises(Refused, match="is still the emergency address of"):
            command.delete(branch)

        assert base.twilio.coverage(base.number) == (branch.id, "registered")
        assert "is left as it is" in command.warnings(base.desk)[-1]

    def test_unused_leftover_is_deleted_with_its_resource(self, base, leftover):
        command = base.twilio.command()
        for each in base.resources:
            command.delete(each)

        assert base.is_taken_down()
        assert command.warnings(base.office) == [
            f"Deleted {leftover} as well: it carries this resource's name, as leftovers of interrupted runs do, and nothing used it."
        ]

    def test_leftover_that_twilio_does_not_delete_is_not_reported_as_deleted(self, base, leftover):
        """A8: Twilio refuses with 21625, since it counts a use that no list shows."""
        base.twilio.app.faults.add(f"500 every=1 method=DELETE path={leftover}")
        command = base.twilio.command()
        for each in base.resources:
            command.delete(each)

        assert [each["sid"] for each in base.twilio.world.addresses()] == [leftover]
        assert not any(f"Deleted {leftover}" in text for text in command.warnings())

    def test_address_of_another_stack_is_no_leftover(self, base):
        theirs = default_friendly_name(emergency_address(stack="prod").urn)
        other = base.twilio.world.add_address(**HARRISON, friendly_name=theirs)
        command = base.twilio.command()
        for each in base.resources:
            command.delete(each)

        assert [each["sid"] for each in base.twilio.world.addresses()] == [other]


class TestCreate:
    """The CLI was killed during the first `up`."""

    @pytest.mark.parametrize("name_of", [default_friendly_name, friendly_name_of_0_1_0])
    def test_unused_address_is_replaced_by_the_next_up(self, twilio, name_of):
        office = emergency_address()
        leftover = twilio.world.add_address(**HARRISON, friendly_name=name_of(office.urn))

        twilio.command().up(office, **HARRISON)
        twilio.command().delete(office)

        assert office.id != leftover
        assert twilio.world.addresses() == []

    def test_bound_number_is_taken_up_by_the_next_up(self, twilio):
        """The address came into state, the binding did not."""
        office, desk, command = emergency_address(), binding(), twilio.command()
        command.up(office, **HARRISON)
        number = twilio.world.add_number(
            "+14155550100", emergency_address_sid=office.id, emergency_address_status="registered"
        )
        twilio.world.requests.clear()
        command = twilio.command()

        assert command.up(office, **HARRISON) == "same"
        assert command.up(desk, number_sid=number, address_sid=office.id) == "create"

        assert twilio.writes == []
        assert command.warnings() == []


class TestRenames:
    """C6: address and binding are renamed together without `aliases`, as in a refactoring into a component."""

    def test_refusal_names_aliases(self, base):
        command = base.twilio.command()
        desk, office = binding("front-desk"), emergency_address("headquarters")
        command.up(office, **HARRISON)

        with pytest.raises(CheckFailed) as failure:
            command.up(desk, number_sid=base.number, address_sid=office.id)

        assert "aliases" in failure.value.problems["take_over"]
        assert base.is_in_force()

    def test_refusal_for_a_number_of_strangers_names_no_aliases(self, twilio):
        theirs = twilio.world.add_address(**ACROSS)
        number = twilio.world.add_number(
            "+14155550100", emergency_address_sid=theirs, emergency_address_status="registered"
        )

        with pytest.raises(CheckFailed) as failure:
            twilio.command().check(
                binding(), number_sid=number, address_sid=twilio.world.add_address(**HARRISON)
            )

        assert "aliases" not in str(failure.value)

    def test_rename_with_aliases_costs_no_write(self, base):
        base.office.name, base.desk.name = "headquarters", "front-desk"
        command = base.twilio.command()

        assert command.up(base.office, **HARRISON) == "same"
        program = {"number_sid": base.number, "address_sid": base.office.id}
        assert command.up(base.desk, **program) == "same"

        assert base.twilio.writes == []
        assert command.warnings() == []
