"""Time as core sees it: an argument. The plugin hands in the real one, tests one they own."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """A source of time, and the only way to wait."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for deadlines."""

    def time(self) -> float:
        """Return Unix time in seconds, for records."""

    def sleep(self, seconds: float) -> None:
        """
        Wait.

        Raises:
            Interrupted: As soon as the operator asks to stop.

        """
