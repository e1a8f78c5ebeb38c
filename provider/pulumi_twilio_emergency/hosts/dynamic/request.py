"""
The engine's request: what was sent with the call, which the SDK does not pass on.

The servicer's method that called us holds `request` and `context` in its frame (pulumi 3.272, read 2026-11).
Without them a call still works, with no URN, no time limit and the SDK's own way to fail.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from google.protobuf.message import Message


class ServicerContext(Protocol):
    """What we use of grpc's context."""

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        """Send metadata along with the answer."""


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """
    One request of the engine.

    Attributes:
        method: `check`, `diff`, `create`, `read`, `update` or `delete`.
        urn: The resource's URN; empty where the host does not show it.
        timeout: `custom_timeouts` for this method in seconds; None when unset or not shown.
        message: The protobuf message, or None.
        context: grpc's context, or None.

    """

    method: str
    urn: str = ""
    timeout: float | None = None
    message: Message | None = field(default=None, repr=False)
    context: ServicerContext | None = field(default=None, repr=False)

    @property
    def writes(self) -> bool:
        """Whether the call may change something outside."""
        return self.method in {"create", "update", "delete"}


def current_request(method: str) -> EngineRequest:
    """Return the request that led to the caller; one without URN and limits where it is not found."""
    frame = sys._getframe(1)  # noqa: SLF001 - the one way to what the SDK keeps to itself
    while frame is not None:
        if frame.f_code.co_name == method.capitalize():
            seen = frame.f_locals
            message, context = seen.get("request"), seen.get("context")
            if hasattr(message, "urn") and hasattr(context, "set_trailing_metadata"):
                return _request(method, message, cast("ServicerContext", context))
        frame = cast("Any", frame.f_back)
    return EngineRequest(method)


def _request(method: str, message: Any, context: ServicerContext) -> EngineRequest:
    timeout = float(getattr(message, "timeout", 0) or 0)
    return EngineRequest(method, str(message.urn), timeout or None, message, context)
