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
import threading
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.ports import NotSent
from pulumi_twilio_emergency.core.request_scope import current_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_twilio_emergency.core.ports import Clock

_SHARE = 3
# Who waits for its turn hears an interruption or its own deadline so soon.
_PATIENCE = 0.5


class GapLimit:
    """Lets so many clears of registered numbers happen at once. Safe to use from any number of threads."""

    def __init__(self, clock: Clock, concurrency: int) -> None:
        self._clock = clock
        self._turn = threading.Condition()
        self._free = max(1, concurrency // _SHARE)

    @contextlib.contextmanager
    def entering(self) -> Iterator[float]:
        """
        Wait for a turn to clear a number, and hold it. Gives the seconds that were waited.

        Raises:
            Interrupted: The operator asked to stop while this one was waiting.
            NotSent: Its deadline passed first.

        """
        began = self._clock.monotonic()
        with self._turn:
            while not self._free:
                self._turn.wait(_PATIENCE)
                self._raise_if_too_late()
            self._free -= 1
        try:
            yield self._clock.monotonic() - began
        finally:
            with self._turn:
                self._free += 1
                self._turn.notify()

    def _raise_if_too_late(self) -> None:
        self._clock.raise_if_interrupted()
        deadline = current_scope().deadline
        if deadline is not None and self._clock.monotonic() >= deadline:
            raise NotSent("The turn of this number did not come within the resource's time limit.")
