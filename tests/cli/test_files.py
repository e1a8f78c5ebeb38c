"""Files that a command writes, and what a failure leaves of them."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from pulumi_twilio_emergency.cli.files import write_files
from pulumi_twilio_emergency.cli.running import CannotRun


def test_report_to_a_fifo_is_written_there(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    reading = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    write_files({tmp_path / "fifo": lambda out: out.write("new")})
    assert os.read(reading, 10) == b"new"
    assert (tmp_path / "fifo").is_fifo()
    os.close(reading)


def test_report_through_a_symbolic_link_is_written_where_it_leads(tmp_path):
    (tmp_path / "link").symlink_to("target")
    write_files({tmp_path / "link": lambda out: out.write("new")})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_link_to_a_file_stays_and_the_file_is_replaced_whole(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    before = (tmp_path / "target").stat().st_ino
    write_files({tmp_path / "link": lambda out: out.write("new")})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"
    assert (tmp_path / "target").stat().st_ino != before


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_replaced_file_keeps_its_mode(tmp_path, mode):
    """A report has names and streets, which somebody may have closed to others."""
    (tmp_path / "report").write_text("old")
    (tmp_path / "report").chmod(mode)
    write_files({tmp_path / "report": lambda out: out.write("new")})
    assert (tmp_path / "report").stat().st_mode & 0o777 == mode
    assert (tmp_path / "report").read_text() == "new"


def test_new_file_has_the_mode_that_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        write_files({tmp_path / "report": lambda out: out.write("new")})
    finally:
        os.umask(before)
    assert (tmp_path / "report").stat().st_mode & 0o777 == 0o640


def test_two_writers_of_one_file_leave_one_of_the_two_texts(tmp_path):
    report = tmp_path / "report"

    def slow(out):
        out.write("A" * 10)
        out.flush()
        write_files({report: lambda other: other.write("B" * 3)})
        out.write("A" * 10)

    write_files({report: slow})
    assert report.read_text() == "A" * 20
    assert list(tmp_path.iterdir()) == [report]


def refuse_to_replace(monkeypatch, *names):
    """Let no file move to these names, as a folder with the sticky bit does for files of somebody else."""
    replace = Path.replace

    def refused(self, target):
        if Path(target).name in names:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refused)


def test_file_that_can_be_written_but_not_replaced_is_written_in_place(tmp_path, monkeypatch):
    refuse_to_replace(monkeypatch, "second")
    (tmp_path / "first").write_text("old")
    (tmp_path / "second").write_text("old")
    write_files({tmp_path / name: lambda out: out.write("new") for name in ("first", "second")})
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"first": "new", "second": "new"}


def test_failure_after_the_first_file_says_which_is_new(tmp_path, monkeypatch):
    refuse_to_replace(monkeypatch, "second")
    first, second = tmp_path / "first", tmp_path / "second"
    with pytest.raises(CannotRun) as failure:
        write_files({path: lambda out: out.write("new") for path in (first, second)})
    assert str(failure.value) == (
        f"{second} could not be written: Operation not permitted.\n"
        f"Written before it, and new: {first}.\n"
        "The files belong together: write all of them again before one is used."
    )
    assert list(tmp_path.iterdir()) == [first]


def test_disk_that_fills_up_leaves_the_files_as_they_were(tmp_path):
    """The limit on the size of a file stands for the disk."""
    (tmp_path / "first").write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(CannotRun, match="second could not be written: File too large"):
            write_files(
                {
                    tmp_path / "first": lambda out: out.write("new"),
                    tmp_path / "second": lambda out: out.write("x" * 200_000),
                }
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("first", "old")]


def test_file_written_in_place_in_part_says_so(tmp_path, monkeypatch):
    refuse_to_replace(monkeypatch, "report")
    (tmp_path / "report").write_text("old")
    (tmp_path / "report").chmod(0o600)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    replace = Path.replace

    def limited(self, target):
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", limited)
    try:
        with pytest.raises(
            CannotRun, match=r"File too large\.\nIt had to be written in its place, and has only a part"
        ):
            write_files({tmp_path / "report": lambda out: out.write("x" * 200_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_content_that_fails_leaves_every_file_as_it_was(tmp_path):
    (tmp_path / "first").write_text("old")

    def fails(_out):
        raise OSError(28, "No space left on device")

    with pytest.raises(CannotRun, match="second could not be written: No space left on device"):
        write_files({tmp_path / "first": lambda out: out.write("new"), tmp_path / "second": fails})
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("first", "old")]
