"""An audit on the terminal: the counts, and a table of findings that fits its width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pulumi_twilio_emergency.core.model.finding import Coverage, Severity
from pulumi_twilio_emergency.core.model.formatting import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from pulumi_twilio_emergency.audit.report import Report
    from pulumi_twilio_emergency.core.model.finding import Finding

MOST_ROWS = 100
"""Findings on a screen, worst first; all of them are in the other formats."""

_STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.NOTICE: "dim"}
_NARROW = 80
_WIDEST_SITE = 24
_FRAME = 3
"""What a column takes beside its text: a line and two blanks. The table ends with one more line."""
_NOT_COVERED = {
    Coverage.WRONG_ADDRESS: "registered at another address than declared",
    Coverage.PENDING: "pending",
    Coverage.FAILED: "failed",
    Coverage.UNCOVERED: "not covered",
}


def write_table(report: Report, out: TextIO) -> None:
    """Write the counts and the findings; colours only on a terminal, and not with NO_COLOR."""
    console = Console(file=out, highlight=False)
    console.print(Text(f"{counts_line(report.coverage())} {report.unread()}".rstrip()))
    shown = report.findings[:MOST_ROWS]
    if len(report.accounts) + len(report.not_read) > 1:
        _write_accounts(console, report, shown)
    else:
        _write_findings(console, shown, report.noun)
    hidden = len(report.findings) - len(shown)
    if hidden:
        more = counted(hidden, "more finding")
        console.print(Text(f"{more}; --format html, json or csv has all of them."))
    if not report.findings:
        console.print(Text("Nothing was found."))


def _write_accounts(console: Console, report: Report, shown: list[Finding]) -> None:
    """Write a line for each account, and its findings below it."""
    lines = {sid: counts_line(counts) for sid, counts in report.coverage_by_account().items()}
    lines.update((each.sid, f"not read, {each.status}.") for each in report.not_read)
    for sid, line in lines.items():
        console.print(Text(f"\n{sid}: {line}" if shown else f"{sid}: {line}"))
        _write_findings(console, [each for each in shown if each.account_sid == sid], report.noun)


def _write_findings(console: Console, shown: list[Finding], noun: str) -> None:
    """Write a table, or a paragraph for each where columns would break a SID, a number or a name."""
    columns = _columns(shown, noun)
    if not shown:
        return
    if console.width >= _NARROW and sum(each.least + _FRAME for each in columns) < console.width:
        console.print(_table(columns))
        return
    for finding in shown:
        console.print(_paragraph(finding, noun))


def counts_line(counts: Mapping[Coverage, int]) -> str:
    """Return the one line that matters: how many numbers are covered, and how many are not."""
    able = counted(sum(counts.values()) - counts[Coverage.NOT_APPLICABLE], "number")
    rest = [f"{counts[each]:,} {words}" for each, words in _NOT_COVERED.items() if counts[each]]
    return f"{', '.join([f'{counts[Coverage.COVERED]:,} of {able} covered', *rest])}."


@dataclass(frozen=True, slots=True)
class _Column:
    """
    A column of the table.

    Attributes:
        name: Its head.
        cells: Its texts.
        widest: None for texts of one word, 0 for the column that takes the rest of the width.

    """

    name: str
    cells: list[Text]
    widest: int | None = None

    @property
    def least(self) -> int:
        """Columns of the terminal that its longest word takes: less would break it."""
        texts = (self.name, *(cell.plain for cell in self.cells))
        return max(cell_len(word) for text in texts for word in text.split())


def _columns(findings: list[Finding], noun: str) -> list[_Column]:
    columns = [
        _Column("Severity", [_severity(each) for each in findings]),
        _Column("Subject", [Text(each.subject) for each in findings]),
        _Column(noun.capitalize(), [Text(each.site) for each in findings], _WIDEST_SITE),
        _Column("Finding", [Text(str(each.problem)) for each in findings], 0),
    ]
    return [each for each in columns if any(cell.plain for cell in each.cells)]


def _table(columns: list[_Column]) -> Table:
    table = Table(show_lines=True)
    for each in columns:
        table.add_column(
            each.name,
            no_wrap=each.widest is None,
            overflow="fold",
            min_width=each.least,
            max_width=max(each.widest, each.least) if each.widest else None,
            ratio=1 if each.widest == 0 else None,
        )
    for cells in zip(*(each.cells for each in columns), strict=True):
        table.add_row(*cells)
    return table


def _paragraph(finding: Finding, noun: str) -> Text:
    where = f" ({noun} {finding.site})" if finding.site else ""
    return Text.assemble(_severity(finding), where, " ", str(finding.problem), "\n")


def _severity(finding: Finding) -> Text:
    return Text(finding.severity.value, _STYLES[finding.severity])
