"""Gaps in coverage: each is announced before it opens, on the number's own row, and no other is."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.handlers.results import UNKNOWN
from support.handler_commands import CheckFailed, binding, emergency_address
from support.places import ACROSS, HARRISON
from twilio_emulator import Pace

NAME = "example.sip.twilio.com"
GAP = "+14155550100 is uncovered while its address changes"


@pytest.fixture
def across(base):
    return base.twilio.world.add_address(**ACROSS)


@pytest.fixture
def taken(twilio):
    """A number that is registered at somebody else's address."""
    theirs = twilio.world.add_address(**ACROSS)
    return twilio.world.add_number(
        "+14155550100", emergency_address_sid=theirs, emergency_address_status="registered"
    )


def gaps(command):
    return [(name, text) for name, text in command.screen.warnings if "is uncovered" in text]


class TestAnnounced:
    def test_change_of_address_is_announced_on_the_bindings_row(self, base, across):
        command = base.twilio.command()

        assert command.preview(base.desk, number_sid=base.number, address_sid=across) == "update"

        [(name, text)] = gaps(command)
        assert name == "desk"
        assert text.startswith(GAP)
        assert "until Twilio reports it registered again (up to 30 minutes in the US and Canada)." in text

    def test_change_to_an_address_that_is_created_in_the_same_run_is_announced(self, base):
        command = base.twilio.command()

        assert command.preview(base.desk, number_sid=base.number, address_sid=UNKNOWN) == "update"

        assert len(gaps(command)) == 1

    def test_gap_of_a_renamed_address_names_aliases(self, base):
        command = base.twilio.command()
        command.preview(emergency_address("headquarters"), **{**HARRISON, "street": "645 HARRISON ST"})
        command.preview(base.desk, number_sid=base.number, address_sid=UNKNOWN)

        [(_, text)] = gaps(command)
        assert "headquarters is a new resource for the address that the number has now" in text
        assert "aliases" in text

    @pytest.mark.parametrize("olds", [True, False], ids=["another place", "a replacement of the same name"])
    def test_gap_without_rename_does_not_name_aliases(self, base, olds):
        command = base.twilio.command()
        if olds:
            command.preview(emergency_address("annex"), **ACROSS)
        else:
            command.check(base.office, **HARRISON)
            command.check(base.office, olds=False, **HARRISON)
        command.preview(base.desk, number_sid=base.number, address_sid=UNKNOWN)

        [(_, text)] = gaps(command)
        assert "aliases" not in text

    def test_up_announces_a_gap_as_preview_does(self, base, across):
        command = base.twilio.command()
        command.up(base.desk, number_sid=base.number, address_sid=across)

        assert len(gaps(command)) == 1
        assert base.twilio.coverage(base.number) == (across, "registered")

    @pytest.mark.parametrize("address_sid", ["known", "unknown"])
    @pytest.mark.parametrize("way", ["take_over", "override"])
    def test_take_over_of_a_registered_number_is_announced(self, twilio, taken, way, address_sid):
        program = {"number_sid": taken, "address_sid": UNKNOWN}
        if address_sid == "known":
            program["address_sid"] = twilio.world.add_address(**HARRISON)
        if way == "take_over":
            program["take_over"] = True
        command = twilio.command(unsafe=way == "override")

        assert command.preview(binding(), **program) == "create"

        [(name, text)] = gaps(command)
        assert name == "desk"
        assert text.startswith(GAP)

    def test_replacement_by_phone_number_with_take_over_is_announced(self, base):
        theirs = base.twilio.world.add_address(**ACROSS)
        base.twilio.world.add_number(
            "+14155550101", emergency_address_sid=theirs, emergency_address_status="registered"
        )
        command = base.twilio.command()
        program = {"phone_number": "+14155550101", "address_sid": base.office.id, "take_over": True}

        assert command.preview(base.desk, **program) == ["phone_number"]
        command.check(base.desk, olds=False, **program)

        assert [text.split()[0] for _, text in gaps(command)] == ["+14155550101"]

    def test_delete_before_replace_is_announced(self, base):
        command = base.twilio.command()
        command.check(base.desk, olds=False, **base.program(base.desk), __delete_before_replace=True)

        [(_, text)] = gaps(command)
        assert text.startswith("+14155550100 is uncovered while it is replaced (delete_before_replace)")

    def test_two_gaps_are_summed_up_at_the_end(self, base, across):
        world = base.twilio.world
        number = world.add_number("+14155550101")
        second = binding("second")
        base.twilio.command().up(second, number_sid=number, address_sid=base.office.id)
        command = base.twilio.command()
        command.preview(base.desk, number_sid=base.number, address_sid=across)
        command.preview(second, number_sid=number, address_sid=across)

        command.finish()

        assert command.screen.warnings[-1] == (
            "",
            "In total, this change leaves 2 numbers uncovered for a while.",
        )

    def test_domain_whose_caller_changes_its_address_is_named(self, base, across):
        """B17: calls from the domain show no address while its caller has none."""
        command = base.twilio.command()

        command.preview(base.desk, number_sid=base.number, address_sid=across)

        [(_, text)] = gaps(command)
        assert f"It is the emergency caller of {NAME}: while it is not registered, an emergency call" in text

    def test_domain_that_is_switched_off_is_not_named(self, base, across):
        base.twilio.world.set_domain(base.domain, emergency_calling_enabled=False)
        command = base.twilio.command()

        command.preview(base.desk, number_sid=base.number, address_sid=across)

        [(_, text)] = gaps(command)
        assert NAME not in text

    def test_domain_whose_caller_stays_uncovered_is_named_in_the_failure(self, base, across):
        base.twilio.world.pace(registration=Pace.failing())
        command = base.twilio.command()

        with pytest.raises(
            Exception, match=f"It is the emergency caller of {NAME}: while it is not registered, an emergency"
        ):
            command.up(base.desk, number_sid=base.number, address_sid=across)


