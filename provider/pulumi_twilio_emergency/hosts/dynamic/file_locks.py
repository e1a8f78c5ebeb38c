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
from typing import TYPE_CHECKING, TypeVar

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_T = TypeVar("_T")

ARE_POSSIBLE = fcntl is not None
"""Whether the system has such locks; a file system may still have none."""

_OPEN_TRIES = 10
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


def open_locked(path: Path, flags: int, take_lock: Callable[[int], _T]) -> tuple[int, _T]:
    """
    Open a file and lock it, and return it with what the lock has answered.

    Raises:
        OSError: It cannot be opened or locked, or others have moved or removed it each time before it was.

    """
    for _ in range(_OPEN_TRIES):
        file = open_private(path, flags)
        try:
            taken = take_lock(file)
            if _is_at(file, path):
                return file, taken
        except BaseException:
            os.close(file)
            raise
        os.close(file)
    raise TimeoutError(path)


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


def _is_at(file: int, path: Path) -> bool:
    """Whether the open file is the one with this name: another process may have moved or removed it."""
    try:
        return os.path.samestat(os.fstat(file), path.lstat())
    except OSError:  # on NFS not only that there is none: the handle may be stale
        return False
