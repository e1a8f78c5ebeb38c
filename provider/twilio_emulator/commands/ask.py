"""`twilio-emulator ask`: the open questions, asked of a Twilio."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(words: Sequence[str]) -> int:
    """Ask."""
    print(f"twilio-emulator: ask is not there yet ({len(words)} words)", file=sys.stderr)
    return 2
