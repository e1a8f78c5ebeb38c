"""Programs that hand numbers from one binding to another in one run."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.problem import EmergencyError
from support.handler_commands import binding, emergency_address
from support.places import ACROSS, HARRISON
from twilio_emulator import Pace


class Two:
    """Two addresses, and a number bound to each."""

    def __init__(self, twilio) -> None:
        self.twilio = twilio
        self.numbers = [twilio.world.add_number(f"+1415555010{index}") for index in range(2)]
        self.offices = [emergency_address("first"), emergency_address("second")]
        self.desks = [binding("first-desk"), binding("second-desk")]
        command = twilio.command()
        self.up_addresses(command)
        for desk, number, office in zip(self.desks, self.numbers, self.offices, strict=True):
            command.up(desk, number_sid=number, address_sid=office.id)

    def up_addresses(self, command) -> None:
        for office, place in zip(self.offices, (HARRISON, ACROSS), strict=True):
            command.up(office, **place)

    def places(self):
        """Return the office at which each number is registered."""
        by_sid = {office.id: office.name for office in self.offices}
        seen = [self.twilio.coverage(number) for number in self.numbers]
        return [by_sid.get(sid) if status == "registered" else status for sid, status in seen]


@pytest.fixture
def two(twilio):
    two = Two(twilio)
    assert two.places() == ["first", "second"]
    return two


def test_bindings_that_exchange_addresses_end_registered(two):
    command = two.twilio.command()
    two.up_addresses(command)
    for desk, number, office in zip(two.desks, two.numbers, reversed(two.offices), strict=True):
        assert command.up(desk, number_sid=number, address_sid=office.id) == "update"

    assert two.places() == ["second", "first"]
    assert sum("will be uncovered" in text for text in command.warnings()) == 2


def test_bindings_that_exchange_numbers_end_registered(two):
    """Each is a replacement: both successors are created before either old copy is deleted."""
    command = two.twilio.command()
    two.up_addresses(command)
    olds = [desk.copy() for desk in two.desks]
    for desk, number, office in zip(two.desks, reversed(two.numbers), two.offices, strict=True):
        assert command.up(desk, number_sid=number, address_sid=office.id) == ["number_sid"]
    for old in olds:
        command.delete(old)

    assert two.places() == ["second", "first"]


def test_binding_that_was_renamed_and_moved_ends_registered(two):
    command, renamed = two.twilio.command(), binding("front-desk")
    two.up_addresses(command)
    command.up(two.desks[1], number_sid=two.numbers[1], address_sid=two.offices[1].id)

    assert command.up(renamed, number_sid=two.numbers[0], address_sid=two.offices[1].id) == "create"
    command.delete(two.desks[0])

    assert two.places() == ["second", "second"]
    assert any("will be uncovered" in text for text in command.warnings(renamed))


def test_binding_whose_renamed_successor_failed_is_kept_and_recovers(two):
    """`up --continue-on-error`: the registration of the successor fails and is rolled back."""
    command, renamed = two.twilio.command(), binding("front-desk")
    two.up_addresses(command)
    two.twilio.world.pace_for(two.offices[1].id, registration=Pace.failing())
    program = {"number_sid": two.numbers[0], "address_sid": two.offices[1].id}

    with pytest.raises(EmergencyError):
        command.up(renamed, **program)
    with pytest.raises(EmergencyError, match="front-desk was to take it over and failed"):
        command.delete(two.desks[0])
    assert two.places() == ["first", "second"]

    two.twilio.world.pace_for(two.offices[1].id, registration=Pace.at_once())
    command = two.twilio.command()
    two.up_addresses(command)
    command.up(renamed, **program)
    command.delete(two.desks[0])
    assert two.places() == ["second", "second"]


def test_binding_that_is_replaced_by_another_number_lets_the_old_one_go(two):
    number = two.twilio.world.add_number("+14155550109")
    command, old = two.twilio.command(), two.desks[0].copy()
    two.up_addresses(command)

    assert command.up(two.desks[0], phone_number="+14155550109", address_sid=two.offices[0].id) == [
        "phone_number"
    ]
    command.delete(old)

    assert two.places() == ["unregistered", "second"]
    assert two.twilio.coverage(number) == (two.offices[0].id, "registered")


def test_address_and_binding_that_are_removed_leave_the_others_in_force(two):
    command = two.twilio.command()
    command.up(two.offices[1], **ACROSS)
    command.up(two.desks[1], number_sid=two.numbers[1], address_sid=two.offices[1].id)
    command.delete(two.desks[0])
    command.delete(two.offices[0])

    assert two.places() == ["unregistered", "second"]
    assert [each["sid"] for each in two.twilio.world.addresses()] == [two.offices[1].id]
