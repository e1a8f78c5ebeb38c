"""One reading of a list for everybody who asks at the same time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.core.ports import Clock

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """
    A value that is expensive to read, read by one thread for all that wait for it.

    A thousand resources that each need the account's numbers cost a handful of lists instead of a thousand.
    """

    def __init__(self, read: Callable[[], T], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._turn = threading.Condition()
        self._reading = False
        self._started = 0
        self._finished = 0
        self._began_at = float("-inf")
        self._under_way_since = float("-inf")
        self._writes = 0
        self._writes_before = 0
        self._value: T | None = None
        self._error: BaseException | None = None

    def fresh(self) -> T:
        """Return a reading that began after this call. Raises what the reading raised."""
        with self._turn:
            wanted = self._started + 1
        return self._at_least(wanted)

    def recent(self, seconds: float, *, allow_stale: bool = False) -> T:
        """
        Return a reading that began no longer ago than that, reading anew if there is none.

        Args:
            seconds: How old it may be.
            allow_stale: It may be older than our own writes: enough for what those do not change.

        """
        with self._turn:
            believed = allow_stale or self._writes == self._writes_before
            young = self._clock.monotonic() - self._began_at <= seconds
            if believed and self._reading and self._clock.monotonic() - self._under_way_since <= seconds:
                wanted = self._started
            elif believed and young and self._error is None:
                wanted = self._finished
            else:
                wanted = self._started + 1
        return self._at_least(wanted)

    def invalidate(self) -> None:
        """Count readings that began before now as allow_stale, since something was written."""
        with self._turn:
            self._writes += 1

    def _at_least(self, wanted: int) -> T:
        with self._turn:
            while self._finished < wanted and self._reading:
                self._turn.wait()
            if self._finished >= wanted:
                return self._outcome()
            self._reading = True
            self._started += 1
            self._writes_before = self._writes
            began_at = self._under_way_since = self._clock.monotonic()
        value: T | None = None
        error: BaseException | None = None
        try:
            value = self._read()
        except BaseException as caught:  # noqa: BLE001 - it is raised again, for everyone who waits
            error = caught
        with self._turn:
            self._reading = False
            self._finished = self._started
            self._value, self._error, self._began_at = value, error, began_at
            self._turn.notify_all()
            return self._outcome()

    def _outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value] # set whenever there is no error
