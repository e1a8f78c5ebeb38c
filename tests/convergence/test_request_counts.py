"""How many requests a number costs, whatever is added to the provider: three, and lists that all numbers share."""

from __future__ import annotations

from collections import Counter

import pytest

from pulumi_twilio_emergency.core.account.account import Account
from pulumi_twilio_emergency.core.operations.binding import DesiredBinding, bind
from support.convergence import Convergence, address, binding
from support.fake_twilio import number, record, sid
from support.virtual_time import BusyTwilio, VirtualClock
from twilio_emulator import Pace

NUMBERS = [f"+1415555{digits:04}" for digits in range(12)]
OFFICE = address("office", "across")
THREE = Counter(GET=2, POST=1)  # a look, the write, and the fetch that confirms what the write came to


@pytest.fixture
def stack():
    stack = Convergence()
    stack.world.pace(registration=Pace.at_once(), unregistration=Pace.at_once())
    return stack


def program(stack, count):
    for phone_number in NUMBERS[:count]:
        stack.world.add_number(phone_number)
    return [OFFICE, *(binding(f"desk-{place}", NUMBERS[place], "office") for place in range(count))]


def asked_of_single_numbers(stack, command):
    """Return what a command asked of each number that it asked anything of, and how many lists it read."""
    before = len(stack.world.requests)
    ran = command()
    assert ran.ok, ran.failures
    asked = [each for each in stack.world.requests[before:] if "/IncomingPhoneNumbers" in each.path]
    singles: dict[str, Counter[str]] = {}
    for each in asked:
        if "/IncomingPhoneNumbers/" in each.path:
            singles.setdefault(each.path, Counter())[each.method] += 1
    return list(singles.values()), sum(each.path.endswith("/IncomingPhoneNumbers") for each in asked)


@pytest.mark.parametrize("count", [1, 12])
def test_registration_and_removal_cost_three_requests_a_number(stack, count):
    declared = program(stack, count)

    assert asked_of_single_numbers(stack, lambda: stack.up(declared))[0] == [THREE] * count
    assert asked_of_single_numbers(stack, stack.destroy)[0] == [THREE] * count


def test_numbers_registered_one_after_another_share_a_list(stack):
    declared = program(stack, 12)

    assert asked_of_single_numbers(stack, lambda: stack.up(declared))[1] <= 3


def test_address_of_many_numbers_is_fetched_for_all_of_them(stack):
    stack.up([OFFICE])
    declared = program(stack, 12)
    before = len(stack.world.requests)

    assert stack.up(declared).ok

    fetched = [each for each in stack.world.requests[before:] if "/Addresses/" in each.path]
    assert len(fetched) <= 2, "one for what is declared, one for what is bound"


@pytest.mark.parametrize("command", ["refresh", "up"])
def test_command_without_changes_costs_a_list_or_two_and_nothing_a_number(stack, command):
    declared = program(stack, 12)
    stack.up(declared)
    run = {"refresh": stack.refresh, "up": lambda: stack.up(declared)}[command]

    singles, lists = asked_of_single_numbers(stack, run)

    assert singles == []
    assert 1 <= lists <= 2


@pytest.mark.parametrize("count", [20, 200])
def test_numbers_that_wait_together_share_their_looks(count):
    """Registered in half a minute of virtual time: the lists are as many as one number alone needs looks."""
    clock = VirtualClock()
    twilio = BusyTwilio(*(number(each) for each in range(count)), clock=clock, slots=16, seconds=0.05)
    twilio.with_addresses(record(2))
    twilio.takes = 30.0
    account = Account(twilio, clock, concurrency=16)
    account.remember(record(2))

    def register(number_sid):
        return bind(account, DesiredBinding(number_sid, sid("AD", 2)), account.deadline(600))

    results = clock.run([lambda each=each: register(each) for each in twilio.truth])

    assert all(result.number.covered for result in results)
    assert len(twilio.writes) == count
    assert {twilio.asked[number_sid] for number_sid in twilio.truth} == {2}
    # Pauses grow by a tenth from one second on: 15 looks in 30 s, and a few for those who came late.
    assert 10 <= twilio.asked["list"] <= 20
