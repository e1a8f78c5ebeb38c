"""
As many workers as the engine sends requests.

The SDK serves with four threads for every kind of request, so four waits would stop the whole stack, planning
included (`ThreadPoolExecutor(max_workers=4)`, pulumi 3.272). The executor makes threads only when none is
idle, so a high limit costs nothing until it is needed.
"""

from __future__ import annotations

import gc
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

WORKER_LIMIT = 4096
_LOOK_EVERY = 0.25  # seconds


def serving_pool() -> ThreadPoolExecutor | None:
    """Return the pool that runs this thread, or None where it is not found or built differently."""
    here = threading.current_thread()
    for thing in gc.get_objects():
        # `type() is`: isinstance asks the object itself, and a dead weakref.proxy answers with an exception.
        if (
            type(thing) is ThreadPoolExecutor
            and here in getattr(thing, "_threads", ())
            and type(getattr(thing, "_max_workers", None)) is int
        ):
            return thing
    return None


def raise_worker_limit(pool: ThreadPoolExecutor) -> list[str]:
    """
    Let the pool serve everything at once, what is queued already included.

    Returns the names of the servicer's methods that were queued, as far as they can be seen.
    """
    before = pool._max_workers  # noqa: SLF001
    pool._max_workers = max(WORKER_LIMIT, before)  # noqa: SLF001
    waiting = _requeue(getattr(pool, "_work_queue", None))
    _forget_idle_workers(getattr(pool, "_idle_semaphore", None))
    # Threads are made on submit only: one for each call that came while the limit was lower. And one for each
    # worker: a worker that finds the queue empty meanwhile counts as idle, and is not.
    for _ in range(len(waiting) + before if waiting else 0):
        pool.submit(_do_nothing)
    return [name for item in waiting for name in _method_names(item)]


def _forget_idle_workers(idle: Any) -> None:
    """
    Take back the permits of workers that were counted as idle.

    A worker that takes a queued call leaves the permit it was counted by, and each such permit keeps a later
    call from getting a thread of its own (CPython 3.10 to 3.13, read 2026-11).
    """
    if hasattr(idle, "acquire"):
        while idle.acquire(blocking=False):
            pass


def keep_serving(pool: ThreadPoolExecutor) -> None:
    """
    See to it, for as long as the pool lives, that no call waits in the queue for want of a thread.

    A worker that reports itself idle just as a call is put into the queue keeps the next call from getting a
    thread of its own. Nobody waits longer than a quarter of a second for that.
    """
    threading.Thread(target=_serve_what_waits, args=(pool,), name="serve-what-waits", daemon=True).start()


def _serve_what_waits(pool: ThreadPoolExecutor) -> None:
    calls: Any = getattr(pool, "_work_queue", None)
    try:
        while hasattr(calls, "qsize"):
            time.sleep(_LOOK_EVERY)
            waiting = calls.qsize()
            if waiting:
                _forget_idle_workers(getattr(pool, "_idle_semaphore", None))
            for _ in range(waiting):
                pool.submit(_do_nothing)
    except RuntimeError:
        pass  # the pool was shut down


def _do_nothing() -> None:
    """Be submitted."""


def _requeue(calls: Any) -> list[Any]:
    """Return what is queued, in its order. A SimpleQueue shows nothing, so all is taken out and put back."""
    waiting: list[Any] = []
    if not hasattr(calls, "get_nowait"):
        return waiting
    try:
        while True:
            waiting.append(calls.get_nowait())
    except queue.Empty:
        pass
    for item in waiting:
        calls.put(item)
    return [item for item in waiting if item is not None]


def _method_names(item: Any) -> list[str]:
    names = (getattr(argument, "__name__", None) for argument in getattr(item, "args", ()))
    return [name for name in names if isinstance(name, str)]
