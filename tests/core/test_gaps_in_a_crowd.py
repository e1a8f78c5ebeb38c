"""Many numbers that change their address side by side: the gap of each is hardly longer than that of one alone."""

from __future__ import annotations

import contextlib
import threading

import pytest

from pulumi_twilio_emergency.core.account.account import Account
from pulumi_twilio_emergency.core.account.gap_limit import GapLimit
from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.core.operations.binding import DesiredBinding, bind
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import request_scope
from support.fake_twilio import IN_TIME, Crowd, FakeTwilio, ManualClock, number, reached, record, sid
from support.virtual_time import BusyTwilio, VirtualClock

OLD, NEW, THEIRS = sid("AD", 1), sid("AD", 2), sid("AD", 3)


class WatchedTwilio(BusyTwilio):
    """Keeps from when to when each number was without a registered address."""

    def __init__(self, *numbers, **how) -> None:
        super().__init__(*numbers, **how)
        self.cleared: dict[str, float] = {}
        self.gaps: dict[str, float] = {}

    def _unregister(self, was) -> None:
        self.cleared[was.sid] = self.clock.now
        super()._unregister(was)

    def set(self, number_sid, status, **fields) -> None:
        if status == "registered":
            self.gaps[number_sid] = self.clock.now - self.cleared[number_sid]
        super().set(number_sid, status, **fields)


def change_all(count: int, takes: float, *, reported: bool = False) -> tuple[list, float]:
    """Change the address of so many numbers at once; return their gaps and the time of all, in seconds."""
    clock = VirtualClock()
    numbers = [number(each + 1, OLD, "registered") for each in range(count)]
    twilio = WatchedTwilio(*numbers, clock=clock, slots=16, seconds=0.3)
    twilio.takes = takes
    account = Account(twilio, clock, concurrency=16)
    account.remember(record(2))
    began = clock.now

    def change(each):
        desired = DesiredBinding(each.sid, NEW, ours=frozenset({OLD}))
        return bind(account, desired, account.deadline(3600))

    results = clock.run([lambda each=each: change(each) for each in numbers])
    assert all(result.number.covered for result in results)
    gaps = [twilio.gaps[each.sid] for each in numbers]
    if reported:
        gaps = list(zip(gaps, (each.uncovered_seconds for each in results), strict=True))
    return gaps, clock.now - began


@pytest.mark.parametrize("takes", [0.0, 5.0])
def test_gap_in_a_crowd_is_hardly_longer_than_alone(takes):
    """
    Requests of 0.3 s, 16 at a time, 250 numbers: 1,000 requests, and so 19 s at the very least.
    """
    [alone], _ = change_all(1, takes)
    gaps, seconds = change_all(250, takes)

    assert max(gaps) <= 1.5 * alone
    assert seconds <= 45


def test_reported_gap_is_the_real_one_within_a_few_requests():
    gaps, _ = change_all(20, 5.0, reported=True)

    assert all(abs(real - reported) < 2 for real, reported in gaps)


def test_turn_is_refused_at_the_deadline_and_when_interrupted():
    clock = ManualClock()
    limit = GapLimit(clock, concurrency=1)
    crowd, holding, go_on = Crowd(), threading.Event(), threading.Event()

    def hold():
        with limit.entering():
            holding.set()
            assert go_on.wait(IN_TIME)

    def wait(deadline):
        with request_scope(deadline=deadline), limit.entering():
            raise AssertionError

    crowd.send(hold)
    reached(holding.is_set)
    crowd.send(wait, clock.now + 10)
    crowd.send(wait, None)
    reached(lambda: clock.blocked == 2)
    clock.now += 10
    reached(lambda: crowd.home == 1)
    clock.interrupted = True
    reached(lambda: crowd.home == 2)
    go_on.set()

    _, late, interrupted = crowd.outcomes()
    assert isinstance(late, GatewayError)
    assert isinstance(interrupted, Interrupted)


@pytest.mark.parametrize(
    ("listed", "truth", "cleared"),
    [
        pytest.param(None, OLD, True, id="as before"),
        pytest.param(THEIRS, OLD, True, id="a late list"),
        pytest.param(THEIRS, THEIRS, False, id="bound by others"),
    ],
)
def test_number_that_has_waited_for_its_turn_is_looked_at_again(listed, truth, cleared):
    desk = number(1, OLD, "registered")
    twilio = FakeTwilio(desk).with_addresses(record(2))
    account = Account(twilio, twilio.clock)

    @contextlib.contextmanager
    def slow_turn():
        if listed:
            twilio.listed[desk.sid] = number(1, listed, "registered")
        twilio.set(desk.sid, "registered", emergency_address_sid=truth)
        yield 30.0

    account.gaps.entering = slow_turn
    desired = DesiredBinding(desk.sid, NEW, ours=frozenset({OLD}))
    if cleared:
        assert bind(account, desired, account.deadline(600)).number.covered
    else:
        with pytest.raises(Refused, match=THEIRS):
            bind(account, desired, account.deadline(600))
        assert twilio.writes == []
