"""`twilio-emergency adopt`: files that bring an account under management without touching it."""

from __future__ import annotations

import json
import keyword
import sys
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulumi_twilio_emergency.adopt import import_file, managed
from pulumi_twilio_emergency.adopt.plan import for_sites_file, plan
from pulumi_twilio_emergency.adopt.program import FUNCTION, literal, parameters, program
from pulumi_twilio_emergency.adopt.sites_file import sites_yaml
from pulumi_twilio_emergency.cli.command_line import Command
from pulumi_twilio_emergency.cli.connection import CREDENTIALS_HELP, account_sid, open_session
from pulumi_twilio_emergency.cli.declared import read_export, stack_options
from pulumi_twilio_emergency.cli.files import write_files
from pulumi_twilio_emergency.cli.progress import counting
from pulumi_twilio_emergency.cli.running import CannotRun, Exit
from pulumi_twilio_emergency.core.model.formatting import counted
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.session.error_messages import problem_of
from pulumi_twilio_emergency.sites import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_twilio_emergency.adopt.managed import Managed
    from pulumi_twilio_emergency.adopt.plan import Plan

_FILES = {"sites": "sites.yaml", "program": "adopted.py"}
_SUFFIXES = {"sites": (".yaml", ".yml"), "program": (".py",)}
_IMPORT, _SCHEMA = "import.json", "sites.schema.json"
_NAME = "voice"

_EPILOG = f"""\b
Examples:
  twilio-emergency adopt
  twilio-emergency adopt --format program
  twilio-emergency adopt --stack prod --format program --file more.py
  pulumi import --file import.json --generate-code=false --protect=false --yes
  pulumi preview

{CREDENTIALS_HELP}
Exit codes: 0 everything that is bound was adopted, 1 something was not (each is named), 2 wrong usage, 3 the
account could not be read or the files not written, 130 interrupted. Nothing is ever written to Twilio.
"""


@dataclass(frozen=True, slots=True)
class _Target:
    """
    What is written, and where.

    Attributes:
        form: `sites` or `program`.
        directory: The program's folder.
        file: The sites file or the program in it.
        name: Of EmergencySites.

    """

    form: str
    directory: Path
    file: str
    name: str

    @property
    def paths(self) -> list[Path]:
        return [self.directory / each for each in (self.file, _IMPORT)]

    @property
    def statement(self) -> str:
        """What the program then has to say; nothing where the file is the program."""
        if self.form == "sites":
            return f"EmergencySites({literal(self.name)}, file={literal(self.file)})"
        return "" if self.module == "__main__" else f"import {self.module}"

    @property
    def module(self) -> str:
        """How the program imports the file."""
        return self.file.removesuffix(".py")


