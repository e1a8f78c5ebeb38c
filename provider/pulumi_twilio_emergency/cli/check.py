"""`twilio-emergency check`: the problems of sites files, without Pulumi, network or credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pulumi_twilio_emergency.cli.command_line import Command
from pulumi_twilio_emergency.cli.running import Exit
from pulumi_twilio_emergency.core.model.formatting import counted
from pulumi_twilio_emergency.sites import file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_twilio_emergency.sites.nodes import FileProblem

_EPILOG = """\b
A file:
  sites:
    boston:
      address:
        customer_name: Acme
        street: 1 Main St
        city: Boston
        region: MA
        postal_code: 02134
        iso_country: US
      numbers:
        - +16175550100
      domains:
        - domain_name: acme.sip.twilio.com
          emergency_caller: +16175550100

\b
Examples:
  twilio-emergency check sites.yaml
  twilio-emergency check --format github sites/*.csv

Exit codes: 0 no problem, 1 problems, among them a file that cannot be read, 2 wrong usage, 3 the output could
not be written, 130 interrupted.
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Lines as compilers write them, JSON, or annotations of a pull request on GitHub.",
)
@click.option("--strict", is_flag=True, help="Fail on warnings, too: what Twilio advises against.")
def command(files: tuple[str, ...], form: str, *, strict: bool) -> int:
    """
    Check sites files (YAML or CSV) and list every problem in them, in file order.

    Needs no network and no credentials. Whether an address can be registered is for Twilio to say.
    """
    checked = [file.check(name) for name in files]
    if form == "json":
        click.echo(json.dumps(as_json(checked), indent=2, ensure_ascii=False))
    else:
        for each in checked:
            github = (annotation(each.name, found) for found in each.found)
            for line in github if form == "github" else each.lines:
                click.echo(line)
            click.echo(_summary(each), err=True)
    failing = any(each.problems or (strict and each.advice) for each in checked)
    return Exit.FOUND if failing else Exit.OK


def _summary(checked: file.Checked) -> str:
    warnings = f", {counted(len(checked.advice), 'warning')}" if checked.advice else ""
    if checked.sites is None:
        return f"{checked.name}: {counted(len(checked.problems), 'problem')}{warnings}."
    sites = checked.sites.sites
    domains = sum(len(site.domains) for site in sites)
    counts = (
        counted(len(sites), "site"),
        counted(len(checked.sites.phone_numbers), "number"),
        counted(domains, "SIP domain"),
    )
    return f"{checked.name}: {', '.join(counts)}; no problems{warnings}."


def as_json(checked: Sequence[file.Checked]) -> dict[str, Any]:
    """Return the answer for programs; its shape is version 1."""
    return {
        "schema_version": 1,
        "files": [
            {
                "file": each.name,
                "problems": [
                    {
                        "severity": "warning" if found.is_advice else "error",
                        "line": found.at.line,
                        "column": found.at.column,
                        "path": found.path,
                        "what": found.problem.what,
                        "meaning": found.problem.meaning,
                        "remedy": found.problem.remedy,
                    }
                    for found in each.found
                ],
            }
            for each in checked
        ],
    }


def annotation(name: str, found: FileProblem) -> str:
    """Return a workflow command that GitHub shows beside the line (GitHub docs, read 2026-11)."""
    message = ": ".join(part for part in (found.path, found.sentence) if part)
    place = f"file={_property(name)},line={found.at.line},col={found.at.column}"
    return f"::{'warning' if found.is_advice else 'error'} {place},title=Emergency sites::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
