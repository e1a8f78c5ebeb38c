"""Progress of long reads and waits, on the terminal alone: a pipe or a file gets none of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from pulumi_twilio_emergency.audit.watch import NOT_OWNED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_twilio_emergency.audit.watch import Watched

MOST_LINES = 20
"""Numbers that are shown while they are waited for."""


@contextlib.contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show a count that grows, for as long as the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(f"0 {what}") as status:
        yield lambda count: status.update(f"{count:,} {what}")


@contextlib.contextmanager
def watching() -> Iterator[Callable[[Watched], None]]:
    """Show a bar for all numbers and a line for each that is waited for; in a log, a line for each change."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _log(console)
        return
    with Live(console=console, transient=True) as live:
        yield lambda watched: live.update(picture(watched), refresh=True)


def _log(console: Console) -> Callable[[Watched], None]:
    said = [""]

    def show(watched: Watched) -> None:
        line = summary(watched)
        # With nothing left to wait for, the answer of the command says how many are registered.
        if waited_for(watched) and line != said[0]:
            said[0] = line
            console.print(Text(line))

    return show


def summary(watched: Watched) -> str:
    """Return how many are registered and how many are waited for."""
    return (
        f"{len(watched.registered):,} of {len(watched.status):,} registered, "
        f"waiting for {len(waited_for(watched)):,}."
    )


def waited_for(watched: Watched) -> list[str]:
    """Return the numbers that may become registered; one that was not found is only looked for once more."""
    return [name for name in watched.waiting if watched.status[name] != NOT_OWNED]


def picture(watched: Watched) -> Group:
    """Return what a terminal shows."""
    waiting = waited_for(watched)
    lines = [Text(f"{name}  {watched.status[name]}") for name in waiting[:MOST_LINES]]
    if len(waiting) > MOST_LINES:
        lines.append(Text(f"and {len(waiting) - MOST_LINES:,} more"))
    bar = ProgressBar(total=len(watched.status), completed=len(watched.registered), width=40)
    return Group(*lines, bar, Text(summary(watched)))
