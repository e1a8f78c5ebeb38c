"""`twilio-emergency audit`: who of an account is covered, who is not, and what is not as declared."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from pulumi_twilio_emergency.audit import desired, exports, html_report
from pulumi_twilio_emergency.audit.report import audit
from pulumi_twilio_emergency.cli import audit_table
from pulumi_twilio_emergency.cli.connection import CREDENTIALS_HELP, account_sid, open_session
from pulumi_twilio_emergency.cli.progress import counting
from pulumi_twilio_emergency.cli.running import CannotRun, Exit
from pulumi_twilio_emergency.core.model.finding import Severity
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.session.error_messages import problem_of
from pulumi_twilio_emergency.sites import file

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.audit.desired import Declared
    from pulumi_twilio_emergency.audit.report import Report

_WRITERS: dict[str, Callable[[Report, TextIO], None]] = {
    "table": audit_table.write_table,
    "json": exports.write_json,
    "csv": exports.write_csv,
    "html": html_report.write_html,
}
_NEVER = "never"

_EPILOG = f"""\b
Examples:
  twilio-emergency audit
  twilio-emergency audit --sites sites.yaml --format html -o audit.html
  twilio-emergency audit --stack prod --fail-on warning

{CREDENTIALS_HELP}
Exit codes: 0 nothing as bad as --fail-on, 1 findings as bad as that, 2 wrong usage, 3 an account could not
be read, 130 interrupted. Nothing is ever written to Twilio.
"""


@click.command(epilog=_EPILOG)
@click.option("--sites", type=click.Path(), help="Compare with a sites file.")
@click.option("--state", type=click.Path(path_type=Path), help="Compare with a `pulumi stack export`.")
@click.option("--stack", help="Compare with a stack, by running `pulumi stack export` here.")
@click.option(
    "--account-sid",
    "account_sids",
    multiple=True,
    callback=account_sid,
    metavar="AC...",
    help="Read this account instead of the credentials' own; may be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_WRITERS)),
    default="table",
    show_default=True,
    help="A table for people, JSON or CSV for programs, or a page that opens offline.",
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Write to a file instead of the screen."
)
@click.option(
    "--fail-on", type=click.Choice([*(each.value for each in Severity), _NEVER]), default="critical",
    show_default=True, help="Exit with 1 on findings as bad as this.",
)  # fmt: skip
def command(
    *,
    sites: str | None,
    state: Path | None,
    stack: str | None,
    account_sids: tuple[str, ...],
    form: str,
    output: Path | None,
    fail_on: str,
) -> int:
    """
    Report who of an account is covered, who is not, and what is not as declared.

    Reads one list of numbers, addresses and SIP domains from each account, up to 1,000 a request. The file or
    stack that it is compared with may name subaccounts; they are read as well.
    """
    if sum(each is not None for each in (sites, state, stack)) > 1:
        raise click.UsageError("Compare with one of --sites, --state and --stack.")
    declared = _declared(sites, state, stack)
    report = _read(declared, str(sites or state or (f"stack {stack}" if stack else "")), account_sids)
    _write(report, form, output)
    if fail_on == _NEVER:
        return Exit.OK
    worst = min((each.severity.rank for each in report.findings), default=len(Severity))
    return Exit.FOUND if worst <= Severity(fail_on).rank else Exit.OK


def _declared(sites: str | None, state: Path | None, stack: str | None) -> Declared | None:
    if sites is not None:
        return desired.of_sites(file.load(sites))
    if state is not None:
        return desired.of_state_file(state)
    return None if stack is None else desired.of_state(_exported(stack))


def _exported(stack: str) -> dict[str, object]:
    """Return the state of a stack. Secrets in it stay encrypted."""
    words = ["pulumi", "stack", "export", "--stack", stack]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError:
        raise CannotRun("The Pulumi CLI is not on PATH.\nInstall it, or give --state a file.") from None
    if done.returncode != 0:
        raise CannotRun(f"`pulumi stack export` failed, so nothing was compared:\n{done.stderr.strip()}")
    exported: dict[str, object] = json.loads(done.stdout)
    return exported


def _read(declared: Declared | None, compared_with: str, account_sids: tuple[str, ...]) -> Report:
    session = open_session()
    own = session.settings.account_sid or ""
    named = sorted(declared.account_sids) if declared else []
    sids = dict.fromkeys(account_sids or (own, *named))
    try:
        with counting("numbers read") as progress:
            return audit(
                (session.account(sid).gateway for sid in sids),
                own_account_sid=own,
                now=time.time(),
                declared=declared,
                compared_with=compared_with,
                progress=progress,
            )
    except GatewayError as error:
        raise CannotRun(
            f"{problem_of(error)}\nNothing is reported, since a part would look like all."
        ) from None


def _write(report: Report, form: str, output: Path | None) -> None:
    if output is None:
        _WRITERS[form](report, sys.stdout)
        return
    # Beside the file and then in its place, so that a report is never half written.
    aside = output.with_name(f".{output.name}.new")
    try:
        with aside.open("w", encoding="utf-8", newline="") as out:
            _WRITERS[form](report, out)
        aside.replace(output)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    click.echo(f"Wrote {output}.", err=True)
