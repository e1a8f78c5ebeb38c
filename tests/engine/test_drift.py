"""What others change is seen by `refresh` and fixed by the next `up`."""

from __future__ import annotations

PROGRAM = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
spare = EmergencyAddress("spare", customer_name="Twilio", street="350 5TH AVE", city="NEW YORK",
    region="NY", postal_code="10118", iso_country="US")
for name, digits in (("desk", 0), ("lobby", 1), ("lift", 2)):
    NumberEmergencyBinding(name, phone_number=f"+1415555010{digits}", address_sid=office.sid)
SipDomainEmergency("phones", domain_name="example.sip.twilio.com")
"""
OFFICE_AND_DESK = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)
"""


def test_changes_by_others_are_seen_by_refresh_and_fixed_by_up(twilio, stack):
    world = twilio.world
    desk, lobby, lift = (world.add_number(f"+1415555010{digit}") for digit in range(3))
    domain = world.add_domain("example.sip.twilio.com")
    foreign = world.add_address(
        customer_name="Else", street="1 A ST", city="B", region="CA", postal_code="9", iso_country="US"
    )
    stack.program(PROGRAM)
    stack.up()
    office = stack.outputs("office")["sid"]

    world.remove(stack.outputs("spare")["sid"])
    world.rebind(desk, foreign)
    world.force_status(lobby, "registration-failure")
    world.set_domain(domain, emergency_calling_enabled=False)
    lists_before = len([each for each in world.requests if each.path.endswith("/IncomingPhoneNumbers")])
    seen = stack.refresh("--diff")

    assert f'"{office}" => "{foreign}"' in seen.text
    assert '"registered" => "registration-failure"' in seen.text
    assert "true => false" in seen.text
    assert "spare" not in stack.resources()
    lists = len([each for each in world.requests if each.path.endswith("/IncomingPhoneNumbers")])
    assert lists - lists_before <= 2, "a list serves the refresh of all bindings, another one their diff"

    planned = stack.preview("--diff")
    assert "+ 1 to create" in planned.text
    assert "~ 3 to update" in planned.text
    assert "2 unchanged" in planned.text.replace("3 unchanged", "2 unchanged")

    stack.up()
    for number in (desk, lobby, lift):
        assert world.number(number)["emergency_address_status"] == "registered"
        assert world.number(number)["emergency_address_sid"] == office
    assert world.domain(domain)["emergency_calling_enabled"]
    assert stack.outputs("spare")["sid"] in {row["sid"] for row in world.addresses()}
    assert foreign in {row["sid"] for row in world.addresses()}, "what is not ours is not touched"
    stack.has_nothing_to_do()


def test_released_number_leaves_state_and_is_missing_in_preview_and_up(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    stack.program(OFFICE_AND_DESK)
    stack.up()
    world.remove(number)
    stack.refresh()
    assert "desk" not in stack.resources()
    warned = stack.preview()
    assert "+14155550100" in warned.errors
    failed = stack.up(expect=1)
    assert twilio.account_sid in failed.errors
    assert "+14155550100" in failed.errors
    assert "Traceback" not in failed.text


def test_lost_registration_is_seen_by_preview_and_fixed_by_up(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    domain = world.add_domain("example.sip.twilio.com")
    stack.program(
        """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)
SipDomainEmergency("phones", domain_name="example.sip.twilio.com")
"""
    )
    stack.up()
    world.force_status(number, "registration-failure")
    world.set_domain(domain, emergency_calling_enabled=False)
    planned = stack.preview()
    assert "~ 2 to update" in planned.text
    assert "registration-failure" in planned.errors
    assert "example.sip.twilio.com" in planned.errors
    stack.up()
    assert world.number(number)["emergency_address_status"] == "registered"
    assert world.domain(domain)["emergency_calling_enabled"]
    stack.has_nothing_to_do()


def test_address_that_is_no_longer_for_emergencies_is_seen_by_refresh_and_replaced_by_up(twilio, stack):
    world = twilio.world
    number = world.add_number("+14155550100")
    stack.program(OFFICE_AND_DESK)
    stack.up()
    before = stack.outputs("office")["sid"]
    world.set_address(before, emergency_enabled=False)

    seen = stack.refresh("--diff")
    assert "emergency_enabled" in seen.text
    assert f"{before} is no longer an emergency address" in seen.text

    planned = stack.preview()
    assert "+-1 to replace" in planned.text
    assert "+14155550100 is uncovered while its address changes" in planned.text

    stack.up()
    [row] = world.addresses()
    assert row["sid"] == stack.outputs("office")["sid"] != before
    assert row["emergency_enabled"]
    assert world.number(number)["emergency_address_sid"] == row["sid"]
    assert world.number(number)["emergency_address_status"] == "registered"
    stack.has_nothing_to_do()
