"""What is refused, by the plugin process: before anything is written, with a sentence, and the way past it."""

from __future__ import annotations

import pytest

from support.places import ACROSS, HARRISON
from support.plugin_process import UNKNOWN, Failed
from support.twilio import CheckFailed

UNSAFE = {"TWILIO_EMERGENCY_ALLOW_UNSAFE": "1"}
NAME = "example.sip.twilio.com"


@pytest.fixture
def desk(harness):
    return harness.binding()


@pytest.fixture
def home(harness):
    return harness.address()


@pytest.fixture
def theirs(harness):
    return harness.address(ACROSS)


@pytest.fixture
def taken(harness, theirs):
    """A number that somebody else has bound."""
    return harness.bound(theirs, phone_number="+14155550100")


def address_of(harness, number):
    return harness.world.number(number).get("emergency_address_sid")


class TestNumberOfOthers:
    def test_number_of_others_is_refused_in_check(self, harness, desk, taken, theirs, home):
        [reason] = desk.check(number_sid=taken, address_sid=home)[1]["take_over"]

        assert reason == (
            f"+14155550100 ({taken}) is bound to another address, {theirs} (registered), not {home}.\n"
            "Taking it away would leave whoever relies on that address uncovered.\n"
            "Find out who bound it. If it should move, set take_over=True, or run this one command with "
            "TWILIO_EMERGENCY_ALLOW_UNSAFE=1."
        )

    def test_lagging_list_is_confirmed_by_a_fetch_in_check(self, harness, desk, taken, home):
        harness.twilio.faults.add("lag seconds=60")
        harness.world.rebind(taken, None)

        assert desk.check(number_sid=taken, address_sid=home)[1] == {}

    def test_first_preview_with_an_unknown_address_refuses_a_number_of_others(
        self, harness, desk, taken, theirs
    ):
        [reason] = desk.check(number_sid=taken, address_sid=UNKNOWN)[1]["take_over"]

        assert reason.startswith(
            f"+14155550100 ({taken}) is bound to another address, {theirs} (registered).\n"
        )
        assert "unbound" not in reason

    def test_number_that_is_taken_after_preview_is_refused_by_create(
        self, harness, desk, taken, theirs, home
    ):
        with pytest.raises(Failed, match="is bound to another address") as failure:
            harness.plugin.create(desk.urn, desk.provider, {"number_sid": taken, "address_sid": home})

        assert failure.value.init_failed is None
        assert address_of(harness, taken) == theirs
        assert harness.writes == []

    def test_unknown_take_over_passes_check(self, desk, taken, home):
        assert desk.check(number_sid=taken, address_sid=home, take_over=UNKNOWN)[1] == {}

    def test_take_over_clears_before_it_submits(self, harness, desk, taken, home):
        desk.up(number_sid=taken, address_sid=home, take_over=True)

        assert address_of(harness, taken) == home
        assert [form for _, _, form in harness.writes] == [
            (("EmergencyAddressSid", ""),),
            (("EmergencyAddressSid", home),),
        ]

    def test_override_takes_a_number_of_others_over(self, harness, desk, taken, home):
        harness.new_run(env=UNSAFE)

        desk.up(number_sid=taken, address_sid=home)

        assert address_of(harness, taken) == home

    @pytest.mark.parametrize("value", ["0", "true", "yes", ""])
    def test_override_with_another_value_than_one_is_ignored(self, harness, desk, taken, home, value):
        harness.new_run(env={"TWILIO_EMERGENCY_ALLOW_UNSAFE": value})

        with pytest.raises(CheckFailed):
            desk.up(number_sid=taken, address_sid=home)

    def test_update_leaves_a_number_that_others_have_moved(self, harness, desk, theirs, home):
        number, other = harness.number("+14155550100"), harness.address(HARRISON)
        desk.up(number_sid=number, address_sid=home)
        harness.world.rebind(number, theirs)
        harness.new_run()
        harness.forget()

        # Preview says so already, and the update would not do it either.
        with pytest.raises(Failed, match="is bound to another address"):
            desk.preview(number_sid=number, address_sid=other)
        with pytest.raises(Failed, match="is bound to another address"):
            harness.plugin.update(
                desk.urn, desk.provider, desk.id, desk.outputs, {"number_sid": number, "address_sid": other}
            )

        assert harness.writes == []

    def test_second_binding_of_a_number_is_refused_by_create(self, harness, desk, theirs, home):
        number = harness.number("+14155550100")
        second = harness.binding("second")
        desk.up(number_sid=number, address_sid=home)

        with pytest.raises(Failed, match="is bound to another address"):
            harness.plugin.create(second.urn, second.provider, {"number_sid": number, "address_sid": theirs})

        assert address_of(harness, number) == home


