"""Lines on a resource's own row, warnings under Diagnostics, and what is said when the command is over."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
import time
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.hosts.dynamic import engine
from pulumi_twilio_emergency.hosts.dynamic.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger(__name__)
_DEBUG, _INFO, _WARNING = 0, 1, 2
_REPEAT_AFTER = 10.0


def _is_watched() -> bool:
    """Whether a person sees lines come and go: a terminal is there, and nothing says CI."""
    if os.environ.get("CI"):
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


class Progress:
    """
    The row of one resource, during one call.

    In a terminal the passing line is refreshed now and then; in a log it is written only when its subject
    changes.
    """

    def __init__(self, urn: str) -> None:
        self._urn = urn
        self._subject = ""
        self._said_at = float("-inf")
        self._live = _is_watched()

    def status(self, subject: str, details: str = "") -> None:
        """Show a passing line: the subject, and details that may change without being news."""
        now = time.monotonic()
        news = subject != self._subject
        if news or (self._live and now - self._said_at >= _REPEAT_AFTER):
            self._subject, self._said_at = subject, now
            engine.log(_INFO, printable(f"{subject}{details}"), self._urn, ephemeral=True)

    def note(self, text: str) -> None:
        """Leave an info line that stays under Diagnostics."""
        _leave(_INFO, text, self._urn)

    def warn(self, text: str) -> None:
        """Leave a warning that stays under Diagnostics."""
        _leave(_WARNING, text, self._urn)


class EngineReporter:
    """The engine's display. Without an engine, warnings and notes go to Python's log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_words: list[Callable[[], None]] = []

    def line(self, urn: str) -> Progress:
        """Return the row of a resource."""
        return Progress(urn)

    def warn(self, text: str) -> None:
        """Leave a warning that is about no resource in particular."""
        _leave(_WARNING, text)

    def debug(self, text: str) -> None:
        """Leave a line for those who run Pulumi with --debug."""
        engine.log(_DEBUG, printable(text))

    def at_end(self, say: Callable[[], None]) -> None:
        """
        Call this once when the command is over, while the engine still listens.

        The engine ends its plugins with an interrupt, and shows what they log until they are gone (pulumi
        3.259, seen 2026-11). A plugin that is killed says nothing.
        """
        with self._lock:
            if not self._last_words:
                atexit.register(self.finish)
            self._last_words.append(say)

    def finish(self) -> None:
        """Say what was to be said at the end. A second time, nothing is left."""
        with self._lock:
            last_words, self._last_words = self._last_words, []
        for say in last_words:
            with contextlib.suppress(Exception):
                say()


def _leave(severity: int, text: str, urn: str = "") -> None:
    text = printable(text)
    if not engine.log(severity, text, urn):
        _LOG.log(logging.WARNING if severity == _WARNING else logging.INFO, "%s", text)
