"""A SIP domain whose emergency caller somebody else has set: it is not taken, and not taken down."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.handlers.results import UNKNOWN
from support.handler_commands import CheckFailed, emergency_address, sip_domain
from support.places import ACROSS

NAME, THEIRS = "example.sip.twilio.com", "+14155550177"


@pytest.fixture
def theirs(base):
    """A registered number of somebody else's."""
    return base.twilio.world.add_number(
        THEIRS, emergency_address_sid=base.office.id, emergency_address_status="registered"
    )


@pytest.fixture
def their_domain(base, theirs):
    """A domain that somebody else has switched on."""
    return base.twilio.world.add_domain(
        "theirs.sip.twilio.com", emergency_calling_enabled=True, emergency_caller_sid=theirs
    )


def switch_of(base, domain):
    row = base.twilio.world.domain(domain)
    return row["emergency_calling_enabled"], row["emergency_caller_sid"]


class TestCreate:
    @pytest.mark.parametrize("wanted", ["caller", "no caller", "off"])
    def test_domain_of_others_is_refused_in_preview_and_up(self, base, their_domain, theirs, wanted):
        program = {
            "caller": {"emergency_caller_sid": base.number},
            "no caller": {},
            "off": {"enabled": False},
        }[wanted]
        command, phones = base.twilio.command(), sip_domain("other")
        with pytest.raises(CheckFailed, match=f"emergency caller {theirs}, which this stack did not set"):
            command.preview(phones, domain_sid=their_domain, **program)
        with pytest.raises(Refused, match="TWILIO_EMERGENCY_ALLOW_UNSAFE=1"):
            command.create(phones, {"domain_sid": their_domain, **program})

        assert switch_of(base, their_domain) == (True, theirs)

    def test_domain_of_others_is_taken_with_the_override(self, base, their_domain):
        command, phones = base.twilio.command(unsafe=True), sip_domain("other")
        command.up(phones, domain_sid=their_domain, emergency_caller_sid=base.number)

        assert switch_of(base, their_domain) == (True, base.number)

    def test_domain_with_the_same_caller_is_adopted_without_a_word(self, base, their_domain, theirs):
        command, phones = base.twilio.command(), sip_domain("other")
        command.up(phones, domain_sid=their_domain, emergency_caller_sid=theirs)

        assert command.warnings(phones) == []
        assert base.twilio.writes == []

    def test_domain_whose_declared_caller_is_not_known_yet_is_not_refused_in_preview(
        self, base, their_domain, theirs
    ):
        """Its binding is new and names the number by phone number: create knows the SID, and judges it."""
        command, phones = base.twilio.command(), sip_domain("other")
        assert command.preview(phones, domain_sid=their_domain, emergency_caller_sid=UNKNOWN) == "create"
        command.up(phones, domain_sid=their_domain, emergency_caller_sid=theirs)

        assert base.twilio.writes == []

    @pytest.mark.parametrize("bound", ["before", "after", "never"])
    def test_caller_whose_number_this_stack_binds_is_of_others_all_the_same(self, base, bound):
        """Another stack may use a number of this one: that says nothing of who has set up the domain."""
        domain = base.twilio.world.add_domain(
            "theirs.sip.twilio.com", emergency_calling_enabled=True, emergency_caller_sid=base.number
        )
        command, phones = base.twilio.command(), sip_domain("other")
        if bound == "before":
            command.up(base.desk, **base.program(base.desk))
        with pytest.raises(Refused, match="which this stack did not set"):
            command.create(phones, {"domain_sid": domain, "enabled": False})
        if bound == "after":
            command.up(base.desk, **base.program(base.desk))

        assert switch_of(base, domain) == (True, base.number)
        assert base.twilio.writes == []

    @pytest.mark.parametrize("wanted", ["caller", "off"])
    def test_domain_that_this_command_has_seen_in_state_is_ours_under_another_name(
        self, base, theirs, wanted
    ):
        """Renamed in the program without an alias, and changed, with --refresh."""
        program = {"caller": {"emergency_caller_sid": theirs}, "off": {"enabled": False}}[wanted]
        command, old, renamed = base.twilio.command(), base.phones, sip_domain("renamed")
        command.refresh(old)
        command.up(renamed, domain_sid=base.domain, **program)
        command.delete(old)

        assert switch_of(base, base.domain) == (wanted != "off", program.get("emergency_caller_sid"))

    def test_domain_that_state_says_was_set_otherwise_is_of_others_under_another_name(self, base, theirs):
        base.twilio.world.set_domain(base.domain, emergency_caller_sid=theirs)
        command, renamed = base.twilio.command(), sip_domain("renamed")
        command.refresh(base.phones)
        with pytest.raises(Refused, match=f"emergency caller {theirs}, which this stack did not set"):
            command.create(renamed, {"domain_sid": base.domain, "enabled": False})

    def test_domain_that_was_adopted_without_a_write_is_ours_on_the_same_machine(
        self, base, their_domain, theirs
    ):
        command, old, renamed = base.twilio.command(), sip_domain("old"), sip_domain("renamed")
        command.up(old, domain_sid=their_domain, emergency_caller_sid=theirs)
        assert base.twilio.writes == []

        again = base.twilio.command(submitted=command.run.submitted)
        again.up(renamed, domain_sid=their_domain, emergency_caller_sid=base.number)

        assert switch_of(base, their_domain) == (True, base.number)

    @pytest.mark.parametrize("updated", [False, True])
    def test_domain_that_was_renamed_and_changed_is_ours_on_the_same_machine(self, base, theirs, updated):
        """Whether a create or an update has set its caller."""
        domain = base.twilio.world.add_domain("branch.sip.twilio.com")
        old, command = sip_domain("old"), base.twilio.command()
        command.up(old, domain_sid=domain, emergency_caller_sid=theirs if updated else base.number)
        if updated:
            command.up(old, domain_sid=domain, emergency_caller_sid=base.number)

        again, renamed = base.twilio.command(submitted=command.run.submitted), sip_domain("renamed")
        again.up(renamed, domain_sid=domain, enabled=False)

        assert switch_of(base, domain) == (False, None)

    def test_domain_that_a_killed_run_of_this_stack_has_switched_is_ours_on_the_same_machine(
        self, base, theirs
    ):
        domain = base.twilio.world.add_domain("killed.sip.twilio.com")
        lost = sip_domain("other")
        killed = base.twilio.command()
        killed.up(lost, domain_sid=domain, emergency_caller_sid=theirs)

        command, again = base.twilio.command(submitted=killed.run.submitted), sip_domain("other")
        command.up(again, domain_sid=domain, emergency_caller_sid=base.number)

        assert switch_of(base, domain) == (True, base.number)


