"""Lines on a resource's own row, and warnings under Diagnostics."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.hosts.dynamic import engine

if TYPE_CHECKING:
    from pulumi_twilio_emergency.hosts.dynamic.call import Call

_LOG = logging.getLogger(__name__)
_DEBUG, _INFO, _WARNING = 0, 1, 2
_REPEAT_AFTER = 10.0


def _somebody_watches() -> bool:
    """Whether a person sees lines come and go: a terminal is there, and nothing says CI."""
    if os.environ.get("CI"):
        return False
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def warn_of_the_stack(text: str) -> None:
    """Leave a warning that is about no resource in particular."""
    if not engine.log(_WARNING, text):
        _LOG.warning("%s", text)


def say_in_debug_log(text: str) -> None:
    """Leave a line for those who run Pulumi with --debug."""
    engine.log(_DEBUG, text)


class Progress:
    """
    What one call says of itself.

    In a terminal the line is refreshed now and then; in a log it is written only when its subject changes.
    """

    def __init__(self, call: Call) -> None:
        self._urn = call.urn
        self._subject = ""
        self._said_at = float("-inf")
        self._live = _somebody_watches()

    def say(self, subject: str, details: str = "") -> None:
        """Show a passing line: the subject, and details that may change without being news."""
        now = time.monotonic()
        news = subject != self._subject
        if news or (self._live and now - self._said_at >= _REPEAT_AFTER):
            self._subject, self._said_at = subject, now
            engine.log(_INFO, f"{subject}{details}", self._urn, ephemeral=True)

    def warn(self, text: str) -> None:
        """Leave a warning that stays under Diagnostics."""
        if not engine.log(_WARNING, text, self._urn):
            _LOG.warning("%s", text)

    def note(self, text: str) -> None:
        """Leave an info line that stays under Diagnostics."""
        if not engine.log(_INFO, text, self._urn):
            _LOG.info("%s", text)
