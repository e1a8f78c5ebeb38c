"""Everybody who waits for a number shares the looks, and believes a fetch only."""

from __future__ import annotations

import itertools
import math
import threading
from dataclasses import replace

import pytest

from pulumi_twilio_emergency.core.account.polling import LONGEST_PAUSE
from pulumi_twilio_emergency.core.account.registration_waiter import (
    Deadline,
    DeadlinePassed,
    RegistrationWaiter,
)
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted, NotSent
from pulumi_twilio_emergency.core.request_scope import Urgency, request_scope
from pulumi_twilio_emergency.twilio_gateway.errors import FinalError
from support.fake_twilio import IN_TIME, Crowd, FakeTwilio, Fault, ManualClock, number, reached, sid

HOME = sid("AD", 1)
FINAL = {"registered", "registration-failure"}


def settled(seen):
    return seen.emergency_address_status in FINAL


def pending(digits=1):
    return number(digits, HOME, "pending-registration")


class Waiters:
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
            reached(lambda: self.clock.blocked >= self.waiting - 1)
        for event in [each for each in self._to_come if self.passed >= each[0]]:
            self._to_come.remove(event)
            event[1]()

    def after(self, seconds: float, act) -> None:
        """Have something happen as soon as that much time has passed."""
        self._to_come.append((seconds, act))

    def until(self, which: int = 0, seconds: float = 3600.0, tell=lambda _waited: None, settled=settled):
        deadline = Deadline(self.began + seconds, seconds, tell)
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


def test_settled_number_is_only_confirmed():
    waiters = Waiters(1)
    waiters.settle()

    waiters.numbers = [waiters.twilio.truth[waiters.numbers[0].sid]]

    assert waiters.until().covered
    assert waiters.twilio.asked == {waiters.numbers[0].sid: 1}
    assert waiters.passed == 0


def test_number_that_fetch_shows_unsettled_is_waited_for():
    waiters = Waiters(1)
    waiters.numbers = [replace(waiters.numbers[0], emergency_address_status="registered")]
    waiters.after(10, waiters.settle)

    assert waiters.until().covered
    assert 10 <= waiters.passed < 15


@pytest.mark.parametrize("status", sorted(FINAL))
def test_final_status_ends_wait(status):
    waiters = Waiters(1)
    waiters.after(30, lambda: waiters.settle(status))

    assert waiters.until().emergency_address_status == status


def test_one_number_is_fetched_and_never_listed():
    waiters = Waiters(1, others=1500)
    waiters.after(30, waiters.settle)

    waiters.until()

    assert waiters.twilio.asked["list"] == 0


@pytest.mark.parametrize(
    ("waiting", "of", "lists", "fetches"),
    [
        pytest.param(2, 2, 3, 2, id="two of one page are listed"),
        pytest.param(2, 1000, 3, 2, id="a full page is one page"),
        pytest.param(2, 1001, 1, 4, id="two of two pages are fetched once that is known"),
        pytest.param(3, 1001, 3, 3, id="three of two pages are listed"),
        pytest.param(4, 3500, 1, 8, id="four of four pages are fetched once that is known"),
        pytest.param(5, 3500, 3, 5, id="five of four pages are listed"),
    ],
)
def test_look_takes_fewest_requests(waiting, of, lists, fetches):
    waiters = Waiters(waiting, others=of - waiting)
    waiters.after(2.5, waiters.settle)  # between the second look and the third
    crowd = waiters.all_in()

    crowd.outcomes()

    assert (waiters.twilio.asked["list"], waiters.twilio.fetches) == (lists, fetches)


def test_each_number_is_confirmed_by_a_fetch():
    waiters = Waiters(5)
    waiters.after(5, waiters.settle)
    crowd = waiters.all_in()

    assert [each.sid for each in crowd.outcomes()] == [each.sid for each in waiters.numbers]
    assert all(waiters.twilio.asked[each.sid] == 1 for each in waiters.numbers)


