"""
The record of submissions in a file of this machine: SIDs and stack names, where only this user can read them.

It is for the command after a kill. When it has grown to a megabyte a new one is begun and the one before it
is kept, so the last thousands of submissions are there and no more.

Whoever writes locks the file if that is possible at once: then nobody begins a new one meanwhile, and on NFS
no line of another machine is overwritten. Where somebody keeps the lock, or the file system has none, the
entry is written without it: neither the submission nor the record waits.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import json
import os
import threading
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord
from pulumi_twilio_emergency.hosts.dynamic import file_locks
from pulumi_twilio_emergency.hosts.dynamic.private_folder import private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pulumi_twilio_emergency.core.account.submissions import SubmissionRecord

_NAME = "submissions.json-lines"  # not .jsonl: those are ledgers, and go with their engine
_LONGEST = 1 << 20  # bytes; an entry takes about 170
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND
_LOCK_TRIES = 50
"""Some 0.3 s; a lock is held for less than a millisecond, unless its process is stopped."""


class _Lock(enum.Enum):
    HELD = enum.auto()
    OF_OTHERS = enum.auto()
    IMPOSSIBLE = enum.auto()


def submission_record(debug: Callable[[str], None]) -> SubmissionRecord:
    """Return this machine's record; one in memory where a file is not possible."""
    try:
        return FileSubmissionRecord(private_folder() / _NAME, debug)
    except OSError as error:
        debug(_not_kept(error))
        return MemorySubmissionRecord()


def _not_kept(error: OSError) -> str:
    return f"What was submitted is not remembered after a kill: {type(error).__name__} for its file."


class FileSubmissionRecord:
    """A record in a file that processes share. An entry that cannot be written was never made."""

    def __init__(self, path: Path, debug: Callable[[str], None] = lambda _: None) -> None:
        """
        Prepare to write.

        Args:
            path: The file.
            debug: Told once why an entry is not kept.

        Raises:
            OSError: The file cannot be opened.

        """
        self._path = path
        self._before = path.with_name(f"{path.name}.before")
        self._debug = debug
        self._has_failed = False
        self._lock_tries = _LOCK_TRIES
        self._lock = threading.Lock()
        os.close(file_locks.open_private(path, _FLAGS))

    def append(self, entry: Mapping[str, str]) -> None:
        """Add an entry."""
        # A line break on both sides: what a full disk has cut off before does not swallow it.
        line = b"\n" + json.dumps(dict(entry)).encode() + b"\n"
        with self._lock:
            try:
                self._write(line)
            except OSError as error:
                self._say_once(_not_kept(error))

    def _write(self, line: bytes) -> None:
        # Another process may begin a new file before this one is locked.
        file, lock = file_locks.open_locked(self._path, _FLAGS, self._locked)
        try:
            if os.write(file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            is_full = os.fstat(file).st_size > _LONGEST
            # Whoever holds the lock may be about to do this, and would take the new file for the one before.
            if is_full and lock is _Lock.HELD:
                self._begin_anew()
        finally:
            os.close(file)
        if is_full and lock is _Lock.IMPOSSIBLE:  # Windows renames no file that is open
            self._begin_anew()

    def _begin_anew(self) -> None:
        with contextlib.suppress(OSError):  # the entry is kept all the same
            self._path.replace(self._before)

    def _say_once(self, text: str) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._debug(text)

    def entries(self) -> Iterable[Mapping[str, str]]:
        """Return what is kept, oldest first."""
        # The current one first: should it become the one before in between, it is read twice, and not missed.
        current, before = (_lines(path) for path in (self._path, self._before))
        for line in (*before, *current):
            with contextlib.suppress(ValueError):  # what a full disk has cut off
                entry = json.loads(line)
                if isinstance(entry, dict):
                    yield entry

    def _locked(self, file: int) -> _Lock:
        if not file_locks.ARE_POSSIBLE:
            return _Lock.IMPOSSIBLE
        try:
            has_lock = file_locks.lock(file, tries=self._lock_tries)
        except OSError:
            return _Lock.IMPOSSIBLE
        # While somebody keeps the lock, a thousand numbers do not wait for it one after the other.
        self._lock_tries = _LOCK_TRIES if has_lock else 1
        return _Lock.HELD if has_lock else _Lock.OF_OTHERS


def _lines(path: Path) -> list[bytes]:
    with contextlib.suppress(OSError):
        return path.read_bytes().splitlines()
    return []
