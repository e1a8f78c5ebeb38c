"""
The call in hand: what the engine sent with it, which the SDK does not pass on.

The servicer's method that called us holds `request` and `context` in its frame (pulumi 3.272, read 2026-11).
Without them a call still works, with no URN, no time limit and the SDK's own way to fail.
"""

from __future__ import annotations

import contextlib
import contextvars
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message


class ServicerContext(Protocol):
    """What we use of grpc's context."""

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        """Send metadata along with the answer."""


@dataclass(frozen=True, slots=True)
class Call:
    """
    One request of the engine.

    Attributes:
        method: `check`, `diff`, `create`, `read`, `update` or `delete`.
        urn: The resource's URN; empty where the host does not let us see it.
        timeout: `custom_timeouts` for this method in seconds; None when unset or unseen.
        request: The protobuf message, or None.
        context: grpc's context, or None.

    """

    method: str
    urn: str = ""
    timeout: float | None = None
    request: Message | None = field(default=None, repr=False)
    context: ServicerContext | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The resource's name: the last part of the URN."""
        return self.urn.rpartition("::")[2]


_IN_HAND: contextvars.ContextVar[Call] = contextvars.ContextVar("call_in_hand")


def call_in_hand() -> Call:
    """Return the call that this thread answers; one without URN and limits outside of any."""
    return _IN_HAND.get(Call(""))


@contextlib.contextmanager
def answering(method: str) -> Iterator[Call]:
    """Make the engine's request that led here the call in hand."""
    call = _found(method)
    token = _IN_HAND.set(call)
    try:
        yield call
    finally:
        _IN_HAND.reset(token)


def _found(method: str) -> Call:
    frame = sys._getframe(1)  # noqa: SLF001 - the one way to what the SDK keeps to itself
    while frame is not None:
        if frame.f_code.co_name == method.capitalize():
            seen = frame.f_locals
            request, context = seen.get("request"), seen.get("context")
            if hasattr(request, "urn") and hasattr(context, "set_trailing_metadata"):
                return _call(method, request, cast("ServicerContext", context))
        frame = cast("Any", frame.f_back)
    return Call(method)


def _call(method: str, request: Any, context: ServicerContext) -> Call:
    timeout = float(getattr(request, "timeout", 0) or 0)
    return Call(method, str(request.urn), timeout or None, request, context)
