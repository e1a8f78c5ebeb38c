"""An event in real time: what wakes those who wait for it, and what they are told."""

from __future__ import annotations

import threading
import time

import pytest

from pulumi_twilio_emergency.core.ports import Interrupted
from pulumi_twilio_emergency.session.interruption import Interruption, SystemClock
from support.fake_twilio import Crowd, reached


@pytest.fixture
def interruption():
    return Interruption()


@pytest.fixture
def event(interruption):
    return SystemClock(interruption).event()


def waiting(interruption):
    return len(interruption._waiting)


def twenty_waiting(event, interruption):
    crowd = Crowd()
    for _ in range(20):
        crowd.send(event.wait)
    reached(lambda: waiting(interruption) == 20)
    return crowd


def test_event_wakes_all_that_wait_for_it(interruption, event):
    crowd = twenty_waiting(event, interruption)

    event.set()

    assert crowd.outcomes() == [True] * 20
    assert waiting(interruption) == 0


def test_interruption_wakes_all_that_wait_and_leaves_event_unset(interruption, event):
    crowd = twenty_waiting(event, interruption)

    interruption.set()

    assert [type(each) for each in crowd.outcomes()] == [Interrupted] * 20
    assert not event.is_set()
    assert waiting(interruption) == 0


def test_wait_after_interruption_does_not_begin(interruption, event):
    interruption.set()

    with pytest.raises(Interrupted):
        event.wait(60)


def test_event_that_is_set_goes_before_interruption(interruption, event):
    """Who was let in has what it waited for, and has to give it back."""
    event.set()
    interruption.set()

    assert event.wait()


def test_wait_ends_with_its_seconds(event):
    began = time.monotonic()

    assert not event.wait(0.05)
    assert not event.wait(-1)
    assert 0.05 <= time.monotonic() - began < 1


def test_event_that_was_cleared_is_waited_for_again(event):
    event.set()
    event.clear()

    assert not event.wait(0)


def test_interruption_out_of_a_signal_handler_ends_wait_of_its_own_thread(interruption, event):
    """A handler runs in the main thread, wherever that is: also while it holds the lock."""
    with interruption._lock:
        interruption.set()

    assert interruption.is_set
    with pytest.raises(Interrupted):
        event.wait()


def test_no_wait_is_lost_between_events_and_interruption(interruption):
    """Set and interrupted at once, many times: each waiter comes back."""
    crowd = Crowd()
    clock = SystemClock(interruption)
    events = [clock.event() for _ in range(50)]
    for each in events:
        crowd.send(each.wait)
    setters = [threading.Thread(target=each.set) for each in events[::2]]
    for each in setters:
        each.start()
    interruption.set()
    for each in setters:
        each.join()

    outcomes = crowd.outcomes()
    assert all(each is True or isinstance(each, Interrupted) for each in outcomes)
