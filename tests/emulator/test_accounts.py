"""Who may sign in, and how far it reaches."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from emulator.clients import refused


@pytest.fixture
def sub(emulator):
    return emulator.world.add_account(parent=emulator.account.sid)


def test_token_opens_its_account(emulator):
    account = emulator.client.api.accounts(emulator.account.sid).fetch()

    assert (account.status, account.owner_account_sid) == ("active", emulator.account.sid)


def test_main_key_reads_the_account_and_a_standard_key_does_not(emulator):
    for kind, status in (("main", 200), ("standard", 401)):
        key = emulator.world.add_api_key(emulator.account.sid, kind=kind)
        assert emulator.ask("GET", ".json", auth=key).status_code == status
        assert emulator.ask("GET", "/Addresses.json", auth=key).status_code == 200


def test_parent_suspends_and_reactivates_its_subaccount(emulator, sub):
    account = emulator.client.api.accounts(sub.sid)

    assert account.update(status="suspended", friendly_name="Branch").friendly_name == "Branch"
    assert emulator.ask_as(sub, "GET", "/Addresses.json").json()["code"] == 20005
    assert account.update(status="active").status == "active"


def test_account_cannot_suspend_itself(emulator):
    with refused(20422):
        emulator.client.api.accounts(emulator.account.sid).update(status="suspended")


def test_api_key_opens_its_account(emulator):
    sid, secret = emulator.world.add_api_key(emulator.account.sid)
    number = emulator.number()

    client = emulator.sign_in(sid, secret, emulator.account.sid)

    assert client.incoming_phone_numbers(number).fetch().sid == number


def test_parent_reaches_its_subaccounts(emulator, sub):
    number = emulator.number(account_sid=sub.sid)

    client = emulator.sign_in(account_sid=sub.sid)

    assert [each.sid for each in client.incoming_phone_numbers.list()] == [number]
    assert client.api.accounts(sub.sid).fetch().owner_account_sid == emulator.account.sid
    assert emulator.client.incoming_phone_numbers.list() == []


def test_subaccount_does_not_reach_its_parent(emulator, sub):
    emulator.number()

    client = emulator.sign_in(sub.sid, sub.auth_token, emulator.account.sid)

    with refused(20404, 404):
        client.api.accounts(emulator.account.sid).fetch()


def test_object_of_another_account_is_not_found(emulator, sub):
    number = emulator.number(account_sid=sub.sid)

    with refused(20404, 404):
        emulator.status(number)


@pytest.mark.parametrize("kind", ["standard", "main"])
def test_key_of_the_parent_reaches_nothing_in_a_subaccount(emulator, sub, kind):
    sid, secret = emulator.world.add_api_key(emulator.account.sid, kind=kind)
    emulator.number(account_sid=sub.sid)

    client = emulator.sign_in(sid, secret, sub.sid)

    with refused(20003, 401):
        client.incoming_phone_numbers(emulator.world.numbers()[0]["sid"]).fetch()


def test_main_key_suspends_a_subaccount(emulator, sub):
    sid, secret = emulator.world.add_api_key(emulator.account.sid, kind="main")

    client = emulator.sign_in(sid, secret, emulator.account.sid)

    assert client.api.accounts(sub.sid).update(status="suspended").status == "suspended"


def test_key_of_a_subaccount_opens_it(emulator, sub):
    sid, secret = emulator.world.add_api_key(sub.sid)
    number = emulator.number(account_sid=sub.sid)

    client = emulator.sign_in(sid, secret, sub.sid)

    assert [each.sid for each in client.incoming_phone_numbers.list()] == [number]


def test_date_of_an_account_moves_with_its_changes(emulator, sub):
    emulator.clock.advance(10)
    account = emulator.client.api.accounts(sub.sid)

    assert account.fetch().date_updated == account.fetch().date_created
    account.update(status="active")
    assert account.fetch().date_updated == account.fetch().date_created
    account.update(status="suspended")
    assert account.fetch().date_updated.timestamp() == emulator.clock.now()


# The list of accounts


def test_accounts_are_the_own_one_and_its_subaccounts_whatever_their_status(emulator, sub):
    closed = emulator.world.add_account(parent=emulator.account.sid, status="closed")
    emulator.world.add_account()
    emulator.world.add_account(parent=sub.sid)

    listed = emulator.client.api.v2010.accounts.list()

    assert [(each.sid, each.status, each.owner_account_sid) for each in listed] == [
        (emulator.account.sid, "active", emulator.account.sid),
        (sub.sid, "active", emulator.account.sid),
        (closed.sid, "closed", emulator.account.sid),
    ]


def test_subaccount_lists_itself_alone(emulator, sub):
    emulator.world.add_account(parent=emulator.account.sid)

    client = emulator.sign_in(sub.sid, sub.auth_token)

    assert [each.sid for each in client.api.v2010.accounts.list()] == [sub.sid]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"friendly_name": "Branch"}, ["Branch", "Branch"]),
        ({"friendly_name": "Bra"}, []),
        ({"status": "suspended"}, ["Branch", "Shop"]),
        ({"status": "closed"}, []),
        ({"status": "suspended", "friendly_name": "Branch"}, ["Branch"]),
    ],
)
def test_accounts_are_filtered_by_name_and_status(emulator, filters, found):
    for name, status in (("Branch", "active"), ("Branch", "suspended"), ("Shop", "suspended")):
        emulator.world.add_account(parent=emulator.account.sid, friendly_name=name, status=status)

    assert [each.friendly_name for each in emulator.client.api.v2010.accounts.list(**filters)] == found


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?Status=on", 422, 20422),
        ("?PageSize=0", 400, 20007),
        ("?PageSize=1001", 400, 20007),
        ("?PageToken=PAAC1", 400, 21481),
    ],
)
def test_odd_query_for_accounts_is_refused(emulator, query, status, code):
    answer = emulator.ask_for_accounts(query)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_accounts_are_paged_while_they_change(emulator):
    subs = [emulator.world.add_account(parent=emulator.account.sid) for _ in range(6)]
    stream = emulator.client.api.v2010.accounts.stream(status="active", page_size=3)

    listed = [next(stream).sid for _ in range(3)]
    emulator.client.api.accounts(subs[1].sid).update(status="suspended")
    listed += [each.sid for each in stream]

    assert listed == [emulator.account.sid, *(each.sid for each in subs)]


@pytest.mark.parametrize("suffix", ["", ".xml"])
def test_accounts_are_written_in_xml(emulator, sub, suffix):
    page = ET.fromstring(emulator.ask_for_accounts(suffix=suffix).text)

    assert [each.findtext("Sid") for each in page.iterfind("Accounts/Account")] == [
        emulator.account.sid,
        sub.sid,
    ]


def test_main_key_lists_accounts_and_a_standard_key_does_not(emulator, sub):
    for kind, status in (("main", 200), ("standard", 401)):
        key = emulator.world.add_api_key(emulator.account.sid, kind=kind)
        assert emulator.ask_for_accounts(auth=key).status_code == status


@pytest.mark.parametrize(("method", "auth", "code"), [("GET", None, 20003), ("DELETE", "own", 20004)])
def test_accounts_are_for_who_signs_in_and_asks(emulator, method, auth, code):
    assert emulator.ask_for_accounts(auth=auth, method=method).json()["code"] == code


def test_suspended_account_lists_no_accounts(emulator):
    emulator.account.status = "suspended"

    assert emulator.ask_for_accounts().json()["code"] == 20005


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
def test_method_that_a_resource_does_not_have_is_20004(emulator, method, path):
    answer = emulator.ask(method, path)

    assert (answer.status_code, answer.json()["code"]) == (405, 20004)


@pytest.mark.parametrize("header", ["Bearer abc", "Basic", "Basic !", "Basic QUM="])
def test_header_that_makes_no_sense_is_turned_away(emulator, header):
    answer = emulator.ask("GET", ".json", auth=None, headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_wrong_secret_is_turned_away(emulator):
    sid, _ = emulator.world.add_api_key(emulator.account.sid)

    for user in (emulator.account.sid, sid):
        with refused(20003, 401):
            emulator.sign_in(user, "wrong", emulator.account.sid).api.accounts(emulator.account.sid).fetch()


def test_suspended_account_is_not_served(emulator):
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
