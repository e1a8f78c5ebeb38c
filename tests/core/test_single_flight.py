"""One reading serves all who ask at the same time."""

from __future__ import annotations

import threading

import pytest

from pulumi_twilio_emergency.core.account.single_flight import SingleFlight, own_copy
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import request_scope
from support.fake_twilio import IN_TIME, Crowd, ManualClock, reached


class Book:
    """Counts how often it was read; a reading can be held open."""

    def __init__(self) -> None:
        self.begun = 0
        self.trouble: Exception | None = None
        self.open = threading.Event()
        self.open.set()

    def __call__(self) -> int:
        self.begun += 1
        mine, trouble = self.begun, self.trouble
        assert self.open.wait(IN_TIME)
        if trouble is not None:
            raise trouble
        return mine


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def shared(book, clock):
    return SingleFlight(book, clock)


def waiting_in(shared):
    return shared._latest.done.blocked


def begin_a_reading(shared, book):
    """Send somebody who reads and is held there."""
    before = book.begun
    book.open.clear()
    crowd = Crowd()
    crowd.send(shared.fresh)
    reached(lambda: book.begun == before + 1)
    return crowd


def test_list_is_not_read_before_the_first_call(shared, book):
    assert book.begun == 0


def test_fresh_reads_each_time(shared):
    assert [shared.fresh() for _ in range(3)] == [1, 2, 3]


def test_fresh_during_a_reading_returns_a_later_one(shared, book):
    first = begin_a_reading(shared, book)
    crowd = Crowd()
    for _ in range(100):
        crowd.send(shared.fresh)
    reached(lambda: waiting_in(shared) == 100)
    book.open.set()

    assert first.outcomes() == [1]
    assert crowd.outcomes() == [2] * 100
    assert book.begun == 2


def test_error_reaches_all_waiters_of_same_reading(shared, book):
    first = begin_a_reading(shared, book)
    book.trouble = RuntimeError("no list today")
    crowd = Crowd()
    for _ in range(20):
        crowd.send(shared.fresh)
    reached(lambda: waiting_in(shared) == 20)
    book.open.set()

    assert first.outcomes() == [1]
    outcomes = crowd.outcomes()
    assert {(type(each), str(each)) for each in outcomes} == {(RuntimeError, "no list today")}
    assert len({id(each) for each in outcomes}) == 20, "one object in many threads grows one traceback"
    assert book.begun == 2


def test_error_is_not_kept_for_later_calls(shared, book):
    book.trouble = RuntimeError("no list today")
    with pytest.raises(RuntimeError, match="no list today"):
        shared.fresh()
    book.trouble = None

    assert shared.recent(1000) == 2
    assert shared.recent(1000) == 2


def test_error_after_a_success_is_raised(shared, book):
    shared.fresh()
    book.trouble = RuntimeError("no list today")

    with pytest.raises(RuntimeError, match="no list today"):
        shared.fresh()
    with pytest.raises(RuntimeError, match="no list today"):
        shared.recent(1000)


def test_recent_returns_a_reading_that_is_young_enough(shared, clock):
    assert shared.recent(5) == 1
    clock.sleep(5)
    assert shared.recent(5) == 1


def test_recent_reads_anew_when_the_reading_is_too_old(shared, clock):
    shared.recent(5)
    clock.sleep(5.1)

    assert shared.recent(5) == 2


def test_age_of_reading_counts_from_beginning(shared, book, clock):
    crowd = begin_a_reading(shared, book)
    clock.sleep(4)
    book.open.set()
    crowd.outcomes()
    clock.sleep(4)

    assert shared.recent(5) == 2


def test_recent_joins_a_reading_that_is_under_way(shared, book):
    first = begin_a_reading(shared, book)
    crowd = Crowd()
    for _ in range(20):
        crowd.send(shared.recent, 5)
    reached(lambda: waiting_in(shared) == 20)
    book.open.set()

    assert first.outcomes() + crowd.outcomes() == [1] * 21


def test_recent_joins_no_reading_that_began_too_long_ago(shared, book, clock):
    first = begin_a_reading(shared, book)
    clock.sleep(60)
    crowd = Crowd()
    crowd.send(shared.recent, 5)
    reached(lambda: waiting_in(shared) == 1)
    book.open.set()

    assert first.outcomes() == [1]
    assert crowd.outcomes() == [2]


def test_after_a_write_recent_reads_anew(shared):
    shared.recent(5)
    shared.invalidate()

    assert shared.recent(5) == 2
    assert shared.recent(5) == 2


def test_write_during_reading_makes_reading_stale(shared, book):
    first = begin_a_reading(shared, book)
    shared.invalidate()
    crowd = Crowd()
    crowd.send(shared.recent, 5)
    reached(lambda: waiting_in(shared) == 1)
    book.open.set()

    assert first.outcomes() == [1]
    assert crowd.outcomes() == [2]


