"""The account of the example is adopted, and then the rest of it, as its README shows."""

from __future__ import annotations

import os
import shutil

import pytest

from docs.documents import ROOT, Document
from support.command import run
from twilio_emulator import Seed

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


def imports(example) -> None:
    words = next(line for line in README.text.splitlines() if line.startswith("$ pulumi import "))
    example.run(*words.removeprefix("$ pulumi ").split(), expect=0)


def test_account_is_adopted_and_then_the_rest_of_it(example, twilio):
    adopts(example, "adopt")
    if os.environ.get("REWRITE_DOCS"):
        shutil.copy(example.project / "adopted.py", FOLDER)
    assert (example.project / "adopted.py").read_text() == (FOLDER / "adopted.py").read_text()
    imports(example)
    README.shows("preview", example.run(*README.command("preview"), expect=0).text)
    example.up()

    pending = next(each for each in twilio.world.numbers() if each["phone_number"] == "+16175550111")
    twilio.world.force_status(pending["sid"], "registered")
    adopts(example, "rest")
    more = (example.project / "more.py").read_text()
    if os.environ.get("REWRITE_DOCS"):
        README.path.write_text(
            README.text.replace(
                f"more -->\n```python\n{README.program('more')}", f"more -->\n```python\n{more}"
            )
        )
    assert README.program("more") == more
    program = (example.project / "__main__.py").read_text()
    (example.project / "__main__.py").write_text(program + README.program("call"))
    imports(example)
    example.has_nothing_to_do()
    example.up()
    assert {request.method for request in twilio.world.requests} == {"GET"}
    assert {each["emergency_address_status"] for each in twilio.world.numbers()} == {
        "registered",
        "unregistered",
    }
    assert {each["friendly_name"] for each in twilio.world.addresses()} == {"Boston", 'Salem "new wing"'}
    example.destroy()
    assert twilio.world.addresses() == []


def test_readme_is_a_page():
    assert len(README.text.splitlines()) < 80
