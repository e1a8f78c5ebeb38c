"""
CSV as text with positions: one row a number, the site's address repeated or left empty after its first row.

The standard library's reader knows no columns, and drops what a careless quote swallows; this one says both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.sites.keys import ADDRESS_KEYS, CSV_COLUMNS
from pulumi_twilio_emergency.sites.nodes import START, FileProblem, Mapping, Node, Position, Scalar, Sequence
from pulumi_twilio_emergency.sites.unknown_keys import unknown_key

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Scalar]

_COLUMNS = tuple(key.name for key in CSV_COLUMNS)
_REQUIRED = ("site", *(key.name for key in ADDRESS_KEYS if key.required))
_OF_ADDRESS = tuple(key.name for key in ADDRESS_KEYS)
_OF_SITE = (*_OF_ADDRESS, "account_sid")
# Spreadsheets write semicolons where the comma is the decimal point.
_DELIMITERS = ",;\t"


def read_csv(text: str, problems: list[FileProblem]) -> Node | None:
    """
    Return the same tree as the YAML form of these sites, or None where the table cannot be read.

    Args:
        text: The file.
        problems: Where everything that is wrong is added.

    """
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    try:
        rows = [row for row in _rows(text, delimiter) if any(cell.text.strip() for cell in row)]
    except _BrokenQuote as error:
        problems.append(error.problem)
        return None
    if not rows:
        return Scalar("", START)
    columns = _columns(rows[0], problems)
    if columns is None:
        return None
    return _tree([_row(columns, cells, problems) for cells in rows[1:]], problems)


class _BrokenQuote(Exception):
    def __init__(self, at: Position) -> None:
        super().__init__()
        what = "a quote opens or closes in the middle of a field."
        remedy = 'Put the entire field in quotes, and write "" for a quote in it. Nothing after it was read.'
        self.problem = FileProblem(at, "", Problem(what, remedy=remedy))


def _rows(text: str, delimiter: str) -> Iterator[list[Scalar]]:
    """Cut a text into cells (RFC 4180, read 2026-11)."""
    cell = re.compile(
        rf'(?:"((?:[^"]|"")*)"|([^"{delimiter}\r\n][^{delimiter}\r\n]*)?)({delimiter}|\r\n|\r|\n|\Z)'
    )
    line, begin, place = 1, 0, 0
    row: list[Scalar] = []
    while place < len(text):
        at = Position(line, place - begin + 1)
        found = cell.match(text, place)
        if found is None:
            raise _BrokenQuote(at)
        inside, bare, end = found.groups()
        row.append(
            Scalar(bare or "" if inside is None else inside.replace('""', '"'), at, inside is not None)
        )
        if inside and "\n" in inside:
            line += inside.count("\n")
            begin = text.rindex("\n", place, found.end(1)) + 1
        place = found.end()
        if end != delimiter:
            yield row
            row, line, begin = [], line + 1, place
    if row:
        yield [*row, Scalar("", Position(line, place - begin + 1))]


def _columns(header: list[Scalar], problems: list[FileProblem]) -> list[str] | None:
    before = len(problems)
    names = [cell.text.strip() for cell in header]
    for index, (name, cell) in enumerate(zip(names, header, strict=True)):
        if name not in _COLUMNS:
            problems.append(unknown_key(cell, name, _COLUMNS, "column"))
        elif name in names[:index]:
            problems.append(
                FileProblem(cell.at, name, Problem(f"the column {name} is there twice.", remedy="Keep one."))
            )
    suggested = {problem.path for problem in problems[before:]}
    missing = [name for name in _REQUIRED if name not in names]
    if missing and not suggested:
        what = f"the first row lacks the columns {', '.join(missing)}."
        remedy = f"Name the columns in the first row: {', '.join(_COLUMNS)}."
        problems.append(FileProblem(header[0].at, "", Problem(what, remedy=remedy)))
    return names if len(problems) == before else None


def _row(columns: list[str], cells: list[Scalar], problems: list[FileProblem]) -> Row:
    if len(cells) != len(columns):
        what = f"the row has {len(cells)} fields, and the first row names {len(columns)} columns."
        problems.append(FileProblem(cells[0].at, "", Problem(what, remedy="Add or remove fields.")))
    row = dict(zip(columns, cells, strict=False))
    if not row["site"].text:
        what = "the row says no site."
        problems.append(
            FileProblem(row["site"].at, "site", Problem(what, remedy="Repeat the key of the site."))
        )
    return row


def _tree(rows: list[Row], problems: list[FileProblem]) -> Mapping:
    by_site: dict[str, list[Row]] = {}
    for row in rows:
        if row["site"].text:
            by_site.setdefault(row["site"].text, []).append(row)
    sites = tuple((group[0]["site"], _site(group, problems)) for group in by_site.values())
    return Mapping(((Scalar("sites", START), Mapping(sites, START)),), START)


def _site(rows: list[Row], problems: list[FileProblem]) -> Mapping:
    at = rows[0]["site"].at
    shared = _shared(rows, problems)
    entries: list[tuple[Scalar, Node]] = [(Scalar("address", at), Mapping(_named(shared, _OF_ADDRESS), at))]
    numbers = [row["phone_number"] for row in rows if _filled(row, "phone_number")]
    domains = [_domain(row) for row in rows if _filled(row, "domain_name")]
    for name, found in (("numbers", numbers), ("domains", domains)):
        if found:
            entries.append((Scalar(name, found[0].at), Sequence(tuple(found), found[0].at)))
    return Mapping((*entries, *_named(shared, ("account_sid",))), at)


def _shared(rows: list[Row], problems: list[FileProblem]) -> Row:
    """Return what is said once of a site, and note where a later row says otherwise."""
    shared: Row = {}
    for row in rows:
        for name in _OF_SITE:
            if not _filled(row, name):
                continue
            first = shared.setdefault(name, row[name])
            if first.text != row[name].text:
                what = f"{quoted(row[name].text)} here, and {quoted(first.text)} in line {first.at.line}."
                remedy = "A site has one address: make them the same, or give this row another site."
                path = f"sites.{row['site'].text}.{'' if name == 'account_sid' else 'address.'}{name}"
                problems.append(FileProblem(row[name].at, path, Problem(what, remedy=remedy)))
    return shared


def _named(row: Row, names: tuple[str, ...]) -> tuple[tuple[Scalar, Node], ...]:
    return tuple((Scalar(name, row[name].at), row[name]) for name in names if name in row)


def _domain(row: Row) -> Mapping:
    entries: list[tuple[Scalar, Node]] = [(Scalar("domain_name", row["domain_name"].at), row["domain_name"])]
    if _filled(row, "phone_number"):
        entries.append((Scalar("emergency_caller", row["phone_number"].at), row["phone_number"]))
    return Mapping(tuple(entries), row["domain_name"].at)


def _filled(row: Row, name: str) -> bool:
    return name in row and row[name].text != ""
