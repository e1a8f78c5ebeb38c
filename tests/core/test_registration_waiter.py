"""Everybody who waits for a number shares the looks, and believes a fetch only."""

from __future__ import annotations

import itertools
import math
import threading
from dataclasses import replace

import pytest

from pulumi_twilio_emergency.core.account import registration_waiter
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.account.polling import LONGEST_PAUSE
from pulumi_twilio_emergency.core.account.registration_waiter import Deadline, DeadlinePassed, RegistrationWaiter
from pulumi_twilio_emergency.core.request_scope import Urgency, request_scope
from support.fake_twilio import IN_TIME, Crowd, ManualClock, FakeTwilio, number, reached, sid

HOME = sid("AD", 1)
FINAL = {"registered", "registration-failure"}


def settled(seen):
    return seen.emergency_address_status in FINAL


def pending(digits=1):
    return number(digits, HOME, "pending-registration")


class Room:
    """A waiter over a few pending numbers and a manual clock: things happen only while somebody sleeps."""

    def __init__(self, numbers: int, others: int = 0) -> None:
        self.numbers = [pending(each + 1) for each in range(numbers)]
        self.twilio = FakeTwilio(*self.numbers, *(number(10_000 + each) for each in range(others)))
        self.clock = ManualClock()
        self.clock.at_sleep = self._at_sleep
        self.began = self.clock.now
        self.waiter = RegistrationWaiter(self.twilio, self.clock)
        self.expected = 0
        self.in_step = True
        self._to_come = []

    @property
    def waiting(self) -> int:
        return len(self.waiter._waiters)

    @property
    def passed(self) -> float:
        return self.clock.now - self.began

    def _at_sleep(self) -> None:
        if self.expected:
            reached(lambda: self.waiting == self.expected)
            self.expected = 0
        if self.in_step:
            # Whoever does not look comes to rest first, so that the order of things is always the same.
            reached(lambda: len(self.waiter._turn._waiters) >= self.waiting - 1)
        for event in [each for each in self._to_come if self.passed >= each[0]]:
            self._to_come.remove(event)
            event[1]()

    def after(self, seconds: float, act) -> None:
        """Have something happen as soon as that much time has passed."""
        self._to_come.append((seconds, act))

    def until(self, which: int = 0, seconds: float = 3600.0, tell=lambda _waited: None, settled=settled):
        deadline = Deadline(self.began + seconds, tell)
        return self.waiter.wait_until(self.numbers[which], settled, deadline)

    def settle(self, status: str = "registered") -> None:
        for each in self.numbers:
            self.twilio.set(each.sid, status)

    def all_in(self, **how) -> Crowd:
        """Send everybody in; nobody looks before all are there."""
        self.expected = len(self.numbers)
        crowd = Crowd()
        for which in range(len(self.numbers)):
            crowd.send(lambda which=which: self.until(which, **how))
        return crowd


def test_what_is_settled_already_is_only_confirmed():
    room = Room(1)
    room.settle()

    room.numbers = [room.twilio.truth[room.numbers[0].sid]]

    assert room.until().covered
    assert room.twilio.asked == {room.numbers[0].sid: 1}
    assert room.passed == 0


def test_what_only_seemed_settled_is_waited_for():
    room = Room(1)
    room.numbers = [replace(room.numbers[0], emergency_address_status="registered")]
    room.after(10, room.settle)

    assert room.until().covered
    assert 10 <= room.passed < 15


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_state_ends_the_wait_good_or_bad(status):
    room = Room(1)
    room.after(30, lambda: room.settle(status))

    assert room.until().emergency_address_status == status


def test_one_number_is_fetched_and_never_listed():
    room = Room(1, others=1500)
    room.after(30, room.settle)

    room.until()

    assert room.twilio.asked["list"] == 0


@pytest.mark.parametrize(
    ("waiting", "of", "lists", "fetches"),
    [
        pytest.param(2, 2, 3, 2, id="two of one page are listed"),
        pytest.param(2, 1000, 3, 2, id="a full page is one page"),
        pytest.param(2, 1001, 1, 6, id="two of two pages are fetched once that is known"),
        pytest.param(3, 1001, 3, 3, id="three of two pages are listed"),
        pytest.param(4, 3500, 1, 12, id="four of four pages are fetched once that is known"),
        pytest.param(5, 3500, 3, 5, id="five of four pages are listed"),
    ],
)
def test_a_look_takes_the_fewest_requests(waiting, of, lists, fetches):
    room = Room(waiting, others=of - waiting)
    room.after(2.5, room.settle)  # between the second look and the third
    crowd = room.all_in()

    crowd.outcomes()

    assert (room.twilio.asked["list"], room.twilio.fetches) == (lists, fetches)


