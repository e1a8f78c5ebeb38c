"""SipDomainEmergency through the plugin process: what is checked, asked, written and reported."""

from __future__ import annotations

import pytest

from support.plugin_process import UNKNOWN, Failed
from support.twilio import CheckFailed
from twilio_emulator import Fault

NAME = "example.sip.twilio.com"
DOMAIN = "SD" + "1" * 32
NUMBER = "PN" + "2" * 32


@pytest.fixture
def phones(harness):
    return harness.sip_domain()


@pytest.fixture
def domain(harness):
    return harness.world.add_domain(NAME)


@pytest.fixture
def caller(harness):
    return harness.bound(harness.address(), phone_number="+14155550100")


@pytest.fixture
def switched_on(harness, phones, domain, caller):
    """A domain that an earlier run has switched on."""
    phones.up(domain_sid=domain, emergency_caller_sid=caller)
    harness.new_run()
    harness.forget()
    return phones


def switch(domain, **fields):
    return ("POST", f"SIP/Domains/{domain}", tuple(fields.items()))


def now(harness, domain):
    row = harness.world.domain(domain)
    return row.get("emergency_calling_enabled"), row.get("emergency_caller_sid")


class TestCheck:
    def test_valid_inputs_pass_unchanged(self, harness, phones, domain, caller):
        program = {"domain_sid": domain, "enabled": False, "emergency_caller_sid": caller}

        assert phones.check(**program) == (program, {})

    def test_absent_domain_is_no_problem_in_check_and_demanded_by_create(self, harness, phones):
        assert phones.check()[1] == {}
        with pytest.raises(Failed, match="domain_sid or domain_name has no value"):
            phones.up()

        assert harness.writes == []

    def test_all_problems_stand_under_their_own_property_at_once(self, harness, phones):
        _, failures = phones.check(
            domain_sid=NUMBER,
            domain_name="example.twilio.com",
            enabled="on",
            emergency_caller_sid=DOMAIN,
            account_sid=5.0,
        )

        assert "is the SID of a phone number" in failures["domain_sid"][0]
        assert failures["domain_name"] == [
            "Give domain_sid or domain_name, not both.",
            "domain_name must be a SIP domain's full name like example.sip.twilio.com, not 'example.twilio.com'.",
        ]
        assert failures["enabled"] == ["enabled must be True or False, not 'on'."]
        assert "is the SID of a SIP domain" in failures["emergency_caller_sid"][0]
        assert failures["account_sid"][0].endswith("5.0 is not.")
        assert len(failures) == 5
        assert harness.requests == []

    @pytest.mark.parametrize(
        "value",
        [
            "example",
            "Example.sip.twilio.com",
            " example.sip.twilio.com",
            "example.sip.twilio.com\n",
            "sip:example.sip.twilio.com",
            "https://example.sip.twilio.com",
            "example.sip.twilio.com/../Accounts",
            "exa mple.sip.twilio.com",
            "example\r\nHost: evil.sip.twilio.com",
            "example.sip.evil.org",
            ".sip.",
            "",
            5.0,
            ["example.sip.twilio.com"],
        ],
    )
    def test_malformed_domain_name_is_refused(self, phones, value):
        assert phones.check(domain_name=value)[1].keys() == {"domain_name"}

    @pytest.mark.parametrize(
        "value", ["example.sip.twilio.com", "a-1.sip.us1.twilio.com", "shop.sip.ie1.twilio.com"]
    )
    def test_full_name_of_a_sip_domain_passes(self, phones, value):
        assert phones.check(domain_name=value)[1] == {}

    def test_unknown_inputs_pass_check_without_a_request(self, harness, phones):
        names = ("domain_sid", "enabled", "emergency_caller_sid", "account_sid")

        inputs, failures = phones.check(**dict.fromkeys(names, UNKNOWN))

        assert failures == {}
        assert inputs.keys() == set(names)
        assert harness.requests == []

    def test_none_counts_as_absent(self, phones, domain):
        inputs, failures = phones.check(
            domain_sid=domain, domain_name=None, enabled=None, emergency_caller_sid=None
        )

        assert (inputs, failures) == ({"domain_sid": domain}, {})

    def test_preview_without_credentials_works(self, harness, phones):
        harness.new_run({})

        assert phones.preview(domain_sid=DOMAIN, emergency_caller_sid=NUMBER) == "create"
        assert harness.warnings() == []

    def test_domain_that_does_not_exist_is_refused_in_check(self, harness, phones):
        [reason] = phones.check(domain_sid=DOMAIN)[1]["domain_sid"]

        assert reason.startswith(
            f"Account {harness.account_sid} has no SIP domain {DOMAIN}.\nNothing was changed.\n"
        )

    def test_domain_name_that_does_not_exist_is_only_warned_of_in_check(self, harness, phones):
        """Another resource of the program may be about to create it."""
        assert phones.check(domain_name=NAME)[1] == {}
        assert harness.warnings(phones.urn)[0].startswith(
            f"Account {harness.account_sid} has no SIP domain {NAME}. "
        )

    def test_one_list_serves_the_preview_of_all_domains(self, harness):
        names = [f"shop-{index}.sip.twilio.com" for index in range(4)]
        for name in names:
            harness.world.add_domain(name)

        for name in names:
            assert harness.sip_domain(name).preview(domain_name=name) == "create"

        assert harness.requests == [("GET", "SIP/Domains", ())]

    def test_wrapped_secret_is_refused_under_its_property(self, phones):
        wrapped = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": True}

        assert phones.check(domain_sid=DOMAIN, enabled=wrapped)[1].keys() == {"enabled"}


