"""The operator's request to stop, as every wait and every write of a command hears it."""

from __future__ import annotations

import threading
import time

from pulumi_twilio_emergency.core.ports import Interrupted


class Interruption:
    """Set once, by Ctrl-C or because the engine is gone; never taken back."""

    def __init__(self) -> None:
        self._event = threading.Event()
        # Reentrant, since a signal handler may ask to stop while its own thread holds it.
        self._lock = threading.RLock()
        self._waiting: dict[object, threading.Event] = {}

    def set(self) -> None:
        """Stop every wait, now and from now on, and let nothing new begin."""
        self._event.set()
        with self._lock:
            waiting = list(self._waiting.values())
        for event in waiting:
            event.set()

    @property
    def is_set(self) -> bool:
        """Whether somebody has asked to stop."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """
        Wait so many seconds.

        Raises:
            Interrupted: At once, when somebody has asked to stop.

        """
        if self._event.wait(seconds):
            raise Interrupted

    def wait_for(self, event: threading.Event, seconds: float | None) -> None:
        """Wait for an event, or so many seconds; when somebody asks to stop, the event is set."""
        waiter = object()
        with self._lock:
            self._waiting[waiter] = event
        try:
            if not self.is_set:
                event.wait(seconds)
        finally:
            with self._lock:
                del self._waiting[waiter]


class InterruptibleEvent:
    """What threads wait for, in real time, and no longer than until an interruption."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        self._is_set = False
        # Apart from what it stands for, since an interruption sets it, too.
        self._woken = threading.Event()

    def set(self) -> None:
        """Release everyone who waits for it, now and from now on."""
        self._is_set = True
        self._woken.set()

    def clear(self) -> None:
        """Make later callers wait."""
        self._is_set = False
        self._woken.clear()

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._is_set

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is set, return whether it is, or raise Interrupted."""
        if not self._is_set:
            self._interruption.wait_for(self._woken, seconds)
        if not self._is_set and self._interruption.is_set:
            raise Interrupted
        return self._is_set


class SystemClock:
    """Real time, and waits that end when the operator presses Ctrl-C."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def time(self) -> float:
        """Return Unix time in seconds."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait, or raise Interrupted."""
        self._interruption.wait(seconds)

    def event(self) -> InterruptibleEvent:
        """Return a new event that is not set."""
        return InterruptibleEvent(self._interruption)

    def raise_if_interrupted(self) -> None:
        """Raise Interrupted if somebody has asked to stop."""
        if self._interruption.is_set:
            raise Interrupted