def test_each_number_is_confirmed_by_a_fetch():
    room = Room(5)
    room.after(5, room.settle)
    crowd = room.all_in()

    assert [each.sid for each in crowd.outcomes()] == [each.sid for each in room.numbers]
    assert all(room.twilio.asked[each.sid] == 1 for each in room.numbers)


def test_a_list_that_runs_ahead_does_not_settle_a_number():
    room = Room(2)
    room.twilio.listed = {
        each.sid: replace(each, emergency_address_status="registered") for each in room.numbers
    }
    room.after(20, room.settle)
    crowd = room.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert room.passed >= 20


def test_a_late_list_does_not_settle_a_number():
    room = Room(2)
    room.settle("registration-failure")
    room.twilio.listed = {each.sid: each for each in room.numbers}
    room.after(10, room.settle)
    room.after(20, room.twilio.listed.clear)
    crowd = room.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert room.passed >= 20


def test_a_number_that_the_list_leaves_out_is_fetched_in_each_look():
    room = Room(3)
    left_out = room.numbers[0].sid
    room.twilio.listed = {left_out: None}
    room.after(10, lambda: room.twilio.set(left_out, "registered"))
    room.after(60, room.settle)
    crowd = room.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert room.twilio.asked[left_out] >= 6
    assert room.twilio.asked[room.numbers[1].sid] == 1


def test_a_number_that_is_gone_is_bad_news_for_its_own_waiter_only():
    room = Room(3)
    room.after(5, lambda: room.twilio.truth.pop(room.numbers[1].sid))
    room.after(10, lambda: [room.twilio.set(room.numbers[each].sid, "registered") for each in (0, 2)])
    crowd = room.all_in()

    first, second, third = crowd.outcomes()

    assert first.covered
    assert isinstance(second, GatewayError)
    assert second.gone
    assert third.covered


@pytest.mark.parametrize("waiting", [1, 3])
@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_end_every_wait(waiting, status):
    room = Room(waiting)
    trouble = GatewayError("not you", status=status)

    def refuse(_what):
        raise trouble

    room.twilio.before = refuse

    outcomes = room.all_in().outcomes()

    assert {(type(each), each.status, each.text) for each in outcomes} == {(GatewayError, status, "not you")}
    assert len({id(each) for each in outcomes}) == waiting, "one object in many threads grows one traceback"


@pytest.mark.parametrize("waiting", [1, 3])
@pytest.mark.parametrize(
    "trouble",
    [
        GatewayError("Too Many Requests", status=429, code=20429),
        GatewayError("broken", status=500, outcome_unknown=True),
        GatewayError("the connection broke before Twilio answered", outcome_unknown=True),
    ],
    ids=str,
)
def test_trouble_that_passes_is_survived_by_all(waiting, trouble):
    room = Room(waiting)
    asked = itertools.count()

    def fail_at_first(_what):
        if next(asked) < 5:
            raise trouble

    room.twilio.before = fail_at_first
    room.after(20, room.settle)
    crowd = room.all_in()

    assert all(each.covered for each in crowd.outcomes())


def test_trouble_that_passes_is_survived_by_the_confirmation_too():
    room = Room(1)
    room.settle()
    room.numbers = [room.twilio.truth[room.numbers[0].sid]]
    asked = itertools.count()

    def fail_at_first(_what):
        if next(asked) == 0:
            raise GatewayError("broken", status=503, outcome_unknown=True)

    room.twilio.before = fail_at_first

    assert room.until().covered


def test_a_look_between_confirmation_and_return_changes_nothing():
    room = Room(2)
    one, other = (each.sid for each in room.numbers)
    told, confirmations = [], []

    def lagging_in_between(seen):
        if seen.emergency_address_status == "registered":
            confirmations.append(seen)
            if len(confirmations) == 2:
                room.twilio.listed[one] = room.numbers[0]
                looks = len(told)
                reached(lambda: len(told) >= looks + 3)
        return settled(seen)

    room.in_step, room.expected = False, 2
    room.after(5, lambda: room.twilio.set(one, "registered"))
    first, second = Crowd(), Crowd()
    first.send(lambda: room.until(0, 1e9, settled=lagging_in_between))
    second.send(lambda: room.until(1, 1e9, tell=told.append))
    [returned] = first.outcomes()
    room.twilio.set(other, "registered")

    assert returned.emergency_address_status == "registered"
    assert second.outcomes()[0].covered


