"""The example with two subaccounts does what its README shows."""

from __future__ import annotations

import re
import shutil

import pytest

from docs.documents import ROOT, Document
from support.command import run
from twilio_emulator import Seed

FOLDER = ROOT / "examples" / "subaccounts"
README = Document(FOLDER / "README.md")
CONFIG = dict(re.findall(r"^\$ pulumi config set (\w+) (AC\w+)$", README.text, re.MULTILINE))


@pytest.fixture
def example(twilio, stack):
    """Return a stack with the example's program, on a Twilio with what its seed file has."""
    Seed.parse((FOLDER / "seed.yaml").read_text(), "seed.yaml").apply(twilio.world, twilio.faults)
    shutil.copy(FOLDER / "__main__.py", stack.project)
    for name, sid in CONFIG.items():
        stack.run("config", "set", name, sid, expect=0)
    return stack


def words(name: str) -> list[str]:
    return README.session(name).splitlines()[0].removeprefix("$ twilio-emergency ").split()


def test_program_of_the_readme_is_the_program():
    assert README.program("subaccounts") == (FOLDER / "__main__.py").read_text()


def test_offices_are_registered_each_in_its_account_and_audited_together(example, twilio):
    example.up()
    example.has_nothing_to_do()
    assert {
        each["phone_number"]: (each["account_sid"], each["emergency_address_status"])
        for each in twilio.world.numbers()
    } == {
        "+14155550100": (twilio.account_sid, "registered"),
        "+16175550100": (CONFIG["boston"], "registered"),
        "+16175550101": (CONFIG["boston"], "registered"),
        "+442079460100": (CONFIG["london"], "registered"),
    }
    ended = run(*words("audit"), env={**example.env, "COLUMNS": "100"}, cwd=example.project)
    README.shows("audit", ended.out)
    assert ended.code == 0
    example.destroy()
    assert twilio.world.addresses() == []
