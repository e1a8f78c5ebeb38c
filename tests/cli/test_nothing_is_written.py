"""No command writes to Twilio, whatever its options: each is run, on an account that invites to writing."""

from __future__ import annotations

import json
import os
import stat

import click
import pytest

from pulumi_twilio_emergency.cli import commands
from support.command import run
from support.places import IN_BOSTON
from support.sites import BOSTON

OTHER = "AC" + "b" * 32


# Every command, every option and every choice of an option is in one of its rows.
RUNS: dict[str, list[str]] = {
    "adopt": [
        "--force",
        "--format sites --name voice --file more.yaml --directory out",
        "--format program --file more.py -d out",
        "--state state.json",
        "--stack dev",
        "--account-sid {other}",
        "--help",
    ],
    "audit": [
        "--format table --fail-on critical",
        "--format json --fail-on warning",
        "--format csv --fail-on notice",
        "--format html --output audit.html --fail-on never",
        "-o audit.txt",
        "--sites sites.yaml",
        "--state state.json",
        "--stack dev",
        "--account-sid {other}",
        "--all-subaccounts",
        "--help",
    ],
    "check": ["--format text sites.yaml", "--format json sites.yaml", "--format github sites.yaml", "--strict sites.yaml", "--help"],
    "completion": ["bash", "zsh", "fish", "--help"],
    "doctor": ["", "--help"],
    "schema": ["audit", "sites", "--help"],
    "watch": [
        "+16175550101 --timeout 0s --format text",
        "+16175550101 --timeout 0s --format json",
        "--sites sites.yaml --timeout 0s",
        "--state state.json --timeout 0s",
        "--stack dev --timeout 0s",
        "--help",
    ],
}  # fmt: skip
OFFLINE = {"check", "completion", "schema"}
ROWS = [(name, words) for name, rows in RUNS.items() for words in rows]


def command_of(name: str) -> click.Command:
    found = commands.twilio_emergency.get_command(click.Context(commands.twilio_emergency), name)
    assert found is not None
    return found


def words_of(name: str) -> set[str]:
    """Return all words that the rows of a command have."""
    return {word for row in RUNS[name] for word in row.split()}


def said_by(parameter: click.Parameter) -> list[set[str]]:
    """Return what rows must have: for each way of giving the parameter, the words of which one will do."""
    names = [set(parameter.opts)] if isinstance(parameter, click.Option) else []
    choices = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
    return [*names, *({str(choice)} for choice in choices)]


def test_every_command_has_rows():
    assert RUNS.keys() == commands._COMMANDS.keys()


@pytest.mark.parametrize("name", RUNS)
def test_every_option_and_choice_of_a_command_has_a_row(name):
    command, words = command_of(name), words_of(name)
    demanded = [each for parameter in command.params for each in said_by(parameter)]
    assert [each for each in (*demanded, {"--help"}) if not each & words] == []
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("-")} <= options


def test_option_without_a_row_is_found():
    option = click.Option(["--new"], type=click.Choice(["one", "two"]))
    assert said_by(option) == [{"--new"}, {"one"}, {"two"}]


@pytest.fixture
def account(twilio_emulator, tmp_path):
    """Return a Twilio where much could be put right, and a folder with all that options name."""
    world = twilio_emulator.world
    world.add_account(OTHER, parent=twilio_emulator.account_sid)
    for owner in (None, OTHER):
        address = world.add_address(
            account_sid=owner, street="1 MAIN ST", friendly_name="boston", emergency_enabled=True, **IN_BOSTON
        )
        world.add_address(account_sid=owner, street="2 MAIN ST", emergency_enabled=False, **IN_BOSTON)
        bound = {"account_sid": owner, "emergency_address_sid": address}
        digit = 2 if owner else 1
        caller = world.add_number(f"+161755{digit}0100", emergency_address_status="registered", **bound)
        world.add_number(f"+161755{digit}0101", emergency_address_status="pending-registration", **bound)
        world.add_number(f"+161755{digit}0102", emergency_address_status="registration-failure", **bound)
        world.add_number(f"+161755{digit}0103", account_sid=owner)
        calling = {"account_sid": owner, "emergency_calling_enabled": True}
        world.add_domain(f"acme-{digit}.sip.twilio.com", emergency_caller_sid=caller, **calling)
        world.add_domain(f"own-{digit}.sip.twilio.com", **calling)
    (tmp_path / "sites.yaml").write_text(BOSTON)
    state = {"deployment": {"resources": [
        {"type": "pulumi-python:dynamic/twilio:NumberEmergencyBinding", "id": "PN" + "1" * 32,
         "urn": "urn:pulumi:dev::p::t::desk",
         "outputs": {"phone_number": "+16175510103", "address_sid": "AD" + "1" * 32}},
    ]}}  # fmt: skip
    (tmp_path / "state.json").write_text(json.dumps(state))
    (tmp_path / "out").mkdir()
    fake = tmp_path / "pulumi"
    fake.write_text(f"#!/bin/sh\ncat {tmp_path}/state.json\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    return twilio_emulator


@pytest.mark.parametrize(("name", "words"), ROWS, ids=[f"{name} {words}".strip() for name, words in ROWS])
def test_command_only_reads(account, tmp_path, name, words):
    env = {**account.env, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    if name == "adopt":
        (tmp_path / "sites.yaml").unlink()
    ended = run(name, *words.format(other=OTHER).split(), env=env, cwd=tmp_path)
    assert ended.code in {0, 1}, ended.err
    methods = {request.method for request in account.world.requests}
    asks_nobody = name in OFFLINE or words == "--help"
    assert methods == (set() if asks_nobody else {"GET"})


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], []])
def test_group_asks_nobody(account, words):
    run(*words, env=account.env)
    assert account.world.requests == []
