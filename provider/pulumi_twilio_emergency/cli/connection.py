"""The way to Twilio of a command: credentials from the environment, an account for each SID."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pulumi_twilio_emergency.core.model.sids import is_sid
from pulumi_twilio_emergency.session.interruption import Interruption, SystemClock
from pulumi_twilio_emergency.session.session import TwilioSession
from pulumi_twilio_emergency.twilio_gateway import Limits
from pulumi_twilio_emergency.twilio_gateway.settings import CONFIG_OF, Settings, UnusableSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.core.model.problem import Problem
    from pulumi_twilio_emergency.session.reporter import Line

PATIENCE = 20.0
"""Seconds in which a request is sent again: somebody sits in front of it, and reading again costs nothing."""

_OTHERS = [
    f"{key} as {variable}"
    for name, (key, variable) in CONFIG_OF.items()
    if name not in {"account_sid", "auth_token"}
]
"""What stack config may have besides: without it, a request is not sent to where `pulumi up` sends it."""

CREDENTIALS_HELP = """\
\b
Credentials, from the environment:
  TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or TWILIO_API_KEY with TWILIO_API_SECRET
  TWILIO_API_URL, for an emulator or a gateway in place of https://api.twilio.com
Stack config is not read. To pass it, in the program's folder:
  export TWILIO_ACCOUNT_SID="$(pulumi config get twilio:accountSid)"
  export TWILIO_AUTH_TOKEN="$(pulumi config get twilio:authToken)"
and likewise whatever else `pulumi config` shows there:
""" + "".join(f"  {each}\n" for each in _OTHERS)

_FROM_CONFIG = f"""\
This command reads the environment alone, and not the stack config of `pulumi up`. To pass that: \
export TWILIO_ACCOUNT_SID="$(pulumi config get twilio:accountSid)" \
TWILIO_AUTH_TOKEN="$(pulumi config get twilio:authToken)"; and likewise whatever else `pulumi config` \
shows there: {", ".join(_OTHERS)}."""


def open_session() -> TwilioSession:
    """
    Return the way to Twilio. Nothing is sent yet.

    Raises:
        Refused: Credentials are missing or unusable.

    """
    settings = Settings.from_environment(os.environ)
    try:
        settings.require_valid()
    except UnusableSettings as refused:
        raise _refusal(settings, refused.problem) from None
    limits = Limits(in_flight=settings.in_flight, patience=PATIENCE)
    return TwilioSession(settings, SystemClock(Interruption()), Screen(), limits=limits)


def _refusal(settings: Settings, problem: Problem) -> UnusableSettings:
    """Return the refusal; where something is missing, with the way from stack config, where it may be."""
    complete = settings.account_sid and (settings.api_secret if settings.api_key else settings.auth_token)
    remedy = problem.remedy if complete else f"{problem.remedy} {_FROM_CONFIG}"
    return UnusableSettings(replace(problem, remedy=remedy))


def account_sid(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Check the account SIDs of an option."""
    for value in values:
        if not is_sid(value, "AC"):
            raise click.BadParameter(f"{value!r} is not AC and 32 hexadecimal digits.")
    return values


class Screen:
    """A reporter for commands that have no rows of resources."""

    def line(self, urn: str) -> Line:
        """Return the row of a resource: the screen itself."""
        del urn
        return self

    def status(self, subject: str, details: str = "") -> None:
        """Show nothing: what passes is shown by the commands themselves."""

    def note(self, text: str) -> None:
        """Leave an info line."""
        click.echo(text, err=True)

    def warn(self, text: str) -> None:
        """Leave a warning."""
        click.echo(f"Warning: {text}", err=True)

    def debug(self, text: str) -> None:
        """Show nothing."""

    def at_end(self, say: Callable[[], None]) -> None:
        """Call nothing: the lines at the end of a command are for `pulumi --debug`."""
