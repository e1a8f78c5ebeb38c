"""Repeated options and empty values: each counts or is refused, so that neither narrows what is looked at."""

from __future__ import annotations

import json

import click
import pytest

from pulumi_twilio_emergency.cli import commands
from pulumi_twilio_emergency.cli.command_line import Command
from support.command import run
from support.sites import BOSTON

PLACE = {"customer_name": "Acme Salem", "city": "SALEM", "region": "MA", "iso_country": "US"}
SALEM = """\
sites:
  salem:
    address:
      customer_name: Acme Salem
      street: 2 Main St
      city: Salem
      region: MA
      postal_code: 01970
      iso_country: US
    numbers:
      - +16175550110
"""


def command_of(name: str) -> click.Command:
    found = commands.twilio_emergency.get_command(click.Context(commands.twilio_emergency), name)
    assert found is not None
    return found


def options() -> list[tuple[str, click.Option]]:
    return [
        (name, each)
        for name in commands._COMMANDS
        for each in command_of(name).params
        if isinstance(each, click.Option) and not each.is_flag
    ]


def value_of(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return str(next(iter(option.type.choices)))
    return {"--account-sid": "AC" + "1" * 32, "--timeout": "1s"}.get(option.opts[0], "a")


@pytest.mark.parametrize("name", commands._COMMANDS)
def test_every_command_refuses_repetitions(name):
    assert isinstance(command_of(name), Command)


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, each) for name, each in options() if not each.multiple],
    ids=lambda each: each.opts[0] if isinstance(each, click.Option) else each,
)
def test_option_with_one_value_is_refused_when_it_is_repeated(name, option):
    needed = [value_of(each) for each in command_of(name).params if each.required]
    for first in option.opts:
        ended = run(name, *needed, first, value_of(option), option.opts[-1], value_of(option))
        assert ended.code == 2
        assert (
            f"Error: {option.opts[0]} is given 2 times, and only the last would count. Give it once.\n"
            in ended.err
        )


@pytest.mark.parametrize("name", commands._COMMANDS)
def test_completion_after_repeated_options_offers_the_options(name):
    given = [each for each in command_of(name).params if isinstance(each, click.Option) and not each.is_flag]
    words = [word for each in given for word in [each.opts[0], value_of(each)] * 2]
    line = ["twilio-emergency", name, *words, "--"]
    env = {
        "_TWILIO_EMERGENCY_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": str(len(line) - 1),
    }
    ended = run(env=env)
    assert (ended.code, ended.err) == (0, "")
    assert "plain,--help\n" in ended.out


def test_help_is_shown_whatever_is_repeated_or_empty():
    assert run("audit", "--stack", "a", "--stack", "b", "--sites", "", "--help").code == 0


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        (name, each)
        for name in commands._COMMANDS
        for each in command_of(name).params
        if not (isinstance(each, click.Option) and each.is_flag)
    ],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
@pytest.mark.parametrize("empty", ["", " "])
def test_empty_value_is_refused_by_the_name_of_its_option_or_argument(name, parameter, empty, tmp_path):
    """Of a shell variable that is not set: the option would count as not given, and another stack be compared."""
    is_option = isinstance(parameter, click.Option)
    others = [value_of(each) for each in command_of(name).params if each.required and each is not parameter]
    ended = run(name, *others, *([parameter.opts[0]] if is_option else []), empty, cwd=tmp_path)

    assert (ended.code, ended.out, list(tmp_path.iterdir())) == (2, "", [])
    [said] = [line for line in ended.err.splitlines() if line.startswith("Error: ")]
    names = [
        *parameter.opts,
        parameter.human_readable_name,
        parameter.make_metavar(click.Context(command_of(name))),
    ]
    assert any(each in said for each in (parameter.opts if is_option else names[1:]))


def test_one_empty_value_among_others_is_refused():
    ended = run("check", "sites.yaml", "")
    assert (ended.code, ended.out) == (2, "")
    assert "Error: FILES is given an empty value. Is a shell variable not set?" in ended.err


@pytest.fixture
def offices(twilio_emulator, tmp_path):
    """Return a Twilio where one number of the first file is not covered, and files of two offices."""
    world = twilio_emulator.world
    address = world.add_address(street="2 MAIN ST", postal_code="01970", emergency_enabled=True, **PLACE)
    world.add_number("+16175550110", emergency_address_sid=address, emergency_address_status="registered")
    world.add_number("+16175550100")
    (tmp_path / "boston.yaml").write_text(BOSTON)
    (tmp_path / "salem.yaml").write_text(SALEM)
    return twilio_emulator


@pytest.mark.parametrize("files", [("boston.yaml", "salem.yaml"), ("salem.yaml", "boston.yaml")])
def test_audit_compares_with_every_sites_file(offices, tmp_path, files):
    words = [word for file in files for word in ("--sites", file)]
    ended = run("audit", *words, "--format", "json", env=offices.env, cwd=tmp_path)
    assert ended.code == 1
    found = json.loads(ended.out)
    assert found["compared_with"] == ", ".join(files)
    assert {each["phone_number"]: each["site"] for each in found["numbers"]} == {
        "+16175550100": "boston",
        "+16175550110": "salem",
    }
    assert "declared-not-bound" in {each["code"] for each in found["findings"]}


@pytest.mark.parametrize("files", [("boston.yaml", "salem.yaml"), ("salem.yaml", "boston.yaml")])
def test_watch_waits_for_the_numbers_of_every_sites_file(offices, tmp_path, files):
    words = [word for file in files for word in ("--sites", file)]
    ended = run("watch", *words, "--timeout", "0s", env=offices.env, cwd=tmp_path)
    assert (ended.code, ended.out.splitlines()[-1]) == (1, "1 of 3 numbers is registered.")


@pytest.mark.parametrize("command", ["audit", "watch"])
def test_sites_files_that_declare_the_same_are_refused(offices, tmp_path, command):
    again = SALEM.replace(
        "+16175550110", "+16175550101\n    domains:\n      - domain_name: acme.sip.twilio.com"
    )
    (tmp_path / "again.yaml").write_text(again)
    ended = run(command, "--sites", "boston.yaml", "--sites", "again.yaml", env=offices.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.splitlines() == [
        "The sites files declare the same; nothing was read from them.",
        "again.yaml:11:9: +16175550101 is in boston.yaml:13:9 already; keep it in one place",
        (
            "again.yaml: sites.salem.domains: acme.sip.twilio.com is in boston.yaml: sites.boston.domains "
            "already; keep it in one place"
        ),
    ]
    assert offices.world.requests == []


@pytest.mark.parametrize("again", ["salem.yaml", "./salem.yaml", "sub/../salem.yaml", "link.yaml"])
def test_sites_file_that_is_named_twice_counts_once(offices, tmp_path, again):
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.yaml").symlink_to("salem.yaml")
    ended = run("watch", "--sites", "salem.yaml", "--sites", again, env=offices.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (0, "1 of 1 number is registered.\n")
