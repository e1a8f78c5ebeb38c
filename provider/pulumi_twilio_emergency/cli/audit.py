"""`twilio-emergency audit`: who of an account is covered, who is not, and what is not as declared."""

from __future__ import annotations

import functools
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from pulumi_twilio_emergency.audit import exports, html_report
from pulumi_twilio_emergency.audit.report import AccountNotReadableError, audit
from pulumi_twilio_emergency.cli import audit_table
from pulumi_twilio_emergency.cli.accounts import Accounts, account_problem, list_accounts
from pulumi_twilio_emergency.cli.command_line import Command
from pulumi_twilio_emergency.cli.connection import CREDENTIALS_HELP, account_sid, open_session
from pulumi_twilio_emergency.cli.declared import declaration_options, read_declaration
from pulumi_twilio_emergency.cli.files import write_files
from pulumi_twilio_emergency.cli.progress import counting
from pulumi_twilio_emergency.cli.running import CannotRun, Exit
from pulumi_twilio_emergency.core.model.finding import Severity

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
  twilio-emergency audit --all-subaccounts --format json

{CREDENTIALS_HELP}
After `pulumi refresh`, state no longer has all that was declared: audit before you refresh, or with --sites.

Exit codes: 0 nothing as bad as --fail-on, 1 findings as bad as that, 2 wrong usage, 3 an account or a file
could not be read or the sites file has problems, 130 interrupted. Nothing is ever written to Twilio.
"""


@click.command(cls=Command, epilog=_EPILOG)
@declaration_options
@click.option(
    "--account-sid",
    "account_sids",
    multiple=True,
    callback=account_sid,
    metavar="AC...",
    help="Read this account instead of the credentials' own; may be repeated.",
)
@click.option(
    "--all-subaccounts", is_flag=True, help="Read the credentials' account and all its active subaccounts."
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
    "--output", "-o", type=click.Path(dir_okay=False, readable=False, allow_dash=True),
    help="Write to a file instead of the screen (-).",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice([*(each.value for each in Severity), _NEVER]), default="critical",
    show_default=True, help="Exit with 1 on findings as bad as this.",
)  # fmt: skip
def command(
    *,
    sites: tuple[str, ...],
    state: Path | None,
    stack: str | None,
    account_sids: tuple[str, ...],
    all_subaccounts: bool,
    form: str,
    output: str | None,
    fail_on: str,
) -> int:
    """
    Report who of an account is covered, who is not, and what is not as declared.

    Lists the numbers, addresses and SIP domains of each account, up to 1,000 per request. With --sites,
    --state or --stack, it is compared with what is declared there; subaccounts that are named there are read
    as well. With --all-subaccounts, those that are suspended or closed are named, and not read.
    """
    if account_sids and all_subaccounts:
        raise click.UsageError("Give one of --account-sid and --all-subaccounts.")
    declared, name = read_declaration(sites, state, stack)
    report = _read(declared, name, account_sids, all_subaccounts=all_subaccounts)
    _write(report, form, output)
    if fail_on == _NEVER:
        return Exit.OK
    worst = min((each.severity.rank for each in report.findings), default=len(Severity))
    return Exit.FOUND if worst <= Severity(fail_on).rank else Exit.OK


def _read(
    declared: Declared | None, compared_with: str, account_sids: tuple[str, ...], *, all_subaccounts: bool
) -> Report:
    session = open_session()
    own = session.settings.account_sid or ""
    accounts = (
        list_accounts(session) if all_subaccounts else Accounts(list(dict.fromkeys(account_sids)) or [own])
    )
    if declared and not account_sids:
        accounts.add(sorted(declared.account_sids))
    try:
        with counting("numbers read") as progress:
            return audit(
                (session.account(sid).gateway for sid in accounts.read),
                own_account_sid=own,
                now=time.time(),
                declared=declared,
                compared_with=compared_with,
                not_read=accounts.not_read,
                progress=progress,
            )
    except AccountNotReadableError as failure:
        raise CannotRun(
            f"{account_problem(session.settings, failure)}\n"
            "Nothing is reported, since a part would look like all."
        ) from None


def _write(report: Report, form: str, output: str | None) -> None:
    if output is None or output == "-":
        _WRITERS[form](report, sys.stdout)
        return
    write_files({Path(output): functools.partial(_WRITERS[form], report)})
    click.echo(f"Wrote {output}.", err=True)