def test_time_is_up_at_the_deadline_and_not_later():
    room = Room(1)

    with pytest.raises(DeadlinePassed) as up:
        room.until(seconds=100)

    assert up.value.number == room.numbers[0]
    assert up.value.seconds == room.passed == pytest.approx(100)


def test_the_last_look_is_at_the_deadline():
    room = Room(1)
    room.after(100, room.settle)

    assert room.until(seconds=100).covered


def test_when_time_is_up_the_number_is_told_as_last_seen():
    room = Room(1)
    room.after(50, lambda: room.settle("pending-unregistration"))

    with pytest.raises(DeadlinePassed, match="pending-unregistration"):
        room.until(seconds=100)


def test_without_any_time_left_nothing_is_looked_at():
    room = Room(1)

    with pytest.raises(DeadlinePassed):
        room.until(seconds=0)

    assert room.twilio.asked.total() == 0


def test_who_follows_keeps_an_earlier_deadline_than_the_looker(monkeypatch):
    monkeypatch.setattr(registration_waiter, "FOLLOWER_PATIENCE", 0.005)
    room = Room(2)
    go_on = threading.Event()
    crowd = Crowd()
    room.after(0, go_on.wait)
    crowd.send(room.until, 0)
    reached(lambda: room.passed > 0)
    follower = Crowd()
    follower.send(room.until, 1, 50)
    reached(lambda: room.waiting == 2)
    room.clock.now += 60

    [outcome] = follower.outcomes()
    room.settle()
    go_on.set()

    assert isinstance(outcome, DeadlinePassed)
    assert crowd.outcomes()[0].covered


def test_an_interrupted_wait_leaves_the_room_empty_and_usable():
    room = Room(1)

    def interrupt():
        raise Interrupted

    room.after(10, interrupt)
    with pytest.raises(Interrupted):
        room.until()
    assert room.waiting == 0

    room.settle()
    assert room.until().covered


def test_an_interruption_of_the_looker_hands_over_to_another():
    room = Room(3)

    def interrupt():
        raise Interrupted

    room.after(0, interrupt)
    room.after(10, room.settle)

    outcomes = room.all_in().outcomes()

    assert sum(isinstance(each, Interrupted) for each in outcomes) == 1
    assert sum(not isinstance(each, Exception) and each.covered for each in outcomes) == 2


def test_a_looker_whose_number_is_ready_hands_over_when_it_leaves():
    room = Room(10)
    for place, each in enumerate(room.numbers):
        room.after(10 * (place + 1), lambda each=each: room.twilio.set(each.sid, "registered"))
    crowd = room.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert room.waiting == 0
    assert 100 <= room.passed < 120


def test_a_mistake_in_a_look_is_raised_once_and_stops_nobody_else():
    room = Room(3)
    asked = itertools.count()

    def fail_at_first(_what):
        if next(asked) == 0:
            raise ZeroDivisionError

    room.twilio.before = fail_at_first
    room.after(10, room.settle)
    crowd = room.all_in()

    outcomes = crowd.outcomes()

    assert sorted(type(each).__name__ for each in outcomes) == ["Number", "Number", "ZeroDivisionError"]


def test_trouble_with_telling_is_the_tellers_own():
    room = Room(1)

    def stumble(_waited):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        room.until(tell=stumble)

    assert room.waiting == 0


def test_after_each_look_it_is_told_how_long_and_with_how_many_others():
    room = Room(1)
    told = []
    room.after(4, room.settle)

    room.until(tell=told.append)

    assert [each.seconds for each in told[:2]] == [0, 1]
    assert told == sorted(told, key=lambda each: each.seconds)
    assert {each.number for each in told} == set(room.numbers)
    assert {each.others for each in told} == {0}


def test_it_is_told_in_the_waiting_thread():
    room = Room(5)
    told = []
    room.after(10, room.settle)

    room.all_in(tell=lambda waited: told.append((threading.get_ident(), waited))).outcomes()

    assert len({(thread, waited.number.sid) for thread, waited in told}) == 5
    assert max(waited.others for _, waited in told) == 4


