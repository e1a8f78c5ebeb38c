"""How many numbers a change leaves uncovered: one line each, and one for all of them at the end."""

from __future__ import annotations

import threading

from pulumi_twilio_emergency.dynamic_host import call_in_hand, lifetime
from pulumi_twilio_emergency.dynamic_host.progress import Progress, warn_of_the_stack


class Gaps:
    """The numbers of this run that are without a registered address for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: set[str] = set()

    def foresee(self, phone_number: str) -> None:
        """Warn of one more number, on its resource's own row."""
        with self._lock:
            if phone_number in self._numbers:
                return
            self._numbers.add(phone_number)
            if len(self._numbers) == 2:
                lifetime.at_end(self._say_total)
        Progress(call_in_hand()).warn(
            f"{phone_number} will be uncovered while its address changes, until Twilio reports the new one "
            "registered (up to 30 minutes in the US and Canada, up to 72 hours in the UK)."
        )

    def _say_total(self) -> None:
        warn_of_the_stack(
            f"In total, {len(self._numbers)} numbers are uncovered for a while by this change of addresses."
        )


gaps = Gaps()
