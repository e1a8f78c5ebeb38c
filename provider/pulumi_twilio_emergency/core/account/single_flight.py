"""One reading of a list for everybody who asks at the same time."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from pulumi_twilio_emergency.core.ports import GatewayError, NotSent
from pulumi_twilio_emergency.core.request_scope import current_scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.core.ports import Clock, Event

T = TypeVar("T")


def own_copy(error: Exception) -> Exception:
    """Return an error to raise in another thread: one object raised in many grows one long traceback."""
    try:
        twin = copy.copy(error)
    except Exception:  # noqa: BLE001 - an exception that cannot be copied is still better than none
        return error
    return twin.with_traceback(None)


@dataclass(eq=False, slots=True)
class _Reading(Generic[T]):
    """
    One reading: when it began, under which limits, and what came of it.

    Attributes:
        number: Counts up from 1.
        began_at: In the clock's monotonic seconds.
        writes: How many of our own writes came before it.
        deadline: How long its reader was allowed to try.
        done: Set when it is over.

    """

    number: int
    began_at: float
    writes: int
    deadline: float | None
    done: Event
    value: T | None = None
    error: BaseException | None = None


class SingleFlight(Generic[T]):
    """
    A value that is expensive to read, read by one thread for all that wait for it.

    A thousand resources that each need the account's numbers cost a handful of lists instead of a thousand.
    Whoever waits for another thread's reading raises Interrupted, or GatewayError at its own deadline,
    however slow that reading is.
    """

    def __init__(self, read: Callable[[], T], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._turn = threading.Lock()
        self._latest: _Reading[T] = _Reading(0, float("-inf"), 0, None, clock.event(), error=LookupError())
        self._latest.done.set()
        self._writes = 0
        self._value: T | None = None

    def fresh(self) -> T:
        """Return a reading that began after this call. Raises what the reading raised."""
        with self._turn:
            wanted = self._latest.number + 1
        return self._at_least(wanted)

    def recent(self, seconds: float, *, allow_stale: bool = False) -> T:
        """
        Return a reading that began no longer ago than that, reading anew if there is none.

        Args:
            seconds: How old it may be.
            allow_stale: It may be older than our own writes: enough for what those do not change.

        """
        with self._turn:
            latest = self._latest
            believed = allow_stale or latest.writes == self._writes
            young = self._clock.monotonic() - latest.began_at <= seconds
            usable = believed and young and latest.error is None
        return self._at_least(latest.number if usable else latest.number + 1)

    def latest(self) -> T | None:
        """Return the last value that was read, however old; None where there is none."""
        with self._turn:
            return self._value

    def invalidate(self) -> None:
        """Count readings that began before now as stale, since something was written."""
        with self._turn:
            self._writes += 1

    def _at_least(self, wanted: int) -> T:
        while True:
            reading, mine = self._joined(wanted)
            if mine:
                return self._lead(reading)
            if not self._gave_up_earlier(reading):
                return self._outcome(reading)
            wanted = reading.number + 1

    def _joined(self, wanted: int) -> tuple[_Reading[T], bool]:
        """Return a finished reading that is new enough, or a new one that is ours to do."""
        while True:
            with self._turn:
                latest = self._latest
                if latest.done.is_set():
                    if latest.number >= wanted:
                        return latest, False
                    self._latest = self._begun(latest.number + 1)
                    return self._latest, True
            self._await(latest)

    def _begun(self, number: int) -> _Reading[T]:
        deadline = current_scope().deadline
        return _Reading(number, self._clock.monotonic(), self._writes, deadline, self._clock.event())

    def _await(self, reading: _Reading[T]) -> None:
        deadline = current_scope().deadline
        if not reading.done.wait(None if deadline is None else deadline - self._clock.monotonic()):
            raise NotSent("Twilio has not answered a list within this resource's time limit.")

    def _lead(self, reading: _Reading[T]) -> T:
        try:
            value = self._read()
        except BaseException as error:
            self._finish(reading, error=error)
            raise
        self._finish(reading, value=value)
        return value

    def _finish(
        self, reading: _Reading[T], *, value: T | None = None, error: BaseException | None = None
    ) -> None:
        reading.value, reading.error = value, error
        if error is None:
            self._value = value
        reading.done.set()

    @staticmethod
    def _gave_up_earlier(reading: _Reading[T]) -> bool:
        """Whether its reader failed within a tighter limit than ours, so that trying again makes sense."""
        if not isinstance(reading.error, GatewayError) or not reading.error.transient:
            return False
        mine = current_scope().deadline
        return reading.deadline is not None and (mine is None or mine > reading.deadline)

    @staticmethod
    def _outcome(reading: _Reading[T]) -> T:
        if isinstance(reading.error, Exception):
            raise own_copy(reading.error) from reading.error
        if (
            reading.error is not None
        ):  # KeyboardInterrupt and the like belong to the thread they were raised in
            raise NotSent("Reading a list was broken off.")
        return cast("T", reading.value)
