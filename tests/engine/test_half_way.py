"""An operation that stops half-way is in state, says so, and goes on in the next run."""

from __future__ import annotations

from twilio_emulator import Pace

PROGRAM = """
office = EmergencyAddress("office", customer_name="Twilio", street={street!r}, city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid,
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2s", update="{update}", delete="2s")))
"""
OLD = PROGRAM.format(street="645 HARRISON ST", update="2s")


def test_registration_past_its_limit_is_kept_and_awaited_by_the_next_up(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    world.pace(registration=Pace.after(15))
    stack.program(OLD)
    ran = stack.up(expect=1)
    assert "+14155550100 is still pending-registration" in ran.errors
    assert "not covered" in ran.errors
    assert "`pulumi up`" in ran.errors
    assert "Traceback" not in ran.text
    kept = stack.resources()["desk"]
    assert kept["id"] == number
    assert kept["outputs"]["emergency_address_status"] == "pending-registration"
    assert len(kept["initErrors"]) == 1

    again = stack.preview()
    assert "~ 1 to update" in again.text
    world.pace(registration=Pace.after(0.1))
    stack.program(OLD.replace('update="2s"', 'update="30s"'))
    writes = len([each for each in world.requests if each.method == "POST"])
    stack.up()
    assert len([each for each in world.requests if each.method == "POST"]) == writes, (
        "it only went on waiting"
    )
    assert "initErrors" not in stack.resources()["desk"]
    assert stack.outputs("desk")["emergency_address_status"] == "registered"
    stack.has_nothing_to_do()


def test_failed_registration_is_undone_and_tried_again_by_the_next_up(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    world.pace(registration=Pace.failing(0.5))
    stack.program(OLD)
    ran = stack.up(expect=1)
    assert "+14155550100" in ran.errors
    assert "registration-failure" in ran.errors
    assert world.number(number)["emergency_address_sid"] == ""
    assert "~ 1 to update" in stack.preview().text
    world.pace(registration=Pace.at_once())
    stack.up()
    assert stack.outputs("desk")["emergency_address_status"] == "registered"
    stack.has_nothing_to_do()


def test_failed_change_puts_the_old_address_back(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    stack.program(OLD)
    stack.up()
    old = stack.outputs("office")["sid"]
    world.pace(registration=Pace.failing(0.2))
    world.pace_for(old, registration=Pace.after(0.2))
    stack.program(PROGRAM.format(street="650 HARRISON ST", update="60s"))
    ran = stack.up(expect=1)
    assert "registration-failure" in ran.errors
    assert old in ran.errors
    assert world.number(number)["emergency_address_sid"] == old
    assert world.number(number)["emergency_address_status"] == "registered"
    assert stack.outputs("desk")["address_sid"] == old
    world.pace(registration=Pace.at_once())
    stack.up()
    assert world.number(number)["emergency_address_sid"] != old
    assert [row["sid"] for row in world.addresses()] == [stack.outputs("office")["sid"]]
    stack.has_nothing_to_do()


def test_change_stopped_between_two_addresses_goes_on_from_there(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    stack.program(OLD)
    stack.up()
    old = stack.outputs("office")["sid"]
    world.pace(unregistration=Pace.after(8))
    stack.program(PROGRAM.format(street="650 HARRISON ST", update="2s"))
    ran = stack.up(expect=1)
    assert "+14155550100 is still pending-unregistration" in ran.errors
    assert old in {row["sid"] for row in world.addresses()}, (
        "the old address is kept until the number has left it"
    )
    stack.program(PROGRAM.format(street="650 HARRISON ST", update="60s"))
    stack.up()
    assert world.number(number)["emergency_address_sid"] == stack.outputs("office")["sid"]
    assert stack.outputs("desk")["uncovered_seconds"] >= 4
    assert [row["sid"] for row in world.addresses()] == [stack.outputs("office")["sid"]]
    stack.has_nothing_to_do()


def test_destroy_past_its_limit_goes_on_in_the_next(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    stack.program(OLD)
    stack.up()
    world.pace(unregistration=Pace.after(8))
    ran = stack.destroy(expect=1)
    assert "+14155550100 is still pending-unregistration" in ran.errors
    assert "desk" in stack.resources()
    world.pace_for(number, unregistration=Pace.after(0.1))
    while world.number(number)["emergency_address_status"] != "unregistered":
        stack.destroy(expect=None)
    stack.destroy()
    assert world.addresses() == []
    assert stack.resources() == {}
