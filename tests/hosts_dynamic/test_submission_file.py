"""The record of submissions in a file: shared, private, bounded, and never in the way."""

from __future__ import annotations

import stat
import tempfile
import threading

import pytest

from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord, Submissions
from pulumi_twilio_emergency.hosts.dynamic import submission_file
from pulumi_twilio_emergency.hosts.dynamic.submission_file import FileSubmissionRecord, submission_record

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


def test_record_stays_in_memory_where_no_file_is_possible(tmp_path, monkeypatch):
    (tmp_path / "occupied").write_text("")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "occupied"))
    said = []

    assert isinstance(submission_record(said.append), MemorySubmissionRecord)
    assert said == ["What was submitted is not remembered after a kill: NotADirectoryError for its file."]