class TestCreate:
    def test_create_sends_two_fields_and_no_other(self, harness, phones, domain, caller):
        assert phones.up(domain_sid=domain, emergency_caller_sid=caller) == "create"

        assert harness.writes == [switch(domain, EmergencyCallingEnabled="true", EmergencyCallerSid=caller)]
        assert now(harness, domain) == (True, caller)
        assert phones.id == domain
        assert phones.shown == {
            "domain_sid": domain,
            "domain_name": NAME,
            "emergency_calling_enabled": True,
            "emergency_caller_sid": caller,
            "account_sid": harness.account_sid,
        }
        # Confirmed by a look at the domain itself.
        assert harness.requests[-1] == ("GET", f"SIP/Domains/{domain}", ())

    def test_create_without_a_caller_sends_the_switch_alone(self, harness, phones, domain):
        phones.up(domain_sid=domain)

        assert harness.writes == [switch(domain, EmergencyCallingEnabled="true")]
        assert "emergency_caller_sid" not in phones.outputs

    def test_domain_name_is_resolved_to_its_sid(self, harness, phones, domain):
        phones.up(domain_name=NAME)

        assert phones.id == phones.outputs["domain_sid"] == domain
        assert phones.preview(domain_name=NAME) == "same"
        assert phones.preview(domain_sid=domain) == "same"

    def test_unknown_domain_name_is_named_with_the_nearest_one(self, harness, phones, domain):
        with pytest.raises(Failed) as failure:
            phones.up(domain_name="exmple.sip.twilio.com")

        assert str(failure.value) == (
            f"Account {harness.account_sid} has no SIP domain exmple.sip.twilio.com.\n"
            "Nothing was changed.\n"
            "Did you mean example.sip.twilio.com? Check the name, and the account of the credentials."
        )
        assert harness.writes == []

    @pytest.mark.parametrize("wanted", ["warehouse.sip.twilio.com", "nope.sip.twilio.com"])
    def test_unknown_domain_name_suggests_no_domain_that_only_ends_alike(
        self, harness, phones, domain, wanted
    ):
        harness.world.add_domain("hand.sip.twilio.com")
        with pytest.raises(Failed) as failure:
            phones.up(domain_name=wanted)

        assert "Did you mean" not in str(failure.value)
        assert "Check the name, and the account of the credentials." in str(failure.value)

    def test_create_for_a_domain_that_is_on_writes_nothing(self, harness, phones, domain, caller):
        harness.world.set_domain(domain, emergency_calling_enabled=True, emergency_caller_sid=caller)

        phones.up(domain_sid=domain, emergency_caller_sid=caller)

        assert harness.writes == []
        assert phones.outputs["emergency_calling_enabled"] is True

    def test_repeated_create_writes_nothing(self, harness, switched_on, domain, caller):
        again = harness.sip_domain()

        again.up(domain_sid=domain, emergency_caller_sid=caller)

        assert harness.writes == []
        assert again.shown == switched_on.shown

    def test_only_what_differs_is_sent(self, harness, phones, domain, caller):
        harness.world.set_domain(domain, emergency_calling_enabled=True)

        phones.up(domain_sid=domain, emergency_caller_sid=caller)

        assert harness.writes == [switch(domain, EmergencyCallerSid=caller)]

    def test_caller_set_by_others_is_kept_where_the_program_has_none(self, harness, phones, domain, caller):
        harness.world.set_domain(domain, emergency_calling_enabled=True, emergency_caller_sid=caller)

        with pytest.raises(CheckFailed, match="which this stack did not set"):
            phones.up(domain_sid=domain)

        assert harness.writes == []
        assert now(harness, domain) == (True, caller)

    def test_domain_declared_off_is_switched_off(self, harness, phones, domain):
        harness.world.set_domain(domain, emergency_calling_enabled=True)

        phones.up(domain_sid=domain, enabled=False)

        assert harness.writes == [switch(domain, EmergencyCallingEnabled="false")]
        assert phones.outputs["emergency_calling_enabled"] is False
        assert phones.preview(domain_sid=domain, enabled=False) == "same"

    def test_create_for_a_missing_domain_fails_in_three_parts(self, harness, phones):
        with pytest.raises(Failed, match="Twilio has no such object in this account"):
            harness.plugin.create(phones.urn, phones.provider, {"domain_sid": DOMAIN})

    def test_missing_caller_fails_before_any_write(self, harness, phones, domain):
        with pytest.raises(Failed, match="it is not a number of the domain's account"):
            phones.up(domain_sid=domain, emergency_caller_sid=NUMBER)

        assert harness.writes == []

    def test_domain_of_a_subaccount_is_switched_there(self, harness, phones):
        branch = harness.world.add_account(parent=harness.account_sid).sid
        domain = harness.world.add_domain(NAME, account_sid=branch)

        phones.up(domain_name=NAME, account_sid=branch)

        assert now(harness, domain) == (True, None)
        assert phones.outputs["account_sid"] == branch
        assert {each.path.split("/")[2] for each in harness.world.requests} == {branch}

    def test_switch_that_twilio_does_not_show_afterwards_is_not_reported_as_done(
        self, harness, phones, domain
    ):
        # Somebody switches it off again just after.
        harness.twilio.faults.add(
            Fault(
                "do",
                method="POST",
                afterwards=True,
                action=lambda: harness.world.set_domain(domain, emergency_calling_enabled=False),
            )
        )

        with pytest.raises(Failed) as failure:
            phones.up(domain_sid=domain)

        assert str(failure.value).startswith(
            f"The change of {NAME} was sent and is not shown by Twilio; the last look showed emergency calling off"
        )


