"""Many threads on one clock that moves only when all of them wait, and a Twilio that answers a few at a time."""

from __future__ import annotations

import heapq
import itertools
import threading
import time

from pulumi_twilio_emergency.core.account.slots import Slots
from pulumi_twilio_emergency.core.request_scope import current_scope
from support.fake_twilio import IN_TIME, FakeTwilio, ManualClock


class VirtualClock(ManualClock):
    """A clock for a crowd of threads: when all of them are blocked, it jumps to the next one's time to wake up."""

    def __init__(self) -> None:
        super().__init__()
        self._timers: list[tuple[float, int, threading.Event]] = []
        self._order = itertools.count()
        self._alive = 0
        self._blocked = 0

    def sleep(self, seconds: float) -> None:
        self.event().wait(seconds)

    def event(self) -> VirtualEvent:
        return VirtualEvent(self)

    def block(self, seconds: float | None) -> threading.Event:
        """Count a thread as blocked, and return what it waits for. The lock is held."""
        woken = threading.Event()
        self._blocked += 1
        if seconds is not None:
            heapq.heappush(self._timers, (self.now + seconds, next(self._order), woken))
        return woken

    def wake(self, woken: threading.Event) -> None:
        """Count a thread as awake from now on, whenever it runs. The lock is held."""
        if not woken.is_set():
            self._blocked -= 1
            woken.set()

    def run(self, jobs) -> list:
        """Run the jobs side by side, each in a thread of its own, and return their results in order."""
        results: dict[int, object] = {}
        self._alive = len(jobs)

        def run(place, job) -> None:
            try:
                results[place] = job()
            finally:
                with self.lock:
                    self._alive -= 1

        for place, job in enumerate(jobs):
            threading.Thread(target=run, args=(place, job), daemon=True).start()
        stuck_at = time.monotonic() + 10 * IN_TIME
        while self._alive:
            assert time.monotonic() < stuck_at, "the crowd is stuck"
            if not self._advance():
                time.sleep(0.0002)
        return [results[place] for place in range(len(jobs))]

    def _advance(self) -> bool:
        with self.lock:
            if not self._timers or self._blocked < self._alive:
                return False
            at, _, woken = heapq.heappop(self._timers)
            if not woken.is_set():
                self.now = at
                self.wake(woken)
        return True


class VirtualEvent:
    """What the threads of a virtual clock wait for."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._is_set = False
        self._waits: list[threading.Event] = []

    def set(self) -> None:
        with self._clock.lock:
            self._is_set = True
            for woken in self._waits:
                self._clock.wake(woken)

    def clear(self) -> None:
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float | None = None) -> bool:
        self._clock.raise_if_interrupted()
        with self._clock.lock:
            if self._is_set or (seconds is not None and seconds <= 0):
                return self._is_set
            woken = self._clock.block(seconds)
            self._waits.append(woken)
        assert woken.wait(10 * IN_TIME), "nobody moved the clock"
        with self._clock.lock:
            self._waits.remove(woken)
            return self._is_set


class BusyTwilio(FakeTwilio):
    """A Twilio that takes its time for each request, behind a gateway that sends so many at once, by urgency."""

    def __init__(self, *numbers, clock: VirtualClock, slots: int, seconds: float) -> None:
        super().__init__(*numbers, clock=clock)
        self._slots = Slots(slots, clock)
        self._seconds = seconds

    def _request(self, what, act, **write):
        with self._slots.held(current_scope().urgency, None):
            self.clock.sleep(self._seconds)
            return super()._request(what, act, **write)
