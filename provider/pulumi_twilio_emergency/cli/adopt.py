"""`twilio-emergency adopt`: files that bring an account under management without touching it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_twilio_emergency.adopt import files
from pulumi_twilio_emergency.adopt.plan import plan
from pulumi_twilio_emergency.audit import desired
from pulumi_twilio_emergency.cli.connection import CREDENTIALS_HELP, account_sid, open_session
from pulumi_twilio_emergency.cli.progress import counting
from pulumi_twilio_emergency.cli.running import CannotRun, Exit
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.session.error_messages import problem_of
from pulumi_twilio_emergency.sites import schema

if TYPE_CHECKING:
    from pulumi_twilio_emergency.adopt.plan import Plan

_SITES, _IMPORT, _SCHEMA = "sites.yaml", "import.json", "sites.schema.json"

_EPILOG = f"""\b
Examples:
  twilio-emergency adopt
  pulumi import --file import.json --generate-code=false --protect=false
  pulumi preview

\b
with, in the program of that folder:
  EmergencySites("voice", file="sites.yaml")

{CREDENTIALS_HELP}
Exit codes: 0 everything that is bound was adopted, 1 something was not (each is named), 2 wrong usage, 3 the
account could not be read or the files not written, 130 interrupted. Nothing is ever written to Twilio.
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--directory",
    "-d",
    type=click.Path(path_type=Path),
    default=Path(),
    show_default="this folder",
    help=f"Where {_SITES}, {_IMPORT} and {_SCHEMA} are written.",
)
@click.option("--name", default="voice", show_default=True, help="Name of EmergencySites in the program.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="What `pulumi stack export` wrote: what that stack manages already is left alone.",
)
@click.option(
    "--account-sid",
    "account_sids",
    multiple=True,
    callback=account_sid,
    metavar="AC...",
    help="Read this subaccount instead of the credentials' own account.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")  # fmt: skip
def command(
    *, directory: Path, name: str, state: Path | None, account_sids: tuple[str, ...], force: bool
) -> int:
    """
    Write files that bring an account under management as it is.

    Registered numbers with their addresses and SIP domains become a sites file, and a file for `pulumi
    import`, so that the first `pulumi up` changes nothing at Twilio. What cannot be adopted cleanly is named,
    with what to do about it.
    """
    if len(account_sids) > 1:
        raise click.UsageError("Adopt one account at a time.")
    paths = [directory / each for each in (_SITES, _IMPORT, _SCHEMA)]
    existing = [str(path) for path in paths[:2] if path.exists()]
    if existing and not force:
        raise CannotRun(f"There already: {' and '.join(existing)}.\nMove that, or pass --force.")
    managed = desired.sids_in_state(state) if state else frozenset()
    subaccount = next(iter(account_sids), None)
    adopted = _read(subaccount, managed)
    if adopted.sites:
        resources = files.import_file(adopted.sites, name, _SITES, subaccount)
        paths[0].write_text(files.sites_yaml(adopted.sites, subaccount), encoding="utf-8")
        paths[1].write_text(json.dumps(resources, indent=1) + "\n", encoding="utf-8")
        paths[2].write_text(json.dumps(schema.schema(), indent=1) + "\n", encoding="utf-8")
    _say(adopted, paths, name)
    return Exit.FOUND if adopted.left else Exit.OK


def _read(subaccount: str | None, managed: frozenset[str]) -> Plan:
    gateway = open_session().account(subaccount).gateway
    try:
        with counting("numbers read") as progress:
            addresses = {record.sid: record for record in gateway.addresses()}
            domains = gateway.domains()
            numbers = gateway.numbers()
            progress(len(numbers))
            return plan(numbers, addresses, domains, managed)
    except GatewayError as error:
        raise CannotRun(str(problem_of(error))) from None


def _say(adopted: Plan, paths: list[Path], name: str) -> None:
    for problem in adopted.left:
        click.echo(f"Not adopted: {problem}\n")
    numbers = sum(len(site.numbers) for site in adopted.sites)
    domains = sum(len(site.domains) for site in adopted.sites)
    if adopted.managed:
        click.echo(f"{adopted.managed} numbers are managed by the stack already.")
    if not adopted.sites:
        click.echo("There is nothing to adopt; no file was written.")
        return
    click.echo(f"Adopted: {len(adopted.sites)} sites, {numbers} numbers, {domains} SIP domains.")
    click.echo(f"Wrote {', '.join(map(str, paths))}.")
    click.echo(
        "Next:\n"
        f'  1. In the program: EmergencySites("{name}", file="{_SITES}")\n'
        f"  2. pulumi import --file {paths[1]} --generate-code=false --protect=false\n"
        "  3. pulumi preview, which has nothing to do"
    )