class TestDiffAndUpdate:
    def test_unchanged_program_is_nothing_to_do(self, harness, switched_on, domain, caller):
        assert switched_on.preview(domain_sid=domain, emergency_caller_sid=caller) == "same"
        assert switched_on.preview(domain_name=NAME, emergency_caller_sid=caller) == "same"
        assert switched_on.preview(domain_name=NAME, enabled=True, emergency_caller_sid=caller) == "same"
        assert harness.writes == []

    def test_switching_off_keeps_the_caller(self, harness, switched_on, domain, caller):
        assert switched_on.up(domain_sid=domain, emergency_caller_sid=caller, enabled=False) == "update"

        assert harness.writes == [switch(domain, EmergencyCallingEnabled="false")]
        assert now(harness, domain) == (False, caller)

    def test_another_caller_is_sent_alone(self, harness, switched_on, domain):
        other = harness.bound(harness.address())

        assert switched_on.up(domain_sid=domain, emergency_caller_sid=other) == "update"

        assert harness.writes == [switch(domain, EmergencyCallerSid=other)]
        assert switched_on.outputs["emergency_caller_sid"] == other

    def test_caller_that_is_left_out_is_cleared(self, harness, switched_on, domain):
        assert switched_on.up(domain_sid=domain) == "update"

        assert harness.writes == [switch(domain, EmergencyCallerSid="")]
        assert "emergency_caller_sid" not in switched_on.outputs
        assert switched_on.preview(domain_sid=domain) == "same"

    def test_unknown_caller_is_an_update(self, switched_on, domain):
        assert switched_on.preview(domain_sid=domain, emergency_caller_sid=UNKNOWN) == "update"

    def test_unknown_switch_is_an_update(self, switched_on, domain, caller):
        assert (
            switched_on.preview(domain_sid=domain, emergency_caller_sid=caller, enabled=UNKNOWN) == "update"
        )

    def test_another_domain_is_another_resource(self, harness, switched_on, caller):
        other = harness.world.add_domain("other.sip.twilio.com")

        assert switched_on.preview(domain_sid=other, emergency_caller_sid=caller) == ["domain_sid"]
        assert switched_on.preview(domain_sid=UNKNOWN, emergency_caller_sid=caller) == ["domain_sid"]

    def test_another_name_or_account_is_another_resource(self, switched_on, caller):
        assert switched_on.preview(
            domain_name="other.sip.twilio.com", emergency_caller_sid=caller, account_sid="AC" + "0" * 32
        ) == ["domain_name", "account_sid"]

    def test_another_domain_is_switched_on_before_the_old_one_is_switched_off(
        self, harness, switched_on, domain, caller
    ):
        other = harness.world.add_domain("other.sip.twilio.com")

        assert switched_on.up(domain_sid=other, emergency_caller_sid=caller) == "replace"
        switched_on.delete_olds()

        assert harness.writes == [
            switch(other, EmergencyCallingEnabled="true", EmergencyCallerSid=caller),
            switch(domain, EmergencyCallingEnabled="false", EmergencyCallerSid=""),
        ]