def test_stale_reading_is_returned_where_allowed(shared, clock):
    shared.recent(5)
    shared.invalidate()

    assert shared.recent(5, allow_stale=True) == 1
    clock.sleep(6)
    assert shared.recent(5, allow_stale=True) == 2


def test_allow_stale_joins_a_reading_from_before_a_write(shared, book):
    first = begin_a_reading(shared, book)
    shared.invalidate()
    crowd = Crowd()
    crowd.send(lambda: shared.recent(5, allow_stale=True))
    reached(lambda: waiting_in(shared) == 1)
    book.open.set()

    assert first.outcomes() + crowd.outcomes() == [1, 1]


def test_none_is_a_value_like_any_other(clock):
    readings = []
    shared = SingleFlight(lambda: readings.append(1), clock)

    assert shared.recent(5) is None
    assert shared.recent(5) is None
    assert len(readings) == 1


def test_torn_down_reading_leaves_no_waiter(shared, book):
    book.trouble = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        shared.fresh()
    book.trouble = None
    crowd = Crowd()
    crowd.send(shared.fresh)

    assert crowd.outcomes() == [2]


def test_many_callers_at_once_cost_few_readings(shared, book):
    crowd = Crowd()
    book.open.clear()
    for each in range(300):
        crowd.send(*[(shared.fresh,), (shared.recent, 60)][each % 2])
    reached(lambda: waiting_in(shared) == 299)
    book.open.set()

    assert set(crowd.outcomes()) <= {1, 2}
    assert book.begun <= 2


def test_follower_hears_an_interruption_while_the_leader_is_stuck(shared, book, clock):
    leader = begin_a_reading(shared, book)
    follower = Crowd()
    follower.send(shared.fresh)
    reached(lambda: waiting_in(shared) == 1)
    clock.interrupted = True

    [outcome] = follower.outcomes()
    book.open.set()

    assert isinstance(outcome, Interrupted)
    assert leader.outcomes() == [1]


def test_follower_stops_at_its_own_deadline_while_the_leader_is_stuck(shared, book, clock):
    leader = begin_a_reading(shared, book)

    def follow():
        with request_scope(deadline=clock.now + 10):
            return shared.fresh()

    follower = Crowd()
    follower.send(follow)
    reached(lambda: waiting_in(shared) == 1)
    clock.now += 10

    [outcome] = follower.outcomes()
    book.open.set()

    assert isinstance(outcome, GatewayError)
    assert outcome.transient
    assert leader.outcomes() == [1]


@pytest.mark.parametrize(
    ("own", "transient", "again"),
    [
        pytest.param(None, True, True, id="no limit of its own"),
        pytest.param(60, True, True, id="a later limit"),
        pytest.param(5, True, False, id="an earlier limit"),
        pytest.param(None, False, False, id="an error that no time cures"),
    ],
)
def test_follower_reads_again_after_a_leader_with_less_time_failed(
    shared, book, clock, own, transient, again
):
    def within(seconds):
        with request_scope(deadline=None if seconds is None else clock.now + seconds):
            return shared.recent(5)

    book.trouble = GatewayError("no answer", status=503 if transient else 400)
    book.open.clear()
    leader, follower = Crowd(), Crowd()
    leader.send(within, 20)
    reached(lambda: book.begun == 1)
    book.trouble = None
    follower.send(within, own)
    reached(lambda: waiting_in(shared) == 1)
    book.open.set()

    assert isinstance(leader.outcomes()[0], GatewayError)
    assert (follower.outcomes() == [2]) is again
    assert book.begun == 1 + again


def test_follower_of_a_torn_down_reading_is_told_so(shared, book):
    leader = begin_a_reading(shared, book)
    book.open.set()
    leader.outcomes()
    book.trouble = KeyboardInterrupt()
    book.open.clear()
    outcome = []

    def read():
        try:
            shared.fresh()
        except KeyboardInterrupt as torn:
            outcome.append(torn)

    torn_down, follower = Crowd(), Crowd()
    torn_down.send(read)
    reached(lambda: book.begun == 2)
    follower.send(shared.recent, 5)
    reached(lambda: waiting_in(shared) == 1)
    book.open.set()

    torn_down.outcomes()
    assert isinstance(follower.outcomes()[0], GatewayError)
    assert len(outcome) == 1


def test_error_that_cannot_be_copied_is_raised_as_it_is():
    class Awkward(Exception):
        def __init__(self, one, two):
            super().__init__(one)

    error = Awkward(1, 2)

    assert own_copy(error) is error


def test_copy_of_an_error_keeps_what_it_says():
    error = GatewayError("was not found", status=404, code=20404, gone=True)

    twin = own_copy(error)

    assert twin is not error
    assert (twin.text, twin.status, twin.code, twin.gone) == ("was not found", 404, 20404, True)