@click.command(cls=Command, epilog=_EPILOG)
@click.option(
    "--format", "form", type=click.Choice(list(_FILES)), default="sites", show_default=True,
    help="A sites file for EmergencySites, or a Python program with a resource for each thing.",
)  # fmt: skip
@click.option(
    "--directory", "-d", type=click.Path(file_okay=False, path_type=Path), default=Path(),
    show_default="this folder",
    help=f"The program's folder; all files, including {_IMPORT}, are written there.",
)  # fmt: skip
@click.option(
    "--file",
    help=f"Name of the sites file or program.  [default: {' or '.join(_FILES.values())}]",
)
@click.option("--name", help=f"Name of EmergencySites in the program.  [default: {_NAME}]")
@stack_options
@click.option(
    "--account-sid",
    "account_sids",
    multiple=True,
    callback=account_sid,
    metavar="AC...",
    help="Read this subaccount instead of the credentials' own account.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
def command(
    *,
    form: str,
    directory: Path,
    file: str | None,
    name: str | None,
    state: Path | None,
    stack: str | None,
    account_sids: tuple[str, ...],
    force: bool,
) -> int:
    """
    Write files that bring an account under management as it is.

    Registered numbers with their addresses and SIP domains become a sites file or a Python program, and a
    file for `pulumi import`, so that the first `pulumi up` changes nothing at Twilio. What cannot be adopted
    cleanly is named, with what to do about it. With --state or --stack, what that stack manages already is
    left alone.
    """
    if len(account_sids) > 1:
        raise click.UsageError("Adopt one account at a time.")
    target = _target(form, directory, file, name)
    existing = read_export(state, stack, managed.of_state) or managed.Managed()
    subaccount = next(iter(account_sids), None)
    adopted = _read(subaccount, existing, form)
    if not adopted.is_empty:
        _refuse_loss(target, existing)
        if not force:
            _refuse_existing(target)
        _write(target, adopted, subaccount)
    _report(target, adopted)
    return Exit.FOUND if adopted.left else Exit.OK


def _target(form: str, directory: Path, file: str | None, name: str | None) -> _Target:
    file = file or _FILES[form]
    if name is not None and form == "program":
        raise click.UsageError("--name is for EmergencySites: a program has none. Leave it out.")
    if Path(file).name != file or Path(file).suffix not in _SUFFIXES[form]:
        raise click.UsageError(f"--file must be a file name that ends with {_SUFFIXES[form][0]}.")
    module = Path(file).stem
    if form == "program" and (not module.isidentifier() or keyword.iskeyword(module)):
        raise click.UsageError(
            f"--file: Python could not import {file}. Use letters, digits and underscores."
        )
    if form == "program" and module in {"pulumi", "pulumi_twilio_emergency", *sys.stdlib_module_names}:
        raise click.UsageError(f"--file: {file} would hide the module {module} from the program.")
    return _Target(form, directory, file, name or _NAME)


def _refuse_existing(target: _Target) -> None:
    """Refuse to replace a file; a schema that is the same stays the same."""
    paths = [path for path in target.paths if path.exists()]
    schema_file = target.directory / _SCHEMA
    if target.form == "sites" and schema_file.exists() and schema_file.read_bytes() != _schema().encode():
        paths.append(schema_file)
    if paths:
        exist, them = ("exists", "it") if len(paths) == 1 else ("exist", "them")
        raise CannotRun(
            f"{', '.join(map(str, paths))} {exist} already; nothing was written.\n"
            f"Move {them} away, or replace {them} with --force."
        )


def _refuse_loss(target: _Target, existing: Managed) -> None:
    """Refuse what would take something out of the program that the stack manages."""
    if existing.resources and target.paths[0].exists():
        raise CannotRun(
            f"{target.paths[0]} exists already, and the new one would not have what the stack manages: if it "
            "stands there, the next `pulumi up` would remove it.\n"
            "Nothing was written. Choose another name with --file."
        )
    if target.form == "sites" and target.name in existing.components:
        raise CannotRun(
            f"The stack has EmergencySites {target.name} already; nothing was written.\n"
            "Choose another name with --name, and another file with --file."
        )


def _read(subaccount: str | None, existing: Managed, form: str) -> Plan:
    gateway = open_session().account(subaccount).gateway
    try:
        with counting("numbers read") as progress:
            addresses = {record.sid: record for record in gateway.addresses()}
            domains = gateway.domains()
            numbers = gateway.numbers()
            progress(len(numbers))
    except GatewayError as error:
        raise CannotRun(str(problem_of(error))) from None
    made = plan(numbers, addresses, domains, existing)
    return made if form == "program" else for_sites_file(made, existing, numbers)


def _write(target: _Target, adopted: Plan, subaccount: str | None) -> None:
    texts = _texts(target, adopted, subaccount)
    write_files({target.directory / name: methodcaller("write", text) for name, text in texts.items()})


def _texts(target: _Target, adopted: Plan, subaccount: str | None) -> Mapping[str, str]:
    """Return what is written, by file name."""
    if target.form == "program":
        resources = import_file.for_program(adopted, subaccount)
        return {target.file: program(adopted, subaccount), _IMPORT: _json(resources)}
    resources = import_file.for_sites(adopted.sites, target.name, target.file, subaccount)
    return {
        target.file: sites_yaml(adopted.sites, subaccount),
        _IMPORT: _json(resources),
        _SCHEMA: _schema(),
    }


def _json(content: object) -> str:
    return json.dumps(content, indent=1) + "\n"


def _schema() -> str:
    # As `twilio-emergency schema sites` prints it.
    return json.dumps(schema.schema(), indent=2) + "\n"


def _report(target: _Target, adopted: Plan) -> None:
    for problem in adopted.left:
        click.echo(f"Not adopted: {problem}\n")
    if adopted.managed:
        verb = "is" if adopted.managed == 1 else "are"
        click.echo(f"{counted(adopted.managed, 'number')} {verb} managed by the stack already.")
    if adopted.is_empty:
        click.echo("There is nothing to adopt; no file was written.")
        return
    places = f"{len(adopted.sites)} {'address' if len(adopted.sites) == 1 else 'addresses'}"
    if target.form == "sites":
        places = counted(len(adopted.sites), "site")
    numbers, domains = (
        counted(len(adopted.numbers), "number"),
        counted(len(adopted.all_domains), "SIP domain"),
    )
    click.echo(f"Adopted: {places}, {numbers}, {domains}.")
    written = [target.file, _IMPORT, *((_SCHEMA,) if target.form == "sites" else ())]
    click.echo(f"Wrote {', '.join(str(target.directory / each) for each in written)}.")
    click.echo("Next (with --yes, the import shows no prompt):")
    for count, step in enumerate(_steps(target, adopted), start=1):
        click.echo(f"  {count}. {step}")


def _steps(target: _Target, adopted: Plan) -> list[str]:
    steps = [f"In the program: {target.statement}"] if target.statement else []
    if needed := parameters(adopted):
        module = "" if target.module == "__main__" else f"{target.module}."
        values = ", ".join(f"{each.name}=..." for each in needed)
        steps.append(f"In the program, with the outputs that it asks for: {module}{FUNCTION}({values})")
    steps.append(f"pulumi import --file {target.paths[1]} --generate-code=false --protect=false --yes")
    steps.append("pulumi preview, which has nothing to do")
    return steps
