"""How often we look again at something that takes its time at Twilio: one schedule for every wait."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
# A tenth of what was waited already: 4 s at half a minute, the longest pause from two minutes on.
GROWTH = 1.1


def next_pause(pause: float) -> float:
    """Return the seconds to wait after the pause before."""
    return min(LONGEST_PAUSE, pause * GROWTH)


def pauses() -> Iterator[float]:
    """Return the pauses of one wait in seconds, without end."""
    return itertools.accumulate(itertools.repeat(FIRST_PAUSE), lambda pause, _: next_pause(pause))
