"""Files that a command writes."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import uuid
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.cli.running import CannotRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import TextIO


def write_files(files: Mapping[Path, Callable[[TextIO], object]]) -> None:
    """
    Write files: none before the content of all is on the disk beside its place.

    Then each is moved to its place, with the mode of the file that it replaces. Written where it is, and so
    perhaps in part, is what no move can replace: a device, a descriptor (`/dev/stdout`), a FIFO, and a file
    that may be written but not replaced.

    Args:
        files: What writes each file.

    Raises:
        CannotRun: One of them could not be written; the text names those that were written before.

    """
    contents = {path: _content(path, write) for path, write in files.items()}
    with contextlib.ExitStack() as stack:
        beside: dict[Path, Path | None] = {}
        for path, content in contents.items():
            with _named(path):
                beside[path] = stack.enter_context(_beside(path, content))
        written: list[Path] = []
        for path, new in beside.items():
            with _named(path, written):
                _put(path, new, contents[path])
            written.append(path)


def _content(path: Path, write: Callable[[TextIO], object]) -> bytes:
    with _named(path):
        text = io.StringIO(newline="")
        write(text)
        return text.getvalue().encode()


@contextlib.contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path | None]:
    """Write a file beside another for as long as the block runs; None where none can stand or replace it."""
    if not _is_replaceable(path):
        yield None
        return
    # A name of its own, since another process may write the same file. A link stays: its target is replaced.
    new = path.resolve().with_name(f".{uuid.uuid4().hex}.new")
    try:
        yield new if _is_created(new, path, content) else None
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def _is_created(new: Path, path: Path, content: bytes) -> bool:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    try:
        # Never open to more readers than the old file; a new file is as umask says.
        descriptor = os.open(
            new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode | 0o200
        )
    except PermissionError:
        if mode is None:
            raise
        return False
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
    if mode is not None:
        new.chmod(mode)
    return True


def _is_replaceable(path: Path) -> bool:
    if not path.is_symlink():
        return path.is_file() or not path.exists()
    return path.is_file() and not _is_descriptor(path)


def _is_descriptor(path: Path) -> bool:
    """Whether a link means a file that is open already, and may have what it must keep (`>> log`)."""
    while path.is_symlink():
        if path.parent.resolve().is_relative_to("/proc"):
            return True
        path = path.parent / path.readlink()
    return path.parent.resolve().is_relative_to("/dev")


def _put(path: Path, new: Path | None, content: bytes) -> None:
    if new is not None:
        try:
            new.replace(path.resolve())
        except PermissionError:  # a folder may protect what is in it, although the file can be written
            if not path.exists():
                raise
        else:
            return
    # Without a buffer, which on Ctrl-C would write to a stuck FIFO once more.
    with path.open("ab" if _is_descriptor(path) else "wb", buffering=0) as out:
        _write_all(path, out, content)


def _write_all(path: Path, out: io.FileIO, content: bytes) -> None:
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[_count(out.write(rest)) :]
    except OSError as error:
        if not path.is_file():
            raise
        raise CannotRun(
            f"{path} could not be written: {error.strerror}.\n"
            "It had to be written in its place, and has only a part now. Write it again before it is used."
        ) from None


def _count(written: int | None) -> int:
    if written is None:  # it does not block, and is full
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return written


@contextlib.contextmanager
def _named(path: Path, written: list[Path] | None = None) -> Iterator[None]:
    before = ""
    if written:
        before = (
            f"\nWritten before it, and new: {', '.join(map(str, written))}.\n"
            "The files belong together: write all of them again before one is used."
        )
    try:
        yield
    except OSError as error:
        raise CannotRun(f"{path} could not be written: {error.strerror}.{before}") from None
    except CannotRun as error:
        raise CannotRun(f"{error}{before}") from None
