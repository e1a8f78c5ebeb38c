"""The record of submissions in a file: shared, private, bounded, and never in the way."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord, Submissions
from pulumi_twilio_emergency.hosts.dynamic import file_locks, submission_file
from pulumi_twilio_emergency.hosts.dynamic.process import Process
from pulumi_twilio_emergency.hosts.dynamic.submission_file import FileSubmissionRecord, submission_record
from support.environment import RECORD_DIR

URN = "urn:pulumi:dev::voice::t::desk"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "submissions"


def test_entry_is_seen_by_another_process_and_after_the_first_has_ended(path):
    Submissions(FileSubmissionRecord(path), URN, None).note("PN1", "AD1")

    assert Submissions(FileSubmissionRecord(path), URN, None).has("PN1", "AD1")


def test_file_can_be_read_by_its_user_alone(path):
    FileSubmissionRecord(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_entries_of_many_threads_are_all_kept(path):
    records = [FileSubmissionRecord(path) for _ in range(4)]
    threads = [
        threading.Thread(target=Submissions(records[each % 4], URN, None).note, args=(f"PN{each}", "AD1"))
        for each in range(64)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {entry["object"] for entry in records[0].entries()} == {f"PN{each}" for each in range(64)}


def test_rotation_by_several_processes_at_once_loses_no_entry_of_the_last_megabyte(path, monkeypatch):
    monkeypatch.setattr(submission_file, "_LONGEST", 20_000)
    records = [FileSubmissionRecord(path) for _ in range(8)]

    def write(number):
        for each in range(20):
            Submissions(records[number], URN, None).note(f"PN{number}-{each}", "AD1")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({entry["object"] for entry in records[0].entries()}) == 160


def test_full_file_is_kept_once_and_a_new_one_begun(path, monkeypatch):
    monkeypatch.setattr(submission_file, "_LONGEST", 1000)
    submissions = Submissions(FileSubmissionRecord(path), URN, None)
    for each in range(100):
        submissions.note(f"PN{each}", "AD1")

    assert submissions.has("PN99", "AD1")
    assert not submissions.has("PN0", "AD1")
    assert sum(each.stat().st_size for each in path.parent.iterdir()) < 3000


@pytest.mark.parametrize("broken", [b'{"what": "subm', b"[]\n", b"\xff\xfe\n", b"null\n"])
def test_broken_lines_are_passed_over(path, broken):
    submissions = Submissions(FileSubmissionRecord(path), URN, None)
    submissions.note("PN1", "AD1")
    with path.open("ab") as file:
        file.write(broken)
    submissions.note("PN2", "AD1")

    assert submissions.has("PN1", "AD1")
    assert submissions.has("PN2", "AD1")


def test_file_that_has_gone_is_begun_anew(path):
    submissions = Submissions(FileSubmissionRecord(path), URN, None)
    path.unlink()
    submissions.note("PN1", "AD1")

    assert submissions.has("PN1", "AD1")


@pytest.fixture
def kept_lock(path):
    """Return the lock of somebody who never gives it back, such as a stopped process."""
    FileSubmissionRecord(path)
    held = os.open(path, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    yield held
    os.close(held)


def test_lock_that_somebody_keeps_neither_stops_nor_loses_a_submission(path, kept_lock):
    submissions = Submissions(FileSubmissionRecord(path), URN, None)
    began = time.monotonic()
    for each in range(200):
        submissions.note(f"PN{each}", "AD1")

    assert time.monotonic() - began < 5
    assert all(submissions.has(f"PN{each}", "AD1") for each in range(200))


def test_file_that_somebody_has_locked_is_not_taken_away(path, kept_lock, monkeypatch):
    """Its holder may be about to do so, and would put the new file in the place of the old one."""
    monkeypatch.setattr(submission_file, "_LONGEST", 1000)
    submissions = Submissions(FileSubmissionRecord(path), URN, None)
    for each in range(20):
        submissions.note(f"PN{each}", "AD1")

    assert [each.name for each in path.parent.iterdir()] == [path.name]
    fcntl.flock(kept_lock, fcntl.LOCK_UN)
    submissions.note("PN20", "AD1")
    assert path.with_name("submissions.before").exists()
    assert all(submissions.has(f"PN{each}", "AD1") for each in range(21))


def test_file_system_without_locks_keeps_submissions_and_leaks_no_descriptor(path, monkeypatch):
    def refused(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(file_locks.fcntl, "flock", refused)
    monkeypatch.setattr(submission_file, "_LONGEST", 10_000)
    submissions = Submissions(FileSubmissionRecord(path), URN, None)
    before = len(list(Path("/dev/fd").iterdir()))
    for each in range(100):
        submissions.note(f"PN{each}", "AD1")

    assert len(list(Path("/dev/fd").iterdir())) == before
    assert submissions.has("PN99", "AD1")
    assert path.with_name("submissions.before").exists(), "it stays bounded"


@pytest.mark.parametrize("written", ["nothing", "a part"])
def test_entry_that_cannot_be_kept_is_said_once(path, monkeypatch, written):
    def full(_file, line):
        if written == "nothing":
            raise OSError(28, "No space left on device")
        return len(line) // 2

    said = []
    submissions = Submissions(FileSubmissionRecord(path, said.append), URN, None)
    with monkeypatch.context() as patch:
        patch.setattr(submission_file.os, "write", full)
        submissions.note("PN1", "AD1")
        submissions.note("PN2", "AD1")

    assert said == ["What was submitted is not remembered after a kill: OSError for its file."]
    assert not submissions.has("PN1", "AD1")


# How 0.2.0 wrote before: it waits for the lock, and looks whether the file is still the one.
OLDER_VERSION = """
import fcntl, json, os, sys
path, name = sys.argv[1:]
for each in range(200):
    while True:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(file), os.lstat(path)):
                break
        except FileNotFoundError:
            pass
        os.close(file)
    os.write(file, b"\\n" + json.dumps({"object": f"{name}-{each}"}).encode() + b"\\n")
    if os.fstat(file).st_size > 20_000:
        os.replace(path, path + ".before")
    os.close(file)