def test_list_ahead_of_fetch_does_not_settle_number():
    waiters = Waiters(2)
    waiters.twilio.listed = {
        each.sid: replace(each, emergency_address_status="registered") for each in waiters.numbers
    }
    waiters.after(20, waiters.settle)
    crowd = waiters.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert waiters.passed >= 20


def test_late_list_does_not_settle_number():
    waiters = Waiters(2)
    waiters.settle("registration-failure")
    waiters.twilio.listed = {each.sid: each for each in waiters.numbers}
    waiters.after(10, waiters.settle)
    waiters.after(20, waiters.twilio.listed.clear)
    crowd = waiters.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert waiters.passed >= 20


def test_number_missing_from_list_is_fetched_in_each_look():
    waiters = Waiters(3)
    left_out = waiters.numbers[0].sid
    waiters.twilio.listed = {left_out: None}
    waiters.after(10, lambda: waiters.twilio.set(left_out, "registered"))
    waiters.after(60, waiters.settle)
    crowd = waiters.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert waiters.twilio.asked[left_out] >= 6
    assert waiters.twilio.asked[waiters.numbers[1].sid] == 1


def test_number_that_is_gone_fails_its_own_waiter_only():
    waiters = Waiters(3)
    waiters.after(5, lambda: waiters.twilio.truth.pop(waiters.numbers[1].sid))
    waiters.after(
        10, lambda: [waiters.twilio.set(waiters.numbers[each].sid, "registered") for each in (0, 2)]
    )
    crowd = waiters.all_in()

    first, second, third = crowd.outcomes()

    assert first.covered
    assert isinstance(second, GatewayError)
    assert second.gone
    assert third.covered


@pytest.mark.parametrize("waiting", [1, 3])
@pytest.mark.parametrize(
    "trouble",
    [
        GatewayError("not you", status=401),
        GatewayError("not you", status=403),
        GatewayError("what is that", status=400),
        FinalError("what answered is not Twilio's own answer"),
    ],
    ids=str,
)
def test_what_no_time_cures_ends_every_wait_at_once(waiting, trouble):
    waiters = Waiters(waiting)

    def refuse(_what):
        raise trouble

    waiters.twilio.before = refuse

    outcomes = waiters.all_in().outcomes()

    assert {(type(each), each.status, each.text) for each in outcomes} == {
        (type(trouble), trouble.status, trouble.text)
    }
    assert waiters.passed <= 1
    assert len({id(each) for each in outcomes}) == waiting, "one object in many threads grows one traceback"


@pytest.mark.parametrize("waiting", [1, 3])
@pytest.mark.parametrize(
    "trouble",
    [
        GatewayError("Too Many Requests", status=429, code=20429),
        GatewayError("what answered is not Twilio's own answer", status=404),
        GatewayError("broken", status=500, outcome_unknown=True),
        GatewayError("the connection broke before Twilio answered", outcome_unknown=True),
    ],
    ids=str,
)
def test_transient_error_is_survived_by_all(waiting, trouble):
    waiters = Waiters(waiting)
    asked = itertools.count()

    def fail_at_first(_what):
        if next(asked) < 5:
            raise trouble

    waiters.twilio.before = fail_at_first
    waiters.after(20, waiters.settle)
    crowd = waiters.all_in()

    assert all(each.covered for each in crowd.outcomes())


def test_transient_error_is_survived_by_the_confirmation():
    waiters = Waiters(1)
    waiters.settle()
    waiters.numbers = [waiters.twilio.truth[waiters.numbers[0].sid]]
    asked = itertools.count()

    def fail_at_first(_what):
        if next(asked) == 0:
            raise GatewayError("broken", status=503, outcome_unknown=True)

    waiters.twilio.before = fail_at_first

    assert waiters.until().covered


