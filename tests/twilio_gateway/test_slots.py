"""Who goes first when many wait, what ends the wait, and what is not begun after Ctrl-C."""

from __future__ import annotations

import threading
import time

import pytest

from pulumi_twilio_emergency.core.account.slots import Slots
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import Urgency, request_scope
from pulumi_twilio_emergency.twilio_gateway import Limits, TwilioGateway, connect
from support.fake_twilio import Crowd, reached, sid
from twilio_gateway.flaky_transport import (
    DESK,
    EVERYTHING,
    HOME,
    READS,
    REPEATABLE_WRITES,
    SETTINGS,
    WRITES,
    FlakyTransport,
    ManualClock,
    RealClock,
    answer,
    create,
    each,
    error_of,
    gateway,
    good,
    mounted,
    reached_gateway,
    refused,
)


@pytest.fixture
def clock():
    return ManualClock()


class Gate(FlakyTransport):
    """Lets requests pass one by one, as the test says."""

    def __init__(self, clock) -> None:
        super().__init__(clock)
        self.passes = threading.Semaphore(0)
        self.arrived = 0

    def send(self, request, **more):
        self.arrived += 1
        assert self.passes.acquire(timeout=10)
        return super().send(request, **more)


def gated(clock, **limits):
    transport = Gate(clock)
    governor = connect(clock, Limits(**limits), sessions=mounted(transport))
    # A scripted clock stands still: a request that is held back must not be given up.
    return TwilioGateway(SETTINGS, clock, governor=governor), transport


# Urgency


def waiting(slots):
    return len(slots._waiting)


def test_slots_are_given_by_urgency_and_then_in_order_of_arrival(clock):
    slots = Slots(1, clock)
    served = []
    crowd = Crowd()

    def take(urgency, name):
        with slots.held(urgency, None):
            served.append(name)

    with slots.held(Urgency.ORDINARY, None):
        for count, (urgency, name) in enumerate(
            [
                (Urgency.ENTERING_GAP, "clear 1"),
                (Urgency.ORDINARY, "read 1"),
                (Urgency.ENTERING_GAP, "clear 2"),
                (Urgency.LEAVING_GAP, "submit 1"),
                (Urgency.ORDINARY, "read 2"),
                (Urgency.LEAVING_GAP, "submit 2"),
            ],
            start=1,
        ):
            crowd.send(take, urgency, name)
            reached(lambda count=count: waiting(slots) == count)

    assert crowd.outcomes() == [None] * 6
    assert served == ["submit 1", "submit 2", "read 1", "read 2", "clear 1", "clear 2"]


def test_submit_of_an_uncovered_number_goes_before_clears_that_wait(clock):
    twilio, transport = gated(clock, in_flight=1)
    crowd = Crowd()

    def in_scope(urgency, address_sid, digits):
        with request_scope(urgency=urgency):
            return twilio.set_emergency_address(sid("PN", digits), address_sid)

    crowd.send(twilio.number, DESK)
    reached(lambda: transport.arrived == 1)
    for digits in range(2, 6):
        crowd.send(in_scope, Urgency.ENTERING_GAP, None, digits)
        reached(lambda digits=digits: waiting(twilio.governor._slots) == digits - 1)
    crowd.send(in_scope, Urgency.LEAVING_GAP, HOME, 9)
    reached(lambda: waiting(twilio.governor._slots) == 5)
    for _ in range(6):
        transport.passes.release()
    crowd.outcomes()

    order = [request.url[-39:-5] for _, request in transport.asked]
    assert order[:3] == [DESK, sid("PN", 9), sid("PN", 2)]


def test_waiter_that_gives_up_leaves_its_slot_to_the_next(clock):
    slots = Slots(1, clock)
    crowd = Crowd()
    with slots.held(1, None):
        with pytest.raises(TimeoutError), slots.held(0, clock.now):
            pytest.fail("there is no slot")
        crowd.send(lambda: slots.held(1, None).__enter__())
        reached(lambda: waiting(slots) == 1)

    assert crowd.outcomes() == [None]
    assert waiting(slots) == 0


