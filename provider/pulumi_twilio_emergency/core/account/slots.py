"""A limited number that may do something at the same time, let in by urgency."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_twilio_emergency.core.ports import Clock, Event


class Slots:
    """
    So many slots, given to the most urgent of those who wait, and to the first come among equals.

    Safe to use from any number of threads. Each waits on an event of its own, so that a free slot wakes one.
    """

    def __init__(self, count: int, clock: Clock, too_late: Callable[[], Exception] = TimeoutError) -> None:
        """
        Prepare the slots.

        Args:
            count: How many.
            clock: Time.
            too_late: Makes the error that is raised when none was free in time.

        """
        self._clock = clock
        self._too_late = too_late
        self._lock = threading.Lock()
        self._free = count
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, Event]] = []

    @contextlib.contextmanager
    def held(self, urgency: int, deadline: float | None) -> Iterator[None]:
        """
        Hold a slot.

        Args:
            urgency: Lower goes first.
            deadline: In the clock's monotonic seconds; None waits for as long as it takes.

        Raises:
            TimeoutError: None was free in time; or what `too_late` makes.
            Interrupted: The operator asked to stop while this one waited.

        """
        self._acquire(urgency, deadline)
        try:
            yield
        finally:
            self._release()

    def _acquire(self, urgency: int, deadline: float | None) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            granted = self._clock.event()
            heapq.heappush(self._waiting, (urgency, next(self._order), granted))
        try:
            self._wait(granted, deadline)
        except BaseException:
            self._leave(granted)
            raise

    def _wait(self, granted: Event, deadline: float | None) -> None:
        if not granted.wait(None if deadline is None else deadline - self._clock.monotonic()):
            raise self._too_late()

    def _release(self) -> None:
        with self._lock:
            if self._waiting:
                heapq.heappop(self._waiting)[2].set()
            else:
                self._free += 1

    def _leave(self, granted: Event) -> None:
        with self._lock:
            kept = [each for each in self._waiting if each[2] is not granted]
            given_meanwhile = len(kept) == len(self._waiting)
            self._waiting = kept
            heapq.heapify(self._waiting)
        if given_meanwhile:
            self._release()
