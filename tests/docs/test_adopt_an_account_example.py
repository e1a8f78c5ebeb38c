"""The account of the example is adopted, and then the rest of it, as its README shows."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from docs.documents import ROOT, Document
from support.command import run
from twilio_emulator import Seed

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "examples" / "adopt-an-account"
README = Document(FOLDER / "README.md")


@pytest.fixture
def example(twilio, stack):
    """Return a stack in a copy of the example, on a Twilio with what its seed file has."""
    Seed.read(FOLDER / "seed.yaml").apply(twilio.world, twilio.faults)
    for name in ("__main__.py", "adopted.py"):
        shutil.copy(FOLDER / name, stack.project)
    return stack


def adopts(example, session: str) -> None:
    """Run the command of a session, and make sure that the session shows what it says."""
    words = README.session(session).splitlines()[0].removeprefix("$ twilio-emergency ").split()
    README.shows(session, run(*words, env=example.env, cwd=example.project).out)


def has_written(example, expected: Path) -> None:
    """Make sure that a file is as it stands here, or write it here (REWRITE_DOCS=1)."""
    written = (example.project / expected.name).read_text()
    if os.environ.get("REWRITE_DOCS"):
        expected.write_text(written)
    assert expected.read_text() == written


def imports(example) -> None:
    words = next(line for line in README.text.splitlines() if line.startswith("$ pulumi import "))
    example.run(*words.removeprefix("$ pulumi ").split(), expect=0)


def test_account_is_adopted_and_then_the_rest_of_it(example, twilio):
    adopts(example, "adopt")
    has_written(example, FOLDER / "adopted.py")
    imports(example)
    README.shows("preview", example.run(*README.command("preview"), expect=0).text)
    example.up()

    pending = next(each for each in twilio.world.numbers() if each["phone_number"] == "+16175550111")
    twilio.world.force_status(pending["sid"], "registered")
    adopts(example, "rest")
    has_written(example, FOLDER / "expected" / "more.py")
    program = (example.project / "__main__.py").read_text()
    (example.project / "__main__.py").write_text(program + README.program("call"))
    imports(example)
    example.has_nothing_to_do()
    example.up()
    assert {request.method for request in twilio.world.requests} == {"GET"}
    statuses = {each["phone_number"]: each["emergency_address_status"] for each in twilio.world.numbers()}
    assert [name for name, status in statuses.items() if status != "registered"] == ["+16175550120"]
    assert {each["friendly_name"] for each in twilio.world.addresses()} == {"Boston", 'Salem "new wing"'}
    example.destroy()
    assert twilio.world.addresses() == []


def test_readme_is_a_page():
    assert len(README.text.splitlines()) < 80
