"""`twilio-emergency doctor`: what is in the way of a first `pulumi up`, in a line each."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from pulumi_twilio_emergency.cli.command_line import Command
from pulumi_twilio_emergency.cli.connection import CREDENTIALS_HELP, open_session
from pulumi_twilio_emergency.cli.running import Exit
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.rules.guards import OVERRIDE
from pulumi_twilio_emergency.session.error_messages import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_twilio_emergency.core.ports import Gateway
    from pulumi_twilio_emergency.twilio_gateway.settings import Settings

OLDEST_PYTHON = (3, 10)
_UNKNOWN_CREDENTIALS = 20003
_PULUMI_PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-resource-pulumi-python")

_EPILOG = f"""\b
Examples:
  twilio-emergency doctor

{CREDENTIALS_HELP}
Exit codes: 0 nothing is wrong, 1 something is (each is named), 2 wrong usage, 3 it could not be finished, 130
interrupted. Nothing is ever written to Twilio, so whether the credentials may write is not tried.
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """
    One thing that was checked, and the problem with it if there is one.

    Attributes:
        subject: What it is.
        said: What is known of it.
        problem: What is wrong with it.
        is_verified: It was found to be right. False for what was only read, so that nothing is promised.

    """

    subject: str
    said: str
    problem: Problem | None = None
    is_verified: bool = True

    @property
    def mark(self) -> Text:
        """How its line begins."""
        if self.problem is not None:
            return Text("wrong ", "bold red")
        return Text("ok    ", "green") if self.is_verified else Text("      ")


@click.command(cls=Command, epilog=_EPILOG)
def command() -> int:
    """
    Check credentials, account, permissions, Pulumi and Python, and say what is wrong.

    Reads the account's numbers, addresses and SIP domains, and writes nothing.
    """
    console = Console(highlight=False)
    wrong = 0
    for checked in (_python(), *_pulumi(), *_twilio()):
        wrong += checked.problem is not None
        console.print(Text.assemble(checked.mark, f"{checked.subject}: {_sentence(checked)}"), soft_wrap=True)
    return Exit.FOUND if wrong else Exit.OK


def _sentence(checked: Checked) -> str:
    if checked.problem is None:
        return checked.said
    return " ".join(part for part in (checked.problem.what, checked.problem.remedy) if part)


def _python() -> Checked:
    version = platform.python_version()
    if sys.version_info >= OLDEST_PYTHON:
        return Checked("Python", version)
    needed = ".".join(map(str, OLDEST_PYTHON))
    return Checked("Python", version, Problem(f"{version} is too old.", "", f"Use Python {needed} or later."))


def _pulumi() -> Iterator[Checked]:
    missing = [name for name in _PULUMI_PROGRAMS if shutil.which(name) is None]
    if missing:
        what = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not on PATH."
        yield Checked("Pulumi CLI", "", Problem(what, "", "Install it: https://www.pulumi.com/docs/install/"))
        return
    done = subprocess.run(["pulumi", "version"], capture_output=True, text=True, check=False)  # noqa: S607 - the one on PATH is what the operator runs
    if done.returncode == 0:
        yield Checked("Pulumi CLI", done.stdout.strip())
    else:
        remedy = "Install it anew: https://www.pulumi.com/docs/install/"
        yield Checked("Pulumi CLI", "", Problem("`pulumi version` fails.", "", remedy))


def _twilio() -> Iterator[Checked]:
    try:
        session = open_session()
    except Refused as refused:
        yield Checked("Credentials", "", refused.problem)
        return
    settings = session.settings
    kind = "an API key" if settings.api_key else "an auth token"
    said = f"account {settings.account_sid} with {kind} (not yet checked)"
    yield Checked("Credentials", said, is_verified=False)
    yield Checked("Region", _place(settings))
    yield from _answers(session.account().gateway, settings)


def _answers(gateway: Gateway, settings: Settings) -> Iterator[Checked]:
    """Read what the provider reads. The credentials are right once Twilio has answered."""
    accepted = False
    for subject, read in _reads(gateway):
        try:
            checked = Checked(subject, f"{read():,} can be read")
        except GatewayError as error:
            checked = Checked(subject if accepted else "Account", "", problem_of(error))
            if not _lacks_permission(error):
                yield checked
                return
            checked = replace(checked, subject=subject)
        if not accepted:
            accepted = True
            yield Checked("Account", f"Twilio accepts the credentials for {settings.account_sid}")
        yield checked


def _lacks_permission(error: GatewayError) -> bool:
    """Whether Twilio knows the credentials, and does not let them do this one thing: a restricted key."""
    return error.status == HTTPStatus.FORBIDDEN and error.code != _UNKNOWN_CREDENTIALS


def _reads(gateway: Gateway) -> Iterator[tuple[str, Callable[[], int]]]:
    yield "Numbers", lambda: len(gateway.numbers())
    yield "Addresses", lambda: len(gateway.addresses())
    yield "SIP domains", lambda: len(gateway.domains())


def _place(settings: Settings) -> str:
    place = f"us1 at {settings.api_url}" if settings.api_url else "us1"
    unsafe = f"; guards are off ({OVERRIDE}=1)"
    return place + (unsafe if settings.unsafe or os.environ.get(OVERRIDE) else "")