class TestDeleteOfAUsedAddress:
    @pytest.fixture
    def office(self, harness):
        office = harness.emergency_address()
        office.up(**HARRISON)
        harness.new_run()
        harness.forget()
        return office

    @pytest.mark.parametrize("env", [{}, UNSAFE])
    def test_delete_of_a_used_address_is_refused_even_with_the_override(self, harness, office, env):
        number = harness.bound(office.id, phone_number="+14155550100")
        harness.new_run(env=env)

        with pytest.raises(Failed) as failure:
            office.delete()

        assert str(failure.value) == (
            f"Address {office.id} is still the emergency address of +14155550100 ({number}).\n"
            "Deleting it would take away the address that it points at.\n"
            "Bind those numbers to another address, or remove their bindings, and run it again; if a binding "
            "failed in this same command, fix that first. If this command is to take the bindings down as "
            "well, run it with --continue-on-error, then run it again. To avoid this, set their address_sid to "
            "the sid of the EmergencyAddress: Pulumi then deletes in the right order. If an interrupted run has "
            "bound them, `pulumi up` and then `pulumi destroy` leave nothing."
        )
        assert harness.writes == []

    def test_delete_of_a_used_address_is_refused_where_twilio_would_accept_it(self, harness, office):
        harness.world.switches.delete_of_used_address = "deleted"
        harness.bound(office.id)

        with pytest.raises(Failed, match="still the emergency address of"):
            office.delete()

        assert len(harness.world.addresses()) == 1

    def test_more_than_ten_numbers_are_counted(self, harness, office):
        for _ in range(13):
            harness.bound(office.id)

        with pytest.raises(Failed, match=r"and 3 more\.\n") as failure:
            office.delete()

        assert failure.value.message.count("+1415555") == 10

    def test_pending_number_counts_as_a_user_of_its_address(self, harness, office):
        harness.number(emergency_address_sid=office.id, emergency_address_status="pending-registration")

        with pytest.raises(Failed, match="still the emergency address of"):
            office.delete()


class TestDeleteForAnEmergencyCaller:
    @pytest.fixture
    def relied_on(self, harness, desk, home):
        number = harness.number("+14155550100")
        desk.up(number_sid=number, address_sid=home)
        harness.world.add_domain(NAME, emergency_calling_enabled=True, emergency_caller_sid=number)
        harness.new_run()
        harness.forget()
        return desk

    def test_delete_for_an_emergency_caller_is_refused_and_names_the_domain(self, harness, relied_on):
        with pytest.raises(Failed) as failure:
            relied_on.delete()

        assert str(failure.value) == (
            f"+14155550100 ({relied_on.id}) is the emergency caller of {NAME}.\n"
            "Once it is unbound, an emergency call from that domain whose own number has no registered address "
            "reaches a national centre that does not know where the caller is.\n"
            "First give that domain another registered emergency caller, or switch its emergency calling off. "
            "If this command is to take the domain down as well, run it with --continue-on-error, then run it "
            "again. To avoid this, set the domain's emergency_caller_sid to the number_sid of the "
            "NumberEmergencyBinding: Pulumi then deletes in the right order. "
            "To do it all the same, run this one command with TWILIO_EMERGENCY_ALLOW_UNSAFE=1."
        )
        assert harness.writes == []

    def test_override_gets_past_it(self, harness, relied_on):
        harness.new_run(env=UNSAFE)

        relied_on.delete()

        assert address_of(harness, relied_on.id) == ""

    def test_caller_of_a_disabled_domain_can_be_unbound(self, harness, relied_on):
        harness.world.set_domain(harness.world.domains()[0]["sid"], emergency_calling_enabled=False)

        relied_on.delete()

        assert address_of(harness, relied_on.id) == ""


