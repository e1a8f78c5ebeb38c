"""
How many numbers a change leaves uncovered: one line each, and one for all of them.

The engine asks about one resource at a time and never says which was the last. So the total is said when no
further number has come for a moment, and again should it have grown by then.
"""

from __future__ import annotations

import threading

from pulumi_twilio_emergency.dynamic_host import call_in_hand
from pulumi_twilio_emergency.dynamic_host.progress import Progress, warn_of_the_stack

_A_MOMENT = 0.1  # longer than the engine takes from one resource to the next, shorter than a program to end


class Gaps:
    """The numbers of this run that will be without a registered address for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: set[str] = set()
        self._timer: threading.Timer | None = None

    def foresee(self, phone_number: str) -> None:
        """Warn of one more number, on its resource's own row."""
        with self._lock:
            if phone_number in self._numbers:
                return
            self._numbers.add(phone_number)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(_A_MOMENT, self._say_total)
            self._timer.daemon = True
            self._timer.start()
        Progress(call_in_hand()).warn(
            f"{phone_number} will be uncovered while its address changes, until Twilio reports the new one "
            "registered (up to 30 minutes in the US and Canada, up to 72 hours in the UK)."
        )

    def _say_total(self) -> None:
        with self._lock:
            total = len(self._numbers)
        if total > 1:
            warn_of_the_stack(f"In total {total} numbers will be uncovered while their addresses change.")


gaps = Gaps()
