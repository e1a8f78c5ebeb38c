"""An output that does not arrive: the exit code never says that all is well."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import shutil
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import click
import pytest

from pulumi_twilio_emergency.cli import output, running
from pulumi_twilio_emergency.cli.running import Exit
from support.command import COMMAND, environment, run
from support.places import IN_BOSTON
from support.sites import BOSTON

COVERED, UNCOVERED = "+16175550100", "+16175550101"
NOT_WRITTEN = "The output could not be written: "

# Each command in each form of its output, with the code that it has when all of it arrives.
COMMANDS = {
    "--help": 0,
    "--version": 0,
    "audit": 1,
    "audit --format json": 1,
    "audit --format csv": 1,
    "audit --format html": 1,
    "audit --fail-on never": 0,
    "audit --format json --fail-on never": 0,
    "check good.yaml --format json": 0,
    "check bad.yaml": 1,
    "check bad.yaml --format json": 1,
    "check bad.yaml --format github": 1,
    "adopt --force": 1,
    "adopt --format program --force": 1,
    f"watch {COVERED}": 0,
    f"watch {COVERED} --format json": 0,
    f"watch {UNCOVERED}": 1,
    "doctor": 1,
    "schema audit": 0,
    "completion bash": 0,
}


@pytest.fixture
def place(twilio_emulator, tmp_path):
    """Return a folder and an environment with a covered, an uncovered and a failed number."""
    world = twilio_emulator.world
    for number, street, status in (
        (COVERED, "1 MAIN ST", "registered"),
        ("+16175550102", "2 MAIN ST", "registration-failure"),
    ):
        address = world.add_address(street=street, friendly_name=street, emergency_enabled=True, **IN_BOSTON)
        world.add_number(number, emergency_address_sid=address, emergency_address_status=status)
    world.add_number(UNCOVERED)
    (tmp_path / "good.yaml").write_text(BOSTON)
    (tmp_path / "bad.yaml").write_text(BOSTON.replace("postal_code", "zip"))
    # Without Pulumi on PATH, doctor has something to report.
    env = environment({**twilio_emulator.env, "PATH": "/nowhere"})
    env.pop("PYTHONUNBUFFERED", None)
    return {"cwd": tmp_path, "env": env}


def ended(line, place, stdout, **options):
    done = subprocess.run(
        [COMMAND, *line.split()],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
        **place,
        **options,
    )
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    return done


def with_reader_gone(line, place):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        return ended(line, place, closed)


def with_full_disk(line, place):
    with Path("/dev/full").open("wb") as full:
        return ended(line, place, full)


def with_stdout_closed(line, place):
    # The shell is the only portable way to start a program without a descriptor.
    return subprocess.run(
        f"{COMMAND} {line} >&-",
        shell=True,
        executable=shutil.which("sh"),
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
        **place,
    )


@pytest.mark.parametrize(("line", "code"), COMMANDS.items(), ids=COMMANDS)
def test_code_is_never_0_when_the_output_did_not_arrive(line, code, place):
    gone = with_reader_gone(line, place)
    full = with_full_disk(line, place)
    closed = with_stdout_closed(line, place)

    assert gone.returncode == (code or Exit.READER_GONE)
    assert NOT_WRITTEN not in gone.stderr
    assert full.returncode == Exit.FAILED
    assert f"{NOT_WRITTEN}No space left on device.\nWhat was found is not there" in full.stderr
    assert closed.returncode == Exit.FAILED
    assert f"{NOT_WRITTEN}Bad file descriptor." in closed.stderr


def test_reader_that_takes_the_first_line_leaves_the_verdict(tmp_path):
    (tmp_path / "sites.csv").write_text("site\n" * 20_000)
    done = subprocess.run(
        f"{COMMAND} check sites.csv 2>err | head -1; echo ${{PIPESTATUS[0]}}; cat err",
        shell=True,
        executable=shutil.which("bash"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    first, code, said = done.stdout.splitlines()
    assert first.startswith("sites.csv:")
    assert code == "1"
    assert said.startswith("sites.csv: ")
    assert done.stderr == ""


def test_output_without_buffer_is_watched_as_well(place):
    place["env"]["PYTHONUNBUFFERED"] = "1"
    assert with_full_disk("audit --fail-on never --format csv", place).returncode == Exit.FAILED
    assert with_reader_gone("audit --fail-on never", place).returncode == Exit.READER_GONE


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
@pytest.mark.parametrize(("line", "code"), [("check good.yaml", 0), ("check bad.yaml", 1), ("audit -x", 2)])
def test_lost_explanations_leave_the_code_as_it_is(place, redirection, line, code):
    done = subprocess.run(
        f"{COMMAND} {line} {redirection}", shell=True, stdout=subprocess.PIPE, check=False, **place
    )
    assert done.returncode == code


def test_code_is_3_when_neither_output_nor_explanation_arrives(place):
    done = subprocess.run(f"{COMMAND} schema sites >/dev/full 2>&1", shell=True, check=False, **place)
    assert done.returncode == Exit.FAILED


def test_code_is_3_when_the_disk_says_so_only_at_close(monkeypatch, capfd):
    """A network file system takes what is written, and reports a full disk when the file is closed."""

    def refused(_descriptor):
        raise OSError(28, "No space left on device")

    @click.command()
    def greet() -> None:
        click.echo("all is well")

    with monkeypatch.context() as patch:
        patch.setattr(output.os, "dup", refused)
        assert running.run(greet, []) == Exit.FAILED
    assert f"{NOT_WRITTEN}No space left on device." in capfd.readouterr().err


def test_nothing_is_written_after_what_was_lost():
    class Disk(io.BytesIO):
        is_full = True

        def write(self, data):
            if self.is_full:
                raise OSError(28, "No space left on device")
            return super().write(data)

    disk = Disk()
    stream = output.Stream(disk)
    assert stream.write(b"first") == 5
    disk.is_full = False
    assert stream.write(b"second") == 6
    assert disk.getvalue() == b""
    assert stream.failure.strerror == "No space left on device"


def test_pipe_that_is_full_and_does_not_block_counts_as_lost():
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with os.fdopen(reading, "rb"), os.fdopen(writing, "wb", buffering=0) as pipe:
        stream = output.Stream(pipe)
        for _ in range(100):
            stream.write(b"x" * 65_536)
        assert isinstance(stream.failure, BlockingIOError)


@contextlib.contextmanager
def waiting_for_a_reader(tmp_path, **options):
    """Start a command whose stdout nobody reads, and yield its process once it waits."""
    rows = "".join(f"s{count},,,,,,ZZ\n" for count in range(100))
    (tmp_path / "sites.csv").write_text(
        f"site,customer_name,street,city,region,postal_code,iso_country\n{rows}"
    )
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as unread, os.fdopen(writing, "wb") as pipe:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
        process = subprocess.Popen(
            [COMMAND, "check", "sites.csv"],
            cwd=tmp_path,
            env=environment(),
            stdout=pipe,
            text=True,
            **options,
        )
        try:
            # A write that does not fit waits as a whole, so that the pipe is seldom full to the last byte.
            before, written = 0, 0
            while written == 0 or written != before:
                assert process.poll() is None
                time.sleep(0.5)
                answer = fcntl.ioctl(unread, termios.FIONREAD, bytes(4))
                before, written = written, struct.unpack("i", answer)[0]
            yield process
        finally:
            process.kill()
            process.wait()


def test_ctrl_c_ends_a_command_whose_reader_does_not_read(tmp_path):
    with waiting_for_a_reader(tmp_path, stderr=subprocess.PIPE) as process:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == Exit.INTERRUPTED
    assert err.endswith("\nInterrupted. Nothing was changed at Twilio.\n")
    assert NOT_WRITTEN not in err


def test_ctrl_c_drops_what_was_not_written():
    """Else every buffer above would write it again, and wait again."""

    class Stuck(io.RawIOBase):
        writes = 0

        def writable(self):
            return True

        def write(self, data):
            self.writes += 1
            if self.writes == 1:
                raise KeyboardInterrupt
            return len(data)

    stuck = Stuck()
    buffer = io.BufferedWriter(output.Stream(stuck))
    buffer.write(b"first")
    with pytest.raises(KeyboardInterrupt):
        buffer.flush()
    buffer.write(b"second")
    buffer.close()
    assert stuck.writes == 1


def test_terminal_is_still_one():
    main, side = pty.openpty()
    with os.fdopen(side, "wb") as terminal:
        done = subprocess.run(
            [COMMAND, "doctor"],
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            env=environment({"TERM": "xterm-256color"}),
            check=False,
        )
    assert done.returncode == 1
    assert b"\x1b[" in os.read(main, 4096)
    os.close(main)


def test_report_to_a_device_is_written_there(place):
    """As `-o /dev/stdout` is; links of this test, so that a failure replaces no device of the machine."""
    stdout, full = place["cwd"] / "stdout", place["cwd"] / "full"
    stdout.symlink_to("/dev/fd/1")
    full.symlink_to("/dev/full")

    printed = ended("audit --format json -o stdout", place, subprocess.PIPE)
    failed = ended("audit -o full", place, subprocess.PIPE)

    assert (printed.returncode, printed.stdout[:20]) == (1, '{\n "schema_version":')
    assert (failed.returncode, failed.stderr) == (3, "full could not be written: No space left on device.\n")
    assert stdout.is_symlink()
    assert full.is_symlink()


def test_link_to_an_open_descriptor_keeps_what_is_in_its_file(place):
    """As `-o /dev/stdout >> log` does: what the log has stays."""
    (place["cwd"] / "stdout").symlink_to("/dev/fd/1")
    log = place["cwd"] / "log"
    log.write_text("earlier\n")
    with log.open("ab") as out:
        before = log.stat().st_ino
        ended("audit --format json -o stdout", place, out)
    assert log.stat().st_ino == before
    assert log.read_text().startswith('earlier\n{\n "schema_version":')


def test_adopt_into_a_folder_that_does_not_exist_says_so(place):
    done = run("adopt", "--directory", "none", **place)
    assert (done.code, done.err) == (3, "none/sites.yaml could not be written: No such file or directory.\n")


def test_ctrl_c_just_after_a_line_was_written_leaves_the_stream_to_say_so():
    """Nothing is stuck then, and "Interrupted." still has to be said there."""
    ours, theirs = os.pipe()

    class Raw(io.FileIO):
        def write(self, data):
            written = super().write(data)
            if data == b"first":
                raise KeyboardInterrupt
            return written

    with Raw(theirs, "w") as raw:
        stream = output.Stream(raw)
        with pytest.raises(KeyboardInterrupt):
            stream.write(b"first")
        stream.write(b" Interrupted.")

    assert stream.failure is None
    assert os.read(ours, 100) == b"first Interrupted."
    os.close(ours)
