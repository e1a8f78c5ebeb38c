"""
What a request may cost: until when it may be tried, and who goes first when many wait.

Operations say it for everything they ask of the gateway within a `with` block; the gateway reads it. A number
that is without coverage goes before one that still has it, so that a gap in a crowd is no longer than alone.
"""

from __future__ import annotations

import contextlib
import contextvars
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Urgency(IntEnum):
    """Who goes first; lower is sooner."""

    LEAVING_GAP = 0
    """Whatever a number without coverage waits for."""
    ORDINARY = 1
    ENTERING_GAP = 2
    """Taking a registered address off a number."""


@dataclass(frozen=True, slots=True)
class RequestScope:
    """
    The limits in force.

    Attributes:
        deadline: In the clock's monotonic seconds; nothing is tried after it. None: the gateway's own.
        urgency: Who goes first.

    """

    deadline: float | None = None
    urgency: Urgency = Urgency.ORDINARY


_SCOPE: contextvars.ContextVar[RequestScope | None] = contextvars.ContextVar("request_scope", default=None)


def current_scope() -> RequestScope:
    """Return the limits in force in this thread."""
    return _SCOPE.get() or RequestScope()


@contextlib.contextmanager
def request_scope(*, deadline: float | None = None, urgency: Urgency | None = None) -> Iterator[RequestScope]:
    """Tighten the limits for a while. A deadline never moves later than the one already in force."""
    outer = current_scope()
    limits = [each for each in (outer.deadline, deadline) if each is not None]
    inner = replace(
        outer,
        deadline=min(limits, default=None),
        urgency=outer.urgency if urgency is None else urgency,
    )
    token = _SCOPE.set(inner)
    try:
        yield inner
    finally:
        _SCOPE.reset(token)