class TestNotAnnounced:
    @pytest.mark.parametrize(
        "changes",
        [
            {"friendly_name": "head office"},
            {"street": "645 Harrison St."},
            {"on_correction": "accept"},
        ],
    )
    def test_change_of_an_address_in_place_announces_no_gap(self, base, changes):
        command = base.twilio.command()

        assert command.up(base.office, **{**HARRISON, **changes}) == "update"
        assert command.preview(base.desk, **base.program(base.desk)) == "same"

        assert command.warnings() == []

    def test_refresh_after_a_move_by_others_announces_no_gap(self, base, across):
        """`refresh --preview-only`: the diff after a read only displays."""
        base.twilio.world.rebind(base.number, across)
        command = base.twilio.command()

        command.refresh(base.desk)

        [drift] = command.warnings()
        assert "points at" in drift
        assert "uncovered" not in drift

    def test_diff_after_a_read_says_nothing_even_where_the_address_is_unknown(self, base):
        command = base.twilio.command()
        command.refresh(base.desk)
        command.diff(base.desk, {"number_sid": base.number, "address_sid": UNKNOWN})

        assert command.warnings() == []

    def test_number_that_is_at_its_new_address_already_has_no_gap(self, base, across):
        base.twilio.world.rebind(base.number, across)
        command = base.twilio.command()

        assert command.preview(base.desk, number_sid=base.number, address_sid=across) == "update"

        assert gaps(command) == []

    def test_number_that_is_not_registered_has_no_gap(self, base, across):
        base.twilio.world.force_status(base.number, "registration-failure")
        command = base.twilio.command()

        command.preview(base.desk, number_sid=base.number, address_sid=across)

        assert gaps(command) == []

    def test_first_bind_of_an_unbound_number_has_no_gap(self, twilio):
        number = twilio.world.add_number("+14155550100")
        home = twilio.world.add_address(**HARRISON)
        command = twilio.command()

        command.up(binding(), number_sid=number, address_sid=home, take_over=True)

        assert command.warnings() == []

    def test_unchanged_program_announces_nothing(self, base):
        command = base.twilio.command()

        assert base.up(command) == ["same"] * 3
        assert command.warnings() == []

    def test_change_of_another_flag_announces_no_gap(self, base):
        command = base.twilio.command()

        assert command.up(base.desk, **base.program(base.desk), take_over=True) == "update"
        assert command.warnings() == []


class TestFirstPreview:
    """B7: what `up` will surely meet is said before anything is made."""

    def test_number_of_others_is_refused_although_the_address_is_unknown(self, twilio, taken):
        with pytest.raises(CheckFailed) as failure:
            twilio.command().check(binding(), number_sid=taken, address_sid=UNKNOWN)

        assert failure.value.problems["take_over"].startswith(
            f"+14155550100 ({taken}) is bound to another address"
        )

    def test_number_of_others_by_name_is_refused(self, twilio, taken):
        with pytest.raises(CheckFailed, match="is bound to another address"):
            twilio.command().check(binding(), phone_number="+14155550100", address_sid=UNKNOWN)

    def test_address_of_another_subaccount_is_refused(self, twilio):
        branch = twilio.world.add_account(parent=twilio.settings.account_sid).sid
        number = twilio.world.add_number("+14155550100")
        elsewhere = twilio.world.add_address(**HARRISON, account_sid=branch)

        with pytest.raises(CheckFailed) as failure:
            twilio.command().check(binding(), number_sid=number, address_sid=elsewhere)

        assert "An address belongs to one account" in failure.value.problems["address_sid"]

    def test_number_that_an_interrupted_run_of_this_stack_has_bound_is_fine(self, base):
        """The binding is gone from state, its address is in it: this command has seen that."""
        command = base.twilio.command()
        command.preview(base.office, **HARRISON)

        assert command.preview(binding(), number_sid=base.number, address_sid=UNKNOWN) == "create"
        assert gaps(command)
