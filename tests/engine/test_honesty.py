"""
Whatever command an operator types, state, Twilio, the output and the exit code agree afterwards.

What must hold after each is in `engine.invariants`. Each row begins with a stack in force, runs one command, and goes on with a plain `up`
or `destroy`, which must converge.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from engine.conftest import ALL, PROGRAM, Copy, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.stack import Ran

MOVED = PROGRAM.replace("645 HARRISON", "650 HARRISON")
OFFICE_ALONE = PROGRAM.partition("desk =")[0]
WITHOUT_PHONES = PROGRAM.partition("phones =")[0]
NOTHING = "\n"
ONE_FAILS = PROGRAM + 'NumberEmergencyBinding("gate", phone_number="+14155550999", address_sid=office.sid)\n'


@dataclass(frozen=True, slots=True)
class Row:
    """
    A command, and what it asks for.

    Attributes:
        words: The command; `{office}` stands for the resource's URN.
        leaves: The names that are in state after it has succeeded.
        program: The program, where it was edited before.
        succeeds: Whether the exit code must be 0; None where the engine may do either.
        then: The commands that must converge afterwards, with the base program.
        kept: Names that leave state by request and stay in force.
        renewed: Names whose object must be another one afterwards.
        settings: What stands in Pulumi.yaml behind name and runtime.
        slow: Whether it is more of a kind that is there already.
        env: More environment variables of the command.

    """

    words: str
    leaves: tuple[str, ...] = ALL
    program: str | None = None
    succeeds: bool | None = True
    then: str = "destroy"
    kept: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    settings: str = ""
    slow: bool = False
    env: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        edited = next((name for name, text in _EDITS.items() if text == self.program), "edited program")
        parts = [self.words.replace("{", "").replace("}", ""), "" if self.program is None else edited]
        settings = " ".join(self.settings.split())
        return ", ".join(part for part in (*parts, settings, f"then {self.then}") if part)


_EDITS = {
    "moved": MOVED,
    "only the address": OFFICE_ALONE,
    "no domain": WITHOUT_PHONES,
    "empty program": NOTHING,
    "one number unknown": ONE_FAILS,
}
_ALWAYS = "options:\n  refresh: always\n"

CHANGES_NOTHING = (
    "up",
    "up --refresh --run-program",
    "up --continue-on-error --diff --parallel 1",
    "up --target {lobby}",
    "up --target {office} --target-dependents",
    "up --exclude {desk} --exclude-dependents",
    "up --refresh --target {desk}",
    "preview --refresh",
    "preview --diff --target {lobby}",
    "preview --replace {office}",
    "preview --exclude {phones}",
    "refresh",
    "refresh --preview-only",
    "refresh --run-program",
    "refresh --target {office} --target-dependents",
    "refresh --exclude {desk} --exclude-dependents",
    "destroy --preview-only --refresh",
    "stack export --file exported.json",
)
MORE_CHANGES_NOTHING = (
    "up --refresh",
    *(f"up --target {{{name}}}" for name in ALL),
    *(f"up --target {{{name}}} --target-dependents" for name in ALL),
    *(f"up --exclude {{{name}}} --exclude-dependents" for name in ALL),
    "preview",
    *(f"preview --replace {{{name}}}" for name in ALL),
    "preview --target-replace {office} --target-dependents",
    *(f"refresh --target {{{name}}}" for name in ALL),
    "refresh --expect-no-changes",
    "destroy --preview-only",
    "stack --show-urns",
)

ROWS = (
    # Everything goes
    Row("destroy", (), then="up", slow=True),
    Row("destroy --refresh", (), then="up"),
    Row("destroy --run-program", (), then="destroy", slow=True),
    Row("destroy --run-program --refresh", (), then="destroy"),
    Row("destroy --continue-on-error --parallel 1", (), then="destroy", slow=True),
    Row("destroy", (), settings=_ALWAYS, then="destroy", slow=True),
    Row("up", (), NOTHING, then="up", slow=True),
    Row("up --refresh", (), NOTHING, then="up"),
    Row("up", (), NOTHING, settings=_ALWAYS, then="destroy"),
    Row("up --refresh --run-program", (), NOTHING, then="destroy", slow=True),
    # Some of it goes
    Row("destroy --target {office}", succeeds=False),
    Row("destroy --target {desk}", succeeds=False, slow=True),
    Row("destroy --target {lobby}", ("office", "desk", "phones"), then="up"),
    Row("destroy --target {phones}", ("office", "desk", "lobby"), slow=True),
    Row("destroy --target {office} --target-dependents", (), then="up"),
    Row("destroy --target {desk} --target-dependents", ("office", "lobby"), slow=True),
    Row("destroy --target {lobby} --target-dependents", ("office", "desk", "phones"), slow=True),
    Row(
        "destroy --target {phones} --target-dependents --refresh",
        ("office", "desk", "lobby"),
        then="up",
        slow=True,
    ),
    Row("destroy --target {desk} --target-dependents --refresh", ("office", "lobby"), then="up"),
    Row("destroy --exclude {office}", ("office",), slow=True),
    Row("destroy --exclude {desk}", ("office", "desk"), then="up", slow=True),
    Row("destroy --exclude {phones}", ("office", "desk", "phones"), slow=True),
    Row("up --refresh", ("office",), OFFICE_ALONE),
    Row("up --target {desk} --target-dependents", ("office", "lobby"), OFFICE_ALONE, slow=True),
    Row("up --target {office} --target-dependents", (), NOTHING, slow=True),
    Row("up --target {phones}", ("office", "desk", "lobby"), OFFICE_ALONE, slow=True),
    Row("up --exclude {lobby} --refresh", ("office", "lobby"), OFFICE_ALONE, succeeds=None, then="up"),
    # Another address
    Row("up", program=MOVED, slow=True),
    Row("up --refresh", program=MOVED, then="up"),
    Row("up --target {office}", program=MOVED, succeeds=None, then="up", slow=True),
    Row("up --target {office} --target-dependents", program=MOVED, slow=True),
    Row("up --exclude {lobby}", program=MOVED, succeeds=None, slow=True),
    # Made anew
    Row("up --replace {office}", renewed=("office",)),
    Row("up --replace {desk}", then="up"),
    Row("up --replace {lobby}", slow=True),
    Row("up --replace {phones}", slow=True),
    Row(
        # A forced replacement of a binding shows its provider nothing of the old one: the guard asks for a yes.
        # With it, the address that numbers use is taken back as it is, instead of a second one.
        "up --replace {office} --replace {desk} --replace {lobby} --replace {phones}",
        slow=True,
        env=(("TWILIO_EMERGENCY_ALLOW_UNSAFE", "1"),),
    ),
    Row("up --replace {office} --refresh", renewed=("office",), then="up", slow=True),
    Row("up --target-replace {desk}", slow=True),
    Row("up --target-replace {office} --target-dependents", renewed=("office",), slow=True),
    # A part fails
    Row("up --continue-on-error", program=ONE_FAILS, succeeds=False),
    Row(
        "up --continue-on-error --refresh",
        program=ONE_FAILS.replace("645", "650"),
        succeeds=False,
        then="up",
        slow=True,
    ),
)

_OTHER_WAY_ROUND = (
    *(replace(row, then="destroy" if row.then == "up" else "up", slow=True) for row in ROWS),
    *(
        replace(row, words=f"{row.words} --refresh", then=then, slow=True)
        for row in ROWS
        if row.words.startswith("destroy --target") and "--refresh" not in row.words
        for then in ("up", "destroy")
    ),
)


def _run(copy: Copy, row: Row) -> Ran:
    urns = {name: shlex.quote(entry["urn"]) for name, entry in copy.stack.resources().items()}
    command, *flags = shlex.split(row.words.format(**urns))
    if command in {"up", "destroy", "refresh"} and "--preview-only" not in flags:
        flags = ["--yes", "--skip-preview", *flags]
    return copy.stack.run(command, *flags, env=dict(row.env))


def _change_nothing(covered: Copy, commands: tuple[str, ...], report_counts: Callable[[str], None]) -> None:
    before, sids = covered.moment(), _sids(covered)
    for words in commands:
        report_counts("honesty: a command that asks for nothing new")
        ran = _run(covered, Row(words))
        assert ran.code == 0, ran.text
        assert before.writes() == [], words
        assert _sids(covered) == sids, words
        covered.judge(before, ran)
    covered.stack.has_nothing_to_do()


@pytest.mark.parametrize("part", range(2))
def test_commands_that_ask_for_nothing_new_write_nothing(covered, part, report_counts):
    commands = CHANGES_NOTHING[part::2]
    _change_nothing(covered, commands, report_counts)


@pytest.mark.slow
def test_more_commands_that_ask_for_nothing_new_write_nothing(covered, report_counts):
    _change_nothing(covered, MORE_CHANGES_NOTHING, report_counts)


@pytest.mark.parametrize("row", rows(ROWS))
def test_state_and_twilio_agree_after(covered, row, report_counts):
    report_counts("honesty: a command that changes something, and the next one")
    _hold(covered, row)


@pytest.mark.parametrize("row", rows(_OTHER_WAY_ROUND))
def test_state_and_twilio_agree_after_more_of_the_same_kind(covered, row, report_counts):
    report_counts("honesty: a command that changes something, and the next one")
    _hold(covered, row)


def _hold(covered: Copy, row: Row) -> None:
    before, sids = covered.moment(), _sids(covered)
    if row.program is not None:
        covered.stack.program(row.program)
    covered.stack.settings(row.settings)
    ran = _run(covered, row)
    if row.succeeds is not None:
        assert (ran.code == 0) is row.succeeds, ran.text
    if ran.code == 0 and row.succeeds:
        assert set(covered.stack.resources()) == set(row.leaves), ran.text
        assert {name for name, sid in _sids(covered).items() if sid == sids[name]}.isdisjoint(row.renewed)
    covered.judge(before, ran, kept=row.kept)
    covered.stack.program(PROGRAM)
    covered.converges_by(row.then)


def _sids(covered: Copy) -> dict[str, str]:
    return {name: entry["id"] for name, entry in covered.stack.resources().items()}


def test_up_that_follows_a_saved_plan_does_what_the_plan_says(covered, report_counts):
    report_counts("honesty: 2 commands with a saved plan, and the next one")
    experimental = {"PULUMI_EXPERIMENTAL": "true"}
    before = covered.moment()
    covered.stack.program(MOVED)
    planned = covered.stack.preview("--save-plan", "plan.json", env=experimental)
    assert before.writes() == []
    covered.judge(before, planned)
    ran = covered.stack.up("--plan", "plan.json", env=experimental)
    covered.judge(before, ran)
    assert [row["street"] for row in covered.world.addresses()] == ["650 HARRISON ST"]
    covered.converges_by_up()
