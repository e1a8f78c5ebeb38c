"""
As many workers as the engine sends requests.

The SDK serves with four threads for every kind of request, so four waits would stop the whole stack, planning
included (`ThreadPoolExecutor(max_workers=4)`, pulumi 3.272). The executor makes threads only when none is
idle, so a high ceiling costs nothing until it is needed.
"""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

CEILING = 4096


def lift_ceiling() -> bool:
    """
    Raise the ceiling of the pool that runs this thread.

    Returns False, and leaves the SDK's four workers, where the pool is not found or built differently.
    """
    here = threading.current_thread()
    for thing in gc.get_objects():
        if (
            type(thing) is ThreadPoolExecutor
            and here in getattr(thing, "_threads", ())
            and isinstance(getattr(thing, "_max_workers", None), int)
        ):
            thing._max_workers = max(CEILING, thing._max_workers)  # noqa: SLF001
            return True
    return False
