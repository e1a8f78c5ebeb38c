"""
Dynamic providers of the program's own, which this process serves too.

They were written for a host that runs four calls at a time, and may count on it. So when the limit is raised
for our waits, theirs stay at four: they are handed out behind a semaphore. Up to three calls that were under
way at that moment are not counted.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 4
_METHODS = frozenset({"check", "diff", "create", "read", "update", "delete"})
_slots = threading.BoundedSemaphore(LIMIT)


def keep_foreign_limit() -> bool:
    """
    Have the host hand out other providers so that at most four of their calls run at a time.

    Returns False where the host's function is not found: then they share the raised limit.
    """
    host = sys.modules.get("__main__")
    get_provider = getattr(host, "get_provider", None)
    if not callable(get_provider) or not hasattr(host, "DynamicResourceProviderServicer"):
        return False
    host.get_provider = _limited(get_provider)  # type: ignore[union-attr]
    return True


def _limited(get_provider: Callable[..., Any]) -> Callable[..., Any]:
    def get_limited(*args: Any, **kwargs: Any) -> Any:
        provider = get_provider(*args, **kwargs)
        return provider if _is_ours(provider) else _Limited(provider)

    return get_limited


def _is_ours(provider: object) -> bool:
    """Whether the provider's class is defined in this package."""
    return type(provider).__module__.partition(".")[0] == __name__.partition(".")[0]


class _Limited:
    """A provider whose six methods take turns with those of all other foreign providers."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._provider, name)
        return _in_turn(found) if name in _METHODS else found


def _in_turn(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        with _slots:
            return method(*args)

    return call
