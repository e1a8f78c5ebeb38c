"""What the README shows is what happens, and what it names exists."""

from __future__ import annotations

import ast
import re

import pytest

from docs.documents import ROOT, Document
from pulumi_twilio_emergency import EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency
from pulumi_twilio_emergency.twilio_gateway.settings import CONFIG_OF
from twilio_emulator import Pace

README = Document(ROOT / "README.md")


def test_the_first_screen_runs_as_shown(twilio, stack):
    twilio.world.add_number("+14155550100")
    twilio.world.add_domain("example.sip.twilio.com")
    twilio.world.pace(registration=Pace.after(2), unregistration=Pace.after(1))
    stack.program(README.program("first-screen"))
    README.shows("first-screen up", stack.run(*README.command("first-screen up"), expect=0).text)


def section(heading):
    return README.text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("resource", [EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency])
def test_every_input_and_output_is_described(resource):
    described = README.text.partition(f"### {resource.__name__}\n")[2].partition("\n##")[0]
    table, _, rest = described.partition("Outputs:")
    inputs = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)))) - {
        "input"
    }
    assert inputs == resource._inputs
    assert resource._outputs <= set(re.findall(r"`(\w+)`", rest))


def test_every_setting_is_described():
    described = section("Configuration")
    for key, variable in CONFIG_OF.values():
        assert f"`{key}`" in described
        assert f"`{variable}`" in described


def test_every_error_text_under_troubleshooting_is_one_that_we_say():
    said = "\n".join(
        strings_of(path) for path in (ROOT / "provider" / "pulumi_twilio_emergency").rglob("*.py")
    )
    rows = re.findall(r"^\| (`.*?) \|", section("When something goes wrong"), re.MULTILINE)
    fragments = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    fragments = [text for text in fragments if "No module named" not in text]
    assert len(fragments) > 12
    for text in fragments:
        # Sentences are put together from parts: the words must stand there in their order.
        parts = re.split(r"registration-failure|pending-registration|\(\d+\)|(?<=registered:) ", text)
        assert all(part.strip() in said for part in parts), text


def strings_of(path):
    tree = ast.parse(path.read_text())
    return "\n".join(
        part.value
        for part in ast.walk(tree)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def test_every_word_of_make_that_is_named_exists():
    words = set(re.findall(r"`make (\w+)`|^\$ make (\w+)", README.text, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text()
    for pair in words:
        assert f"\n{''.join(pair)}:" in makefile


def test_every_link_to_a_file_leads_to_one():
    for document in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*/*.md"),
        *ROOT.glob("provider/**/*.md"),
    ):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), (document, target)
