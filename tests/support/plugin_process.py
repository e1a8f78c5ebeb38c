"""The real `python -m pulumi.dynamic`, driven over gRPC as the engine drives it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent import futures
from dataclasses import dataclass, field

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

from support.environment import environ_without

UNKNOWN = rpc.UNKNOWN  # how an unknown looks on the wire


@dataclass
class Failed(Exception):
    """What the engine would make of a failed call."""

    message: str
    traceback: str
    init_failed: provider_pb2.ErrorResourceInitFailed | None = None

    def __str__(self):
        return self.message


@dataclass
class Line:
    severity: int
    message: str
    urn: str
    ephemeral: bool


class Engine(engine_pb2_grpc.EngineServicer):
    """The engine's own service: it hears what plugins log."""

    def __init__(self):
        self.lines: list[Line] = []
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.address = f"127.0.0.1:{port}"
        self._server.start()

    def Log(self, request, context):  # noqa: N802 - the protocol's name
        self.lines.append(Line(request.severity, request.message, request.urn, request.ephemeral))
        return empty_pb2.Empty()

    def close(self):
        self._server.stop(0).wait()


@dataclass
class PluginProcess:
    """One plugin process, and the calls of the engine."""

    config: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    with_engine: bool = True
    first_on_path: str = ""
    python: str = sys.executable

    def __enter__(self):
        self.engine = Engine() if self.with_engine else None
        environ = {
            **environ_without("TWILIO", "PULUMI"),
            "PYTHONPATH": os.pathsep.join(p for p in (self.first_on_path, *sys.path) if p),
            **self.env,
        }
        self.process = subprocess.Popen(
            [
                self.python,
                "-u",
                "-m",
                "pulumi.dynamic",
                self.engine.address if self.engine else "127.0.0.1:1",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
        )
        port = self.process.stdout.readline().strip()
        self.output = []
        self._readers = [
            threading.Thread(target=lambda pipe=pipe: self.output.extend(pipe), daemon=True)
            for pipe in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.configure(self.config)
        return self

    def __exit__(self, *_):
        self.channel.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for reader in self._readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        if self.engine:
            self.engine.close()

    def configure(self, config):
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct(config)))

    @property
    def printed(self) -> str:
        return "".join(self.output)

    @property
    def lines(self) -> list[Line]:
        return self.engine.lines

    def check(self, urn, provider, news, olds=None):
        request = provider_pb2.CheckRequest(
            urn=urn, olds=carrying(provider, olds) if olds else None, news=carrying(provider, news)
        )
        answer = self._ask(self.stub.Check, request)
        return plain(answer.inputs), [(failure.property, failure.reason) for failure in answer.failures]

    def diff(self, urn, provider, id_, olds, news):
        request = provider_pb2.DiffRequest(
            urn=urn, id=id_, olds=carrying(provider, olds), news=carrying(provider, news)
        )
        answer = self._ask(self.stub.Diff, request)
        changes = {0: None, 1: False, 2: True}[answer.changes]
        return changes, list(answer.replaces)

    def create(self, urn, provider, props, timeout=0):
        request = provider_pb2.CreateRequest(urn=urn, properties=carrying(provider, props), timeout=timeout)
        answer = self._ask(self.stub.Create, request)
        return answer.id, plain(answer.properties)

    def read(self, urn, provider, id_, props, inputs=None):
        request = provider_pb2.ReadRequest(
            urn=urn,
            id=id_,
            properties=carrying(provider, props),
            inputs=carrying(provider, inputs) if inputs else None,
        )
        answer = self._ask(self.stub.Read, request)
        return answer.id, plain(answer.properties), plain(answer.inputs)

    def update(self, urn, provider, id_, olds, news, timeout=0):
        request = provider_pb2.UpdateRequest(
            urn=urn, id=id_, olds=carrying(provider, olds), news=carrying(provider, news), timeout=timeout
        )
        return plain(self._ask(self.stub.Update, request).properties)

    def delete(self, urn, provider, id_, props, timeout=0):
        request = provider_pb2.DeleteRequest(
            urn=urn, id=id_, properties=carrying(provider, props), timeout=timeout
        )
        self._ask(self.stub.Delete, request)

    def cancel(self):
        self.stub.Cancel(empty_pb2.Empty())

    def _ask(self, method, request):
        try:
            return method(request, timeout=120)
        except grpc.RpcError as error:
            raise failed(error) from None


def failed(error: grpc.RpcError) -> Failed:
    """Read an error as Go's gRPC does: the details count when their code agrees."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            if status.code != error.code().value[0]:
                continue
            init = None
            for detail in status.details:
                init = provider_pb2.ErrorResourceInitFailed()
                assert detail.Unpack(init)
            return Failed(status.message, error.details(), init)
    return Failed(error.details(), error.details())


def carrying(provider, props) -> struct_pb2.Struct:
    """Properties on the wire, with the provider's pickle among them."""
    pickled = provider if isinstance(provider, str) else serialize_provider(provider)
    return struct({**props, "__provider": pickled})


def struct(props) -> struct_pb2.Struct:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(props, {}))
    finally:
        loop.close()


def plain(message: struct_pb2.Struct) -> dict:
    props = rpc.deserialize_properties(message, keep_unknowns=True, keep_internal=True)
    return {name: value for name, value in props.items() if name != "__provider"}
