"""Running a command to an exit code: whatever happens, the operator reads sentences and no traceback."""

from __future__ import annotations

import enum
import os
import traceback
from typing import TYPE_CHECKING

import click

from pulumi_twilio_emergency.cli.output import standard_streams
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
        cannot be read or written, an output that cannot be written.
    INTERRUPTED: Ctrl-C.
    READER_GONE: as OK, and who read the output has closed it before the end (`| head`). It is what a shell
        reports of a program that SIGPIPE (13) has ended.
    """

    OK = 0
    FOUND = 1
    USAGE = 2
    FAILED = 3
    INTERRUPTED = 130
    READER_GONE = 141


class CannotRun(Exception):
    """A command that cannot do its work; the text says why and what to do."""


def run(command: click.Command, arguments: Sequence[str]) -> int:
    """
    Run a command and return its exit code. Never raises.

    A command goes on to its verdict when its output does not arrive. Then the code is never `OK`.

    Args:
        command: The command or group.
        arguments: What follows the program's name on the command line.

    """
    try:
        with standard_streams() as output:
            code = _code_of(command, arguments)
        return code if output.failure is None else _not_delivered(code, output.failure)
    except KeyboardInterrupt:  # while the rest was written to a reader that does not read
        return Exit.INTERRUPTED


def _code_of(command: click.Command, arguments: Sequence[str]) -> int:
    try:
        outcome = command.main(list(arguments), prog_name="twilio-emergency", standalone_mode=False)
    except BaseException as error:  # noqa: BLE001 - this is where everything ends
        return _explain(error)
    return int(outcome) if isinstance(outcome, int) else Exit.OK


def _not_delivered(code: int, failure: OSError) -> int:
    if code == Exit.INTERRUPTED:  # which says already that the output is not all there
        return code
    if isinstance(failure, BrokenPipeError):
        return code or Exit.READER_GONE
    with standard_streams():  # stderr may be where stdout is
        click.echo(
            f"The output could not be written: {failure.strerror}.\n"
            "What was found is not there, or only a part of it. Nothing was changed at Twilio.\n"
            "Run it again with an output that can be written.",
            err=True,
        )
    return max(code, Exit.FAILED)


def _explain(error: BaseException) -> int:
    if isinstance(error, SystemExit):
        # Click's, after a completion. Nothing of ours raises it.
        return error.code if isinstance(error.code, int) else Exit.FAILED
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
