"""Files that a command writes: whole, or not at all."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.cli.running import CannotRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import TextIO


def write_files(files: Mapping[Path, Callable[[TextIO], object]]) -> None:
    """
    Write files: all of them whole, or none.

    Each is written beside its place, and moved there when all are. What is no regular file (`/dev/stdout`, a
    FIFO, a symbolic link) is written where it is, since a move would replace it.

    Args:
        files: What writes each file.

    Raises:
        CannotRun: One of them could not be written.

    """
    beside = {path: _place_to_write(path) for path in files}
    try:
        for path, write in files.items():
            with _named(path), beside[path].open("w", encoding="utf-8", newline="") as out:
                write(out)
        for path, aside in beside.items():
            if aside != path:
                with _named(path):
                    aside.replace(path)
    finally:
        for path, aside in beside.items():
            if aside != path:
                with contextlib.suppress(OSError):
                    aside.unlink(missing_ok=True)


def _place_to_write(path: Path) -> Path:
    is_replaceable = not path.is_symlink() and (path.is_file() or not path.exists())
    return path.with_name(f".{path.name}.new") if is_replaceable else path


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotRun(f"{path} could not be written: {error.strerror}.") from None
