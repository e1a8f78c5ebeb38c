"""The engine that started this process: where it is, what it can be told, and whether it still answers."""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import sys
from typing import cast

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_TIMEOUT = 2.0
_PROBE_TIMEOUT = 0.5


def address() -> str | None:
    """Return host:port of the engine's own service: the plugin's first argument."""
    arguments = sys.argv[1:2]
    return arguments[0] if arguments and re.fullmatch(r"[^:/]+:\d+", arguments[0]) else None


@functools.cache
def _stub(at: str) -> engine_pb2_grpc.EngineStub:
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(at))


def log(severity: int, message: str, urn: str = "", *, ephemeral: bool = False) -> bool:
    """Show a line on a resource's own row. Returns False where nobody listens; never raises."""
    at = address()
    if at is None:
        return False
    request = engine_pb2.LogRequest(
        severity=cast("engine_pb2.LogSeverity.ValueType", severity),
        message=message,
        urn=urn,
        ephemeral=ephemeral,
    )
    with contextlib.suppress(grpc.RpcError, ValueError):
        _stub(at).Log(request, timeout=_TIMEOUT)
        return True
    return False


def answers() -> bool:
    """Whether something still listens at the engine's address."""
    at = address()
    if at is None:
        return False
    host, _, port = at.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=_PROBE_TIMEOUT):
            return True
    except ConnectionRefusedError:
        return False
    except OSError:
        return True  # out of ports or patience says nothing about the engine
