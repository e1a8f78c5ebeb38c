"""
End with the engine.

When the CLI is killed, today's host lives on for ever (seen 2026-11). So somebody looks whether the engine
still answers; when it is gone, every wait ends, the requests in hand are finished, and the process exits.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.hosts.dynamic import engine
from pulumi_twilio_emergency.hosts.dynamic.interruption import interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOOK_EVERY = 1.0
_FINISH_WITHIN = 45.0  # longer than one HTTP request may take

_count = threading.Lock()
_in_hand = 0


@contextlib.contextmanager
def in_hand() -> Iterator[None]:
    """Count a call as being answered."""
    global _in_hand  # noqa: PLW0603 - one process, one count
    with _count:
        _in_hand += 1
    try:
        yield
    finally:
        with _count:
            _in_hand -= 1


def at_end(say: Callable[[], None]) -> None:
    """
    Say something when the command is over, while the engine still listens.

    The engine ends its plugins with an interrupt, and shows what they log until they are gone (pulumi 3.259,
    seen 2026-11). A plugin that is killed says nothing.
    """
    if engine.address() is not None:
        atexit.register(say)


def end_with_engine() -> bool:
    """Start looking after the engine. Returns False where no engine is known, and changes nothing then."""
    if not engine.answers():
        return False
    threading.Thread(target=_look_after_engine, name="end-with-engine", daemon=True).start()
    return True


def _look_after_engine() -> None:
    misses = 0
    while misses < 2:
        time.sleep(_LOOK_EVERY)
        misses = 0 if engine.answers() else misses + 1
    interruption.stop()
    give_up = time.monotonic() + _FINISH_WITHIN
    while _in_hand and time.monotonic() < give_up:
        time.sleep(0.05)
    # Not sys.exit: grpc's and the pool's threads would keep the process.
    os._exit(1)
