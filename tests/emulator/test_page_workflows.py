"""The page's three procedures, step by step, as its reader would do them."""

from __future__ import annotations

import pytest

from emulator.clients import ACROSS, HARRISON, refused
from twilio_emulator import Pace

PACES = {
    "at once": (Pace.at_once(), [], "registered", "unregistered"),
    "after a while": (Pace.after(30), [10, 19.9], "registered", "unregistered"),
    "failing after a while": (Pace.failing(30), [10, 19.9], "registration-failure", "unregistration-failure"),
}


def follow(emulator, number, waits, pending, end):
    """Read the status now and after each wait, up to the end."""
    for wait in waits:
        assert emulator.status(number) == pending
        emulator.clock.advance(wait)
    if waits:
        assert emulator.status(number) == pending
        emulator.clock.advance(0.2)
    assert emulator.status(number) == end


@pytest.mark.parametrize("pace", PACES)
def test_registering_an_address_takes_as_long_as_the_pace_says(emulator, pace):
    speed, waits, end, _ = PACES[pace]
    emulator.world.pace(registration=speed)
    number = emulator.number()

    address = emulator.client.addresses.create(**HARRISON)
    answer = emulator.bind(number, address.sid)

    assert answer.emergency_address_sid == address.sid
    assert answer.emergency_address_status == ("pending-registration" if waits else end)
    follow(emulator, number, waits, "pending-registration", end)


@pytest.mark.parametrize("pace", PACES)
def test_deleting_an_address_begins_with_taking_it_off_the_number(emulator, pace):
    speed, waits, _, end = PACES[pace]
    address = emulator.address()
    number = emulator.bound(address)
    emulator.world.pace(unregistration=speed)

    answer = emulator.unbind(number)

    assert answer.emergency_address_sid == ""
    assert answer.emergency_address_status == ("pending-unregistration" if waits else end)
    follow(emulator, number, waits, "pending-unregistration", end)
    if end == "unregistered":
        assert emulator.client.addresses(address).delete()
    else:
        with refused(21625):
            emulator.client.addresses(address).delete()


def test_changing_an_address_goes_through_unregistered(emulator):
    old, new = emulator.address(), emulator.address(ACROSS)
    number = emulator.bound(old)
    emulator.world.pace(registration=Pace.after(5), unregistration=Pace.after(5))

    with refused(21631):
        emulator.bind(number, new)
    seen = [emulator.unbind(number).emergency_address_status]
    with refused(21631):
        emulator.bind(number, new)
    emulator.clock.advance(5)
    seen += [emulator.status(number), emulator.bind(number, new).emergency_address_status]
    emulator.clock.advance(5)
    seen.append(emulator.status(number))

    assert seen == ["pending-unregistration", "unregistered", "pending-registration", "registered"]
    assert emulator.client.incoming_phone_numbers(number).fetch().emergency_address_sid == new


def test_domain_lets_emergency_calls_through_with_a_registered_caller(emulator):
    number = emulator.bound()
    domain = emulator.client.sip.domains(emulator.world.add_domain("scranton.sip.twilio.com"))

    assert domain.update(emergency_calling_enabled=True).emergency_calling_enabled is True
    assert domain.update(emergency_caller_sid=number).emergency_caller_sid == number
    assert domain.update(emergency_calling_enabled=False).emergency_calling_enabled is False
    assert domain.fetch().emergency_caller_sid == number


def test_whole_story_is_on_record(emulator):
    number = emulator.number()
    address = emulator.client.addresses.create(**HARRISON)
    emulator.bind(number, address.sid)
    emulator.unbind(number)
    address.delete()

    base = f"/Accounts/{emulator.account.sid}"
    assert [(each.k, each.method, each.path, each.status) for each in emulator.world.requests] == [
        (1, "POST", f"{base}/Addresses", 201),
        (2, "POST", f"{base}/IncomingPhoneNumbers/{number}", 200),
        (3, "POST", f"{base}/IncomingPhoneNumbers/{number}", 200),
        (4, "DELETE", f"{base}/Addresses/{address.sid}", 204),
    ]
    assert emulator.world.requests[2].form == (("EmergencyAddressSid", ""),)
    assert emulator.outcomes == ["answered"] * 4
    happened = [(event.kind, event.by) for event in emulator.world.history if event.sid == address.sid]
    assert happened == [("created", "api"), ("removed", "api")]
    told = [
        event.detail.get("emergency_address_status") for event in emulator.world.history if event.by == "time"
    ]
    assert told == ["registered", "unregistered"]
