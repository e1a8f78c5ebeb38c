"""An engine that is a process of its own, killed: its plugin notices, although something answers at the port."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_twilio_emergency.hosts.dynamic.engine_process import EngineProcess, _stat_of_ps, find_engine
from support.misbehaving_providers import misbehaving
from support.plugin_process import carrying, failed, struct

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/test:Misbehaving::first"

# As the CLI does: it listens, and starts the plugin through a shell.
ENGINE = """
import socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
address = "127.0.0.1:%d" % listener.getsockname()[1]
print(address, flush=True)
subprocess.run(["sh", "-c", '"$0" -u -m pulumi.dynamic $@; true', sys.executable, address], check=False)
"""


class KilledEngine:
    """An engine in a process of its own, and a stub for its plugin."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", ENGINE],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            start_new_session=True,
        )
        self.port = int(self.process.stdout.readline().rpartition(":")[2])
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.process.stdout.readline().strip()}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct({})))
        return self

    def create(self, **props):
        request = provider_pb2.CreateRequest(urn=URN, properties=carrying(misbehaving(), props))
        try:
            return self.stub.Create(request, timeout=30)
        except grpc.RpcError as error:
            raise failed(error) from None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def plugin_ended(self, within):
        """The plugin holds the other end of the pipe, so its end is the pipe's."""
        began = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(self.process.stdout.read).result(within)
        return time.monotonic() - began

    def __exit__(self, *_):
        self.channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


def test_plugin_of_a_killed_engine_finishes_its_request_and_ends_although_the_port_is_reused(tmp_path):
    file = tmp_path / "requests"
    with KilledEngine() as engine, ThreadPoolExecutor(2) as pool:
        slow = pool.submit(engine.create, act="write slowly", file=str(file), seconds=3)
        waiting = pool.submit(engine.create, act="wait for ever")
        while not file.exists():
            time.sleep(0.05)
        time.sleep(0.5)
        engine.kill()
        killed = time.monotonic()
        with socket.create_server(("127.0.0.1", engine.port), reuse_port=False):
            with pytest.raises(Exception, match="Interrupted"):
                waiting.result()
            assert time.monotonic() - killed < 2
            with pytest.raises(Exception, match="Interrupted"):
                engine.create(act="write slowly", file=str(file))
            assert slow.result().id == "an-id"
            engine.plugin_ended(within=3)

    assert file.read_text() == "begun\nfinished\n"


def test_engine_is_the_ancestor_that_listens_at_the_address():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        script = (
            "import sys; from pulumi_twilio_emergency.hosts.dynamic.engine_process import find_engine; "
            "print(find_engine(sys.argv[1]).pid)"
        )
        ran = subprocess.run(
            ["sh", "-c", '"$0" -c "$1" "$2"; true', sys.executable, script, address],
            capture_output=True,
            text=True,
            check=True,
        )

    assert int(ran.stdout) == os.getpid()


def test_engine_is_unknown_where_no_ancestor_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert find_engine(f"127.0.0.1:{port}") is None


def test_process_that_began_at_another_time_is_another_process():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = _started(child.pid)

    assert EngineProcess(child.pid, started).is_alive()
    assert not EngineProcess(child.pid, "1").is_alive()
    child.kill()
    time.sleep(0.2)
    assert not EngineProcess(child.pid, started).is_alive(), "a zombie is not alive"
    child.communicate()
    assert not EngineProcess(child.pid, started).is_alive()


def _started(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def test_process_is_known_by_ps_where_there_is_no_proc(monkeypatch, tmp_path):
    ps = tmp_path / "ps"
    ps.write_text("#!/bin/sh\necho '  612 Ss   Tue Nov  4 10:11:12 2026     /usr/local/bin/pulumi'\n")
    ps.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = _stat_of_ps(4711)

    assert (found.parent, found.started, found.program) == (612, "Tue Nov 4 10:11:12 2026", "pulumi")
    assert not found.ended
    ps.write_text("#!/bin/sh\nexit 1\n")
    assert _stat_of_ps(4711) is None