def test_look_between_confirmation_and_return_changes_nothing():
    waiters = Waiters(2)
    one, other = (each.sid for each in waiters.numbers)
    told, confirmations = [], []

    def lagging_in_between(seen):
        if seen.emergency_address_status == "registered":
            confirmations.append(seen)
            if len(confirmations) == 2:
                waiters.twilio.listed[one] = waiters.numbers[0]
                looks = len(told)
                reached(lambda: len(told) >= looks + 3)
        return settled(seen)

    waiters.in_step, waiters.expected = False, 2
    waiters.after(5, lambda: waiters.twilio.set(one, "registered"))
    first, second = Crowd(), Crowd()
    first.send(lambda: waiters.until(0, 1e9, settled=lagging_in_between))
    second.send(lambda: waiters.until(1, 1e9, tell=told.append))
    [returned] = first.outcomes()
    waiters.twilio.set(other, "registered")

    assert returned.emergency_address_status == "registered"
    assert second.outcomes()[0].covered


def test_wait_ends_at_the_deadline_and_not_later():
    waiters = Waiters(1)

    with pytest.raises(DeadlinePassed) as up:
        waiters.until(seconds=100)

    assert up.value.number == waiters.numbers[0]
    assert up.value.limit == waiters.passed == pytest.approx(100)
    assert up.value.unseen is None


@pytest.mark.parametrize("others", [0, 2])
def test_deadline_says_since_when_no_look_has_succeeded_and_why(others):
    waiters = Waiters(1 + others)
    lost = GatewayError("Twilio's API cannot be reached")
    too_late = NotSent("The time limit passed before the request could be sent.")

    def fail(_what):
        raise too_late if waiters.passed > 590 else lost

    waiters.after(60, lambda: setattr(waiters.twilio, "before", fail))
    crowd = waiters.all_in(seconds=600)

    for outcome in crowd.outcomes():
        assert isinstance(outcome, DeadlinePassed)
        assert outcome.unseen.error is lost
        assert 540 <= outcome.unseen.seconds < 540 + LONGEST_PAUSE


def test_deadline_after_a_look_that_succeeded_again_says_nothing_of_failures():
    waiters = Waiters(1)

    def fail(_what):
        if waiters.passed < 90:
            raise GatewayError("broken", status=503)

    waiters.twilio.before = fail
    with pytest.raises(DeadlinePassed) as up:
        waiters.until(seconds=100)

    assert up.value.unseen is None


def test_confirmation_that_fails_until_the_deadline_is_told():
    waiters = Waiters(1)
    waiters.settle()
    waiters.numbers = [waiters.twilio.truth[waiters.numbers[0].sid]]
    waiters.twilio.lasting_fault = (1, Fault.UNAVAILABLE)

    with pytest.raises(DeadlinePassed) as up:
        waiters.until(seconds=100)

    assert up.value.unseen.seconds == pytest.approx(100)
    assert up.value.unseen.error.status == 503


def test_last_look_is_at_deadline():
    waiters = Waiters(1)
    waiters.after(100, waiters.settle)

    assert waiters.until(seconds=100).covered


def test_deadline_carries_the_number_as_last_seen():
    waiters = Waiters(1)
    waiters.after(50, lambda: waiters.settle("pending-unregistration"))

    with pytest.raises(DeadlinePassed, match="pending-unregistration"):
        waiters.until(seconds=100)


def test_without_any_time_left_nothing_is_looked_at():
    waiters = Waiters(1)

    with pytest.raises(DeadlinePassed):
        waiters.until(seconds=0)

    assert waiters.twilio.asked.total() == 0


def test_follower_keeps_a_deadline_earlier_than_the_leaders():
    waiters = Waiters(2)
    go_on = threading.Event()
    crowd = Crowd()
    waiters.after(0, go_on.wait)
    crowd.send(waiters.until, 0)
    reached(lambda: waiters.passed > 0)
    follower = Crowd()
    follower.send(waiters.until, 1, 50)
    reached(lambda: waiters.waiting == 2)
    waiters.clock.now += 60

    [outcome] = follower.outcomes()
    waiters.settle()
    go_on.set()

    assert isinstance(outcome, DeadlinePassed)
    assert crowd.outcomes()[0].covered


def test_interrupted_wait_leaves_no_waiter_behind():
    waiters = Waiters(1)

    def interrupt():
        raise Interrupted

    waiters.after(10, interrupt)
    with pytest.raises(Interrupted):
        waiters.until()
    assert waiters.waiting == 0

    waiters.settle()
    assert waiters.until().covered


