"""
Ctrl-C, as a plugin hears of it: the engine's Cancel request, which the SDK answers and ignores.

The handler of Cancel in grpc's method table is replaced by one that also sets an event (pulumi 3.272, grpc
1.85, seen 2026-11). Where the table is not found, waits run on to their time limit, as with the SDK alone.
"""

from __future__ import annotations

import gc
import threading
from typing import Any

import grpc

_CANCEL = "/pulumirpc.ResourceProvider/Cancel"


class Stopped(Exception):
    """Raised by a wait that was interrupted."""


class Interruption:
    """An event that ends every wait of the process."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def wait(self, seconds: float) -> None:
        """
        Wait so many seconds.

        Raises:
            Stopped: At once, when somebody has asked to stop.

        """
        if self._event.wait(seconds):
            raise Stopped

    def stop(self) -> None:
        """End every wait, now and from now on."""
        self._event.set()

    def listen(self) -> bool:
        """Hear the engine's Cancel. Returns False where grpc's method table is not found."""
        heard = False
        for thing in gc.get_objects():
            if isinstance(thing, grpc.GenericRpcHandler):
                handlers = getattr(thing, "_method_handlers", None)
                if isinstance(handlers, dict) and _CANCEL in handlers:
                    handlers[_CANCEL] = self._also(handlers[_CANCEL])
                    heard = True
        return heard

    def _also(self, handler: Any) -> Any:
        answer = handler.unary_unary

        def cancel(request: Any, context: Any) -> Any:
            self.stop()
            return answer(request, context)

        return grpc.unary_unary_rpc_method_handler(
            cancel,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


interruption = Interruption()