class TestCallerWithoutRegistration:
    @pytest.fixture
    def domain(self, harness):
        return harness.world.add_domain(NAME)

    @pytest.mark.parametrize("status", [None, "pending-registration", "registration-failure"])
    def test_caller_without_registration_is_refused_and_warned_of_in_preview(
        self, harness, domain, home, status
    ):
        address = home if status else None
        number = harness.number(
            "+14155550100", emergency_address_sid=address, emergency_address_status=status
        )
        phones = harness.sip_domain()

        assert phones.preview(domain_sid=domain, emergency_caller_sid=number) == "create"
        assert any("cannot be the emergency caller" in each for each in harness.warnings(phones.urn))
        with pytest.raises(Failed) as failure:
            phones.up(domain_sid=domain, emergency_caller_sid=number)

        assert str(failure.value).startswith(
            f"+14155550100 ({number}) cannot be the emergency caller: its emergency address is "
            f"{status or 'unregistered'}.\n"
        )
        assert "Pass number_sid of its NumberEmergencyBinding as emergency_caller_sid" in str(failure.value)
        assert harness.writes == []

    def test_override_gets_past_it(self, harness, domain):
        harness.world.switches.unregistered_caller = "accepted"
        harness.new_run(env=UNSAFE)
        number = harness.number()

        harness.sip_domain().up(domain_sid=domain, emergency_caller_sid=number)

        assert harness.world.domain(domain)["emergency_caller_sid"] == number

    def test_caller_that_lost_its_registration_stops_a_change_of_the_switch(self, harness, domain, home):
        number = harness.bound(home)
        phones = harness.sip_domain()
        phones.up(domain_sid=domain, emergency_caller_sid=number, enabled=False)
        harness.world.force_status(number, "registration-failure")
        harness.new_run()
        harness.forget()

        with pytest.raises(Failed, match="cannot be the emergency caller"):
            phones.up(domain_sid=domain, emergency_caller_sid=number)

        assert harness.writes == []


class TestNumberWithoutRegistration:
    @pytest.mark.parametrize("env", [{}, UNSAFE])
    def test_number_without_voice_is_refused_in_preview_and_up(self, harness, desk, home, env):
        harness.new_run(env=env)
        number = harness.number("+14155550100", voice=False)

        [reason] = desk.check(number_sid=number, address_sid=home)[1]["number_sid"]
        with pytest.raises(Failed, match="has no voice capability"):
            harness.plugin.create(desk.urn, desk.provider, {"number_sid": number, "address_sid": home})

        assert reason.startswith(f"+14155550100 ({number}) has no voice capability.\n")
        assert harness.writes == []

    def test_number_of_a_country_without_registration_is_refused_in_preview_and_up(self, harness, desk, home):
        number = harness.number("+33142685300")

        [reason] = desk.check(number_sid=number, address_sid=home)[1]["number_sid"]
        with pytest.raises(Failed, match="is a number in FR"):
            harness.plugin.create(desk.urn, desk.provider, {"number_sid": number, "address_sid": home})

        assert "is a number in FR; Twilio registers emergency addresses in US, CA, GB only" in reason


class TestUnknownAccount:
    def test_number_of_an_unknown_account_is_not_looked_up(self, harness, desk, home):
        branch = harness.world.add_account(parent=harness.account_sid).sid
        number = harness.number(account_sid=branch)

        assert desk.check(number_sid=number, address_sid=home, account_sid=UNKNOWN)[1] == {}

    def test_phone_number_of_an_unknown_account_is_not_looked_up(self, harness, desk, home):
        desk.check(phone_number="+14155550199", address_sid=home, account_sid=UNKNOWN)

        assert harness.warnings() == []


