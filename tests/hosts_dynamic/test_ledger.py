"""Evidence that all plugin processes of one engine share, and that ends with the engine."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from pulumi_twilio_emergency.core.account.ownership import MemoryLedger
from pulumi_twilio_emergency.core.ports import Interrupted
from pulumi_twilio_emergency.hosts.dynamic import file_locks, ledger
from pulumi_twilio_emergency.hosts.dynamic import private_folder as private_folder_module
from pulumi_twilio_emergency.hosts.dynamic import process as plugin_process
from pulumi_twilio_emergency.hosts.dynamic.engine_process import EngineProcess, is_running
from pulumi_twilio_emergency.hosts.dynamic.ledger import (
    FileLedger,
    has_abandoned_processes,
    shared_ledger,
)
from pulumi_twilio_emergency.hosts.dynamic.private_folder import private_folder
from pulumi_twilio_emergency.session.interruption import Interruption
from support.environment import RECORD_DIR
from support.misbehaving_providers import misbehaving
from support.plugin_process import PluginProcess

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/test:Misbehaving::first"
ENGINE = EngineProcess(4711, "12345")

HOLD_OPEN = """
import sys
from pathlib import Path
from pulumi_twilio_emergency.hosts.dynamic.ledger import FileLedger
ledger = FileLedger(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    ledger.append({"sid": f"{sys.argv[3]}-{number}"})
print("written", flush=True)
sys.stdin.read()
"""


def process_with_ledger(path, count, name):
    return subprocess.Popen(
        [sys.executable, "-c", HOLD_OPEN, str(path), str(count), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def end(process):
    process.communicate("", timeout=20)


@pytest.fixture
def our_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(RECORD_DIR, str(tmp_path))
    return tmp_path / f"pulumi-twilio-emergency-{os.getuid()}"


def sids(ledger, count=0):
    return [entry["sid"] for entry in ledger.since(count)]


def test_entries_of_one_process_are_seen_by_another(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = FileLedger(path)
    ledger.append({"sid": "ours"})
    other = process_with_ledger(path, 2, "theirs")
    assert other.stdout.readline() == "written\n"

    assert sids(ledger) == ["ours", "theirs-0", "theirs-1"]
    assert sids(ledger, 2) == ["theirs-1"]
    end(other)


def test_lines_of_several_processes_and_threads_do_not_mix(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = FileLedger(path)
    others = [process_with_ledger(path, 500, name) for name in ("a", "b")]
    threads = [
        threading.Thread(target=lambda n=n: [ledger.append({"sid": f"t{n}-{i}"}) for i in range(250)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        assert other.stdout.readline() == "written\n"

    assert len(set(sids(ledger))) == 2000
    for other in others:
        end(other)


def test_first_process_of_an_engine_finds_nothing_of_a_dead_one_at_the_same_port(our_folder):
    with PluginProcess(env={RECORD_DIR: str(our_folder.parent)}) as plugin:
        plugin.create(URN, misbehaving(), {"act": "claim", "sid": "PN1"})
        (file,) = our_folder.iterdir()
        assert json.loads(file.read_text())["sid"] == "PN1"
        port = plugin.engine.address.rpartition(":")[2]
        assert port in file.name
        assert str(os.getpid()) in file.name
    # The same engine process and the same port, as after `pulumi watch`, or with both numbers reused.
    ledger = FileLedger(file)

    assert ledger.since(0) == []


def test_two_plugin_processes_of_one_engine_share_their_evidence(our_folder):
    env = {RECORD_DIR: str(our_folder.parent)}
    with PluginProcess(env=env) as plugin:
        first = plugin.engine
        plugin.create(URN, misbehaving(), {"act": "claim", "sid": "PN1"})
        with PluginProcess(env=env, with_engine=False) as alone:
            _, unshared = alone.create(URN, misbehaving(), {"act": "read claims"})
        second = SecondPlugin(env, first)
        with second as other:
            _, outs = other.create(URN, misbehaving(), {"act": "read claims"})
            assert outs["claims"] == ["PN1"]
            assert outs["pid"] != plugin.process.pid

    assert unshared["claims"] == []


class SecondPlugin(PluginProcess):
    """Another plugin process of an engine that runs already."""

    def __init__(self, env, engine):
        super().__init__(env=env)
        self._engine = engine

    def __enter__(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("support.plugin_process.Engine", lambda: self._engine)
            return super().__enter__()

    def __exit__(self, *exc):
        self.engine = None  # the first plugin closes it
        super().__exit__(*exc)


def test_files_of_dead_engines_are_removed_and_those_of_living_ones_stay(tmp_path):
    dead, living = tmp_path / "dead.jsonl", tmp_path / "living.jsonl"
    dead.write_text('{"sid": "old"}\n')
    process = process_with_ledger(living, 1, "x")
    assert process.stdout.readline() == "written\n"
    FileLedger(tmp_path / "new.jsonl")

    assert not dead.exists()
    assert living.exists()
    end(process)


def ledger_of(engine):
    ledger = shared_ledger("127.0.0.1:99", engine, lambda _: None)
    assert isinstance(ledger, FileLedger)
    return ledger


def living_engine():
    stat = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return EngineProcess(os.getpid(), stat[19])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_plugin_whose_engine_is_gone_is_told_from_others_until_it_ends(our_folder):
    """Of a run beside this one the engine lives; of a run that has ended nobody holds the lock."""
    others = ledger_of(living_engine())
    assert not has_abandoned_processes()
    abandoned = ledger_of(EngineProcess(os.getpid(), "1"))

    assert has_abandoned_processes()

    os.close(abandoned._file)
    assert not has_abandoned_processes()
    os.close(others._file)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_label_tells_a_process_from_a_later_one_with_its_id():
    assert is_running(living_engine().label)
    assert not is_running(f"{os.getpid()}-1")
    assert not is_running("")
    assert not is_running("odd")


@pytest.mark.parametrize("interrupted", [False, True])
def test_abandoned_process_is_waited_for_once_and_ctrl_c_is_heard(our_folder, monkeypatch, interrupted):
    monkeypatch.setattr(plugin_process, "find_engine", lambda _: ENGINE)
    interruption, said = Interruption(), []
    abandoned = ledger_of(EngineProcess(os.getpid(), "1"))

    def say(line):
        said.append(line)
        if interrupted:
            interruption.set()
        elif len(said) == 2:
            os.close(abandoned._file)

    reporter = SimpleNamespace(line=lambda _: SimpleNamespace(status=say))
    process = plugin_process.Process(interruption=interruption, reporter=reporter)
    if interrupted:
        with pytest.raises(Interrupted):
            process.await_abandoned(URN)
        os.close(abandoned._file)
    else:
        process.await_abandoned(URN)
        process.await_abandoned(URN)

    waiting = "waiting for the last request of a killed run"
    assert said == ([waiting] if interrupted else [waiting, waiting, "the killed run has ended"])


def test_end_of_the_wait_for_an_abandoned_process_is_said_once(our_folder, monkeypatch):
    """Silence would claim that no late request can undo what this command does."""
    monkeypatch.setattr(plugin_process, "find_engine", lambda _: ENGINE)
    monkeypatch.setattr(plugin_process, "_ABANDONED_FINISH_WITHIN", 0.4)
    abandoned = ledger_of(EngineProcess(os.getpid(), "1"))
    warned = []
    line = SimpleNamespace(status=lambda _: None, warn=warned.append)
    process = plugin_process.Process(reporter=SimpleNamespace(line=lambda _: line))
    process.await_abandoned(URN)
    process.await_abandoned(URN)
    os.close(abandoned._file)

    (text,) = warned
    what, meaning, remedy = text.splitlines()
    assert what.startswith("A plugin of a killed command still seems to run after 0 s")
    assert "may then not be covered" in meaning
    assert "`twilio-emergency audit`" in remedy


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_look_of_another_process_is_not_taken_for_use(our_folder, monkeypatch):
    """Every version looks by taking the lock for an instant."""
    os.close(ledger_of(EngineProcess(os.getpid(), "1"))._file)
    (path,) = our_folder.iterdir()
    looking = os.open(path, os.O_RDWR)
    fcntl.flock(looking, fcntl.LOCK_EX)
    monkeypatch.setattr(file_locks.time, "sleep", lambda _: fcntl.flock(looking, fcntl.LOCK_UN))

    assert not has_abandoned_processes()
    os.close(looking)


def test_look_of_another_process_does_not_keep_old_entries(tmp_path, monkeypatch):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"sid": "old"}\n')
    looking = os.open(path, os.O_RDWR)
    fcntl.flock(looking, fcntl.LOCK_EX)
    monkeypatch.setattr(file_locks.time, "sleep", lambda _: fcntl.flock(looking, fcntl.LOCK_UN))

    assert sids(FileLedger(path)) == []
    os.close(looking)


def descriptors():
    return len(list(Path("/dev/fd").iterdir()))


def test_lock_that_somebody_keeps_leaves_evidence_in_this_process(our_folder, monkeypatch):
    """Say, of a process that was stopped while it had the lock."""
    monkeypatch.setattr(ledger, "_LOCK_TRIES", 3)
    os.close(ledger_of(ENGINE)._file)
    (path,) = our_folder.iterdir()
    kept = os.open(path, os.O_RDWR)
    fcntl.flock(kept, fcntl.LOCK_EX)
    reasons, before = [], descriptors()

    assert isinstance(shared_ledger("127.0.0.1:99", ENGINE, reasons.append), MemoryLedger)
    assert reasons == ["Evidence of ownership stays in this process: TimeoutError for its file."]
    assert descriptors() == before
    os.close(kept)


def test_file_system_without_locks_leaves_evidence_in_this_process(our_folder, monkeypatch):
    def refused(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(file_locks.fcntl, "flock", refused)
    reasons, before = [], descriptors()

    assert isinstance(shared_ledger("127.0.0.1:99", ENGINE, reasons.append), MemoryLedger)
    assert not has_abandoned_processes()
    assert reasons == ["Evidence of ownership stays in this process: OSError for its file."]
    assert descriptors() == before


def test_folder_and_file_are_private(our_folder):
    shared_ledger("127.0.0.1:4000", ENGINE, pytest.fail)
    (file,) = our_folder.iterdir()

    assert file.name == "4711-12345-4000.jsonl"
    assert stat.S_IMODE(our_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("obstacle", ["symlink", "open to others", "file"])
def test_folder_that_is_not_private_is_not_used(our_folder, obstacle):
    if obstacle == "symlink":
        elsewhere = our_folder.parent / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        our_folder.symlink_to(elsewhere)
    elif obstacle == "open to others":
        our_folder.mkdir()
        our_folder.chmod(0o755)
    else:
        our_folder.touch()
    reasons = []

    assert isinstance(shared_ledger("127.0.0.1:4000", ENGINE, reasons.append), MemoryLedger)
    assert len(reasons) == 1


def test_symlink_in_place_of_the_file_is_not_followed(our_folder, tmp_path):
    our_folder.mkdir(mode=0o700)
    target = tmp_path / "precious"
    target.write_text("kept")
    (our_folder / "4711-12345-4000.jsonl").symlink_to(target)

    assert isinstance(shared_ledger("127.0.0.1:4000", ENGINE, lambda _: None), MemoryLedger)
    assert target.read_text() == "kept"


@pytest.mark.parametrize(("address", "found"), [(None, ENGINE), ("127.0.0.1:4000", None)])
def test_unknown_engine_keeps_evidence_in_memory(address, found):
    reasons = []

    assert isinstance(shared_ledger(address, found, reasons.append), MemoryLedger)
    assert len(reasons) == 1


def test_full_disk_keeps_the_entry_in_this_process(tmp_path, monkeypatch):
    ledger = FileLedger(tmp_path / "ledger.jsonl")
    ledger.append({"sid": "a"})
    ledger.since(0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    ledger.append({"sid": "b"})

    assert sids(ledger) == ["a", "b"]


def test_line_that_a_full_disk_has_cut_off_takes_no_other_with_it(tmp_path, monkeypatch):
    ours, theirs = FileLedger(tmp_path / "ledger.jsonl"), FileLedger(tmp_path / "ledger.jsonl")
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:7]))
    ours.append({"sid": "a"})
    monkeypatch.undo()
    theirs.append({"sid": "b"})

    assert sids(theirs) == ["b"]
    assert sorted(sids(ours)) == ["a", "b"]


def test_thousand_claims_with_a_look_at_each_take_less_than_a_second(tmp_path):
    ledger = FileLedger(tmp_path / "ledger.jsonl")
    began = time.monotonic()
    seen = 0
    for number in range(1000):
        ledger.append({"what": "claim", "sid": f"PN{number}", "urn": URN, "instance": "i"})
        seen += len(ledger.since(seen))

    assert seen == 1000
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("variable", ["TMPDIR", "HOME", "XDG_RUNTIME_DIR", "PULUMI_HOME"])
def test_folder_is_the_same_whatever_a_shell_calls_temporary_or_home(tmp_path, monkeypatch, variable):
    monkeypatch.delenv(RECORD_DIR)
    before = private_folder()
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)

    assert private_folder() == before


def test_machine_without_a_folder_for_everybody_uses_the_temporary_one(tmp_path, monkeypatch):
    monkeypatch.delenv(RECORD_DIR)
    monkeypatch.setattr(private_folder_module, "_EVERYBODYS", tmp_path / "absent")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert private_folder().parent == tmp_path