def test_interrupted_leader_hands_over():
    waiters = Waiters(3)

    def interrupt():
        raise Interrupted

    waiters.after(0, interrupt)
    waiters.after(10, waiters.settle)

    outcomes = waiters.all_in().outcomes()

    assert sum(isinstance(each, Interrupted) for each in outcomes) == 1
    assert sum(not isinstance(each, Exception) and each.covered for each in outcomes) == 2


def test_leader_whose_number_is_ready_hands_over():
    waiters = Waiters(10)
    for place, each in enumerate(waiters.numbers):
        waiters.after(10 * (place + 1), lambda each=each: waiters.twilio.set(each.sid, "registered"))
    crowd = waiters.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert waiters.waiting == 0
    assert 100 <= waiters.passed < 120


def test_bug_in_a_look_is_raised_once_and_stops_no_other_waiter():
    waiters = Waiters(3)
    asked = itertools.count()

    def fail_at_first(_what):
        if next(asked) == 0:
            raise ZeroDivisionError

    waiters.twilio.before = fail_at_first
    waiters.after(10, waiters.settle)
    crowd = waiters.all_in()

    outcomes = crowd.outcomes()

    assert sorted(type(each).__name__ for each in outcomes) == ["Number", "Number", "ZeroDivisionError"]


def test_error_in_on_progress_is_raised_in_its_own_thread():
    waiters = Waiters(1)

    def stumble(_waited):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        waiters.until(tell=stumble)

    assert waiters.waiting == 0


def test_progress_has_the_seconds_and_the_number_of_others():
    waiters = Waiters(1)
    told = []
    waiters.after(4, waiters.settle)

    waiters.until(tell=told.append)

    assert [each.seconds for each in told[:2]] == [0, 1]
    assert told == sorted(told, key=lambda each: each.seconds)
    assert {each.number for each in told} == set(waiters.numbers)
    assert {each.others for each in told} == {0}


def test_progress_is_reported_in_the_waiting_thread():
    waiters = Waiters(5)
    told = []
    waiters.after(10, waiters.settle)

    waiters.all_in(tell=lambda waited: told.append((threading.get_ident(), waited))).outcomes()

    assert len({(thread, waited.number.sid) for thread, waited in told}) == 5
    assert max(waited.others for _, waited in told) == 4


def test_pauses_grow_with_the_time_that_was_waited():
    waiters = Waiters(1)
    looks = []
    waiters.twilio.before = lambda _what: looks.append(waiters.passed)
    waiters.after(300, waiters.settle)

    waiters.until()

    assert looks[0] == 1
    for count, (one, other) in enumerate(itertools.pairwise(looks), start=1):
        pause = min(LONGEST_PAUSE, 1.1**count)
        assert 0.8 * pause <= other - one <= pause + 1e-6


def test_late_waiter_is_looked_at_within_a_second():
    waiters = Waiters(2)
    late = Crowd()
    came, looks = [], []

    def come_in():
        waiters.twilio.before = lambda _what: looks.append(waiters.passed)
        late.send(waiters.until, 1)
        reached(lambda: waiters.waiting == 2)
        came.append(waiters.passed)

    waiters.after(200, come_in)
    waiters.after(202, waiters.settle)
    waiters.until(0)

    assert late.outcomes()[0].covered
    assert looks[0] <= came[0] + 1
    assert max(waiters.clock.slept) <= 1, "it is noticed while the leader sleeps"


def test_two_hundred_threads_cost_about_one_list_a_look():
    waiters = Waiters(200)
    looks = []
    waiters.twilio.before = lambda what: looks.append(waiters.passed) if what == "list" else None
    waiters.after(60, waiters.settle)
    crowd = waiters.all_in()

    assert all(each.covered for each in crowd.outcomes())
    assert all(one < other for one, other in itertools.pairwise(looks))
    assert len(looks) <= math.log(1 + 62 * 0.1 / 0.8, 1.1) + 3
    assert waiters.twilio.fetches == 200


