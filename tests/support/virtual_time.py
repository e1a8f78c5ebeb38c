"""Many threads on one clock that moves only when all of them wait, and a Twilio that answers a few at a time."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import threading
import time

from pulumi_twilio_emergency.core.request_scope import current_scope
from support.fake_twilio import IN_TIME, FakeTwilio, ManualClock


class VirtualClock(ManualClock):
    """
    A clock for a crowd of threads: when all of them are blocked, it jumps to the next one's time to wake up.

    Attributes:
        blocked_elsewhere: How many threads are blocked on something other than this clock.

    """

    def __init__(self) -> None:
        super().__init__()
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._order = itertools.count()
        self._alive = 0
        self.blocked_elsewhere = lambda: 0

    def sleep(self, seconds: float) -> None:
        self.raise_if_interrupted()
        woken = threading.Event()
        with self._lock:
            heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        assert woken.wait(10 * IN_TIME), "nobody moved the clock"

    def run(self, jobs) -> list:
        """Run the jobs side by side, each in a thread of its own, and return their results in order."""
        results: dict[int, object] = {}
        self._alive = len(jobs)

        def run(place, job) -> None:
            try:
                results[place] = job()
            finally:
                with self._lock:
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
        with self._lock:
            # Sleepers are counted first: who leaves another wait for this one is then counted not at all,
            # rather than twice.
            if not self._sleepers or len(self._sleepers) + self.blocked_elsewhere() < self._alive:
                return False
            self.now, _, woken = heapq.heappop(self._sleepers)
        woken.set()
        return True


class BusyTwilio(FakeTwilio):
    """A Twilio that takes its time for each request, behind a gateway that sends so many at once, by urgency."""

    def __init__(self, *numbers, clock: VirtualClock, slots: int, seconds: float) -> None:
        super().__init__(*numbers, clock=clock)
        self._free = slots
        self._seconds = seconds
        self._queue: list[tuple[int, int, threading.Event]] = []
        self._arrivals = itertools.count()
        self._slots_lock = threading.Lock()

    @property
    def queued(self) -> int:
        return len(self._queue)

    def _request(self, what, act, **write):
        with self._slot():
            self.clock.sleep(self._seconds)
            return super()._request(what, act, **write)

    @contextlib.contextmanager
    def _slot(self):
        granted = threading.Event()
        with self._slots_lock:
            if self._free:
                self._free -= 1
                granted.set()
            else:
                heapq.heappush(self._queue, (current_scope().urgency, next(self._arrivals), granted))
        assert granted.wait(10 * IN_TIME), "no slot became free"
        try:
            yield
        finally:
            with self._slots_lock:
                if self._queue:
                    heapq.heappop(self._queue)[2].set()
                else:
                    self._free += 1
