"""Commands that are refused or warned of before anything is written."""

from __future__ import annotations

import re

from support.stack import Stack

TWO_DESKS = """
office = EmergencyAddress("office", customer_name="Twilio", street={street!r}, city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
for digit in range(3):
    NumberEmergencyBinding(f"desk-{{digit}}", phone_number=f"+1415555010{{digit}}", address_sid=office.sid)
"""
DESK = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid={address}, take_over={take_over})
"""


def test_change_of_address_announces_each_uncovered_number_and_the_total(twilio, stack):
    for digit in range(3):
        twilio.world.add_number(f"+1415555010{digit}")
    stack.program(TWO_DESKS.format(street="645 HARRISON ST"))
    stack.up()
    stack.program(TWO_DESKS.format(street="650 HARRISON ST"))
    planned = stack.preview()
    for digit in range(3):
        assert len(re.findall(rf"warning: \+1415555010{digit} .*uncovered", planned.errors)) == 1
    assert len(re.findall("warning: .*3 numbers .*uncovered", planned.errors)) == 1


def test_number_bound_elsewhere_is_refused_unless_taken_over(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    foreign = world.add_address(
        customer_name="Else", street="1 A ST", city="B", region="CA", postal_code="9", iso_country="US"
    )
    world.rebind(number, foreign)
    mine = world.add_address(
        customer_name="Me", street="2 A ST", city="B", region="CA", postal_code="9", iso_country="US"
    )
    stack.program(DESK.format(address=repr(mine), take_over=False))
    planned = stack.preview(expect=1)
    assert re.search(rf"\+14155550100 \({number}\).*{foreign}.*{mine}", planned.errors)
    assert "take_over=True" in planned.errors
    stack.program(DESK.format(address="office.sid", take_over=False))
    refused = stack.up(expect=1)
    assert "uncovered" in refused.errors
    assert world.number(number)["emergency_address_sid"] == foreign
    stack.program(DESK.format(address="office.sid", take_over=True))
    stack.up()
    assert world.number(number)["emergency_address_sid"] == stack.outputs("office")["sid"]


def test_address_in_use_by_other_numbers_is_kept_and_they_are_named(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550199")
    stack.program(DESK.partition("NumberEmergency")[0])
    stack.up()
    world.rebind(number, stack.outputs("office")["sid"])
    refused = stack.destroy(expect=1)
    assert f"+14155550199 ({number})" in refused.errors
    assert "office" in stack.resources()


def test_emergency_caller_of_an_enabled_domain_is_not_unbound_without_override(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    stack.program(DESK.format(address="office.sid", take_over=False))
    stack.up()
    world.add_domain("other.sip.twilio.com", emergency_calling_enabled=True, emergency_caller_sid=number)
    refused = stack.destroy(expect=1)
    assert f"+14155550100 ({number})" in refused.errors
    assert "other.sip.twilio.com" in refused.errors
    assert "TWILIO_EMERGENCY_ALLOW_UNSAFE=1" in refused.errors
    assert world.number(number)["emergency_address_status"] == "registered"
    stack.run("destroy", "--yes", "--skip-preview", expect=0, env={"TWILIO_EMERGENCY_ALLOW_UNSAFE": "1"})
    assert world.number(number)["emergency_address_status"] == "unregistered"


def test_unregistered_caller_is_warned_of_in_preview_and_refused_in_up(twilio, stack):
    number = twilio.world.add_number("+14155550100")
    domain = twilio.world.add_domain("example.sip.twilio.com")
    stack.program(f'SipDomainEmergency("phones", domain_sid="{domain}", emergency_caller_sid="{number}")')
    assert "emergency caller" in stack.preview().errors
    refused = stack.up(expect=1)
    assert "unregistered" in refused.errors
    assert not twilio.world.domain(domain).get("emergency_calling_enabled")


def test_credentials_of_another_account_change_nothing(twilio, stack, tmp_path, engine):
    number = twilio.world.add_number("+14155550100")
    stack.program(DESK.format(address="office.sid", take_over=False))
    stack.up()
    other = twilio.world.add_account()
    env = {"TWILIO_ACCOUNT_SID": other.sid, "TWILIO_AUTH_TOKEN": other.auth_token}
    before = len(twilio.world.history)
    for command in (("preview",), ("up", "--yes", "--skip-preview"), ("refresh", "--yes", "--skip-preview"),
                    ("destroy", "--yes", "--skip-preview")):  # fmt: skip
        ran = stack.run(*command, env=env, expect=1)
        assert twilio.account_sid in ran.errors
        assert other.sid in ran.errors
    assert len(twilio.world.history) == before
    assert set(stack.resources()) == {"office", "desk"}
    assert twilio.world.number(number)["emergency_address_status"] == "registered"


def test_credentials_are_sent_neither_unencrypted_nor_to_another_region(tmp_path, engine, twilio):
    stack = Stack(tmp_path, engine, twilio.env)
    stack.program(DESK.partition("NumberEmergency")[0])
    clear = stack.up(expect=1, env={"TWILIO_API_URL": "http://proxy.example.com"})
    assert "proxy.example.com" in clear.errors
    abroad = stack.up(expect=1, env={"TWILIO_REGION": "ie1"})
    assert "us1" in abroad.errors
    assert twilio.world.requests == []


def test_answer_of_another_region_is_explained(tmp_path, engine, twilio):
    twilio.world.region = "ie1"
    stack = Stack(tmp_path, engine, twilio.env)
    stack.program(DESK.partition("NumberEmergency")[0])
    assert "22402" in stack.up(expect=1).errors