def test_slots_survive_a_crowd_that_gives_up_at_random():
    """Whoever was just given a slot when giving up passes it on: none is lost, none is doubled."""
    clock = RealClock()
    slots = Slots(3, clock)
    crowd = Crowd()
    inside = []
    most = []

    def take(number):
        for turn in range(30):
            try:
                with slots.held(number % 3, clock.monotonic() + (number * turn % 7) / 10_000):
                    inside.append(number)
                    most.append(len(inside))
                    time.sleep(0.0003)
                    inside.remove(number)
            except TimeoutError:
                pass

    for number in range(24):
        crowd.send(take, number)

    assert crowd.outcomes() == [None] * 24
    assert max(most) <= 3
    assert slots._free == 3


# Interruption


@each(WRITES)
def test_write_after_interruption_is_not_sent(clock, ask):
    twilio, transport = reached_gateway(clock)
    clock.interrupted = True

    with pytest.raises(Interrupted):
        ask(twilio)

    assert transport.asked == []


@each(READS)
def test_read_after_interruption_still_answers(clock, ask):
    twilio, transport = reached_gateway(clock)
    clock.interrupted = True

    ask(twilio)

    assert transport.methods == ["GET"]


@each(EVERYTHING)
def test_answer_of_a_request_under_way_is_returned_after_interruption(clock, ask):
    twilio, transport = reached_gateway(clock)

    def interrupt_and_answer(request):
        clock.interrupted = True
        time.sleep(0.3)
        return good(request)

    transport.always = interrupt_and_answer

    ask(twilio)

    assert len(transport.asked) == 1


@each(REPEATABLE_WRITES)
@pytest.mark.parametrize(("made", "unknown"), [(lambda: refused(429), False), (lambda: answer(503), True)])
def test_write_is_not_repeated_after_interruption(clock, ask, made, unknown):
    twilio, transport = reached_gateway(clock)

    def interrupt_and_refuse(_):
        clock.interrupted = True
        return made()

    transport.always = interrupt_and_refuse

    with pytest.raises(Interrupted) as interrupted:
        ask(twilio)

    assert len(transport.asked) == 1
    assert isinstance(interrupted.value.__cause__, GatewayError)
    assert interrupted.value.__cause__.outcome_unknown is unknown


def test_writes_that_wait_for_a_slot_are_not_sent_after_interruption():
    """After Ctrl-C the clear in hand is finished, and none of the other 59 begins."""
    clock = RealClock()
    clock.now = 0
    twilio, transport = gated(clock, in_flight=1)
    crowd = Crowd()
    for digits in range(1, 61):
        crowd.send(twilio.set_emergency_address, sid("PN", digits), None)
    reached(lambda: transport.arrived == 1 and waiting(twilio.governor._slots) == 59)

    pressed = time.monotonic()
    clock.stop.set()
    reached(lambda: crowd.home == 59)
    heard = time.monotonic() - pressed
    transport.passes.release()

    outcomes = crowd.outcomes()
    assert [type(each) for each in outcomes].count(Interrupted) == 59
    assert len(transport.asked) == 1
    assert heard < 1


@pytest.mark.parametrize("made", [refused(429, Retry_After="60"), refused(429)], ids=["Retry-After", ""])
def test_interruption_ends_a_pause_and_gives_the_slot_back(clock, made):
    twilio, transport = reached_gateway(clock, made, in_flight=1)
    clock.at_sleep = lambda: setattr(clock, "interrupted", True)

    with pytest.raises(Interrupted):
        twilio.number(DESK)

    clock.at_sleep = lambda: setattr(clock, "interrupted", False)
    clock.interrupted = False
    assert twilio.number(DESK).sid == DESK
    assert len(transport.asked) == 2


# Deadlines


@each(EVERYTHING)
def test_request_past_its_deadline_is_not_sent(clock, ask):
    twilio, transport = reached_gateway(clock)

    with request_scope(deadline=clock.now):
        error = error_of(ask, twilio)

    assert transport.asked == []
    assert not error.outcome_unknown
    assert "time limit" in error.text


