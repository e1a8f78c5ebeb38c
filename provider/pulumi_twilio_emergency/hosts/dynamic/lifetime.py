"""
End with the engine.

When the CLI is killed, today's host lives on for ever (seen 2026-11). So a thread watches the engine's
process, where it is known, and its port. When either is gone nothing new begins, every wait ends, the
requests in hand are finished, and the process exits.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.hosts.dynamic import engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_twilio_emergency.hosts.dynamic.engine_process import EngineProcess

_LOOK_EVERY = 0.5
_FINISH_WITHIN = 45.0  # longer than one HTTP request may take


class CallsInHand:
    """How many calls are being answered."""

    def __init__(self) -> None:
        self._count = 0
        self._none_left = threading.Condition()

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Count a call while it is answered."""
        with self._none_left:
            self._count += 1
        try:
            yield
        finally:
            with self._none_left:
                self._count -= 1
                self._none_left.notify_all()

    def finish(self, seconds: float) -> bool:
        """Wait until none is left. Returns False when some still are after so long."""
        with self._none_left:
            return self._none_left.wait_for(lambda: self._count == 0, seconds)


def end_with_engine(found: EngineProcess | None, calls: CallsInHand, stop: Callable[[], None]) -> bool:
    """
    Start watching the engine. Returns False where none is known, and changes nothing then.

    Args:
        found: The engine's process, where it is known.
        calls: What must be finished before the end.
        stop: Called as soon as the engine is gone.

    """
    if not engine.answers():
        return False
    threading.Thread(target=_watch, args=(found, calls, stop), name="end-with-engine", daemon=True).start()
    return True


def _watch(found: EngineProcess | None, calls: CallsInHand, stop: Callable[[], None]) -> None:
    _wait_until_gone(found)
    stop()
    calls.finish(_FINISH_WITHIN)
    time.sleep(0.2)  # the last answer is still on its way out of the SDK
    # Not sys.exit: grpc's and the pool's threads would keep the process.
    os._exit(1)


def _wait_until_gone(found: EngineProcess | None) -> None:
    pause = _pause_until_exit_of(found)
    misses = 0
    # Two misses: a busy machine may refuse a connection once. The process itself is certain.
    while misses < 2:
        pause(_LOOK_EVERY)
        if found is not None and not found.is_alive():
            return
        misses = 0 if engine.answers() else misses + 1


def _pause_until_exit_of(found: EngineProcess | None) -> Callable[[float], None]:
    """Return a sleep that ends as soon as the process does, where the system can tell (Linux)."""
    if found is None or not hasattr(os, "pidfd_open"):
        return time.sleep
    try:
        poll = select.poll()
        poll.register(os.pidfd_open(found.pid), select.POLLIN)
    except OSError:
        return time.sleep

    def pause(seconds: float) -> None:
        poll.poll(seconds * 1000)

    return pause