def test_pauses_grow_with_the_time_that_was_waited():
    room = Room(1)
    looks = []
    room.twilio.before = lambda _what: looks.append(room.passed)
    room.after(300, room.settle)

    room.until()

    assert looks[0] == 1
    for count, (one, other) in enumerate(itertools.pairwise(looks[:-1]), start=1):
        pause = min(LONGEST_PAUSE, 1.1**count)
        assert 0.8 * pause <= other - one <= pause + 1e-6
    assert looks[-1] == looks[-2], "confirmed at once"


def test_who_comes_in_late_is_looked_at_a_second_later():
    room = Room(2)
    late = Crowd()
    came, looks = [], []

    def come_in():
        room.twilio.before = lambda _what: looks.append(room.passed)
        late.send(room.until, 1)
        reached(lambda: room.waiting == 2)
        came.append(room.passed)

    room.after(200, come_in)
    room.after(202, room.settle)
    room.until(0)

    assert late.outcomes()[0].covered
    assert looks[0] <= came[0] + 1
    assert max(room.clock.slept) <= 1, "it is noticed while the looker sleeps"


def test_two_hundred_threads_cost_about_one_list_a_look():
    room = Room(200)
    looks = []
    room.twilio.before = lambda what: looks.append(room.passed) if what == "list" else None
    room.after(60, room.settle)
    crowd = room.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert all(one < other for one, other in itertools.pairwise(looks))
    assert len(looks) <= math.log(1 + 62 * 0.1 / 0.8, 1.1) + 3
    assert room.twilio.fetches == 200


def test_a_wait_of_hours_takes_a_look_in_twelve_seconds_at_most():
    room = Room(1)
    room.after(9 * 3600, room.settle)

    room.until(seconds=10 * 3600)

    assert 9 * 3600 / LONGEST_PAUSE <= room.twilio.fetches <= 9 * 3600 / (0.8 * LONGEST_PAUSE) + 30


def test_a_look_that_was_taken_while_somebody_was_telling_is_not_waited_for_again():
    room = Room(2)
    room.in_step, room.expected = False, 2
    slow_to_tell, looked = Crowd(), threading.Event()

    def tell(_waited):
        assert looked.wait(IN_TIME)

    slow_to_tell.send(lambda: room.until(1, tell=tell))
    reached(lambda: room.waiting == 1)
    room.settle()
    assert room.until(0).covered
    looked.set()

    assert slow_to_tell.outcomes()[0].covered
    assert room.twilio.asked == {"list": 1, room.numbers[0].sid: 1, room.numbers[1].sid: 1}


def test_follower_hears_an_interruption_while_the_leader_is_stuck(monkeypatch):
    """A slow read of another resource does not keep Ctrl-C from being heard."""
    monkeypatch.setattr(registration_waiter, "FOLLOWER_PATIENCE", 0.005)
    room = Room(2)
    room.in_step, stuck, go_on = False, threading.Event(), threading.Event()

    def hang(_what):
        stuck.set()
        assert go_on.wait(IN_TIME)

    room.twilio.before = hang
    leader, follower = Crowd(), Crowd()
    leader.send(room.until, 0)
    assert stuck.wait(IN_TIME)
    follower.send(room.until, 1)
    reached(lambda: room.waiting == 2)
    room.clock.interrupted = True

    [outcome] = follower.outcomes()
    room.settle()
    go_on.set()

    assert isinstance(outcome, Interrupted)
    assert leader.outcomes()[0].covered


@pytest.mark.parametrize(
    ("urgencies", "expected"),
    [
        pytest.param([Urgency.ORDINARY, Urgency.ORDINARY], Urgency.ORDINARY, id="nobody in a gap"),
        pytest.param([Urgency.ORDINARY, Urgency.LEAVING_GAP], Urgency.LEAVING_GAP, id="one in a gap"),
    ],
)
def test_shared_look_is_as_urgent_as_its_most_urgent_number(urgencies, expected):
    room = Room(2)
    room.expected = 2
    room.after(5, room.settle)

    def wait(which):
        with request_scope(urgency=urgencies[which]):
            return room.until(which)

    crowd = Crowd()
    for which in range(2):
        crowd.send(wait, which)
    crowd.outcomes()

    assert {each.scope.urgency for each in room.twilio.log if each.what == "list"} == {expected}
