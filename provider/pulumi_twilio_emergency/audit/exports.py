"""A report for programs: JSON and CSV, both with a version, and the JSON Schema of the former."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.model.finding import Coverage, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from pulumi_twilio_emergency.audit.report import Report, Row
    from pulumi_twilio_emergency.core.model.finding import Finding

VERSION = 1
"""Of JSON and CSV. Fields may be added to a version; none is removed or changes its meaning."""

NUMBER_FIELDS = ("phone_number", "sid", "account_sid", "country", "site", "coverage", "status", "address_sid")
FINDING_FIELDS = (
    "severity", "code", "subject", "sid", "account_sid", "site", "what", "meaning", "remedy"
)  # fmt: skip
CSV_COLUMNS = ("schema_version", *FINDING_FIELDS)

# A cell that begins so is a formula to spreadsheets (OWASP, CSV injection, read 2026-11).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# A phone number is no formula, and a join has to find it. Spreadsheets may show it without its plus.
_NUMBER = re.compile(r"\+[0-9]{1,15}")


def write_json(report: Report, out: TextIO) -> None:
    """Write a report as JSON, a line for each number and finding, so that size does not matter."""
    head = {
        "schema_version": VERSION,
        "generated_at": dt.datetime.fromtimestamp(report.at, dt.timezone.utc).isoformat(timespec="seconds"),
        "compared_with": report.compared_with,
        "accounts": report.accounts,
        "accounts_not_read": [{"sid": each.sid, "status": each.status} for each in report.not_read],
        "coverage": _counts(report.coverage()),
        "coverage_by_account": {
            sid: _counts(counted) for sid, counted in report.coverage_by_account().items()
        },
    }
    out.write(json.dumps(head, indent=1)[:-2])
    _write_list(out, "findings", map(finding_record, report.findings))
    _write_list(out, "numbers", map(number_record, report.rows))
    out.write("\n}\n")


def _counts(counted: dict[Coverage, int]) -> dict[str, int]:
    return {coverage.value: count for coverage, count in counted.items()}


def _write_list(out: TextIO, name: str, records: Iterable[dict[str, str]]) -> None:
    out.write(f',\n "{name}": [')
    separator = "\n  "
    for record in records:
        out.write(separator + json.dumps(record, ensure_ascii=False))
        separator = ",\n  "
    out.write("\n ]")


def write_csv(report: Report, out: TextIO) -> None:
    """Write the findings as CSV for spreadsheets, a row each; nothing in it is taken for a formula."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for finding in report.findings:
        record = finding_record(finding)
        writer.writerow([str(VERSION), *(_cell(record[name]) for name in FINDING_FIELDS)])


def _cell(text: str) -> str:
    # The apostrophe is what spreadsheets themselves write before text.
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def finding_record(finding: Finding) -> dict[str, str]:
    """Return a finding under the names of the schema."""
    values = (
        finding.severity.value,
        finding.code,
        finding.subject,
        finding.sid,
        finding.account_sid,
        finding.site,
        finding.problem.what,
        finding.problem.meaning,
        finding.problem.remedy,
    )
    return dict(zip(FINDING_FIELDS, values, strict=True))


def number_record(row: Row) -> dict[str, str]:
    """Return a number under the names of the schema."""
    values = (
        row.phone_number,
        row.sid,
        row.account_sid,
        row.country,
        row.site,
        row.coverage.value,
        row.status,
        row.address_sid,
    )
    return dict(zip(NUMBER_FIELDS, values, strict=True))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the JSON form."""
    text = {"type": "string"}
    finding: dict[str, Any] = dict.fromkeys(FINDING_FIELDS, text)
    finding["severity"] = {"enum": [each.value for each in Severity]}
    number: dict[str, Any] = dict.fromkeys(NUMBER_FIELDS, text)
    number["coverage"] = {"enum": [each.value for each in Coverage]}
    counts = _record({each.value: {"type": "integer", "minimum": 0} for each in Coverage})
    top = {
        "schema_version": {"const": VERSION},
        "generated_at": {"type": "string", "format": "date-time"},
        "compared_with": {**text, "description": "Sites file or stack; empty for nothing."},
        "accounts": {"type": "array", "items": text},
        "accounts_not_read": {"type": "array", "items": _record({"sid": text, "status": text})},
        "coverage": counts,
        "coverage_by_account": {"type": "object", "additionalProperties": counts},
        "findings": {"type": "array", "items": _record(finding)},
        "numbers": {"type": "array", "items": _record(number)},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://schemas.invalid/pulumi-twilio-emergency/audit-{VERSION}.json",
        "title": "Audit of emergency addresses",
        **_record(top),
    }


def _record(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}
