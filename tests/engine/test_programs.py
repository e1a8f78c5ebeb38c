"""Programs as Pulumi users write them, and what a part that fails does to the others."""

from __future__ import annotations

import pytest

from engine.conftest import NUMBERS, PROGRAM

GOOD = PROGRAM.partition("lobby =")[0]
FIELDS = 'street="645 HARRISON ST", city="SAN FRANCISCO", region="CA", postal_code="94105", iso_country="US"'


@pytest.mark.parametrize("order", ["good first", pytest.param("bad first", marks=pytest.mark.slow)])
def test_bad_address_leaves_the_good_one_registered(twilio, stack, order):
    number = twilio.world.add_number(NUMBERS[0])
    twilio.world.add_number(NUMBERS[1])
    bad = (
        f'nowhere = EmergencyAddress("nowhere", customer_name="Twilio", {FIELDS.replace("645 HARRISON ST", "77 Nowhere Street")})\n'
        'NumberEmergencyBinding("gate", phone_number="+14155550101", address_sid=nowhere.sid)\n'
    )
    stack.program(GOOD + bad if order == "good first" else bad + GOOD)
    ran = stack.up("--continue-on-error", expect=1)
    assert "address_sid is missing" not in ran.errors, ran.text
    assert "21628" in ran.errors
    assert twilio.world.number(number)["emergency_address_status"] == "registered", ran.text
    assert {"office", "desk"} <= set(stack.resources())
    stack.program(GOOD)
    stack.up()
    stack.has_nothing_to_do()


def test_optional_inputs_may_be_none_and_arguments_may_come_as_one_object(twilio, stack):
    twilio.world.add_number(NUMBERS[0])
    stack.program(
        f"""
from pulumi_twilio_emergency import EmergencyAddressArgs, NumberEmergencyBindingArgs

office = EmergencyAddress("office", EmergencyAddressArgs(customer_name="Twilio", street_secondary=None,
    friendly_name=None, {FIELDS}))
desk = NumberEmergencyBinding("desk", NumberEmergencyBindingArgs(phone_number="{NUMBERS[0]}", number_sid=None,
    address_sid=office.sid))
plain = EmergencyAddress("plain", customer_name="Twilio", street_secondary=None, friendly_name=None,
    {FIELDS.replace("645", "650")})
"""
    )
    stack.up()
    assert twilio.world.numbers()[0]["emergency_address_status"] == "registered"
    stack.has_nothing_to_do()


def test_every_output_exists_and_is_known_in_preview(twilio, stack):
    twilio.world.add_number(NUMBERS[0])
    stack.program(
        GOOD
        + """
for name in ("sid", "street_secondary", "friendly_name", "account_sid", "address_on_file", "street"):
    pulumi.export(f"office-{name}", getattr(office, name))
for name in ("number_sid", "phone_number", "address_sid", "emergency_address_status", "registered_at", "account_sid"):
    pulumi.export(f"desk-{name}", getattr(desk, name))
"""
    )
    stack.up()
    planned = stack.preview("--expect-no-changes")
    assert "[unknown]" not in planned.text, planned.text
    assert "output<string>" not in planned.text


def test_cleared_friendly_name_is_the_default_again(twilio, stack):
    office = PROGRAM.partition("desk =")[0]
    stack.program(office)
    stack.up()
    default = twilio.world.addresses()[0]["friendly_name"]
    stack.program(office.replace('iso_country="US"', 'iso_country="US", friendly_name="Front office"'))
    stack.up()
    assert twilio.world.addresses()[0]["friendly_name"] == "Front office"
    stack.program(office)
    stack.up()
    assert [row["friendly_name"] for row in twilio.world.addresses()] == [default]
    stack.has_nothing_to_do()


def test_update_of_an_address_that_is_gone_names_refresh_which_works(covered):
    for row in covered.world.numbers():
        covered.world.rebind(row["sid"], None)
    covered.world.remove(covered.stack.outputs("office")["sid"])
    covered.stack.program(
        PROGRAM.replace('iso_country="US"', 'iso_country="US", friendly_name="Front office"')
    )
    ran = covered.stack.up(expect=None)
    if ran.code:
        assert "pulumi refresh" in ran.errors, ran.text
        covered.stack.refresh()
        covered.stack.up()
    assert {covered.world.number(covered.stack.outputs(name)["number_sid"])["emergency_address_status"]
            for name in ("desk", "lobby")} == {"registered"}  # fmt: skip
    covered.stack.has_nothing_to_do()


def test_destroy_takes_down_together_what_names_the_other_by_literal_sids(twilio, stack):
    """Nothing tells Pulumi of an order, as after an import, so it sends all deletes at once."""
    number = twilio.world.add_number(NUMBERS[0])
    domain = twilio.world.add_domain("example.sip.twilio.com")
    office = GOOD.partition("desk =")[0]
    stack.program(office)
    stack.up()
    (address,) = (each["sid"] for each in twilio.world.addresses())
    desk = f'NumberEmergencyBinding("desk", number_sid="{number}", address_sid="{address}")\n'
    stack.program(office + desk)
    stack.up()
    stack.program(office + desk + literal_domain(domain, number))
    stack.up()
    stack.destroy()
    assert stack.entries() == []
    assert twilio.world.domain(domain)["emergency_calling_enabled"] is False
    assert twilio.world.number(number)["emergency_address_status"] == "unregistered"
    assert twilio.world.addresses() == []


def test_destroy_of_a_caller_before_its_domain_is_refused_with_a_remedy_that_works(twilio, stack):
    """The address has to go last, so Pulumi deletes the binding first, and the domain with the address."""
    number = twilio.world.add_number(NUMBERS[0])
    domain = twilio.world.add_domain("example.sip.twilio.com")
    stack.program(GOOD)
    stack.up()
    stack.program(GOOD + literal_domain(domain, number))
    stack.up()
    assert "--continue-on-error" in stack.destroy(expect=1).errors
    assert twilio.world.number(number)["emergency_address_status"] == "registered"
    stack.destroy("--continue-on-error", expect=1)
    assert twilio.world.domain(domain)["emergency_calling_enabled"] is False
    stack.destroy()
    assert stack.entries() == []
    assert twilio.world.number(number)["emergency_address_status"] == "unregistered"


def test_destroy_of_an_address_before_its_bindings_is_refused_with_a_remedy_that_works(twilio, stack):
    """One delete at a time, of resources that nothing puts in an order: the address may be first."""
    numbers = [twilio.world.add_number(each) for each in NUMBERS[:2]]
    stack.program(GOOD.partition("desk =")[0])
    stack.up()
    (address,) = (each["sid"] for each in twilio.world.addresses())
    desks = "".join(
        f'NumberEmergencyBinding("desk-{index}", number_sid="{number}", address_sid="{address}")\n'
        for index, number in enumerate(numbers)
    )
    stack.program(GOOD.partition("desk =")[0] + desks)
    stack.up()
    said = stack.destroy("--target", stack.urn("office"), expect=1).errors
    assert "run it with --continue-on-error, then run it again" in said
    assert {each["emergency_address_status"] for each in twilio.world.numbers()} == {"registered"}
    stack.destroy(
        "--parallel", "1", "--continue-on-error", expect=None
    )  # refused where the address comes first
    stack.destroy("--parallel", "1")
    assert stack.entries() == []
    assert twilio.world.addresses() == []
    assert {each["emergency_address_status"] for each in twilio.world.numbers()} == {"unregistered"}


def literal_domain(domain, number):
    return f'SipDomainEmergency("phones", domain_sid="{domain}", emergency_caller_sid="{number}")\n'
