"""Who may sign in, and how far it reaches."""

from __future__ import annotations

import pytest

from emulator.clients import refused


@pytest.fixture
def sub(emulator):
    return emulator.world.add_account(parent=emulator.account.sid)


def test_the_token_opens_its_account(emulator):
    account = emulator.client.api.accounts(emulator.account.sid).fetch()

    assert (account.status, account.owner_account_sid) == ("active", emulator.account.sid)


def test_a_main_key_reads_the_account_and_a_standard_key_does_not(emulator):
    for kind, status in (("main", 200), ("standard", 401)):
        key = emulator.world.add_api_key(emulator.account.sid, kind=kind)
        assert emulator.ask("GET", ".json", auth=key).status_code == status
        assert emulator.ask("GET", "/Addresses.json", auth=key).status_code == 200


def test_a_parent_suspends_and_reactivates_its_subaccount(emulator, sub):
    account = emulator.client.api.accounts(sub.sid)

    assert account.update(status="suspended", friendly_name="Branch").friendly_name == "Branch"
    assert emulator.ask_as(sub, "GET", "/Addresses.json").json()["code"] == 20005
    assert account.update(status="active").status == "active"


def test_an_account_cannot_suspend_itself(emulator):
    with refused(20422):
        emulator.client.api.accounts(emulator.account.sid).update(status="suspended")


def test_an_api_key_opens_its_account(emulator):
    sid, secret = emulator.world.add_api_key(emulator.account.sid)
    number = emulator.number()

    client = emulator.sign_in(sid, secret, emulator.account.sid)

    assert client.incoming_phone_numbers(number).fetch().sid == number


def test_a_parent_reaches_its_subaccounts(emulator, sub):
    number = emulator.number(account_sid=sub.sid)

    client = emulator.sign_in(account_sid=sub.sid)

    assert [each.sid for each in client.incoming_phone_numbers.list()] == [number]
    assert client.api.accounts(sub.sid).fetch().owner_account_sid == emulator.account.sid
    assert emulator.client.incoming_phone_numbers.list() == []


def test_a_subaccount_does_not_reach_its_parent(emulator, sub):
    emulator.number()

    client = emulator.sign_in(sub.sid, sub.auth_token, emulator.account.sid)

    with refused(20404, 404):
        client.api.accounts(emulator.account.sid).fetch()


def test_an_object_of_another_account_is_not_found(emulator, sub):
    number = emulator.number(account_sid=sub.sid)

    with refused(20404, 404):
        emulator.status(number)


@pytest.mark.parametrize("auth", [None, ("", ""), ("AC1", "x")], ids=["none", "empty", "unknown"])
def test_whoever_does_not_sign_in_is_turned_away(emulator, auth):
    answer = emulator.ask("GET", ".json", auth=auth)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'


@pytest.mark.parametrize("path", ["/Calls.json", "/Addresses/AD0.json", "/Nothing/At/All.json"])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_authentication_comes_before_routes_and_methods(emulator, method, path):
    answer = emulator.ask(method, path, auth=None)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/Addresses.json"), ("DELETE", "/Addresses.json"), ("PATCH", ".json"), ("DELETE", ".json")],
)
def test_a_method_that_a_resource_does_not_have_is_20004(emulator, method, path):
    answer = emulator.ask(method, path)

    assert (answer.status_code, answer.json()["code"]) == (405, 20004)


@pytest.mark.parametrize("header", ["Bearer abc", "Basic", "Basic !", "Basic QUM="])
def test_a_header_that_makes_no_sense_is_turned_away(emulator, header):
    answer = emulator.ask("GET", ".json", auth=None, headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_a_wrong_secret_is_turned_away(emulator):
    sid, _ = emulator.world.add_api_key(emulator.account.sid)

    for user in (emulator.account.sid, sid):
        with refused(20003, 401):
            emulator.sign_in(user, "wrong", emulator.account.sid).api.accounts(emulator.account.sid).fetch()


def test_a_suspended_account_is_not_served(emulator):
    emulator.account.status = "suspended"

    with refused(20005, 401):
        emulator.client.api.accounts(emulator.account.sid).fetch()


def test_sids_come_in_the_same_order_in_every_run(emulator):
    assert emulator.account.sid == "AC1c4ea4b9c6cdb0ca9394aface2bff127"


@pytest.mark.parametrize(
    "path", ["/Calls.json", "/Addresses/AD0.json", "/SIP/Domains/SD0.json", "/Addresses/AD0/Other.json"]
)
def test_unknown_path_is_not_found(emulator, path):
    answer = emulator.ask("GET", path)

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_closed_subaccount_stays_closed(emulator, sub):
    account = emulator.client.api.accounts(sub.sid)
    account.update(status="closed")

    for status in ("active", "suspended"):
        with refused(21479):
            account.update(status=status)

    assert account.update(status="closed", friendly_name="Old").friendly_name == "Old"


def test_date_of_an_account_is_that_of_its_last_change(emulator, sub):
    emulator.clock.advance(60)

    updated = emulator.client.api.accounts(sub.sid).update(friendly_name="Branch")

    assert (updated.date_updated - updated.date_created).total_seconds() == 60


def test_suspended_parent_suspends_its_subaccounts(emulator, sub):
    assert emulator.ask_as(sub, "GET", "/Addresses.json").status_code == 200
    emulator.world.set_account(emulator.account.sid, status="suspended")

    assert emulator.ask_as(sub, "GET", "/Addresses.json").json()["code"] == 20005
    assert emulator.ask_as(emulator.account, "GET", "/Addresses.json").json()["code"] == 20005
    emulator.world.set_account(emulator.account.sid, status="active")
    assert emulator.ask_as(sub, "GET", "/Addresses.json").status_code == 200