class TestDelete:
    @pytest.mark.parametrize("refreshed", [False, True])
    def test_domain_with_another_caller_is_kept_in_state_and_in_force(self, base, theirs, refreshed):
        base.twilio.world.set_domain(base.domain, emergency_caller_sid=theirs)
        command = base.twilio.command()
        if refreshed:
            command.refresh(base.phones)
        with pytest.raises(Refused, match=f"caller {theirs}, which this stack did not set") as refusal:
            command.delete(base.phones)

        assert f"`pulumi state delete '{base.phones.urn}'`" in str(refusal.value)
        assert switch_of(base, base.domain) == (True, theirs)

    def test_domain_with_another_caller_is_switched_off_with_the_override(self, base, theirs):
        base.twilio.world.set_domain(base.domain, emergency_caller_sid=theirs)
        base.twilio.command(unsafe=True).delete(base.phones)

        assert switch_of(base, base.domain) == (False, None)

    def test_domain_that_was_switched_on_by_others_is_kept_as_it_is(self, base, theirs):
        off = sip_domain("other")
        domain = base.twilio.world.add_domain("off.sip.twilio.com")
        base.twilio.command().up(off, domain_sid=domain, enabled=False)
        base.twilio.world.set_domain(domain, emergency_calling_enabled=True, emergency_caller_sid=theirs)
        with pytest.raises(Refused):
            base.twilio.command().delete(off)

        assert switch_of(base, domain) == (True, theirs)

    def test_domain_with_its_own_caller_is_switched_off_without_a_word(self, base):
        command = base.twilio.command()
        command.delete(base.phones)

        assert switch_of(base, base.domain) == (False, None)
        assert command.warnings(base.phones) == []

    def test_domain_whose_caller_a_killed_update_has_set_is_switched_off_on_the_same_machine(
        self, base, theirs
    ):
        before = base.phones.copy()
        killed = base.twilio.command()
        killed.up(base.phones, domain_sid=base.domain, emergency_caller_sid=theirs)
        command = base.twilio.command(submitted=killed.run.submitted)
        command.delete(before)

        assert switch_of(base, base.domain) == (False, None)


