"""
What a command writes, and whether it arrived.

A command must come to its verdict although nobody reads it: a full disk or a closed pipe raises nothing in
the middle of a command. What could not be delivered is known at the end, when `running` makes the exit code.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from typing_extensions import Buffer


class Stream(io.RawIOBase):
    """
    The lowest layer of a standard stream: below click, Rich and every buffer. Its writes never fail.

    Ctrl-C alone ends one.

    Attributes:
        failure: Why something that was written did not arrive. What follows it is discarded.

    """

    def __init__(self, raw: io.RawIOBase | None) -> None:
        """
        Prepare to write.

        Args:
            raw: Where to; None for a stream that was closed before the command began (`>&-`).

        """
        self._raw = raw
        self._is_used = False
        self.failure: OSError | None = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._raw is not None and self._raw.isatty()

    def fileno(self) -> int:
        """
        Return the descriptor.

        Raises:
            io.UnsupportedOperation: It has none.

        """
        return super().fileno() if self._raw is None else self._raw.fileno()

    def write(self, data: Buffer, /) -> int:
        """
        Write, and remember the first failure. Returns how much is taken care of.

        Raises:
            KeyboardInterrupt: Ctrl-C while it waited for a reader.

        """
        size = memoryview(data).nbytes
        self._is_used = True
        if self.failure is None:
            try:
                return self._written(data)
            except OSError as error:
                self.failure = error
            except KeyboardInterrupt:
                # Buffers keep what was not written, and would wait again for a reader that does not read.
                if not self._takes_more():
                    self.failure = InterruptedError(errno.EINTR, os.strerror(errno.EINTR))
                raise
        return size

    def _written(self, data: Buffer) -> int:
        if self._raw is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        written = self._raw.write(data)
        if written is None:  # it does not block, and is full
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return written

    def _takes_more(self) -> bool:
        """Whether a write would go through at once. Where that cannot be told, it is taken to be stuck."""
        try:
            return bool(select.select([], [self.fileno()], [], 0)[1])
        except (OSError, ValueError):  # Windows selects nothing but sockets
            return False

    def settle(self) -> None:
        """Ask for a failure that a network file system or a quota reports only at close (close(2))."""
        if not self._is_used or self.failure is not None:
            return
        with contextlib.suppress(io.UnsupportedOperation):
            descriptor = self.fileno()
            try:
                os.close(os.dup(descriptor))
            except OSError as error:
                self.failure = error


@contextlib.contextmanager
def standard_streams() -> Iterator[Stream]:
    """
    Let no write to stdout or stderr fail for as long as the block runs, and yield the stream of stdout.

    Once the block has ended, its `failure` is final. What is lost on stderr is not kept: the answer of a
    command is its stdout and its exit code.
    """
    out, err = (_stream_of(each) for each in (sys.stdout, sys.stderr))
    with (
        contextlib.redirect_stdout(_text(out, sys.stdout)) as text,
        contextlib.redirect_stderr(_text(err, sys.stderr)) as said,
    ):
        try:
            yield out
        finally:
            text.flush()
            said.flush()
            out.settle()


def _stream_of(text: TextIO | None) -> Stream:
    # With `python -u` there is no buffer, and `buffer` is the raw stream itself.
    binary = getattr(text, "buffer", None)
    return Stream(getattr(binary, "raw", binary))


def _text(stream: Stream, like: TextIO | None) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(stream),
        encoding=getattr(like, "encoding", None) or "utf-8",
        errors=getattr(like, "errors", None) or "backslashreplace",
        line_buffering=getattr(like, "line_buffering", False),
    )
