"""What a command compares with, or waits for: a sites file, a state file or a stack."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pulumi_twilio_emergency.audit import desired
from pulumi_twilio_emergency.cli.running import CannotRun
from pulumi_twilio_emergency.sites import file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_twilio_emergency.audit.desired import Declared

F = TypeVar("F", bound="Callable[..., Any]")
T = TypeVar("T")


def declaration_options(command: F) -> F:
    """Add --sites, --state and --stack to a command."""
    return click.option("--sites", type=click.Path(), help="A sites file.")(stack_options(command))


def read_declaration(sites: str | None, state: Path | None, stack: str | None) -> tuple[Declared | None, str]:
    """
    Return what is declared, and what that is called; nothing and "" where no option was given.

    Raises:
        SitesFileError: The sites file has problems.
        Refused: The state file is not one.
        CannotRun: The stack could not be exported.

    """
    if sum(each is not None for each in (sites, state, stack)) > 1:
        raise click.UsageError("Give one of --sites, --state and --stack.")
    if sites is not None:
        return desired.of_sites(file.load(sites)), sites
    name = f"stack {stack}" if stack is not None else str(state or "")
    return read_export(state, stack, desired.of_state), name


def stack_options(command: F) -> F:
    """Add --state and --stack to a command."""
    for option in (
        click.option("--stack", help="A stack, by running `pulumi stack export` here."),
        click.option("--state", type=click.Path(path_type=Path), help="A file of `pulumi stack export`."),
    ):
        command = option(command)
    return command


def read_export(state: Path | None, stack: str | None, read: Callable[[Mapping[str, Any]], T]) -> T | None:
    """
    Return what `read` makes of a stack's state; None where neither option was given.

    Raises:
        Refused: The state file is not one.
        CannotRun: The stack could not be exported.

    """
    if state is not None and stack is not None:
        raise click.UsageError("Give one of --state and --stack.")
    if state is not None:
        return desired.from_file(state, read)
    return None if stack is None else read(_exported(stack))


def _exported(stack: str) -> dict[str, Any]:
    """Return the state of a stack. Secrets in it stay encrypted."""
    words = ["pulumi", "stack", "export", "--stack", stack]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    except FileNotFoundError:
        raise CannotRun("The Pulumi CLI is not on PATH.\nInstall it, or give --state a file.") from None
    if done.returncode != 0:
        raise CannotRun(f"`pulumi stack export` failed, so nothing was read:\n{done.stderr.strip()}")
    exported: dict[str, Any] = json.loads(done.stdout)
    return exported