class TestLostCaller:
    """The program changes nothing, and the caller is not registered any more."""

    @pytest.fixture(params=["cleared", "gone"])
    def lost(self, request, harness, switched_on, domain, caller):
        if request.param == "cleared":
            harness.world.rebind(caller, None)
        else:
            harness.world.remove(caller)
        harness.new_run()
        harness.forget()
        return request.param

    def is_said(self, harness, lost):
        (warning,) = harness.warnings()
        assert NAME in warning
        assert ("is not a number of its account" if lost == "gone" else "unregistered") in warning
        return True

    def test_preview_warns(self, harness, switched_on, domain, caller, lost):
        assert switched_on.preview(domain_sid=domain, emergency_caller_sid=caller) == "same"
        assert self.is_said(harness, lost)

    def test_refresh_warns(self, harness, switched_on, lost):
        assert switched_on.refresh()
        assert self.is_said(harness, lost)

    def test_domain_that_is_off_needs_none(self, harness, switched_on, domain, caller, lost):
        switched_on.up(domain_sid=domain, enabled=False, emergency_caller_sid=None)
        harness.new_run()
        harness.forget()

        assert switched_on.preview(domain_sid=domain, enabled=False) == "same"
        assert harness.warnings() == []

    def test_domain_that_is_as_declared_already_is_not_created_without_a_registered_caller(
        self, harness, domain, caller
    ):
        harness.world.set_domain(domain, emergency_calling_enabled=True, emergency_caller_sid=caller)
        harness.world.rebind(caller, None)

        with pytest.raises(Failed, match="cannot be the emergency caller"):
            harness.sip_domain().up(domain_sid=domain, emergency_caller_sid=caller)


