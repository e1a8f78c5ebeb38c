"""Programs that hand numbers from one binding to another in one run."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.problem import EmergencyError
from support.handler_commands import binding, emergency_address, sip_domain
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
    assert sum("is uncovered" in text for text in command.warnings()) == 2


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
    [leaving] = [text for text in command.warnings(two.desks[0]) if "leaves this binding" in text]
    assert "unless another resource of the program declares it" in leaving
    assert "will lose" not in leaving
    assert not [text for text in command.warnings(two.desks[1]) if "leaves this binding" in text], (
        "the first binding has declared that number already"
    )


def test_caller_that_leaves_its_binding_for_another_one_is_not_said_to_be_refused(two):
    """Preview asks the first binding before the second one has declared the number."""
    domain = two.twilio.world.add_domain("example.sip.twilio.com")
    phones = sip_domain()
    two.twilio.command().up(phones, domain_sid=domain, emergency_caller_sid=two.numbers[0])
    command = two.twilio.command()
    two.up_addresses(command)
    olds = [desk.copy() for desk in two.desks]
    for desk, number, office in zip(two.desks, reversed(two.numbers), two.offices, strict=True):
        command.up(desk, number_sid=number, address_sid=office.id)

    warning = command.warnings(two.desks[0])[1]
    for old in olds:
        command.delete(old)
    _, meaning, remedy = warning.splitlines()
    assert "unless another resource of the program declares it, or the same run gives that domain" in meaning
    assert remedy.startswith("If no other resource declares it, set the domain's emergency_caller_sid")
    assert two.places() == ["second", "first"]


def move_away(two, command):
    two.twilio.world.add_number("+14155550109")
    program = {"phone_number": "+14155550109", "address_sid": two.offices[0].id}
    assert command.preview(two.desks[0], **program) == ["phone_number"]
    return command.warnings(two.desks[0])


def test_number_that_leaves_its_binding_is_named_with_the_conditions(two):
    [warning] = move_away(two, two.twilio.command())

    assert warning.startswith("+14155550100 leaves this binding, which names another number now.")
    assert "retain_on_delete" in warning


def test_number_that_leaves_its_binding_for_one_of_another_account_is_named_too(two):
    branch = two.twilio.world.add_account(parent=two.twilio.settings.account_sid).sid
    two.twilio.world.add_number("+14155550108", account_sid=branch)
    there = two.twilio.world.add_address(**HARRISON, account_sid=branch)
    program = {"phone_number": "+14155550108", "address_sid": there, "account_sid": branch}
    command = two.twilio.command()

    assert command.preview(two.desks[0], **program) == ["phone_number", "account_sid"]

    [warning] = command.warnings(two.desks[0])
    assert warning.startswith("+14155550100 leaves this binding, which names another number now.")


def test_number_that_leaves_its_binding_and_is_an_emergency_caller_is_warned_of_in_preview(two):
    """`up` would replace the binding, and refuse the delete of the old one."""
    domain = two.twilio.world.add_domain("example.sip.twilio.com")
    phones = sip_domain()
    two.twilio.command().up(phones, domain_sid=domain, emergency_caller_sid=two.numbers[0])

    warning = move_away(two, two.twilio.command())[-1]

    assert warning.startswith(
        "+14155550100 leaves this binding and is the emergency caller of example.sip.twilio.com."
    )
    command, old = two.twilio.command(), two.desks[0].copy()
    command.up(two.desks[0], phone_number="+14155550109", address_sid=two.offices[0].id)
    with pytest.raises(EmergencyError, match="is the emergency caller of example"):
        command.delete(old)
    command.up(phones, domain_sid=domain, emergency_caller_sid=two.desks[0].id)
    command.delete(old)
    assert two.places() == ["unregistered", "second"]


def test_binding_that_was_renamed_and_moved_ends_registered(two):
    command, renamed = two.twilio.command(), binding("front-desk")
    two.up_addresses(command)
    command.up(two.desks[1], number_sid=two.numbers[1], address_sid=two.offices[1].id)

    assert command.up(renamed, number_sid=two.numbers[0], address_sid=two.offices[1].id) == "create"
    command.delete(two.desks[0])

    assert two.places() == ["second", "second"]
    assert any("is uncovered" in text for text in command.warnings(renamed))


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
