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
from pulumi_twilio_emergency.core.model.formatting import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from pulumi_twilio_emergency.audit.report import Report

MOST_BARS = 12
"""Sites, or accounts, in the picture, those with the most uncovered numbers first; the table has all."""
MOST_NAMES = 5
"""Accounts that are named at the top."""

_NAMES = {
    Coverage.COVERED: "covered",
    Coverage.WRONG_ADDRESS: "at another address than declared",
    Coverage.PENDING: "pending",
    Coverage.FAILED: "failed",
    Coverage.UNCOVERED: "not covered",
    Coverage.NOT_APPLICABLE: "cannot register",
}
# What needs somebody comes first, and what needs nobody last.
_AT_RISK = (Coverage.UNCOVERED, Coverage.FAILED, Coverage.WRONG_ADDRESS, Coverage.PENDING)

Counts = Counter[Coverage]


def write_html(report: Report, out: TextIO) -> None:
    """Write the page."""
    template = importlib.resources.files(__package__).joinpath("report.html").read_text("utf-8")
    parts = {
        "FACTS": _facts(report),
        "HEADLINE": _headline(report),
        "PICTURE": _picture(report),
        "NOUN": report.noun.capitalize(),
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
    compared = f"Compared with {report.compared_with}" if report.compared_with else "Compared with nothing"
    facts = [when, _listed(report.accounts), compared]
    if report.not_read:
        facts.append("Not read: " + _listed([f"{each.sid} ({each.status})" for each in report.not_read]))
    return " · ".join(escape(text) for text in facts)


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def _headline(report: Report) -> str:
    counts = report.coverage()
    covered, wrong = counts[Coverage.COVERED], counts[Coverage.WRONG_ADDRESS]
    able = len(report.rows) - counts[Coverage.NOT_APPLICABLE]
    said = f"{covered:,} of {counted(able, 'number')} {'is' if able == 1 else 'are'} covered"
    if not able:
        said = "No number that was read can have an emergency address"
    elif covered == able:
        said = "The only number is covered" if able == 1 else f"All {counted(able, 'number')} are covered"
    if wrong:
        said += f", {wrong:,} {'is' if wrong == 1 else 'are'} registered at another address than declared"
    critical = sum(each.severity is Severity.CRITICAL for each in report.findings)
    found = f"{counted(critical, 'critical finding') if critical else 'No critical finding'}."
    return escape(" ".join(filter(None, (f"{said}.", report.unread(), found))))


def _picture(report: Report) -> str:
    everything = Counter(row.coverage for row in report.rows)
    countries, sites = defaultdict[str, Counts](Counter), defaultdict[str, Counts](Counter)
    for row in report.rows:
        countries[row.country or "No country"][row.coverage] += 1
        if row.site:
            sites[row.site][row.coverage] += 1
    parts = [_legend(everything), _bar("All numbers", everything, "total")]
    if len(report.accounts) > 1:
        accounts = {sid: Counter(counts) for sid, counts in report.coverage_by_account().items()}
        parts += _group("account", accounts)
    if len(countries) > 1:
        parts += _group("country", countries)
    # A stack has a resource for each number: bars of one number each would say nothing.
    if sites and report.noun == "site":
        parts += _group("site", sites)
    return "\n".join(parts)


def _group(noun: str, groups: dict[str, Counts]) -> Iterator[str]:
    by_risk = sorted(groups.items(), key=lambda each: (-_at_risk(each[1]), each[0]))
    yield f"<h3 class={noun}>By {noun}</h3>"
    for name, counts in by_risk[:MOST_BARS]:
        yield _bar(name, counts, noun)
    hidden = len(groups) - MOST_BARS
    if hidden > 0:
        nouns = {"account": "accounts", "country": "countries", "site": "sites"}[noun]
        yield f"<p class=quiet>and {hidden:,} more {nouns}; the table has all of them.</p>"


def _at_risk(counts: Counts) -> int:
    return sum(counts[each] for each in _AT_RISK)


def _legend(counts: Counts) -> str:
    entries = "".join(
        f"<li><i class={coverage.value}></i><b>{counts[coverage]:,}</b> {name}</li>"
        for coverage, name in _NAMES.items()
        # Where nothing is declared, nothing can be elsewhere.
        if counts[coverage] or coverage is not Coverage.WRONG_ADDRESS
    )
    return f"<ul class=legend>{entries}</ul>"


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