class TestRead:
    def test_refresh_of_an_unchanged_resource_changes_nothing(self, harness, switched_on, domain, caller):
        before = dict(switched_on.outputs), dict(switched_on.inputs)

        assert switched_on.refresh()

        assert (switched_on.outputs, switched_on.inputs) == before
        assert switched_on.preview(domain_sid=domain, emergency_caller_sid=caller) == "same"

    def test_deleted_domain_is_gone(self, harness, switched_on, domain):
        harness.world.remove(domain)

        assert not switched_on.refresh()

    def test_domain_that_was_switched_off_is_switched_on_again(self, harness, switched_on, domain, caller):
        harness.world.set_domain(domain, emergency_calling_enabled=False)

        switched_on.refresh()

        assert switched_on.outputs["emergency_calling_enabled"] is False
        assert switched_on.inputs["enabled"] is False
        assert switched_on.up(domain_sid=domain, emergency_caller_sid=caller) == "update"
        assert harness.writes == [switch(domain, EmergencyCallingEnabled="true")]

    def test_caller_that_was_cleared_is_set_again(self, harness, switched_on, domain, caller):
        harness.world.set_domain(domain, emergency_caller_sid=None)

        switched_on.refresh()

        assert not {"emergency_caller_sid"} & {*switched_on.outputs, *switched_on.inputs}
        assert switched_on.up(domain_sid=domain, emergency_caller_sid=caller) == "update"
        assert harness.writes == [switch(domain, EmergencyCallerSid=caller)]

    def test_one_list_serves_the_refresh_of_all_domains(self, harness):
        resources = []
        for index in range(4):
            name = f"shop-{index}.sip.twilio.com"
            harness.world.add_domain(name)
            resources.append(harness.sip_domain(name))
            resources[-1].up(domain_name=name)
        harness.new_run()
        harness.forget()

        for each in resources:
            assert each.refresh()

        assert harness.requests == [("GET", "SIP/Domains", ())]


class TestDelete:
    def test_delete_switches_off_clears_the_caller_and_keeps_the_domain(self, harness, switched_on, domain):
        switched_on.delete()

        assert harness.writes == [switch(domain, EmergencyCallingEnabled="false", EmergencyCallerSid="")]
        assert now(harness, domain) == (False, None)

    def test_delete_of_a_missing_domain_is_done(self, harness, switched_on, domain):
        harness.world.remove(domain)

        switched_on.delete()

        assert harness.writes == []

    def test_delete_of_a_domain_that_is_off_writes_nothing(self, harness, switched_on, domain):
        harness.world.set_domain(domain, emergency_calling_enabled=False, emergency_caller_sid=None)

        switched_on.delete()

        assert harness.writes == []

    def test_renamed_domain_resource_leaves_emergency_calling_on(self, harness, switched_on, domain, caller):
        renamed = harness.sip_domain("front-desk-phones")

        renamed.up(domain_sid=domain, emergency_caller_sid=caller)
        switched_on.delete()

        assert harness.writes == []
        assert now(harness, domain) == (True, caller)
        assert any(
            "it now belongs to front-desk-phones" in each for each in harness.warnings(switched_on.urn)
        )


def test_import_of_a_switch_that_is_off_records_that_it_is_meant_to_be(harness, phones, domain):
    phones.id, phones.outputs, phones.inputs = domain, {}, {}
    assert phones.refresh()
    assert (phones.outputs["enabled"], phones.inputs["enabled"]) == (False, False)
