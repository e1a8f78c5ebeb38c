"""What a command compares with, or waits for: a sites file, a state file or a stack."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pulumi_twilio_emergency.audit import desired
from pulumi_twilio_emergency.cli.running import CannotRun
from pulumi_twilio_emergency.sites import file
from pulumi_twilio_emergency.sites.model import Sites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pulumi_twilio_emergency.audit.desired import Declared

F = TypeVar("F", bound="Callable[..., Any]")
T = TypeVar("T")


def declaration_options(command: F) -> F:
    """Add --sites, --state and --stack to a command."""
    sites = click.option(
        "--sites",
        multiple=True,
        type=click.Path(),
        help="A sites file; may be repeated, and all of them count.",
    )
    return sites(stack_options(command))


def read_declaration(
    sites: tuple[str, ...], state: Path | None, stack: str | None
) -> tuple[Declared | None, str]:
    """
    Return what is declared, and what that is called; nothing and "" where no option was given.

    Raises:
        SitesFileError: A sites file has problems.
        Refused: The state file is not one.
        CannotRun: The stack could not be exported, or two sites files declare the same.

    """
    if sum((bool(sites), state is not None, stack is not None)) > 1:
        raise click.UsageError("Give one of --sites, --state and --stack.")
    if sites:
        names = _distinct(sites)
        return desired.of_sites(_load(names)), ", ".join(names)
    name = f"stack {stack}" if stack is not None else str(state or "")
    return read_export(state, stack, desired.of_state), name


def _distinct(names: tuple[str, ...]) -> list[str]:
    """Return the name of each file by which it was given first."""
    by_place: dict[str, str] = {}
    for name in names:
        by_place.setdefault(os.path.realpath(name), name)
    return list(by_place.values())


def _load(names: Sequence[str]) -> Sites:
    """Return the sites of all files; what two of them declare is refused, as it is within one."""
    loaded = [(name, file.load(name)) for name in names]
    first: dict[str, str] = {}
    twice = []
    for name, sites in loaded:
        for declared, place in _declared(name, sites):
            if first.setdefault(declared, place) != place:
                twice.append(f"{place}: {declared} is in {first[declared]} already; keep it in one place")
    if twice:
        raise CannotRun("\n".join(["The sites files declare the same; nothing was read from them.", *twice]))
    return Sites(tuple(site for _, sites in loaded for site in sites))


def _declared(name: str, sites: Sites) -> Iterator[tuple[str, str]]:
    """Yield each number and domain of a file, and where it stands."""
    for site in sites:
        for number in site.numbers:
            yield number.phone_number, f"{name}:{number.at.line}:{number.at.column}"
        for domain in site.domains:
            yield domain.domain_name, f"{name}: sites.{site.key}.domains"


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
