"""
A report for people as one HTML file that opens offline.

The picture of coverage is drawn here; tables are filled by the page's own script, as text and never as
markup. A content security policy in the page forbids every request.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
from collections import Counter, defaultdict
from html import escape
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.audit.exports import finding_record, number_record
from pulumi_twilio_emergency.core.model.finding import Coverage, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from pulumi_twilio_emergency.audit.report import Report

SITES_SHOWN = 12
"""Sites in the picture, those with the most uncovered numbers first; the table has all of them."""

_NAMES = {
    Coverage.COVERED: "covered",
    Coverage.PENDING: "pending",
    Coverage.FAILED: "failed",
    Coverage.UNCOVERED: "not covered",
    Coverage.NOT_APPLICABLE: "cannot register",
}
# What needs somebody comes first, and what needs nobody last.
_AT_RISK = (Coverage.UNCOVERED, Coverage.FAILED, Coverage.PENDING)

Counts = Counter[Coverage]


def write_html(report: Report, out: TextIO) -> None:
    """Write the page."""
    template = importlib.resources.files(__package__).joinpath("report.html").read_text("utf-8")
    parts = {
        "FACTS": _facts(report),
        "HEADLINE": _headline(report),
        "PICTURE": _picture(report),
        "DATA": "",
    }
    for index, piece in enumerate(template.split("%%")):
        if index % 2 == 0:
            out.write(piece)
        elif piece == "DATA":
            _write_data(report, out)
        else:
            out.write(parts[piece])


def _write_data(report: Report, out: TextIO) -> None:
    """Write both lists as JSON that no text in it can end: `</script>` in a name stays a name."""
    for name, records in (
        ("findings", map(finding_record, report.findings)),
        ("numbers", map(number_record, report.rows)),
    ):
        out.write(f'{"," if name == "numbers" else "{"}"{name}":[')
        for index, record in enumerate(records):
            text = json.dumps(list(record.values()), separators=(",", ":"))
            out.write(("," if index else "") + text.replace("<", "\\u003c").replace("&", "\\u0026"))
        out.write("]")
    out.write("}")


def _facts(report: Report) -> str:
    when = dt.datetime.fromtimestamp(report.at, dt.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    accounts = ", ".join(report.accounts[:5])
    if len(report.accounts) > 5:
        accounts += f" and {len(report.accounts) - 5} more"
    compared = f"Compared with {report.compared_with}" if report.compared_with else "Compared with nothing"
    return " · ".join(escape(text) for text in (when, accounts, compared))


def _headline(report: Report) -> str:
    counts = report.coverage()
    able = len(report.rows) - counts[Coverage.NOT_APPLICABLE]
    critical = sum(each.severity is Severity.CRITICAL for each in report.findings)
    if not able:
        return "No number of these accounts can have an emergency address."
    share = "All" if counts[Coverage.COVERED] == able else f"{counts[Coverage.COVERED]:,} of"
    found = (
        f"{critical:,} critical finding{'' if critical == 1 else 's'}" if critical else "No critical finding"
    )
    return escape(f"{share} {able:,} numbers are covered. {found}.")


def _picture(report: Report) -> str:
    everything = Counter(row.coverage for row in report.rows)
    countries, sites = defaultdict[str, Counts](Counter), defaultdict[str, Counts](Counter)
    for row in report.rows:
        countries[row.country or "No country"][row.coverage] += 1
        if row.site:
            sites[row.site][row.coverage] += 1
    parts = [_legend(everything), _bar("All numbers", everything, "total")]
    if len(countries) > 1:
        parts += ["<h3>By country</h3>", *_bars(countries)]
    if sites:
        parts += ["<h3>By site</h3>", *_bars(dict(_worst(sites)))]
        hidden = len(sites) - SITES_SHOWN
        if hidden > 0:
            parts.append(f"<p class=quiet>and {hidden:,} more sites; the table has all of them.</p>")
    return "\n".join(parts)


def _worst(sites: dict[str, Counts]) -> list[tuple[str, Counts]]:
    by_risk = sorted(sites.items(), key=lambda each: (-_at_risk(each[1]), each[0]))
    return by_risk[:SITES_SHOWN]


def _at_risk(counts: Counts) -> int:
    return sum(counts[each] for each in _AT_RISK)


def _legend(counts: Counts) -> str:
    entries = "".join(
        f"<li><i class={coverage.value}></i><b>{counts[coverage]:,}</b> {name}</li>"
        for coverage, name in _NAMES.items()
    )
    return f"<ul class=legend>{entries}</ul>"


def _bars(groups: dict[str, Counts]) -> Iterator[str]:
    for name, counts in sorted(groups.items(), key=lambda each: (-_at_risk(each[1]), each[0])):
        yield _bar(name, counts)


def _bar(name: str, counts: Counts, kind: str = "") -> str:
    total = sum(counts.values())
    said = ", ".join(f"{counts[each]:,} {noun}" for each, noun in _NAMES.items() if counts[each])
    pieces = "".join(
        f'<i class={each.value} style="flex-grow:{counts[each]}"></i>' for each in _NAMES if counts[each]
    )
    label = escape(f"{name}: {said or 'no numbers'}", quote=True)
    return (
        f'<div class="bar {kind}"><span>{escape(name)}</span>'
        f'<div role=img aria-label="{label}" title="{label}">{pieces}</div><b>{total:,}</b></div>'
    )