def test_wait_of_hours_looks_at_least_every_twelve_seconds():
    waiters = Waiters(1)
    waiters.after(9 * 3600, waiters.settle)

    waiters.until(seconds=10 * 3600)

    assert 9 * 3600 / LONGEST_PAUSE <= waiters.twilio.fetches <= 9 * 3600 / (0.8 * LONGEST_PAUSE) + 30


def test_look_taken_during_on_progress_counts():
    waiters = Waiters(2)
    waiters.in_step, waiters.expected = False, 2
    slow_to_tell, looked = Crowd(), threading.Event()

    def tell(_waited):
        assert looked.wait(IN_TIME)

    slow_to_tell.send(lambda: waiters.until(1, tell=tell))
    reached(lambda: waiters.waiting == 1)
    waiters.settle()
    assert waiters.until(0).covered
    looked.set()

    assert slow_to_tell.outcomes()[0].covered
    assert waiters.twilio.asked == {"list": 1, waiters.numbers[0].sid: 1, waiters.numbers[1].sid: 1}


def test_follower_hears_an_interruption_while_the_leader_is_stuck():
    """A slow read of another resource does not keep Ctrl-C from being heard."""
    waiters = Waiters(2)
    waiters.in_step, stuck, go_on = False, threading.Event(), threading.Event()

    def hang(_what):
        stuck.set()
        assert go_on.wait(IN_TIME)

    waiters.twilio.before = hang
    leader, follower = Crowd(), Crowd()
    leader.send(waiters.until, 0)
    assert stuck.wait(IN_TIME)
    follower.send(waiters.until, 1)
    reached(lambda: waiters.waiting == 2)
    waiters.clock.interrupted = True

    [outcome] = follower.outcomes()
    waiters.settle()
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
    waiters = Waiters(2)
    waiters.expected = 2
    waiters.after(5, waiters.settle)

    def wait(which):
        with request_scope(urgency=urgencies[which]):
            return waiters.until(which)

    crowd = Crowd()
    for which in range(2):
        crowd.send(wait, which)
    crowd.outcomes()

    assert {each.scope.urgency for each in waiters.twilio.log if each.what == "list"} == {expected}


def test_waiter_without_news_is_not_woken_by_looks():
    """A thousand that are woken by each look stand in each other's way; their lines are due every few seconds."""
    waiters = Waiters(20)
    told = []
    waiters.after(10, waiters.settle)

    waiters.all_in(tell=lambda waited: told.append(waited.seconds)).outcomes()

    looks = waiters.twilio.asked["list"]
    assert looks >= 7
    # At first, every five seconds, and once more for whoever looks or is asked to.
    assert len(told) <= 20 * 3 + 2 * looks


def test_follower_is_woken_whenever_a_leader_leaves():
    """Nobody else would wake it, and whom the leader has woken may be the one that leaves."""
    for _ in range(10):
        waiters = Waiters(2)

        def interrupt():
            raise Interrupted

        waiters.after(0, interrupt)
        waiters.after(3, waiters.settle)

        left, stayed = sorted(waiters.all_in().outcomes(), key=lambda each: not isinstance(each, Interrupted))

        assert isinstance(left, Interrupted)
        assert stayed.covered


def test_waiter_whose_confirmation_failed_is_woken_by_the_next_look():
    waiters = Waiters(2)
    first = waiters.numbers[0].sid
    failed = []

    def fail_once(what):
        if what == first and not failed:
            failed.append(waiters.passed)
            raise GatewayError("broken", status=503, outcome_unknown=True)

    waiters.twilio.before = fail_once
    waiters.after(5, lambda: waiters.twilio.set(first, "registered"))
    waiters.after(60, waiters.settle)
    done = []
    waiters.expected = 2
    one, other = Crowd(), Crowd()
    one.send(lambda: (waiters.until(0), done.append(waiters.passed)))
    other.send(waiters.until, 1)
    one.outcomes()
    other.outcomes()

    assert failed
    assert done[0] < 12
