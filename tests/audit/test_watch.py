"""Waiting for registrations with a clock that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from pulumi_twilio_emergency.audit.watch import NOT_OWNED, watch
from support.accounts import number, sid

A1 = sid("AD", 1)


@dataclass
class ManualClock:
    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def raise_if_interrupted(self) -> None:
        return


class Account:
    """Answers each look from a script; the last one stays."""

    def __init__(self, *looks: list) -> None:
        self.looks = list(looks)
        self.asked: list[str] = []

    def numbers(self) -> list:
        self.asked.append("list")
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def numbers_called(self, phone_number: str) -> list:
        self.asked.append(phone_number)
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return [each for each in look if each.phone_number == phone_number]


def names(*numbers) -> list[str]:
    return [each.phone_number for each in numbers]


PENDING, DONE, FAILED = (
    number(1, A1, "pending-registration"),
    number(1, A1),
    number(1, A1, "registration-failure"),
)
NAME = PENDING.phone_number


def test_pending_number_is_waited_for_with_growing_pauses():
    account, clock = Account([PENDING], [PENDING], [PENDING], [DONE]), ManualClock()
    watched = watch({NAME: account}, clock, 600)
    assert watched.all_registered
    assert clock.pauses == [2.0, 3.0, 4.5]


def test_time_limit_ends_the_waiting_to_the_second():
    clock = ManualClock()
    watched = watch({NAME: Account([PENDING])}, clock, 60)
    assert clock.now == 60
    assert (watched.waiting, watched.all_registered) == ([NAME], False)


def test_failure_unbound_and_foreign_numbers_are_given_up_after_two_looks():
    unbound = number(2)
    account, clock = Account([FAILED, unbound]), ManualClock()
    watched = watch(dict.fromkeys([NAME, unbound.phone_number, "+16172009999"], account), clock, 600)
    assert clock.pauses == [2.0]
    assert watched.given_up == set(watched.status)
    assert set(watched.status.values()) == {"registration-failure", "unregistered", NOT_OWNED}


def test_list_that_lags_gives_nothing_up():
    """A number that was bound a moment ago may still read unregistered once."""
    account = Account([number(1)], [PENDING], [number(1)], [DONE])
    assert watch({NAME: account}, ManualClock(), 600).all_registered


def test_many_numbers_are_read_by_the_list_and_few_one_by_one():
    many = [number(index, A1) for index in range(1, 6)]
    account = Account(many)
    watch(dict.fromkeys(names(*many), account), ManualClock(), 600)
    assert account.asked == ["list"]
    account = Account(many)
    watch(dict.fromkeys(names(*many[:3]), account), ManualClock(), 600)
    assert account.asked == names(*many[:3])


def test_registered_numbers_are_not_asked_for_again():
    other = number(2, A1, "pending-registration")
    account = Account([DONE, other], [DONE, other], [DONE, other], [number(2, A1)])
    watch(dict.fromkeys([NAME, other.phone_number], account), ManualClock(), 600)
    assert account.asked.count(NAME) == 1


def test_each_look_is_shown():
    shown = []
    watch(
        {NAME: Account([PENDING], [DONE])},
        ManualClock(),
        600,
        lambda watched: shown.append(len(watched.registered)),
    )
    assert shown == [0, 1]
