"""Running a command to an exit code: whatever happens, the operator reads sentences and no traceback."""

from __future__ import annotations

import contextlib
import enum
import os
import sys
import traceback
from typing import TYPE_CHECKING

import click

from pulumi_twilio_emergency.core.model.problem import EmergencyError
from pulumi_twilio_emergency.core.ports import Interrupted
from pulumi_twilio_emergency.sites.file import SitesFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

DEBUG = "TWILIO_EMERGENCY_DEBUG"


class Exit(enum.IntEnum):
    """
    Exit codes of every command.

    OK: done, and nothing found that was asked to fail.
    FOUND: done, and something is wrong: a problem in a file that `check` was asked about, a finding, a number
        that is not registered.
    USAGE: the command line is wrong; nothing was done.
    FAILED: it could not be done: credentials, network, permissions, a sites file with problems, a file that
        cannot be read or written.
    INTERRUPTED: Ctrl-C.
    """

    OK = 0
    FOUND = 1
    USAGE = 2
    FAILED = 3
    INTERRUPTED = 130


class CannotRun(Exception):
    """A command that cannot do its work; the text says why and what to do."""


def run(command: click.Command, arguments: Sequence[str]) -> int:
    """
    Run a command and return its exit code. Never raises.

    Args:
        command: The command or group.
        arguments: What follows the program's name on the command line.

    """
    try:
        outcome = command.main(list(arguments), prog_name="twilio-emergency", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - this is where everything ends
        return _explain(error)
    return int(outcome) if isinstance(outcome, int) else Exit.OK


def _explain(error: BaseException) -> int:
    if isinstance(error, BrokenPipeError | SystemExit):
        # Whoever read the output has closed it (`| head`): Rich 15.0 and click 8.5 each make an exit of that.
        # So does click of a completion that it has printed. Nothing of ours raises SystemExit.
        _discard_output()
        return Exit.OK
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        error.show()
        return Exit.USAGE
    if isinstance(error, KeyboardInterrupt | click.Abort | Interrupted):
        click.echo("Interrupted. Nothing was changed at Twilio.", err=True)
        return Exit.INTERRUPTED
    click.echo(_text_of(error), err=True)
    return Exit.FAILED


def _discard_output() -> None:
    """Write what can still be written, and keep Python from complaining of the rest once more at exit."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _text_of(error: BaseException) -> str:
    if isinstance(error, EmergencyError | SitesFileError | CannotRun):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    if os.environ.get(DEBUG) == "1":
        return "".join(traceback.format_exception(error))
    return (
        f"A bug in twilio-emergency: {type(error).__name__}.\n"
        "Nothing was changed at Twilio.\n"
        f"Run it again with {DEBUG}=1 and report what it prints."
    )