def test_time_for_one_answer_is_what_is_left(clock):
    twilio, transport = reached_gateway(clock, timeout=30)

    with request_scope(deadline=clock.now + 4):
        twilio.number(DESK)
    with request_scope(deadline=clock.now + 400):
        twilio.number(DESK)

    assert transport.timeouts == [4, 30]


@each(EVERYTHING)
@pytest.mark.parametrize("seconds", [0.2, 3, 10, 100])
def test_retries_end_with_the_deadline_and_its_last_failure(clock, ask, seconds):
    twilio, transport = reached_gateway(clock)
    transport.always = lambda _: refused(429, 20429)
    began = clock.now

    with request_scope(deadline=began + seconds):
        error = error_of(ask, twilio)

    assert error.code == 20429
    assert clock.now - began < seconds
    assert transport.asked


@each(EVERYTHING)
def test_retry_after_beyond_the_deadline_fails_at_once(clock, ask):
    """A preview that Twilio asks to wait 250 s does not wait."""
    twilio, transport = reached_gateway(clock, refused(429, 20429, Retry_After="250"))

    with request_scope(deadline=clock.now + 10):
        error = error_of(ask, twilio)

    assert (error.status, error.code) == (429, 20429)
    assert clock.slept == []
    assert len(transport.asked) == 1


def test_request_during_a_pause_beyond_its_deadline_fails_at_once(clock):
    twilio, transport = reached_gateway(clock, refused(429, 20429, Retry_After="250"))
    with request_scope(deadline=clock.now + 10):
        error_of(READS["fetch"], twilio)
        error = error_of(create, twilio)

    assert (error.status, error.code, error.outcome_unknown) == (429, 20429, False)
    assert len(transport.asked) == 1
    assert clock.slept == []

    twilio.number(DESK)
    assert sum(clock.slept) == pytest.approx(250)


def test_wait_for_a_slot_ends_with_the_deadline():
    clock = RealClock()
    clock.now = 0
    twilio, transport = gated(clock, in_flight=1)
    crowd = Crowd()
    crowd.send(twilio.number, DESK)
    reached(lambda: transport.arrived == 1)
    began = time.monotonic()

    with request_scope(deadline=clock.monotonic() + 0.3):
        error = error_of(create, twilio)

    assert 0.3 <= time.monotonic() - began < 1.3
    assert not error.outcome_unknown
    transport.passes.release()
    assert crowd.outcomes()[0].sid == DESK
    assert len(transport.asked) == 1


def test_wait_for_a_slot_is_no_part_of_patience(clock):
    """A long queue is not Twilio's fault."""
    twilio, transport = gated(clock, in_flight=1, patience=50)
    crowd = Crowd()
    crowd.send(twilio.number, sid("PN", 2))
    reached(lambda: transport.arrived == 1)
    transport.script = [good, lambda _: refused(429)]
    crowd.send(twilio.number, DESK)
    reached(lambda: waiting(twilio.governor._slots) == 1)
    clock.now += 1_000
    for _ in range(3):
        transport.passes.release()

    assert [each.sid for each in crowd.outcomes()] == [sid("PN", 2), DESK]


def test_preview_and_run_share_the_limit_of_requests_in_flight():
    clock = RealClock()
    clock.now = 0
    twilio, transport = gated(clock, in_flight=1)
    other = TwilioGateway(SETTINGS, clock, account_sid=sid("AC", 7), governor=twilio.governor)
    crowd = Crowd()
    crowd.send(twilio.number, DESK)
    reached(lambda: transport.arrived == 1)
    with request_scope(deadline=clock.monotonic() + 0.2):
        error_of(lambda _: other.reachable(), other)
    transport.passes.release()

    crowd.outcomes()
    assert transport.arrived == 1


def test_two_gateways_know_what_they_reached_each_for_itself(clock):
    twilio, transport = reached_gateway(clock)
    other = TwilioGateway(SETTINGS, clock, account_sid=sid("AC", 7), governor=twilio.governor)
    transport.always = lambda _: refused(404, 20404)

    assert not error_of(READS["fetch"], other).gone
    assert error_of(READS["fetch"], twilio).gone
    assert gateway(clock)[0].reachable()