"""


def test_older_version_writes_to_the_same_file_and_no_entry_is_lost(path, monkeypatch):
    monkeypatch.setattr(submission_file, "_LONGEST", 20_000)
    older = [
        subprocess.Popen([sys.executable, "-c", OLDER_VERSION, str(path), name]) for name in ("PNa", "PNb")
    ]
    record = FileSubmissionRecord(path)
    for each in range(100):
        Submissions(record, URN, None).note(f"PN{each}", "AD1")
    for process in older:
        assert process.wait(30) == 0

    expected = {f"{name}-{each}" for name in ("PNa", "PNb") for each in range(200)}
    assert {entry["object"] for entry in record.entries()} == {
        *expected,
        *(f"PN{each}" for each in range(100)),
    }


@pytest.mark.parametrize("obstacle", ["a file", "open to others"])
def test_folder_that_was_asked_for_and_cannot_be_used_is_warned_of_once(tmp_path, monkeypatch, obstacle):
    """Whoever names a folder relies on the record. Without a name, it is told under --debug."""
    chosen = tmp_path / "chosen"
    if obstacle == "a file":
        chosen.write_text("")
    else:
        (chosen / f"pulumi-twilio-emergency-{os.getuid()}").mkdir(parents=True)
        (chosen / f"pulumi-twilio-emergency-{os.getuid()}").chmod(0o770)
    monkeypatch.setenv(RECORD_DIR, str(chosen))
    warned, debugged = [], []
    process = Process(reporter=SimpleNamespace(warn=warned.append, debug=debugged.append))

    assert isinstance(process.submitted, MemorySubmissionRecord)
    assert process.submitted is process.submitted
    (text,) = warned
    assert text.startswith("TWILIO_EMERGENCY_RECORD_DIR cannot be used.")
    assert "Name a folder" in text
    assert debugged == []


@pytest.mark.parametrize("chosen", ["volume/not/there/yet", "~/records"])
def test_folder_that_was_asked_for_is_made(tmp_path, monkeypatch, chosen):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(RECORD_DIR, chosen)

    assert isinstance(submission_record(pytest.fail), FileSubmissionRecord)
    assert list(tmp_path.rglob("submissions*"))


def test_file_that_cannot_be_begun_anew_keeps_its_entries_and_nothing_is_called_lost(tmp_path, monkeypatch):
    """Windows renames no file that another process has open."""
    monkeypatch.setattr(submission_file, "_LONGEST", 100)
    record = FileSubmissionRecord(tmp_path / "submissions", pytest.fail)

    def refused(*_):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", refused)
    for count in range(5):
        record.append({"sid": str(count)})

    assert [each["sid"] for each in record.entries()] == ["0", "1", "2", "3", "4"]


def test_record_stays_in_memory_where_no_file_is_possible(tmp_path, monkeypatch):
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv(RECORD_DIR, str(tmp_path / "occupied"))
    said = []

    assert isinstance(submission_record(said.append), MemorySubmissionRecord)
    assert said == ["What was submitted is not remembered after a kill: FileExistsError for its file."]
