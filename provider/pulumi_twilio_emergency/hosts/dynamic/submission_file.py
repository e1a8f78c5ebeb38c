"""
The record of submissions in a file of this machine: SIDs and stack names, where only this user can read them.

It is for the command after a kill. When it has grown to a megabyte a new one is begun and the one before it
is kept, so the last thousands of submissions are there and no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord
from pulumi_twilio_emergency.hosts.dynamic.private_folder import private_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pulumi_twilio_emergency.core.account.submissions import SubmissionRecord

_NAME = "submissions.json-lines"  # not .jsonl: those are ledgers, and go with their engine
_LONGEST = 1 << 20  # bytes; an entry takes about 170


def submission_record(debug: Callable[[str], None]) -> SubmissionRecord:
    """Return this machine's record; one in memory where a file is not possible."""
    try:
        return FileSubmissionRecord(private_folder() / _NAME)
    except OSError as error:
        debug(f"What was submitted is not remembered after a kill: {type(error).__name__} for its file.")
        return MemorySubmissionRecord()


class FileSubmissionRecord:
    """A record in a file that processes share. An entry that cannot be written was never made."""

    def __init__(self, path: Path) -> None:
        """
        Prepare to write.

        Raises:
            OSError: The file cannot be opened.

        """
        self._path = path
        self._before = path.with_name(f"{path.name}.before")
        self._lock = threading.Lock()
        os.close(self._opened())

    def append(self, entry: Mapping[str, str]) -> None:
        """Add an entry."""
        # A line break on both sides: what a full disk has cut off before does not swallow it.
        line = b"\n" + json.dumps(dict(entry)).encode() + b"\n"
        with self._lock, contextlib.suppress(OSError):
            file = self._locked()
            try:
                os.write(file, line)
                if os.fstat(file).st_size > _LONGEST:
                    self._path.replace(self._before)
            finally:
                os.close(file)

    def entries(self) -> Iterable[Mapping[str, str]]:
        """Return what is kept, oldest first."""
        # The current one first: should it become the one before in between, it is read twice, and not missed.
        current, before = (self._lines(path) for path in (self._path, self._before))
        for line in (*before, *current):
            with contextlib.suppress(ValueError):  # what a full disk has cut off
                entry = json.loads(line)
                if isinstance(entry, dict):
                    yield entry

    def _lines(self, path: Path) -> list[bytes]:
        with self._lock, contextlib.suppress(OSError):
            return path.read_bytes().splitlines()
        return []

    def _locked(self) -> int:
        """Open the file alone: another process may rename it, which only who has it locked does."""
        while True:
            file = self._opened()
            if fcntl is None:
                return file
            fcntl.flock(file, fcntl.LOCK_EX)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), self._path.lstat()):
                    return file
            os.close(file)

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        return os.open(self._path, flags | getattr(os, "O_CLOEXEC", 0), mode=0o600)
