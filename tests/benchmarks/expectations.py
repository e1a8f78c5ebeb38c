"""
What each row of "this provider" may take, worked out from what the same run has measured otherwise.

None of it is a number from an earlier run: a slower machine makes the floor slower, and with it what is expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 4 / 3
"""A row that is more than a third above what is expected fails the benchmark."""

REGISTRATION = 30.0
UNREGISTRATION = 1.0
"""Seconds that the emulator takes for them."""

ROWS_A_PAGE = 1000
REQUESTS_A_NUMBER = 3
"""A look, the write, and the fetch that confirms what it came to (tests/convergence/test_request_counts.py)."""

CALLS = {"up": 2, "preview": 2, "refresh": 2, "destroy": 1}
"""Calls of the engine for each resource: check, and diff or create; read and diff; delete."""

OWN_WORK = 0.25
"""
Of the time of a request by Twilio's client alone: so long may this provider take for a call, the SDK's part left
out, and for each request in it, which is paced, compared with what was asked, and waited for.
"""

CROWD = 1.5
"""Times the gap of one number alone that the gap of any in a crowd may be; no third is added to it."""


@dataclass(frozen=True)
class Costs:
    """
    What this machine takes, measured in this run without the provider.

    Attributes:
        request: Seconds of one fetch by Twilio's own client, one after another.
        row: Seconds of each row of a list, by the same.
        twilio: Seconds to load Twilio's client, which the floor's plugin does not.

    """

    request: float
    row: float
    twilio: float


def expected(
    what: str, size: int, floor: Mapping[str, float], costs: Costs, *, checkpoints: bool = True
) -> dict[str, float]:
    """
    Return the parts in seconds of what a command on so many numbers may take.

    Args:
        what: The command.
        size: How many numbers.
        floor: What the engine's own part of each command took, for the same size and settings.
        costs: What this machine takes.
        checkpoints: Whether the engine writes the state after each step (not PULUMI_SKIP_CHECKPOINTS).

    """
    # Each command lists the numbers to find those that are known by phone number or to compare with state.
    lists = _list(size, costs)
    calls = REQUESTS_A_NUMBER * size * costs.request
    own = OWN_WORK * (CALLS[what] * size * costs.request + (calls if what in {"up", "destroy"} else 0))
    if what == "up":
        return {
            "engine": floor["up"],
            "start": costs.twilio,
            "own": own,
            "registration": REGISTRATION,
            "next look": _until_the_next_look(REGISTRATION),
            "requests": calls + _looks(REGISTRATION) * lists,
        }
    if what == "destroy":
        # A delete is one call, as a create is. But until it is done, a checkpoint holds the resource twice: as a
        # resource and as a pending operation. A floor whose destroy took longer than that was disturbed (117 s
        # for 1,000 once, without checkpoints, against 7 s of its up), and does not allow ours to be slow.
        written = 2 if checkpoints else 1
        return {
            "engine": min(written * floor["up"], floor["destroy"]),
            "start": costs.twilio,
            "own": own,
            "unregistration": UNREGISTRATION,
            "next look": _until_the_next_look(UNREGISTRATION),
            # Numbers go one after another, so somebody waits as long as there are requests.
            "requests": calls + (_looks(UNREGISTRATION + calls) + 2) * lists,
        }
    # An unchanged preview reads one list; a refresh two, and the address.
    reads = 2 * lists + costs.request
    return {"engine": floor[what], "start": costs.twilio, "own": own, "requests": reads}


def _list(size: int, costs: Costs) -> float:
    return -(-size // ROWS_A_PAGE) * costs.request + size * costs.row


def _until_the_next_look(seconds: float) -> float:
    """Return the pause between looks after so many seconds: one second at first, then a tenth of what was waited."""
    return 1.0 + seconds / 10


def _looks(seconds: float) -> int:
    """Return how many looks fit into such a wait, and one after it."""
    looks, at = 1, 0.0
    while at < seconds:
        at += _until_the_next_look(at)
        looks += 1
    return looks