class TestCredentialsOfAnotherAccount:
    @pytest.fixture
    def all_three(self, harness):
        office, desk, phones = harness.emergency_address(), harness.binding(), harness.sip_domain()
        office.up(**HARRISON)
        desk.up(number_sid=harness.number(), address_sid=office.id)
        phones.up(domain_sid=harness.world.add_domain(NAME), emergency_caller_sid=desk.id)
        other = harness.world.add_account()
        harness.new_run(accountSid=other.sid, authToken=other.auth_token)
        harness.forget()
        return {"address": office, "binding": desk, "SIP domain": phones}, other.sid

    def expected(self, harness, kind, other):
        return (
            f"This {kind} lives in account {harness.account_sid}, and the credentials are for {other}.\n"
            "Nothing was changed.\n"
            f"Use credentials of {harness.account_sid}. For a subaccount reached with the parent's credentials, set "
            f'account_sid="{harness.account_sid}" on the resource.'
        )

    @pytest.mark.parametrize("kind", ["address", "binding", "SIP domain"])
    @pytest.mark.parametrize(
        ("method", "foreign_account"),
        [
            ("diff", "404"),
            ("read", "404"),
            ("read", "401"),
            ("update", "404"),
            ("delete", "404"),
            ("delete", "401"),
        ],
    )
    def test_credentials_of_another_account_change_nothing_and_report_nothing_as_gone(
        self, harness, all_three, kind, method, foreign_account
    ):
        resources, other = all_three
        harness.world.switches.foreign_account = foreign_account
        one, plugin = resources[kind], harness.plugin

        with pytest.raises(Failed) as failure:
            {
                "diff": lambda: plugin.diff(one.urn, one.provider, one.id, one.outputs, one.inputs),
                "read": one.refresh,
                "update": lambda: plugin.update(one.urn, one.provider, one.id, one.outputs, one.inputs),
                "delete": one.delete,
            }[method]()

        stranded = f" If it was created there by mistake, delete it in that account, and take it out of state with `pulumi state delete '{one.urn}'`."
        assert str(failure.value) == self.expected(harness, kind, other) + (
            stranded if method == "diff" else ""
        )
        assert harness.writes == []

    def test_override_does_not_bypass_account_mismatch(self, harness, all_three):
        resources, other = all_three
        account = harness.world.accounts[other]
        harness.new_run(env=UNSAFE, accountSid=account.sid, authToken=account.auth_token)

        with pytest.raises(Failed) as failure:
            resources["binding"].delete()

        assert str(failure.value) == self.expected(harness, "binding", other)

    def test_parent_credentials_reach_a_resource_that_names_its_account(self, harness):
        branch = harness.world.add_account(parent=harness.account_sid).sid
        office = harness.emergency_address()
        office.up(**HARRISON, account_sid=branch)
        harness.new_run()

        assert office.refresh()
        assert office.preview(**HARRISON, account_sid=branch) == "same"
        harness.new_run()
        office.delete()

        assert harness.world.addresses() == []

    def test_parent_credentials_are_refused_for_a_resource_that_does_not_name_its_account(self, harness):
        branch = harness.world.add_account(parent=harness.account_sid)
        office = harness.emergency_address()
        harness.new_run(accountSid=branch.sid, authToken=branch.auth_token)
        office.up(**HARRISON)
        harness.new_run()

        with pytest.raises(Failed, match=f"lives in account {branch.sid}"):
            office.up(**HARRISON)


