"""The event of a clock that is moved by a test."""

from __future__ import annotations

import math
import threading

_LOOK_EVERY = 0.002


class PolledEvent(threading.Event):
    """An event that looks at its clock in short turns of real time."""

    def __init__(self, clock) -> None:
        super().__init__()
        self._clock = clock
        self._waits: dict[object, float] = {}

    @property
    def blocked(self) -> int:
        """How many threads wait for it and have no reason to go on."""
        if self.is_set():
            return 0
        return sum(until > self._clock.monotonic() for until in list(self._waits.values()))

    def wait(self, seconds: float | None = None) -> bool:
        until = math.inf if seconds is None else self._clock.monotonic() + seconds
        wait = object()
        self._waits[wait] = until
        try:
            while not self.is_set():
                self._clock.raise_if_interrupted()
                if self._clock.monotonic() >= until:
                    return False
                super().wait(_LOOK_EVERY)
        finally:
            del self._waits[wait]
        return True
