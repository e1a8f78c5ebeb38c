"""
How many registered numbers may be taken out of coverage at the same time.

A change of address costs four requests from its clear to its confirmation, and only the first opens the gap.
If no more than a third of the requests in flight are such clears, and all others go first, then numbers enter
their gaps only as fast as they leave them, whatever a request takes. Measured with 250 numbers, 16 requests
of 0.3 s at a time and 3 s a registration: with a third, the longest gap is 1.34 times as long as alone, and
all are done in 45 s; with half, 1.47 times and 40 s (tests/benchmarks/crowd.py, 2026-11).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.slots import Slots
from pulumi_twilio_emergency.core.ports import NotSent
from pulumi_twilio_emergency.core.request_scope import current_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_twilio_emergency.core.ports import Clock

_SHARE = 3


class GapLimit:
    """Lets so many clears of registered numbers happen at once. Safe to use from any number of threads."""

    def __init__(self, clock: Clock, concurrency: int) -> None:
        self._clock = clock
        self._slots = Slots(max(1, concurrency // _SHARE), clock, _too_late)

    @contextlib.contextmanager
    def entering(self) -> Iterator[float]:
        """
        Wait for a turn to clear a number, and hold it. Gives the seconds that were waited.

        Raises:
            Interrupted: The operator asked to stop while this one was waiting.
            NotSent: Its deadline passed first.

        """
        began, scope = self._clock.monotonic(), current_scope()
        with self._slots.held(scope.urgency, scope.deadline):
            yield self._clock.monotonic() - began


def _too_late() -> NotSent:
    return NotSent("The turn of this number did not come within the resource's time limit.")
