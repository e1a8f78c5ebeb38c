"""The table, the rows that are above what was expected, and the picture."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from benchmarks.expectations import REGISTRATION, UNREGISTRATION

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.rows import Figure, Measured

HEAD = """\
| who | command | numbers | seconds | expected | ratio | requests | plugin MiB | |
| --- | --- | ---: | ---: | ---: | ---: | --- | ---: | --- |"""


def line_of(row: Measured) -> str:
    """Return a row as the table shows it. What is expected is known once both sides are measured."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(row.requests.items())) or "none"
    expected = f"{row.expected:.1f} | {row.ratio:.2f}" if row.parts else " | "
    return (
        f"| {row.who} | {row.what} | {row.size} | {row.seconds:.1f} | {expected} | {kinds} "
        f"| {row.mebibytes:.0f} | {row.computed} |"
    )


def report(rows: list[Measured], figures: list[Figure], parallel: int) -> tuple[str, list[str]]:
    """Return the text, and what is above expectation."""
    above = [each.above for each in (*rows, *figures) if each.above]
    lines = [
        f"Measured with `make bench`: Python {platform.python_version()}, {os.cpu_count()} cores, file backend,",
        f"registration {REGISTRATION:.0f} s, unregistration {UNREGISTRATION:.0f} s, `--parallel {parallel}`.",
        "What is expected is worked out from the floor of the same run: see `expectations.py`.",
        "",
        HEAD,
        *(line_of(row) for row in rows),
        "",
        "| | measured | at most | |",
        "| --- | ---: | ---: | --- |",
        *(
            f"| {each.name} | {each.measured:.2f} {each.unit} | {each.most:.2f} | {each.note} |"
            for each in figures
        ),
        "",
        *_against_the_plain_one(rows),
        "More than a third above what is expected:"
        if above
        else "No row is more than a third above what is expected.",
        *(["", *(f"- {each}" for each in above)] if above else []),
    ]
    return "\n".join(lines) + "\n", above


def _against_the_plain_one(rows: list[Measured]) -> list[str]:
    """Return how many times as long a plain provider takes."""
    ups = {(row.who, row.size): row.seconds for row in rows if row.what == "up"}
    lines = [
        f"- up of {size} numbers: a plain provider takes {seconds / ups['this provider', size]:.1f} times as long"
        for (who, size), seconds in ups.items()
        if who == "plain"
    ]
    return [*lines, ""] if lines else []


def picture(rows: list[Measured], path: Path) -> None:
    """Draw time against number of numbers."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5))
    for who in dict.fromkeys(row.who for row in rows):
        ups = [row for row in rows if row.who == who and row.what == "up"]
        style = "--" if any(row.computed for row in ups) else "-"
        label = f"{who} (partly computed)" if style == "--" else who
        axes.plot([row.size for row in ups], [row.seconds for row in ups], style, marker="o", label=label)
    axes.set(xscale="log", yscale="log", xlabel="numbers", ylabel="seconds of pulumi up",
             title=f"Registering takes {REGISTRATION:.0f} s")  # fmt: skip
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
