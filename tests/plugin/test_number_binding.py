"""NumberEmergencyBinding through the plugin process: what is checked, asked, written and reported."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from support.places import ACROSS, CITY_HALL, TORONTO
from support.plugin_process import UNKNOWN, Failed
from support.twilio import CheckFailed, visible
from twilio_emulator import Fault, Pace

ADDRESS = "AD" + "1" * 32
NUMBER = "PN" + "2" * 32


def submitted(number_sid, address_sid):
    return ("POST", f"IncomingPhoneNumbers/{number_sid}", (("EmergencyAddressSid", address_sid),))


@pytest.fixture
def desk(harness):
    return harness.binding()


@pytest.fixture
def home(harness):
    return harness.address()


@pytest.fixture
def number(harness):
    return harness.number("+14155550100")


@pytest.fixture
def bound(harness, desk, number, home):
    """A binding that an earlier run has brought about."""
    desk.up(number_sid=number, address_sid=home)
    harness.new_run()
    harness.forget()
    return desk


def status(harness, number):
    row = harness.world.number(number)
    return row["emergency_address_sid"] or None, row.get("emergency_address_status")


class TestCheck:
    def test_valid_inputs_pass_unchanged(self, harness, desk, number, home):
        program = {
            "number_sid": number,
            "address_sid": home,
            "wait_for_registration": True,
            "take_over": False,
        }

        assert desk.check(**program) == (program, {})

    def test_absent_property_is_no_problem_in_check(self, desk):
        """It may be the output of a resource that failed, which is then absent here (`--continue-on-error`)."""
        assert desk.check()[1] == {}

    @pytest.mark.parametrize(
        ("absent", "said"), [("address_sid", "address_sid"), ("number_sid", "number_sid or phone_number")]
    )
    def test_absent_property_is_demanded_by_create(self, harness, desk, number, home, absent, said):
        program = {"number_sid": number, "address_sid": home}
        del program[absent]

        with pytest.raises(Failed) as failure:
            desk.up(**program)

        assert failure.value.message == (
            f"{said} has no value.\n"
            "Nothing was changed by this resource.\n"
            "If it is the output of another resource, see that one's error first. Otherwise set it in the program."
        )
        assert failure.value.init_failed is None
        assert harness.writes == []

    def test_absent_address_is_demanded_by_update(self, harness, bound, number):
        with pytest.raises(Failed, match="address_sid has no value"):
            bound.up(number_sid=number)

        assert harness.writes == []

    def test_all_problems_stand_under_their_own_property_at_once(self, harness, desk):
        _, failures = desk.check(
            number_sid=ADDRESS,
            phone_number=14155550100.0,
            address_sid=NUMBER,
            wait_for_registration="yes",
            take_over=1.0,
            account_sid="AC1",
        )

        assert failures["number_sid"][0] == (
            "number_sid must be the SID of a phone number, PN and 32 hexadecimal digits; "
            f"{ADDRESS!r} is the SID of an address."
        )
        assert failures["phone_number"] == [
            "Give number_sid or phone_number, not both.",
            "phone_number must be in E.164 without blanks, like +14155550100, not 14155550100.0.",
        ]
        assert f"{NUMBER!r} is the SID of a phone number." in failures["address_sid"][0]
        assert failures["wait_for_registration"] == [
            "wait_for_registration must be True or False, not 'yes'."
        ]
        assert failures["take_over"] == ["take_over must be True or False, not 1.0."]
        assert failures["account_sid"][0].endswith("AC and 32 hexadecimal digits; 'AC1' is not.")
        assert len(failures) == 6
        assert harness.requests == []

    @pytest.mark.parametrize(
        "value",
        [
            "+1 415 555 0100",
            "14155550100",
            "+1415555010a",
            "tel:+14155550100",
            "+1",
            "",
            "+" + "1" * 40,
            "+١٤١٥٥٥٥٠١٠٠",
        ],
    )
    def test_phone_number_not_in_e164_is_refused(self, desk, value):
        _, failures = desk.check(phone_number=value, address_sid=ADDRESS)

        assert list(failures) == ["phone_number"]

    @pytest.mark.parametrize("value", ["+14155550100", "+442079460000", "+16475550100", "+18885550100"])
    def test_phone_number_in_e164_passes(self, harness, desk, value):
        harness.new_run({})

        assert desk.check(phone_number=value, address_sid=ADDRESS)[1] == {}

    def test_unknown_inputs_pass_check_without_a_request(self, harness, desk):
        names = ("number_sid", "address_sid", "wait_for_registration", "take_over", "account_sid")

        inputs, failures = desk.check(**dict.fromkeys(names, UNKNOWN))

        assert failures == {}
        assert inputs.keys() == set(names)
        assert harness.requests == []

    def test_unknown_address_for_a_known_number_is_a_create(self, desk, number):
        assert desk.preview(number_sid=number, address_sid=UNKNOWN) == "create"

    def test_none_counts_as_absent(self, desk, number, home):
        inputs, failures = desk.check(
            number_sid=number,
            phone_number=None,
            address_sid=home,
            take_over=None,
            wait_for_registration=None,
        )

        assert failures == {}
        assert inputs == {"number_sid": number, "address_sid": home}

    def test_wrapped_secret_is_refused_under_its_property(self, desk, number):
        wrapped = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": number}

        assert desk.check(number_sid=wrapped, address_sid=ADDRESS)[1].keys() == {"number_sid"}

    def test_preview_without_credentials_works(self, harness, desk):
        harness.new_run({})

        assert desk.preview(number_sid=NUMBER, address_sid=ADDRESS) == "create"
        assert harness.warnings() == []

    def test_one_list_serves_the_preview_of_all_bindings(self, harness, home):
        numbers = [harness.number() for _ in range(5)]

        for each in numbers:
            assert harness.binding(each).preview(number_sid=each, address_sid=home) == "create"

        assert sorted(harness.requests) == [
            ("GET", f"Addresses/{home}", ()),
            ("GET", "IncomingPhoneNumbers", ()),
        ]

    def test_unchanged_inputs_are_compared_by_one_list(self, harness, bound, number, home):
        assert bound.preview(number_sid=number, address_sid=home) == "same"
        assert harness.requests == [("GET", "IncomingPhoneNumbers", ())]

    def test_number_that_lost_its_registration_is_an_update(self, harness, bound, number, home):
        harness.world.force_status(number, "registration-failure")
        assert bound.preview(number_sid=number, address_sid=home) == "update"
        assert "was found registration-failure, not registered as in Pulumi's state." in harness.warnings()[0]

    def test_number_that_others_have_moved_is_reported_and_left_alone(self, harness, bound, number, home):
        harness.world.rebind(number, harness.address(ACROSS))
        assert bound.preview(number_sid=number, address_sid=home) == "same"
        assert "A dispatcher sees that address, not the one in state." in harness.warnings()[0]


class TestCreate:
    def test_create_sends_one_field_once_and_reports_registered(self, harness, desk, number, home):
        began = time.time()

        desk.up(number_sid=number, address_sid=home)

        assert harness.writes == [submitted(number, home)]
        assert status(harness, number) == (home, "registered")
        assert desk.id == number
        registered_at = dt.datetime.fromisoformat(desk.outputs.pop("registered_at")).timestamp()
        assert began - 1 <= registered_at <= time.time()
        assert desk.shown == {
            "number_sid": number,
            "phone_number": "+14155550100",
            "address_sid": home,
            "submitted_address_sid": home,
            "emergency_address_status": "registered",
            "uncovered_seconds": 0.0,
            "account_sid": harness.account_sid,
        }

    def test_phone_number_is_resolved_to_its_sid(self, harness, desk, number, home):
        desk.up(phone_number="+14155550100", address_sid=home)

        assert desk.id == desk.outputs["number_sid"] == number
        assert harness.writes == [submitted(number, home)]
        assert desk.preview(phone_number="+14155550100", address_sid=home) == "same"
        assert desk.preview(number_sid=number, address_sid=home) == "same"

    def test_phone_number_that_contains_the_desired_one_is_not_taken(self, harness, desk, home):
        longer = harness.number("+442079460001")

        with pytest.raises(Failed, match=r"has no number \+44207946000"):
            desk.up(phone_number="+44207946000", address_sid=home)

        assert status(harness, longer) == (None, "unregistered")

    def test_create_waits_until_a_fetch_shows_registered(self, harness, desk, number, home):
        harness.world.pace(registration=Pace.after(0.5))

        desk.up(number_sid=number, address_sid=home)

        assert desk.outputs["emergency_address_status"] == "registered"
        assert harness.writes == [submitted(number, home)]
        assert harness.requests[-1] == ("GET", f"IncomingPhoneNumbers/{number}", ())
        progress = [line.message for line in harness.plugin.lines if line.urn == desk.urn and line.ephemeral]
        assert progress == ["pending-registration", "registered"]

    def test_create_without_waiting_reports_pending(self, harness, desk, number, home):
        harness.world.pace(registration=Pace.never())
        program = {"number_sid": number, "address_sid": home, "wait_for_registration": False}

        desk.up(**program)

        assert desk.outputs["emergency_address_status"] == "pending-registration"
        assert "registered_at" not in desk.outputs
        assert desk.outputs["uncovered_seconds"] == 0
        assert desk.preview(**program) == "same"
        assert desk.preview(number_sid=number, address_sid=home) == "update"

    def test_repeated_create_writes_nothing(self, harness, desk, number, home):
        desk.up(number_sid=number, address_sid=home)
        again = harness.binding()
        harness.new_run()
        harness.forget()

        again.up(number_sid=number, address_sid=home)

        assert harness.writes == []
        assert again.outputs["emergency_address_status"] == "registered"
        assert again.outputs["registered_at"]

    def test_registration_submitted_by_an_earlier_run_is_waited_for_without_a_second_submit(
        self, harness, desk, number, home
    ):
        harness.world.rebind(number, home, "pending-registration")
        harness.twilio.faults.add(
            Fault("do", at=2, path=number, action=lambda: harness.world.force_status(number, "registered"))
        )

        desk.up(number_sid=number, address_sid=home)

        assert harness.writes == []
        assert desk.outputs["emergency_address_status"] == "registered"

    def test_submit_whose_answer_was_lost_is_repeated_safely(self, harness, desk, number, home):
        harness.twilio.faults.add("cut after=1 method=POST")

        desk.up(number_sid=number, address_sid=home)

        assert set(harness.writes) == {submitted(number, home)}
        assert status(harness, number) == (home, "registered")

    def test_missing_number_is_named(self, harness, desk, home):
        with pytest.raises(CheckFailed) as stop:
            desk.up(number_sid=NUMBER, address_sid=home)
        with pytest.raises(Failed) as failure:
            desk.up(phone_number="+14155550199", address_sid=home)

        [reason] = stop.value.failures.pop("number_sid")
        assert stop.value.failures == {}
        assert reason.startswith(
            f"Account {harness.account_sid} has no number {NUMBER}.\nNothing was changed.\n"
        )
        assert str(failure.value).startswith(f"Account {harness.account_sid} has no number +14155550199.\n")
        assert harness.writes == []

    def test_missing_phone_number_is_only_warned_of_in_check(self, harness, desk, home):
        assert desk.preview(phone_number="+14155550199", address_sid=home) == "create"

        assert harness.warnings(desk.urn) == [
            f"Account {harness.account_sid} has no number +14155550199. It must be there before this resource is created."
        ]

    def test_missing_address_is_reported_before_any_write(self, harness, desk, number):
        [reason] = desk.check(number_sid=number, address_sid=ADDRESS)[1]["address_sid"]
        with pytest.raises(Failed, match="Twilio has no such object in this account"):
            harness.plugin.create(desk.urn, desk.provider, {"number_sid": number, "address_sid": ADDRESS})

        assert reason.startswith(
            f"Account {harness.account_sid} has no address {ADDRESS}.\nNothing was changed.\n"
        )
        assert harness.writes == []

    def test_number_in_a_subaccount_is_bound_there(self, harness, desk):
        branch = harness.world.add_account(parent=harness.account_sid).sid
        number = harness.number(account_sid=branch)
        home = harness.address(account_sid=branch)

        desk.up(number_sid=number, address_sid=home, account_sid=branch)

        assert desk.outputs["account_sid"] == branch
        assert {each.path.split("/")[2] for each in harness.world.requests} == {branch}
        harness.new_run()
        assert desk.refresh()

    def test_toll_free_number_is_bound(self, harness, desk, home):
        toll_free = harness.number("+18885550100")

        desk.up(number_sid=toll_free, address_sid=home)

        assert status(harness, toll_free) == (home, "registered")

    def test_registered_status_that_is_taken_back_is_not_believed(self, harness, desk, number, home):
        harness.world.pace(registration=Pace.flapping())

        desk.up(number_sid=number, address_sid=home)

        assert status(harness, number) == (home, "registered")
        assert desk.outputs["emergency_address_status"] == "registered"


class TestUnfinished:
    def test_failed_registration_is_cleared_and_kept_in_state_as_unfinished(
        self, harness, desk, number, home
    ):
        harness.world.pace(registration=Pace.failing())

        with pytest.raises(Failed) as failure:
            desk.up(number_sid=number, address_sid=home)

        assert harness.writes == [submitted(number, home), submitted(number, "")]
        assert status(harness, number) == (None, "unregistered")
        init = failure.value.init_failed
        assert init.id == number
        assert list(init.reasons) == [failure.value.message]
        what, meaning, remedy = failure.value.message.split("\n")
        assert what == f"+14155550100 could not be registered at {home}: Twilio reports registration-failure."
        assert "a national centre that does not know where the caller is" in meaning
        assert remedy.startswith("Twilio gives no reason.")
        assert remedy.endswith("Then run `pulumi up` again.")
        assert visible(desk.inputs) == {"number_sid": number, "address_sid": home}
        assert desk.shown == {
            "number_sid": number,
            "phone_number": "+14155550100",
            "submitted_address_sid": home,
            "emergency_address_status": "unregistered",
            "uncovered_seconds": 0.0,
            "account_sid": harness.account_sid,
        }
        assert init.properties["__provider"] == init.inputs["__provider"] != ""

    def test_next_run_tries_a_failed_registration_again(self, harness, desk, number, home):
        harness.world.pace(registration=Pace.failing())
        with pytest.raises(Failed):
            desk.up(number_sid=number, address_sid=home)
        harness.world.pace(registration=Pace.at_once())
        harness.new_run()
        harness.forget()

        assert desk.up(number_sid=number, address_sid=home) == "update"

        assert harness.writes == [submitted(number, home)]
        assert desk.outputs["emergency_address_status"] == "registered"
        assert desk.outputs["registered_at"]
        assert desk.preview(number_sid=number, address_sid=home) == "same"

    def test_registration_beyond_the_time_limit_is_kept_as_unfinished(self, harness, desk, number, home):
        harness.world.pace(registration=Pace.never())

        with pytest.raises(Failed) as failure:
            desk.up(number_sid=number, address_sid=home, timeout=1)

        assert failure.value.message == (
            "+14155550100 is still pending-registration after 1 s.\n"
            "Until Twilio reports registered, count it as not covered.\n"
            "Registration takes up to 30 minutes in the US and Canada. Run `pulumi up` again to keep waiting; nothing "
            "needs undoing. custom_timeouts allows more time."
        )
        assert failure.value.init_failed.id == number
        assert list(failure.value.init_failed.reasons) == [failure.value.message]
        assert desk.outputs["emergency_address_status"] == "pending-registration"
        assert desk.outputs["address_sid"] == home
        assert "registered_at" not in desk.outputs
        assert visible(desk.inputs) == {"number_sid": number, "address_sid": home}

    def test_next_run_keeps_waiting_without_a_second_submit(self, harness, desk, number, home):
        harness.world.pace(registration=Pace.never())
        with pytest.raises(Failed):
            desk.up(number_sid=number, address_sid=home, timeout=1)
        harness.world.force_status(number, "registered")
        harness.new_run()
        harness.forget()

        assert desk.up(number_sid=number, address_sid=home) == "update"

        assert harness.writes == []
        assert desk.outputs["emergency_address_status"] == "registered"
        assert desk.outputs["registered_at"]

    def test_change_that_stopped_half_way_is_resumed_with_its_previous_address_remembered(
        self, harness, bound, number, home
    ):
        across = harness.address(ACROSS)
        harness.world.pace(unregistration=Pace.never())
        with pytest.raises(Failed) as failure:
            bound.up(number_sid=number, address_sid=across, timeout=1)
        assert "still pending-unregistration after 1 s" in failure.value.message
        assert bound.outputs["previous_address_sid"] == home
        assert bound.outputs["uncovered_since"] == pytest.approx(time.time(), abs=10)
        assert bound.inputs["address_sid"] == across
        harness.world.rebind(number, None)
        harness.new_run()

        assert bound.up(number_sid=number, address_sid=across) == "update"

        assert harness.writes == [submitted(number, ""), submitted(number, across)]
        assert bound.outputs["uncovered_seconds"] >= 1
        assert not {"previous_address_sid", "uncovered_since"} & bound.outputs.keys()

    def test_resumed_change_that_fails_puts_the_previous_address_back(self, harness, bound, number, home):
        across = harness.address(ACROSS)
        harness.world.pace(unregistration=Pace.never())
        with pytest.raises(Failed):
            bound.up(number_sid=number, address_sid=across, timeout=1)
        harness.world.rebind(number, None)
        harness.world.pace(unregistration=Pace.at_once())
        harness.world.pace_for(across, registration=Pace.failing())
        harness.new_run()

        with pytest.raises(Failed, match=f"The previous address, {home}, is registered again"):
            bound.up(number_sid=number, address_sid=across)

        assert status(harness, number) == (home, "registered")

    def test_unfinished_binding_can_be_deleted(self, harness, desk, number, home):
        harness.world.pace(registration=Pace.never())
        with pytest.raises(Failed):
            desk.up(number_sid=number, address_sid=home, timeout=1)
        harness.new_run()
        harness.forget()

        desk.delete()

        assert harness.writes == [submitted(number, "")]
        assert status(harness, number) == (None, "unregistered")

    def test_invalid_time_limit_is_refused_before_any_write(self, harness, desk, number, home):
        with pytest.raises(Failed, match=r"custom_timeouts.create is 0\.25 s\.\nNothing was changed\.\n"):
            desk.up(number_sid=number, address_sid=home, timeout=0.25)

        assert harness.writes == []


class TestChange:
    def test_change_of_address_clears_waits_submits_and_waits(self, harness, bound, number, home):
        across = harness.address(ACROSS)
        harness.world.pace(registration=Pace.after(0.3), unregistration=Pace.after(0.3))

        assert bound.up(number_sid=number, address_sid=across) == "update"

        assert harness.writes == [submitted(number, ""), submitted(number, across)]
        told = [
            event.detail.get("emergency_address_status")
            for event in harness.world.history
            if event.sid == number
        ]
        assert [each for each in told if each] == [
            "registered",
            "pending-unregistration",
            "unregistered",
            "pending-registration",
            "registered",
        ]
        assert bound.outputs["address_sid"] == across
        assert 0.5 <= bound.outputs["uncovered_seconds"] <= 30

    def test_gap_is_announced_in_preview(self, harness, bound, number):
        assert bound.preview(number_sid=number, address_sid=UNKNOWN) == "update"

        assert any("is uncovered while its address changes" in each for each in harness.warnings(bound.urn))

    def test_failed_change_puts_the_previous_address_back(self, harness, bound, number, home):
        across = harness.address(ACROSS)
        harness.world.pace_for(across, registration=Pace.failing())
        before = dict(bound.outputs)

        with pytest.raises(Failed) as failure:
            bound.up(number_sid=number, address_sid=across)

        assert harness.writes == [
            submitted(number, ""),
            submitted(number, across),
            submitted(number, ""),
            submitted(number, home),
        ]
        assert status(harness, number) == (home, "registered")
        assert failure.value.init_failed is None
        assert bound.outputs == before
        what, meaning, remedy = failure.value.message.split("\n")
        assert (
            what == f"+14155550100 could not be registered at {across}: Twilio reports registration-failure."
        )
        assert meaning.startswith(
            f"The previous address, {home}, is registered again: nothing changed, but the number "
        )
        assert "was uncovered for " in meaning
        assert "contact Twilio support and quote the number's SID" in remedy

    def test_failed_rollback_is_kept_as_unfinished(self, harness, bound, number, home):
        across = harness.address(ACROSS)
        harness.world.pace(registration=Pace.failing())

        with pytest.raises(Failed) as failure:
            bound.up(number_sid=number, address_sid=across)

        assert failure.value.init_failed.id == number
        assert bound.outputs["previous_address_sid"] == home
        assert bound.outputs["emergency_address_status"] in {"registration-failure", "unregistered"}
        assert bound.outputs["uncovered_since"] == pytest.approx(time.time(), abs=10)

    def test_corrected_program_after_a_failed_rollback_is_applied(self, harness, bound, number):
        across, hall = harness.address(ACROSS), harness.address(CITY_HALL)
        harness.world.pace(registration=Pace.failing())
        with pytest.raises(Failed):
            bound.up(number_sid=number, address_sid=across)
        harness.world.pace(registration=Pace.at_once())
        harness.new_run()

        assert bound.up(number_sid=number, address_sid=hall) == "update"

        assert status(harness, number) == (hall, "registered")

    def test_corrected_program_after_a_rollback_beyond_the_time_limit_is_applied(
        self, harness, bound, number, home
    ):
        across, hall = harness.address(ACROSS), harness.address(CITY_HALL)
        harness.world.pace_for(across, registration=Pace.failing())
        harness.world.pace_for(home, registration=Pace.never())
        with pytest.raises(Failed) as failure:
            bound.up(number_sid=number, address_sid=across, timeout=1)
        assert failure.value.message.startswith(
            f"+14155550100 could not be registered at {across}: Twilio reports registration-failure.\n"
            f"The previous address, {home}, could not be put back: time ran out while the number was "
            f"pending-registration.\n+14155550100 is pending-registration at {home}."
        )
        assert status(harness, number) == (home, "pending-registration")
        harness.world.force_status(number, "registered")
        harness.new_run()

        assert bound.up(number_sid=number, address_sid=hall) == "update"

        assert status(harness, number) == (hall, "registered")

    def test_corrected_program_after_a_clear_beyond_the_time_limit_is_an_update(
        self, harness, bound, number, home
    ):
        across, hall = harness.address(ACROSS), harness.address(CITY_HALL)
        harness.world.switches.sid_while_unregistering = "kept"
        harness.world.pace(unregistration=Pace.never())
        with pytest.raises(Failed, match=r"is (still )?pending-unregistration") as failure:
            bound.up(number_sid=number, address_sid=across, timeout=1)
        assert harness.writes == [submitted(number, "")]
        assert "was submitted" not in failure.value.message
        harness.new_run()

        assert bound.preview(number_sid=number, address_sid=hall) == "update"

    def test_address_refused_half_way_is_rolled_back(self, harness, bound, number, home):
        across = harness.address(ACROSS)
        # Somebody deletes the new address just after the old one was let go.
        harness.twilio.faults.add(
            Fault(
                "do",
                at=1,
                method="POST",
                path=number,
                action=lambda: harness.world.remove(across),
                afterwards=True,
            )
        )

        with pytest.raises(Failed) as failure:
            bound.up(number_sid=number, address_sid=across)

        assert "Lost contact" not in failure.value.message
        assert "was not found" in failure.value.message
        assert status(harness, number) == (home, "registered")

    def test_outage_half_way_is_kept_as_unfinished_with_what_is_in_force(self, harness, bound, number, home):
        across = harness.address(ACROSS)
        # The credentials stop working just after the old address was let go.
        account = harness.world.accounts[harness.account_sid]
        harness.twilio.faults.add(
            Fault(
                "do",
                at=1,
                method="POST",
                action=lambda: setattr(account, "status", "suspended"),
                afterwards=True,
            )
        )

        with pytest.raises(Failed) as failure:
            bound.up(number_sid=number, address_sid=across)

        assert failure.value.init_failed.id == number
        assert bound.outputs["previous_address_sid"] == home
        account.status = "active"
        harness.new_run()
        assert bound.up(number_sid=number, address_sid=across) == "update"
        assert status(harness, number) == (across, "registered")

    def test_changed_flags_are_an_update_without_a_write(self, harness, bound, number, home):
        assert bound.up(number_sid=number, address_sid=home, take_over=True) == "update"
        assert bound.outputs["take_over"] is True
        assert bound.preview(number_sid=number, address_sid=home, take_over=True) == "same"
        assert bound.up(number_sid=number, address_sid=home) == "update"

        assert "take_over" not in bound.outputs
        assert harness.writes == []

    def test_another_number_is_another_binding(self, harness, bound, number, home):
        other = harness.number("+14155550101")

        assert bound.preview(number_sid=other, address_sid=home) == ["number_sid"]
        assert bound.preview(phone_number="+14155550101", address_sid=home) == ["phone_number"]
        assert bound.preview(number_sid=UNKNOWN, address_sid=home) == ["number_sid"]

    def test_another_number_is_bound_before_the_old_one_is_cleared(self, harness, bound, number, home):
        other = harness.number("+14155550101")

        assert bound.up(number_sid=other, address_sid=home) == "replace"
        bound.delete_olds()

        assert harness.writes == [submitted(other, home), submitted(number, "")]
        assert status(harness, number) == (None, "unregistered")


class TestRead:
    def test_refresh_of_an_unchanged_resource_changes_nothing(self, harness, bound, number, home):
        before = dict(bound.outputs), dict(bound.inputs)

        assert bound.refresh()

        assert (bound.outputs, bound.inputs) == before
        assert bound.preview(number_sid=number, address_sid=home) == "same"

    def test_refresh_keeps_the_inputs_that_the_program_has_given(self, harness, desk, number, home):
        desk.up(phone_number="+14155550100", address_sid=home, wait_for_registration=True)
        harness.new_run()

        desk.refresh()

        assert visible(desk.inputs) == {
            "phone_number": "+14155550100",
            "address_sid": home,
            "wait_for_registration": True,
        }

    def test_released_number_is_gone(self, harness, bound, number):
        harness.world.remove(number)

        assert not bound.refresh()

    def test_address_cleared_by_others_is_submitted_again(self, harness, bound, number, home):
        harness.world.rebind(number, None)

        bound.refresh()

        assert "address_sid" not in bound.outputs
        assert "address_sid" not in bound.inputs
        assert "registered_at" not in bound.outputs
        assert bound.outputs["emergency_address_status"] == "unregistered"
        assert bound.up(number_sid=number, address_sid=home) == "update"
        assert harness.writes == [submitted(number, home)]

    def test_address_bound_by_others_is_shown_by_refresh(self, harness, bound, number, home):
        across = harness.address(ACROSS)
        harness.world.rebind(number, across)

        bound.refresh()

        assert bound.outputs["address_sid"] == bound.inputs["address_sid"] == across
        assert bound.preview(number_sid=number, address_sid=home) == "update"

    def test_registration_that_failed_later_is_submitted_again(self, harness, bound, number, home):
        harness.world.force_status(number, "registration-failure")

        bound.refresh()

        assert bound.outputs["emergency_address_status"] == "registration-failure"
        assert "registered_at" not in bound.outputs
        assert bound.up(number_sid=number, address_sid=home) == "update"
        assert harness.writes == [submitted(number, ""), submitted(number, home)]
        assert bound.outputs["emergency_address_status"] == "registered"

    @pytest.mark.parametrize("lost", ["pending-registration", "unregistered", "pending-unregistration"])
    def test_any_status_but_registered_is_an_update(self, harness, bound, number, home, lost):
        # Twilio should not show an address without a registration; past its checks it is tried all the same.
        harness.world.force_status(number, lost, unknown=lost == "unregistered")

        bound.refresh()

        assert bound.outputs["emergency_address_status"] == lost
        assert bound.preview(number_sid=number, address_sid=home) == "update"

    def test_one_list_serves_the_refresh_of_all_bindings(self, harness, home):
        desks = []
        for _ in range(4):
            each = harness.number()
            desks.append(harness.binding(each))
            desks[-1].up(number_sid=each, address_sid=home)
        harness.new_run()
        harness.forget()

        for desk in desks:
            assert desk.refresh()

        assert harness.requests == [("GET", "IncomingPhoneNumbers", ())]


class TestDelete:
    def test_delete_sends_one_empty_field_and_keeps_the_number(self, harness, bound, number):
        bound.delete()

        assert harness.writes == [("POST", f"IncomingPhoneNumbers/{number}", (("EmergencyAddressSid", ""),))]
        assert status(harness, number) == (None, "unregistered")

    def test_delete_waits_until_unregistered(self, harness, bound, number):
        harness.world.pace(unregistration=Pace.after(0.5))

        bound.delete()

        assert status(harness, number) == (None, "unregistered")
        assert len(harness.writes) == 1

    def test_clear_beyond_the_time_limit_fails_and_is_resumed(self, harness, bound, number):
        harness.world.pace(unregistration=Pace.never())
        with pytest.raises(Failed) as failure:
            bound.delete(timeout=1)
        harness.world.rebind(number, None)
        harness.new_run()
        bound.delete()

        assert failure.value.message == (
            "+14155550100 is still pending-unregistration after 1 s.\n"
            "Count it as not covered.\n"
            "Run the same command again to keep waiting; nothing needs undoing."
        )
        assert failure.value.init_failed is None
        assert harness.writes == [submitted(number, "")]

    def test_delete_for_a_released_number_is_done(self, harness, bound, number):
        harness.world.remove(number)

        bound.delete()

        assert harness.writes == []

    def test_delete_for_an_unbound_number_writes_nothing(self, harness, bound, number):
        harness.world.rebind(number, None)

        bound.delete()

        assert harness.writes == []

    def test_delete_leaves_a_number_that_others_have_moved(self, harness, bound, number):
        across = harness.address(ACROSS)
        harness.world.rebind(number, across)

        bound.delete()

        assert harness.writes == []
        assert status(harness, number) == (across, "registered")

    def test_delete_leaves_a_number_that_others_have_moved_after_a_refresh(self, harness, bound, number):
        across = harness.address(ACROSS)
        harness.world.rebind(number, across)
        bound.refresh()
        harness.new_run()

        bound.delete()

        assert harness.writes == []
        assert status(harness, number) == (across, "registered")

    def test_renamed_binding_leaves_its_number_bound(self, harness, bound, number, home):
        renamed = harness.binding("front-desk")

        renamed.up(number_sid=number, address_sid=home)
        bound.delete()

        assert harness.writes == []
        assert status(harness, number) == (home, "registered")
        assert harness.warnings(bound.urn) == [
            "The emergency address of +14155550100 is not changed by this delete: it now belongs to front-desk."
        ]

    def test_whole_life_of_a_binding_sends_one_field_and_deletes_nothing(self, harness, bound, number, home):
        bound.up(number_sid=number, address_sid=harness.address(ACROSS))
        harness.new_run()
        bound.delete()

        sent = {name for _, _, form in harness.writes for name, _ in form}
        assert sent == {"EmergencyAddressSid"}
        assert {method for method, _, _ in harness.writes} == {"POST"}


class TestNumberAndAddress:
    def test_number_of_another_country_than_its_address_is_refused(self, harness, desk, number):
        toronto = harness.address(TORONTO)

        [reason] = desk.check(number_sid=number, address_sid=toronto)[1]["address_sid"]
        with pytest.raises(Failed, match=f"address {toronto} is in C(A|anada)"):
            harness.plugin.create(desk.urn, desk.provider, {"number_sid": number, "address_sid": toronto})

        assert "Emergency services take only addresses of the number's own country." in reason
        assert harness.writes == []

    def test_address_that_is_not_for_emergencies_is_refused(self, harness, desk, number, home):
        harness.world.set_address(home, emergency_enabled=False)

        [reason] = desk.check(number_sid=number, address_sid=home)[1]["address_sid"]
        with pytest.raises(Failed, match="is not an emergency address"):
            harness.plugin.create(desk.urn, desk.provider, {"number_sid": number, "address_sid": home})

        assert "is not an emergency address" in reason
        assert harness.writes == []
