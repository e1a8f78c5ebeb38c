"""The gateway before the emulator, which is written from Twilio's documentation and knows nothing of it."""

from __future__ import annotations

import socket
import time

import pytest

from pulumi_twilio_emergency.twilio_gateway import Limits, Settings, TwilioGateway, connect
from support.fake_twilio import HARRISON, sid
from twilio_gateway.flaky_transport import RealClock, error_of


def gateway_to(twilio, url=None, token=None, account_sid=None, **limits):
    settings = Settings(
        account_sid=twilio.account_sid, auth_token=token or twilio.auth_token, api_url=url or twilio.url
    )
    clock = RealClock()
    governor = connect(clock, Limits(**{"patience": 5, **limits}))
    return TwilioGateway(settings, clock, account_sid=account_sid, governor=governor)


@pytest.fixture
def gateway(twilio):
    return gateway_to(twilio)


def test_address_is_created_found_renamed_and_deleted(gateway):
    created = gateway.create_address(HARRISON, "office")
    assert created.address == HARRISON
    assert created.emergency_enabled

    assert gateway.addresses_called("office") == [created]
    assert gateway.addresses_called("offic") == []
    assert gateway.rename_address(created.sid, "other").friendly_name == "other"
    gateway.delete_address(created.sid)

    assert error_of(lambda _: gateway.address(created.sid), gateway).gone
    assert error_of(lambda _: gateway.delete_address(created.sid), gateway).gone


def test_number_is_bound_cleared_and_listed(gateway, twilio):
    number_sid = twilio.world.add_number("+14155550101")
    address_sid = gateway.create_address(HARRISON, "office").sid

    assert gateway.set_emergency_address(number_sid, address_sid).emergency_address_sid == address_sid
    assert [each.sid for each in gateway.numbers()] == [number_sid]
    assert gateway.numbers_called("+14155550101") == gateway.numbers()
    assert gateway.numbers_called("+1415555010") == []


def test_domain_is_switched_and_listed(gateway, twilio):
    domain_sid = twilio.world.add_domain("site.sip.twilio.com")

    assert gateway.set_domain(domain_sid, enabled=True).emergency_calling_enabled
    assert gateway.domain(domain_sid).emergency_calling_enabled
    assert [each.sid for each in gateway.domains()] == [domain_sid]


def test_list_of_several_pages_is_whole(gateway, twilio, monkeypatch):
    monkeypatch.setattr("pulumi_twilio_emergency.twilio_gateway.gateway.PAGE_SIZE", 2)
    sids = {twilio.world.add_number(f"+1415555{digits:04}") for digits in range(7)}

    assert {each.sid for each in gateway.numbers()} == sids
    assert gateway.governor.requests_made == {"GET IncomingPhoneNumbers": 4}


def test_numbers_come_page_by_page(gateway, twilio, monkeypatch):
    monkeypatch.setattr("pulumi_twilio_emergency.twilio_gateway.gateway.PAGE_SIZE", 2)
    sids = [twilio.world.add_number(f"+1415555{digits:04}") for digits in range(5)]

    assert [each.sid for each in gateway.each_number()] == sids
    assert gateway.governor.requests_made == {"GET IncomingPhoneNumbers": 3}


def test_subaccounts_are_listed_whatever_their_status(gateway, twilio, monkeypatch):
    monkeypatch.setattr("pulumi_twilio_emergency.twilio_gateway.gateway.PAGE_SIZE", 2)
    statuses = ["active", "suspended", "closed"]
    subs = [twilio.world.add_account(parent=twilio.account_sid, status=each).sid for each in statuses]
    twilio.world.add_account()

    assert [(each.sid, each.status) for each in gateway.accounts()] == [
        (twilio.account_sid, "active"),
        *zip(subs, statuses, strict=True),
    ]
    assert gateway.governor.requests_made == {"GET Accounts": 2}


def test_subaccount_lists_itself(twilio):
    sub = twilio.world.add_account(parent=twilio.account_sid)
    settings = Settings(account_sid=sub.sid, auth_token=sub.auth_token, api_url=twilio.url)

    assert [each.sid for each in TwilioGateway(settings, RealClock()).accounts()] == [sub.sid]


@pytest.mark.parametrize("kind", ["standard", "main"])
def test_key_of_the_parent_is_refused_in_a_subaccount(twilio, kind):
    key, secret = twilio.world.add_api_key(kind=kind)
    sub = twilio.world.add_account(parent=twilio.account_sid).sid
    settings = Settings(account_sid=sub, api_key=key, api_secret=secret, api_url=twilio.url)
    gateway = TwilioGateway(settings, RealClock())

    assert not gateway.reachable()
    assert error_of(lambda _: _.numbers(), gateway).forbidden
    if kind == "main":
        assert [each.sid for each in gateway.accounts()] == [sub]
    else:
        assert error_of(lambda _: _.accounts(), gateway).forbidden


def test_date_of_the_last_change_is_the_bindings(gateway, twilio):
    before = time.time()
    number_sid = twilio.world.add_number("+14155550101", created=0.0, updated=0.0)
    assert gateway.number(number_sid).changed_at.timestamp() == 0

    gateway.set_emergency_address(number_sid, gateway.create_address(HARRISON, "office").sid)

    assert gateway.number(number_sid).changed_at.timestamp() >= int(before)


@pytest.mark.parametrize("answer", ["404", "401"])
@pytest.mark.parametrize("call", ["address", "delete_address"])
def test_object_in_an_account_of_others_is_not_gone(twilio, answer, call):
    """Credentials of one account with the SID of another: state must not be emptied."""
    twilio.world.switches.foreign_account = answer
    stranger = gateway_to(twilio, account_sid=twilio.world.add_account().sid)

    assert not stranger.reachable()
    error = error_of(lambda _: getattr(stranger, call)(sid("AD", 1)), stranger)

    assert not error.gone
    assert not error.transient


@pytest.mark.parametrize("path", ["/twilio", "/2010-04-01", "/v1"])
def test_object_behind_a_wrong_path_is_not_gone(twilio, path):
    address_sid = gateway_to(twilio).create_address(HARRISON, "office").sid
    astray = gateway_to(twilio, url=twilio.url + path)

    for call in (astray.address, astray.delete_address):
        error = error_of(lambda _, call=call: call(address_sid), astray)
        assert not error.gone
        assert not error.transient
        assert "the API URL" in error.text


def test_trouble_of_a_while_is_overcome(twilio):
    gateway = gateway_to(twilio, patience=60)
    number_sid = twilio.world.add_number("+14155550101")
    for fault in ("429 every=5", "503 every=6", "cut every=7"):
        twilio.faults.add(fault)

    for _ in range(10):
        assert gateway.number(number_sid).sid == number_sid
    assert gateway.governor.requests_made.total() > 10


def test_wrong_token_is_a_refusal_of_twilio(twilio):
    error = error_of(lambda _: _.numbers(), gateway_to(twilio, token="wrong"))

    assert (error.status, error.code, error.forbidden, error.transient) == (401, 20003, True, False)


def test_server_that_stopped_is_a_passing_failure(twilio):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    error = error_of(lambda _: _.numbers(), gateway_to(twilio, url=url, patience=0))

    assert (error.transient, error.outcome_unknown) == (True, False)
