"""One number, domain or address that two resources or two stacks lay claim to."""

from __future__ import annotations

import pytest

from engine.conftest import DOMAIN, NUMBERS
from support.stack import Stack

OFFICE = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US"{more})
"""
SECOND = OFFICE.replace("office", "annex").replace("645", "650").format(more="")
NAMED = ', friendly_name="Front office"'


@pytest.fixture
def number(twilio):
    return twilio.world.add_number(NUMBERS[0])


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(
            'NumberEmergencyBinding("lobby", phone_number="+14155550100", address_sid=office.sid)',
            marks=pytest.mark.slow,
        ),
        'NumberEmergencyBinding("lobby", number_sid="{sid}", address_sid=office.sid)',
        'NumberEmergencyBinding("lobby", phone_number="+14155550100", address_sid=annex.sid, take_over=True)',
    ],
    ids=["same address", "by SID and by E.164", "two addresses and take_over"],
)
def test_two_bindings_of_one_number_are_refused_in_preview_and_up(twilio, stack, number, second):
    stack.program(
        OFFICE.format(more="") + SECOND
        + 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)\n'
        + second.format(sid=number)
    )  # fmt: skip
    planned = stack.preview(expect=1)
    assert "desk" in planned.errors
    assert "lobby" in planned.errors
    refused = stack.up(expect=1)
    assert "Traceback" not in refused.text
    assert "could not be registered" not in refused.errors


@pytest.mark.parametrize("second", ['domain_name="example.sip.twilio.com"', 'domain_sid="{sid}"'])
def test_two_resources_of_one_domain_are_refused_in_preview(twilio, stack, second):
    domain = twilio.world.add_domain(DOMAIN)
    stack.program(
        f'SipDomainEmergency("phones", domain_name="{DOMAIN}")\n'
        f'SipDomainEmergency("voice", enabled=False, {second.format(sid=domain)})\n'
    )
    planned = stack.preview(expect=1)
    assert "phones" in planned.errors
    assert "voice" in planned.errors


def test_friendly_name_of_two_stacks_is_not_shared_silently(twilio, stack, tmp_path, engine, number):
    stack.program(
        OFFICE.format(more=NAMED)
        + 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)'
    )
    stack.up()
    first = stack.outputs("office")["sid"]
    folder = tmp_path / "second"
    folder.mkdir()
    other = Stack(folder, engine, twilio.env)
    try:
        other.program(OFFICE.format(more=NAMED))
        ran = other.up(expect=None)
        if ran.code == 0:
            assert other.outputs("office")["sid"] != first
            other.destroy()
        else:
            assert first in ran.errors
            assert "friendly_name" in ran.errors
    finally:
        other.close()
    assert twilio.world.number(number)["emergency_address_status"] == "registered"
    stack.destroy()
    assert twilio.world.addresses() == []


def test_new_stack_of_a_renamed_stacks_name_does_not_adopt_its_address(covered):
    stack = covered.stack
    first = stack.outputs("office")["sid"]
    stack.run("stack", "rename", "prod", expect=0)
    stack.name = stack.env["PULUMI_STACK"] = "prod"
    stack.run("stack", "init", "dev", expect=0)
    stack.program(OFFICE.format(more=""))
    stack.up(env={"PULUMI_STACK": "dev"})
    assert first not in {entry["id"] for entry in stack.entries("dev")}
    stack.destroy(env={"PULUMI_STACK": "dev"})
    assert first in {row["sid"] for row in covered.world.addresses()}
    covered.converges_by_destroy()


def test_equal_addresses_of_one_program_are_as_many_objects(twilio, stack):
    stack.program(
        "for index in range(12):\n"
        f'    EmergencyAddress(f"office-{{index}}", **{_FIELDS!r}, friendly_name="Front office")\n'
    )
    ran = stack.up("--parallel", "32", expect=None)
    sids = [entry["outputs"]["sid"] for entry in stack.entries()]
    assert len(sids) == len(set(sids)), "two resources share an object"
    assert {row["sid"] for row in twilio.world.addresses()} == set(sids)
    if ran.code:
        assert "friendly_name" in ran.errors
    stack.destroy()
    assert twilio.world.addresses() == []


_FIELDS = {
    "customer_name": "Twilio",
    "street": "645 HARRISON ST",
    "city": "SAN FRANCISCO",
    "region": "CA",
    "postal_code": "94105",
    "iso_country": "US",
}


def test_binding_whose_successor_fails_is_unbound_or_stays_in_state(twilio, stack, number):
    world = twilio.world
    toronto = world.add_address(
        customer_name="Twilio", street="290 BREMNER BLVD", city="TORONTO", region="ON", postal_code="M5V 3L9",
        iso_country="CA",
    )  # fmt: skip
    stack.program(
        OFFICE.format(more="")
        + 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)'
    )
    stack.up()
    stack.program(
        OFFICE.format(more="")
        + f'NumberEmergencyBinding("lobby", phone_number="+14155550100", address_sid="{toronto}", take_over=True)'
    )
    stack.up("--continue-on-error", expect=1)
    bound = world.number(number).get("emergency_address_sid")
    in_state = {entry["name"] for entry in stack.entries()} & {"desk", "lobby"}
    assert bool(bound) == bool(in_state), f"bound to {bound}, in state {in_state}"
