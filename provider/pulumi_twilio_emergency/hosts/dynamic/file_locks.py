"""
Locks on files that plugin processes share: never waited for without end.

Another process may be stopped while it has a lock, a lock on NFS may outlive a machine, and some file systems
have none. The system drops a lock with the process that holds it.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from typing import TYPE_CHECKING

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARE_POSSIBLE = fcntl is not None
"""Whether the system has such locks; a file system may still have none."""

_PAUSE = (0.002, 0.01)
"""Seconds between two tries, at random, so that two processes do not try in step."""


@contextlib.contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """
    Open a file that is no symbolic link, as this user's alone where it is made, and close it at the end.

    Raises:
        OSError: It cannot be opened.

    """
    file = open_private(path, flags)
    try:
        yield file
    finally:
        os.close(file)


def open_private(path: Path, flags: int) -> int:
    """Open it likewise, and leave it open."""
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags, mode=0o600)


def lock(file: int, *, shared: bool = False, tries: int) -> bool:
    """
    Lock a file that others may have locked, and return whether it is locked now.

    Args:
        file: The descriptor.
        shared: With others who share it, or else alone.
        tries: How often at most, a few milliseconds apart.

    Raises:
        OSError: The file system has no locks.

    """
    for left in reversed(range(tries)):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return True
        if left:
            time.sleep(random.uniform(*_PAUSE))  # noqa: S311 - no secret
    return False


def is_at(file: int, path: Path) -> bool:
    """Whether the open file is the one with this name: another process may have moved or removed it."""
    try:
        return os.path.samestat(os.fstat(file), path.lstat())
    except OSError:  # on NFS not only that there is none: the handle may be stale
        return False
