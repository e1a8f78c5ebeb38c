"""The program of an adoption: it declares what the import file has, whatever things are called."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from pulumi_twilio_emergency.adopt import import_file
from pulumi_twilio_emergency.adopt.managed import ADDRESS, BINDING, Managed, ManagedResource
from pulumi_twilio_emergency.adopt.plan import plan
from pulumi_twilio_emergency.adopt.program import literal, parameters, program
from support.accounts import OTHER, domain, number, record, sid

RUFF = Path(sys.executable).with_name("ruff")
NAMES = (
    "Boston",
    "",
    "Boston!",
    "boston numbers",
    "boston sid",
    "class",
    "list",
    "number",
    "1 Main St",
    "東京",
    '"; import os; "',
    'it\'s "both" kinds',
    "''' + 1 + '''",
    '"""',
    "\\",
    "{boston}",
    "\\N{DASH}",
    "\u202e\u2028\u200b",
    "\U0001f3e2\ue000",
    "a very long friendly name indeed",
    "a very long friendly name indee2",
)


def account():
    """Return an account with an address of each name, two numbers at each, and a domain for each first."""
    records = [
        dataclasses.replace(
            record(index, street_secondary="Suite 1" if index % 2 else ""), friendly_name=name
        )
        for index, name in enumerate(NAMES, start=1)
    ]
    numbers = [
        number(1_000 * side + index, sid("AD", index))
        for side in (0, 1)
        for index in range(1, len(NAMES) + 1)
    ]
    domains = [domain(index, caller=sid("PN", index)) for index in range(1, len(NAMES) + 1)]
    return numbers, {each.sid: each for each in records}, [*domains, domain(999)]


STACK = Managed(
    {
        each.sid: each
        for each in (
            ManagedResource(sid("AD", 1), ADDRESS, 'office "one"\n'),
            ManagedResource(sid("PN", 2), BINDING, "+16172000002"),
            ManagedResource(sid("PN", 3), BINDING, "desk"),
        )
    }
)


class Recorder:
    """Stands for the three resources: notes what is declared, and has the outputs that the import file says."""

    def __init__(self, entries):
        self.ids = {(each["type"].rpartition(":")[2], each["name"]): each["id"] for each in entries}
        self.declared = {}

    def of(self, kind):
        def declare(name, **inputs):
            assert (kind, name) not in self.declared
            self.declared[kind, name] = inputs
            return type("Declared", (), dict.fromkeys(("sid", "number_sid"), self.ids[kind, name]))

        return declare


def run(made, account_sid, entries) -> Recorder:
    """Run the program of a plan, and its function with what it asks for."""
    recorder = Recorder(entries)
    before, _, body = program(made, account_sid).partition("from pulumi_twilio_emergency import (\n")
    imported, _, body = body.partition(")\n")
    kinds = [line.strip(" ,") for line in imported.splitlines()]
    assert before.endswith('"""\n\nimport pulumi\n' if parameters(made) else '"""\n\n')
    module = {"pulumi": pulumi, **{kind: recorder.of(kind) for kind in kinds}}
    exec(compile(body, "adopted.py", "exec"), module)
    if parameters(made):
        module["declare"](**{each.name: each.resource.sid for each in parameters(made)})
    return recorder


@pytest.mark.parametrize("account_sid", [None, OTHER])
@pytest.mark.parametrize("managed", [Managed(), STACK], ids=["all", "the rest of a stack"])
def test_program_declares_what_the_import_file_has(managed, account_sid):
    made = plan(*account(), managed)
    entries = import_file.for_program(made, account_sid)["resources"]
    recorder = run(made, account_sid, entries)
    assert len(made.sites) == len(NAMES) - 1 - bool(managed.resources), "all but the one without a name"
    assert recorder.declared == {
        (each["type"].rpartition(":")[2], each["name"]): {
            name: value for name, value in each["inputs"].items() if not name.startswith("__")
        }
        for each in entries
    }
    assert len({each["name"] for each in entries}) == len(entries)


@pytest.mark.parametrize("width", [88, 110, 200])
@pytest.mark.parametrize("managed", [Managed(), STACK], ids=["all", "the rest of a stack"])
def test_formatter_moves_nothing(tmp_path, managed, width):
    path = tmp_path / "adopted.py"
    path.write_text(program(plan(*account(), managed), OTHER), encoding="utf-8")
    words = [RUFF, "format", "--isolated", "--line-length", str(width), "--diff", path]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("managed", [Managed(), STACK], ids=["all", "the rest of a stack"])
def test_linter_finds_nothing(tmp_path, managed):
    path = tmp_path / "adopted.py"
    path.write_text(program(plan(*account(), managed), None), encoding="utf-8")
    # The first two contradict others; INP001 and CPY001 are about projects, RUF001 about what is on file.
    ignored = "D203,D213,INP001,CPY001,RUF001"
    words = [RUFF, "check", "--isolated", "--select", "ALL", "--ignore", ignored, path]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_only_what_is_used_is_imported():
    text = program(plan([], {}, [domain(1)]), None)
    assert "import (\n    SipDomainEmergency,\n)" in text
    assert text.count("SipDomainEmergency") == 2


def test_resources_of_the_stack_are_asked_for():
    text = program(plan(*account(), STACK), None)
    begin = text.index("def declare(")
    assert text[begin:].startswith("""\
def declare(
    *,
    # The `sid` of EmergencyAddress 'office \"one\"\\n'.
    office_one_sid: pulumi.Input[str],
    # The `number_sid` of NumberEmergencyBinding "+16172000002".
    line_16172000002_number_sid: pulumi.Input[str],
    # The `number_sid` of NumberEmergencyBinding "desk".
    desk_number_sid: pulumi.Input[str],
) -> None:
""")
    assert [each for each in STACK.resources if each in text] == []


@pytest.mark.parametrize("text", [*NAMES, "\x00", "\ud800", "a\nb", "\t", "'\"", "\\'"])
def test_literal_is_the_text_again_in_plain_characters(text):
    source = literal(text)
    assert eval(source) == text
    assert source.isprintable()
    source.encode()
