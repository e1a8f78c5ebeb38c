"""Look-ups that all resources of a process share, and the schedule of every wait."""

from __future__ import annotations

import itertools

import pytest

from pulumi_twilio_emergency.core.account.account import Account, Numbers
from pulumi_twilio_emergency.core.account.polling import FIRST_PAUSE, GROWTH, LONGEST_PAUSE, pauses
from pulumi_twilio_emergency.core.ports import GatewayError
from support.fake_twilio import ACCOUNT, FakeTwilio, Fault, domain, number, record, sid

DESK, ADDRESS, SITE = sid("PN", 1), sid("AD", 1), sid("SD", 1)


@pytest.fixture
def account():
    twilio = FakeTwilio(number(), number(2)).with_addresses(record()).with_domains(domain())
    return Account(twilio, twilio.clock)


LOOK_UPS = [("find_number", DESK), ("find_address", ADDRESS), ("find_domain", SITE)]


@pytest.mark.parametrize(("look_up", "wanted"), LOOK_UPS)
def test_look_up_of_what_is_there_returns_it(account, look_up, wanted):
    assert getattr(account, look_up)(wanted).sid == wanted


@pytest.mark.parametrize(("look_up", "wanted"), LOOK_UPS)
def test_look_up_of_what_is_gone_returns_none(account, look_up, wanted):
    assert getattr(account, look_up)(wanted[:-1] + "f") is None


@pytest.mark.parametrize(("look_up", "wanted"), LOOK_UPS)
def test_look_up_that_proves_nothing_raises(account, look_up, wanted):
    account.gateway.faults[1] = Fault.UNAVAILABLE

    with pytest.raises(GatewayError):
        getattr(account, look_up)(wanted)


def test_address_is_fetched_once(account):
    assert account.address(ADDRESS) is account.address(ADDRESS)
    assert account.gateway.asked[ADDRESS] == 1


def test_address_just_created_is_not_fetched(account):
    account.remember(record())

    assert account.address(ADDRESS) == record()
    assert account.gateway.log == []


def test_numbers_are_found_by_sid_and_by_phone_number(account):
    numbers = account.numbers.fresh()

    assert numbers.find(sid=DESK) == numbers.find(phone_number="+14152000001") == number()
    assert numbers.find(sid=sid("PN", 3)) is None
    assert numbers.find(phone_number="+1") is None
    assert numbers.find() is None
    assert list(numbers) == [number(), number(2)]


def test_number_listed_twice_counts_once():
    assert list(Numbers([number(), number()])) == [number()]


def test_account_knows_its_sid_and_its_deadlines(account):
    assert account.sid == ACCOUNT
    deadline = account.deadline(5)
    deadline.on_progress(None)
    assert deadline.at == account.clock.now + 5


def test_pauses_grow_to_the_longest():
    schedule = list(itertools.islice(pauses(), 60))

    assert schedule[0] == FIRST_PAUSE
    for one, other in itertools.pairwise(schedule):
        assert other == pytest.approx(min(LONGEST_PAUSE, one * GROWTH))
    assert schedule[-1] == LONGEST_PAUSE
