"""The operator's request to stop, as every wait and every write of a command hears it."""

from __future__ import annotations

import threading
import time

from pulumi_twilio_emergency.core.ports import Interrupted


class Interruption:
    """Set once, by Ctrl-C or because the engine is gone; never taken back."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Stop every wait, now and from now on, and let nothing new begin."""
        self._event.set()

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

    def raise_if_interrupted(self) -> None:
        """Raise Interrupted if somebody has asked to stop."""
        if self._interruption.is_set:
            raise Interrupted
