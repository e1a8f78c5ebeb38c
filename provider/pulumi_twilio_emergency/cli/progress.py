"""Progress of long reads, on the terminal alone: a pipe or a file gets none of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show a count that grows, for as long as the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(f"0 {what}") as status:
        yield lambda count: status.update(f"{count:,} {what}")
