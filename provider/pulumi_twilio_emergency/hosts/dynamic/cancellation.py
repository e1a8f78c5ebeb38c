"""
Ctrl-C and SIGTERM, as a plugin hears of them: the engine's Cancel request, which the SDK answers and ignores.

The CLI answers both signals with Cancel (pulumi 3.259, seen 2026-11). The handler of Cancel in grpc's method
table is replaced by one that also tells us. It gets a thread of its own, since behind four busy workers, or
hundreds of queued calls, Cancel would come when all is over. Where the table is not found, waits run on to
their time limit, as with the SDK alone.

A Cancel that was answered before the first call of ours cannot be known; the code that hears it is loaded by
that call.
"""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from collections.abc import Callable

METHOD = "Cancel"
_PATH = f"/pulumirpc.ResourceProvider/{METHOD}"


def listen(cancel: Callable[[], None]) -> bool:
    """Have the engine's Cancel call this too. Returns False where grpc's method table is not found."""
    heard = False
    for thing in gc.get_objects():
        if grpc.GenericRpcHandler not in type(thing).__mro__:
            continue
        handlers = getattr(thing, "_method_handlers", None)
        if isinstance(handlers, dict) and _PATH in handlers:
            handlers[_PATH] = _heard(handlers[_PATH], cancel)
            heard = True
    return heard


def _heard(handler: Any, cancel: Callable[[], None]) -> Any:
    answer = handler.unary_unary

    def cancel_and_answer(request: Any, context: Any) -> Any:
        cancel()
        return answer(request, context)

    # grpc takes the pool from the function that it is about to call (`_select_thread_pool_for_behavior`).
    cancel_and_answer.experimental_thread_pool = ThreadPoolExecutor(1, "cancel")  # type: ignore[attr-defined]
    return grpc.unary_unary_rpc_method_handler(
        cancel_and_answer,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
