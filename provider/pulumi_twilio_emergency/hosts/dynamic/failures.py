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

from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, status_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from google.protobuf import struct_pb2

    from pulumi_twilio_emergency.hosts.dynamic.call import Call

DEBUG_SWITCH = "PULUMI_DYNAMIC_TRACEBACK"
PROVIDER_KEY = "__provider"
_UNKNOWN = 2  # grpc.StatusCode.UNKNOWN, with which the SDK aborts
_TEXT_AT_MOST = 6_000  # metadata travels in headers, which proxies and peers cap


class CleanFailure(Exception):
    """The call failed, and the text says all that the operator needs. State stays as it was."""


class PartialFailure(Exception):
    """
    The resource exists and is not ready: the engine keeps it, fails the run, and updates it in the next.

    Attributes:
        id: The resource's id.
        outs: What is true of it now.
        inputs: The inputs to compare with next time; None means those of the call.

    """

    def __init__(
        self, text: str, id_: str, outs: Mapping[str, Any], inputs: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(text)
        self.id = id_
        self.outs = outs
        self.inputs = inputs


def answer_failure(call: Call, error: BaseException) -> Exception:
    """
    Put a failure into the answer, and return what to raise so that the SDK ends the call.

    Where the host gives no way, the exception alone carries the text: the operator then sees it as the last
    line of the SDK's traceback.
    """
    text = _text(error)
    details = []
    if isinstance(error, PartialFailure) and _partial_is_known(call):
        details.append(_init_failed(call, error))
    if call.context is not None:
        status = status_pb2.Status(code=_UNKNOWN, message=_short(text))
        for detail in details:
            status.details.add().Pack(detail)
        call.context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    return error if isinstance(error, CleanFailure | PartialFailure) else CleanFailure(text)


def _text(error: BaseException) -> str:
    if isinstance(error, CleanFailure | PartialFailure):
        return str(error)
    if os.environ.get(DEBUG_SWITCH):
        return "".join(traceback.format_exception(error))
    # Only the type: texts of unforeseen errors may quote credentials or addresses.
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" at {os.path.basename(where[0].filename)}:{where[0].lineno}" if where else ""  # noqa: PTH119
    return (
        f"Unexpected {type(error).__name__}{place}. This is a mistake in the provider, not in your program.\n"
        "State and service may differ now; the next run looks at what is there before it writes.\n"
        f"Run it again; if it stays, set {DEBUG_SWITCH}=1 to see the traceback, and report it."
    )


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_AT_MOST else text[:_TEXT_AT_MOST] + " ..."


def _partial_is_known(call: Call) -> bool:
    return call.method in {"create", "update"} and call.context is not None and call.request is not None


def _init_failed(call: Call, error: PartialFailure) -> provider_pb2.ErrorResourceInitFailed:
    request: Any = call.request
    sent: struct_pb2.Struct = request.properties if call.method == "create" else request.news
    inputs = sent if error.inputs is None else _struct(error.inputs, sent)
    return provider_pb2.ErrorResourceInitFailed(
        id=error.id, properties=_struct(error.outs, sent), reasons=_reasons(error), inputs=inputs
    )


def _reasons(error: PartialFailure) -> Sequence[str]:
    # One reason, several lines: the engine makes a bullet of each reason, and the beats belong together.
    return [_short(str(error))]


def _struct(values: Mapping[str, Any], sent: struct_pb2.Struct) -> struct_pb2.Struct:
    # Serializing is async in the SDK although plain values need no loop; it makes its own, as the host does.
    loop = asyncio.new_event_loop()
    try:
        struct = loop.run_until_complete(rpc.serialize_properties(dict(values), {}))
    finally:
        loop.close()
    struct.fields[PROVIDER_KEY].CopyFrom(sent.fields[PROVIDER_KEY])
    return struct