class TestRefreshAndPreview:
    def test_refresh_says_that_a_domain_is_not_as_in_state(self, base):
        base.twilio.world.set_domain(base.domain, emergency_calling_enabled=False)
        command = base.twilio.command()
        command.refresh(base.phones)

        assert f"{NAME} has emergency calling off" in command.warnings(base.phones)[0]

    def test_refresh_says_that_a_number_has_lost_its_coverage(self, base):
        base.twilio.world.rebind(base.number, None)
        command = base.twilio.command()
        command.refresh(base.desk)

        assert "was found unregistered, not registered as in Pulumi's state" in command.warnings(base.desk)[0]

    @pytest.mark.parametrize("edited", [{}, {"enabled": False}])
    def test_edit_of_a_domain_does_not_hide_the_caller_that_others_have_set(self, base, theirs, edited):
        base.twilio.world.set_domain(base.domain, emergency_caller_sid=theirs)
        command = base.twilio.command()
        assert command.preview(base.phones, domain_sid=base.domain, **edited) == "update"

        assert f"with caller {theirs}, which is not as in Pulumi's state" in command.warnings(base.phones)[0]

    def test_what_a_refresh_has_found_is_ours_once_it_is_declared(self, base, theirs):
        branch = emergency_address("branch")
        base.twilio.command().up(branch, **ACROSS)
        base.twilio.world.rebind(base.number, branch.id)
        base.twilio.world.set_domain(base.domain, emergency_caller_sid=theirs)
        command = base.twilio.command()
        command.refresh(base.desk)
        command.refresh(base.phones)
        base.twilio.world.requests.clear()

        declared = base.twilio.command()
        assert declared.preview(base.desk, number_sid=base.number, address_sid=branch.id) == "update"
        assert declared.preview(base.phones, domain_sid=base.domain, emergency_caller_sid=theirs) == "update"
        assert [text for _, text in declared.screen.notes] == [
            f"{what} is at Twilio as the program declares it, and a refresh has found it so: `pulumi up` records "
            "it as this stack's own, and sends nothing."
            for what in ("+14155550100", NAME)
        ]
        assert declared.up(base.desk, number_sid=base.number, address_sid=branch.id) == "update"
        assert declared.up(base.phones, domain_sid=base.domain, emergency_caller_sid=theirs) == "update"
        assert base.twilio.writes == []
        again = base.twilio.command()
        assert again.up(base.desk, number_sid=base.number, address_sid=branch.id) == "same"
        assert again.up(base.phones, domain_sid=base.domain, emergency_caller_sid=theirs) == "same"

        destroy = base.twilio.command()
        for each in (base.phones, base.desk, branch):
            destroy.delete(each)
        assert switch_of(base, base.domain) == (False, None)
        assert base.twilio.coverage(base.number) == (None, "unregistered")
        assert branch.id not in {row["sid"] for row in base.twilio.world.addresses()}

    def test_replacement_of_a_domain_with_a_caller_of_others_is_refused_before_anything_is_changed(
        self, base, theirs
    ):
        """Its delete would be refused in the end, when the other domain is on already."""
        base.twilio.world.set_domain(base.domain, emergency_caller_sid=theirs)
        other = base.twilio.world.add_domain("other.sip.twilio.com")
        for attempt in ("preview", "up"):
            command = base.twilio.command()
            with pytest.raises(Refused, match="which this stack did not set") as refusal:
                getattr(command, attempt)(base.phones, domain_sid=other, emergency_caller_sid=base.number)

        assert f"`pulumi state delete '{base.phones.urn}'`" in str(refusal.value)
        assert base.twilio.writes == []

    def test_replacement_of_a_domain_as_in_state_is_not_refused(self, base):
        other = base.twilio.world.add_domain("other.sip.twilio.com")
        command = base.twilio.command()

        assert command.preview(base.phones, domain_sid=other, emergency_caller_sid=base.number) == [
            "domain_sid"
        ]
        assert command.warnings(base.phones) == []

    def test_refresh_of_an_imported_domain_says_nothing(self, base):
        imported = sip_domain("imported")
        command = base.twilio.command()
        imported.id = base.domain
        command.refresh(imported)
        command.refresh(imported)

        assert command.warnings(imported) == []

    def test_refresh_of_what_is_as_in_state_says_nothing(self, base):
        command = base.twilio.command()
        for each in base.resources:
            command.refresh(each)

        assert command.warnings() == []

    def test_caller_whose_binding_is_in_the_program_is_not_warned_of(self, base):
        """It is unregistered now, and the same run registers it first."""
        base.twilio.world.rebind(base.number, None)
        command, phones = base.twilio.command(), sip_domain("second")
        domain = base.twilio.world.add_domain("second.sip.twilio.com")
        command.preview(base.desk, **base.program(base.desk))
        command.preview(phones, domain_sid=domain, emergency_caller_sid=base.number)

        assert command.warnings(phones) == []
