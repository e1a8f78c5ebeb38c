"""`twilio-emergency watch`: wait until numbers are registered, for pipelines that did not wait in `up`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from pulumi_twilio_emergency.audit.watch import NOT_OWNED, Watched, watch
from pulumi_twilio_emergency.cli.command_line import Command
from pulumi_twilio_emergency.cli.connection import CREDENTIALS_HELP, open_session
from pulumi_twilio_emergency.cli.declared import declaration_options, read_declaration
from pulumi_twilio_emergency.cli.progress import watching
from pulumi_twilio_emergency.cli.running import CannotRun, Exit
from pulumi_twilio_emergency.core.model.formatting import counted, duration
from pulumi_twilio_emergency.core.model.status import STATUSES, Phase
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.rules.findings import BIND_DECLARED
from pulumi_twilio_emergency.core.rules.site_inputs import phone_number_problem
from pulumi_twilio_emergency.session.error_messages import problem_of
from pulumi_twilio_emergency.session.interruption import Interruption, SystemClock

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pulumi_twilio_emergency.core.ports import Gateway

_UNITS = {"s": 1, "m": 60, "h": 3600}
_LOOK = ("Nothing waits for it: see `twilio-emergency audit`.",)
_CHECK = (
    "Check the number and TWILIO_ACCOUNT_SID. For a number of a subaccount, use the subaccount's credentials "
    "or --sites or --stack with its account_sid."
)
_NOT_OWNED = ("Nothing can be registered for it here.", _CHECK)

_EPILOG = f"""\b
Examples:
  twilio-emergency watch +14155550100
  twilio-emergency watch --sites sites.yaml --timeout 2h
  twilio-emergency watch --stack prod --format json

{CREDENTIALS_HELP}
Exit codes: 0 all are registered, 1 some are not (each is named), 2 wrong usage, 3 an account or a file could
not be read or the sites file has problems, 130 interrupted. Nothing is ever written to Twilio.
"""


def _seconds(_ctx: click.Context, _param: click.Parameter, value: str) -> float:
    found = re.fullmatch(r"([0-9]{1,6})([smh])", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a time like 90s, 30m or 72h.")
    return int(found.group(1)) * _UNITS[found.group(2)]


def _numbers(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        problem = phone_number_problem(value, "")
        if problem is not None:
            raise click.BadParameter(f"{problem.what} {problem.remedy}")
    return values


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("numbers", nargs=-1, callback=_numbers, metavar="[NUMBER]...")
@declaration_options
@click.option(
    "--timeout",
    default="30m",
    show_default=True,
    callback=_seconds,
    metavar="TIME",
    help="How long to wait: 90s, 30m, 72h. Registration takes up to 30 minutes, in the UK up to 72 hours.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    *,
    numbers: tuple[str, ...],
    sites: tuple[str, ...],
    state: Path | None,
    stack: str | None,
    timeout: float,
    form: str,
) -> int:
    """
    Wait until numbers are registered, and say which are not.

    Give numbers in E.164, or sites files or a stack for all that they declare. What cannot become registered
    by waiting, because it failed or is not bound, is not waited for.
    """
    declared, _ = read_declaration(sites, state, stack)
    session = open_session()
    own = session.settings.account_sid or ""
    wanted: dict[str, Gateway] = {each: session.account(own).gateway for each in numbers}
    by_account = declared.numbers if declared else {}
    for sid, names in by_account.items():
        wanted.update(dict.fromkeys(names, session.account(sid or own).gateway))
    if not wanted:
        raise click.UsageError("Name numbers, or give --sites, --state or --stack with at least one.")
    try:
        with watching() as show:
            watched = watch(wanted, SystemClock(Interruption()), timeout, show)
    except GatewayError as error:
        raise CannotRun(str(problem_of(error))) from None
    of_program = {name for names in by_account.values() for name in names}
    answer = (
        as_text(watched, timeout, of_program) if form == "text" else json.dumps(as_json(watched), indent=2)
    )
    click.echo(answer)
    return Exit.OK if watched.all_registered else Exit.FOUND


def as_json(watched: Watched) -> dict[str, Any]:
    """Return the answer for programs; its shape is version 1."""
    return {
        "schema_version": 1,
        "all_registered": watched.all_registered,
        "numbers": [
            {"phone_number": name, "registered": name in watched.registered, "status": status}
            for name, status in watched.status.items()
        ],
    }


def as_text(watched: Watched, timeout: float, declared: Collection[str] = ()) -> str:
    """
    Return who is not registered, with what it means and what to do, and the count.

    Args:
        watched: Where the numbers stand.
        timeout: Seconds that were waited at most.
        declared: The numbers that a sites file or a stack declares.

    """
    lines = []
    for name in watched.status:
        if name in watched.registered:
            continue
        status = watched.status[name]
        after = "" if name in watched.given_up else f" after {duration(timeout)}"
        lines.append(f"{name} is {status}{after}.")
        lines += [f"  {beat}" for beat in _beats(status, is_declared=name in declared)]
    lines.append(_count(len(watched.registered), len(watched.status)))
    return "\n".join(lines)


def _beats(status: str, *, is_declared: bool) -> tuple[str, ...]:
    """Return what a status means, and what to do."""
    row = STATUSES.get(status)
    if row is None:
        return _NOT_OWNED if status == NOT_OWNED else _LOOK
    remedy = BIND_DECLARED if is_declared and row.phase is Phase.UNCOVERED else row.remedy
    return row.meaning, remedy


def _count(registered: int, total: int) -> str:
    verb = "is" if 1 in {registered, total} else "are"
    return f"{registered:,} of {counted(total, 'number')} {verb} registered."
