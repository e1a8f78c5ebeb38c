"""
A ledger that all plugin processes of one engine share.

An explicit `provider=` is served by a process of its own, and evidence of ownership must reach it: an
append-only file of JSON lines, in a folder that only this user can enter. Its name tells the engine's process
and port, since pids and ports are both reused. Each process keeps a shared lock on it, so that who finds no
lock is the first of its engine, and begins with an empty file.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.ownership import MemoryLedger
from pulumi_twilio_emergency.hosts.dynamic import file_locks
from pulumi_twilio_emergency.hosts.dynamic.engine_process import is_running
from pulumi_twilio_emergency.hosts.dynamic.private_folder import private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pulumi_twilio_emergency.core.account.ownership import Ledger
    from pulumi_twilio_emergency.hosts.dynamic.engine_process import EngineProcess

_SUFFIX = ".jsonl"
_CHUNK = 1 << 20
_LOOKS = 5
"""
How often a file is looked at before it counts as in use.

A look is a lock for an instant, as every version of this package takes it, and so one look sees another.
"""
_LOCK_TRIES = 500
"""Some three seconds. Who begins a file or looks at it holds its lock for less than a millisecond."""


def shared_ledger(address: str | None, found: EngineProcess | None, debug: Callable[[str], None]) -> Ledger:
    """
    Return the ledger of the engine's processes; one in memory where a shared one is not possible.

    Args:
        address: Where the engine listens.
        found: The engine's process.
        debug: Told why the ledger is not shared.

    """
    if address is None or found is None or not file_locks.ARE_POSSIBLE:
        debug("Evidence of ownership stays in this process: the engine's process is not known.")
        return MemoryLedger()
    try:
        return FileLedger(private_folder() / f"{found.label}-{address.rpartition(':')[2]}{_SUFFIX}")
    except OSError as error:
        debug(f"Evidence of ownership stays in this process: {type(error).__name__} for its file.")
        return MemoryLedger()


def has_abandoned_processes() -> bool:
    """
    Whether a plugin process of an engine that is gone still runs, and may have a request in hand.

    It has the ledger of its engine locked, whose name tells which process that was.
    """
    if not file_locks.ARE_POSSIBLE:
        return False
    try:
        return any(_is_in_use(path) for path in private_folder().glob(f"*{_SUFFIX}") if not _is_served(path))
    except OSError:
        return False


def _is_served(path: Path) -> bool:
    return is_running(path.name.removesuffix(_SUFFIX).rpartition("-")[0])


def _is_in_use(path: Path) -> bool:
    with contextlib.suppress(OSError), file_locks.opened(path, os.O_RDWR) as file:
        return not file_locks.lock(file, tries=_LOOKS)
    return False


class FileLedger:
    """A ledger in a file. Safe to use from any number of threads and processes."""

    def __init__(self, path: Path) -> None:
        """
        Open the file, empty if no living process has it open.

        Raises:
            OSError: It cannot be made.

        """
        self._lock = threading.Lock()
        self._entries: list[Mapping[str, str]] = []
        self._offset = 0
        self._rest = b""
        # Another process may remove the file as abandoned before it is locked.
        self._file, _ = file_locks.open_locked(
            path, os.O_RDWR | os.O_CREAT | os.O_APPEND, lambda file: _lock_for_use(file, path)
        )

    def append(self, entry: Mapping[str, str]) -> None:
        """Add an entry that every process sees from now on; only this one when the disk is full."""
        # A line that a full disk has cut off ends here, and takes none of another process with it.
        line = b"\n" + json.dumps(dict(entry)).encode() + b"\n"
        with self._lock:
            try:
                # One write to a file opened for appending: lines of several processes do not mix.
                written = os.write(self._file, line)
            except OSError:
                written = 0
            if written < len(line):
                self._entries.append(dict(entry))

    def since(self, count: int) -> Sequence[Mapping[str, str]]:
        """Return the entries after the first so many, in the order in which this process has seen them."""
        with self._lock:
            self._read_on()
            return self._entries[count:]

    def _read_on(self) -> None:
        # The size first: to be told that there is nothing to read takes a buffer.
        while (size := os.fstat(self._file).st_size - self._offset) > 0:
            chunk = os.pread(self._file, min(size, _CHUNK), self._offset)
            self._offset += len(chunk)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                with contextlib.suppress(ValueError):  # what a full disk has cut off
                    self._entries.append(json.loads(line))


def _lock_for_use(file: int, path: Path) -> None:
    """Lock the file for as long as this process uses it; the first process empties it before."""
    if file_locks.lock(file, tries=_LOOKS):
        os.ftruncate(file, 0)
        _remove_abandoned(path)
    if not file_locks.lock(file, shared=True, tries=_LOCK_TRIES):
        raise TimeoutError(path)


def _remove_abandoned(path: Path) -> None:
    """Remove the files of engines that are gone: nobody holds a lock on them."""
    for other in path.parent.glob(f"*{_SUFFIX}"):
        if other == path:
            continue
        with contextlib.suppress(OSError), file_locks.opened(other, os.O_RDWR) as file:
            if file_locks.lock(file, tries=1):
                other.unlink()