class TestWrongUrl:
    """A 404 of something that is not Twilio's API proves nothing (A3)."""

    @pytest.fixture
    def all_three(self, harness):
        office, desk, phones = harness.emergency_address(), harness.binding(), harness.sip_domain()
        office.up(**HARRISON)
        desk.up(number_sid=harness.number(), address_sid=office.id)
        phones.up(domain_sid=harness.world.add_domain(NAME), emergency_caller_sid=desk.id)
        return {"address": office, "binding": desk, "SIP domain": phones}

    @pytest.mark.parametrize("kind", ["address", "binding", "SIP domain"])
    @pytest.mark.parametrize("method", ["read", "update", "delete"])
    def test_url_with_a_path_behind_it_reports_nothing_as_gone(self, harness, all_three, kind, method):
        one, plugin = all_three[kind], harness.plugin
        before = dict(one.outputs)
        harness.new_run(apiUrl=f"{harness.twilio.url}/proxy")
        harness.forget()

        with pytest.raises(Failed) as failure:
            {
                "read": one.refresh,
                "update": lambda: plugin.update(one.urn, one.provider, one.id, one.outputs, one.inputs),
                "delete": one.delete,
            }[method]()

        assert failure.value.message.count("\n") == 2
        assert "Unexpected" not in failure.value.message
        assert one.outputs == before
        assert harness.writes == []


class TestEndpoint:
    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("http://api.example.com", "would send credentials to api.example.com unencrypted"),
            ("http://localhost.example.com", "would send credentials to localhost.example.com unencrypted"),
            ("http://10.0.0.1:8080", "would send credentials to 10.0.0.1 unencrypted"),
            ("http://127.0.0.1.example.com", "unencrypted"),
            ("http://127.0.0.1@example.com", "is not an http or https URL without user name and query"),
            ("https://user:hidden@example.com", "is not an http or https URL without user name and query"),
            ("ftp://127.0.0.1", "is not an http or https URL without user name and query"),
            ("api.example.com", "is not an http or https URL without user name and query"),
            ("https://example.com?x=hidden", "is not an http or https URL without user name and query"),
            ("http://[::1", "is not an http or https URL without user name and query"),
            ("http://127.0.0.1:port", "twilio:apiUrl"),
            ("http://127.0.0.1:99999", "twilio:apiUrl"),
        ],
    )
    def test_unsafe_or_unclear_url_gets_no_credentials(self, harness, url, words):
        harness.new_run(apiUrl=url)

        with pytest.raises(Failed) as failure:
            harness.emergency_address().up(**HARRISON)

        assert words in failure.value.message
        assert failure.value.message.count("\n") == 2
        assert "hidden" not in failure.value.message + failure.value.traceback
        assert harness.requests == []

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_plain_http_to_this_machine_is_accepted(self, harness, host):
        harness.new_run(apiUrl=harness.twilio.url.replace("127.0.0.1", host) + "/")

        harness.emergency_address().up(**HARRISON)

        assert len(harness.world.addresses()) == 1

    @pytest.mark.parametrize("region", ["ie1", "au1", "US1", "us1 eu"])
    def test_another_region_is_refused_before_anything_is_sent(self, harness, region):
        harness.new_run(region=region)

        with pytest.raises(
            Failed, match=f"twilio:region is {region!r}; emergency addresses are managed in us1 only"
        ):
            harness.emergency_address().up(**HARRISON)

        assert harness.requests == []

    def test_home_region_is_accepted(self, harness):
        harness.new_run(region="us1", edge="ashburn")

        harness.emergency_address().up(**HARRISON)

        assert len(harness.world.addresses()) == 1

    def test_region_that_twilio_refuses_is_explained(self, harness, desk, home):
        number = harness.number()
        harness.world.region = "ie1"

        with pytest.raises(Failed, match=r"refuses emergency work on this number in this Region \(22402\)"):
            desk.up(number_sid=number, address_sid=home)

    @pytest.mark.parametrize("many", ["0", "-1", "many", "1.5", "257"])
    def test_invalid_limit_of_concurrent_requests_is_refused(self, harness, many):
        harness.new_run(maxConcurrentRequests=many)

        with pytest.raises(Failed, match=f"twilio:maxConcurrentRequests is {many!r}"):
            harness.emergency_address().up(**HARRISON)
