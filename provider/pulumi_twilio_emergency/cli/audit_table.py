"""An audit on the terminal: the counts, and a table of findings that fits its width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pulumi_twilio_emergency.core.model.finding import Coverage, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from pulumi_twilio_emergency.audit.report import Report
    from pulumi_twilio_emergency.core.model.finding import Finding

MOST_ROWS = 100
"""Findings on a screen, worst first; all of them are in the other formats."""

_STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.NOTICE: "dim"}
_NARROW = 80
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
        _write_findings(console, shown)
    hidden = len(report.findings) - len(shown)
    if hidden:
        console.print(Text(f"{hidden:,} more findings; --format html, json or csv has all of them."))
    if not report.findings:
        console.print(Text("Nothing was found."))


def _write_accounts(console: Console, report: Report, shown: list[Finding]) -> None:
    """Write a line for each account, and its findings below it."""
    lines = {sid: counts_line(counts) for sid, counts in report.coverage_by_account().items()}
    lines.update((each.sid, f"not read, {each.status}.") for each in report.not_read)
    for sid, line in lines.items():
        console.print(Text(f"\n{sid}: {line}" if shown else f"{sid}: {line}"))
        _write_findings(console, [each for each in shown if each.account_sid == sid])


def _write_findings(console: Console, shown: list[Finding]) -> None:
    if shown and console.width >= _NARROW:
        console.print(_table(shown, with_site=any(each.site for each in shown)))
    for finding in shown if console.width < _NARROW else ():
        console.print(_paragraph(finding))


def counts_line(counts: Mapping[Coverage, int]) -> str:
    """Return the one line that matters: how many numbers are covered, and how many are not."""
    able = sum(counts.values()) - counts[Coverage.NOT_APPLICABLE]
    rest = [f"{counts[each]:,} {words}" for each, words in _NOT_COVERED.items() if counts[each]]
    return f"{', '.join([f'{counts[Coverage.COVERED]:,} of {able:,} numbers covered', *rest])}."


def _table(findings: list[Finding], *, with_site: bool) -> Table:
    table = Table(show_lines=True)
    table.add_column("Severity", no_wrap=True)
    table.add_column("Subject", overflow="fold", min_width=12)
    if with_site:
        table.add_column("Site", overflow="fold", max_width=24)
    table.add_column("Finding", overflow="fold", ratio=1)
    for finding in findings:
        cells = [_severity(finding), Text(finding.subject), *([Text(finding.site)] if with_site else [])]
        table.add_row(*cells, Text(str(finding.problem)))
    return table


def _paragraph(finding: Finding) -> Text:
    return Text.assemble(_severity(finding), " ", str(finding.problem), "\n")


def _severity(finding: Finding) -> Text:
    return Text(finding.severity.value, _STYLES[finding.severity])
