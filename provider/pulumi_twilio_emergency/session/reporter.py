"""What a command says while it runs: lines of one resource, and lines of the whole command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Line(Protocol):
    """The row of one resource."""

    def status(self, subject: str, details: str = "") -> None:
        """Show a passing line: the subject, and details that may change without being news."""

    def note(self, text: str) -> None:
        """Leave an info line that stays under Diagnostics."""

    def warn(self, text: str) -> None:
        """Leave a warning that stays under Diagnostics."""


class Reporter(Protocol):
    """The screen of one command. Every method is safe to call from any thread, and never raises."""

    def line(self, urn: str) -> Line:
        """Return the row of a resource."""

    def warn(self, text: str) -> None:
        """Leave a warning that is about no resource in particular."""

    def debug(self, text: str) -> None:
        """Leave a line for those who run with `--debug`."""

    def at_end(self, say: Callable[[], None]) -> None:
        """Call this once when the command is over, while somebody still listens."""
