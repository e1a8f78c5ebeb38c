"""
Failures as the operator sees them: our sentences on the right resource, without a traceback.

A message in `grpc-status-details-bin` takes the place of the SDK's traceback, since the engine believes the
details when their code agrees with the answer's (pulumi 3.259 and 3.272, seen 2026-11). With an
ErrorResourceInitFailed packed into it, the engine keeps a resource that exists but is not ready.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from typing import TYPE_CHECKING, Any

from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_twilio_emergency.handlers.results import NotReady
from pulumi_twilio_emergency.hosts.dynamic.printable import printable
from pulumi_twilio_emergency.hosts.dynamic.property_maps import answered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf import struct_pb2

    from pulumi_twilio_emergency.hosts.dynamic.request import EngineRequest

TRACEBACK_SWITCH = "PULUMI_DYNAMIC_TRACEBACK"
_UNKNOWN = 2  # grpc.StatusCode.UNKNOWN, with which the SDK aborts
_LONGEST_TEXT = 6_000  # metadata travels in headers, which proxies and peers cap


class CallFailed(Exception):
    """The call failed, and the text says all that the operator needs."""


def answer_failure(
    request: EngineRequest,
    error: BaseException,
    explain: Callable[[BaseException], str | None],
    redact: Callable[[str], str] = str,
) -> CallFailed:
    """
    Put a failure into the answer, and return what to raise so that the SDK ends the call.

    Where the host gives no way, the exception alone carries the text: the operator then sees it as the last
    line of the SDK's traceback.

    Args:
        request: What failed.
        error: Why. NotReady keeps the resource in state.
        explain: Returns the text for an error that is expected, or None.
        redact: Takes secret values out of a text.

    """
    text = _short(printable(redact(_text(request, error, explain))))
    if request.context is not None:
        status = status_pb2.Status(code=_UNKNOWN, message=text)
        if isinstance(error, NotReady) and _may_be_partial(request):
            status.details.add().Pack(_init_failed(request, error, text))
        request.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    return CallFailed(text)


def _text(
    request: EngineRequest, error: BaseException, explain: Callable[[BaseException], str | None]
) -> str:
    if isinstance(error, NotReady):
        return str(error)
    try:
        known = explain(error)
    except Exception as bug:  # noqa: BLE001 - whatever is wrong with it, the call must be answered
        return _unexpected(request, bug)
    return known if known is not None else _unexpected(request, error)


def _unexpected(request: EngineRequest, error: BaseException) -> str:
    """Say that it is a bug: by type and place only, since texts may quote credentials or addresses."""
    if os.environ.get(TRACEBACK_SWITCH):
        return "".join(traceback.format_exception(error))
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" at {os.path.basename(where[0].filename)}:{where[0].lineno}" if where else ""  # noqa: PTH119
    meaning = (
        "Pulumi's state and Twilio may differ. Until a run succeeds, do not count on this resource's numbers "
        "being covered."
        if request.writes
        else "Nothing was changed."
    )
    return (
        f"Unexpected {type(error).__name__}{place}. This is a bug in this provider, not in your program.\n"
        f"{meaning}\n"
        "Run it again: each step looks at what is there before it writes. If it fails again, set "
        f"{TRACEBACK_SWITCH}=1 to see the traceback, and report it."
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " ..."


def _may_be_partial(request: EngineRequest) -> bool:
    return request.method in {"create", "update"} and request.message is not None


def _init_failed(request: EngineRequest, error: NotReady, text: str) -> provider_pb2.ErrorResourceInitFailed:
    message: Any = request.message
    sent: struct_pb2.Struct = message.properties if request.method == "create" else message.news
    return provider_pb2.ErrorResourceInitFailed(
        id=error.id,
        properties=_struct(error.outputs, sent),
        # One reason of several lines: the engine makes a bullet of each, and the lines belong together.
        reasons=[text],
        inputs=sent,
    )


def _struct(values: Mapping[str, Any], sent: struct_pb2.Struct) -> struct_pb2.Struct:
    # Serializing is async in the SDK although plain values need no loop; it makes its own, as the host does.
    kept = rpc.deserialize_properties(sent, keep_internal=True)
    loop = asyncio.new_event_loop()
    try:
        struct = loop.run_until_complete(rpc.serialize_properties(answered(values, kept), {}))
    finally:
        loop.close()
    struct.fields[PROVIDER_KEY].CopyFrom(sent.fields[PROVIDER_KEY])
    return struct
