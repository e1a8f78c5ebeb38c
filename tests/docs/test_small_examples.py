"""The examples of a SIP domain and of a moved number do what their READMEs show."""

from __future__ import annotations

import pytest
import yaml

from docs.documents import ROOT, Document
from support.command import run
from twilio_emulator import Pace

EXAMPLES = ROOT / "examples"
SIP_DOMAIN, MOVE = (Document(EXAMPLES / name / "README.md") for name in ("sip-domain", "move-a-number"))
DESK, SPARE = "+14155550100", "+14155550101"


@pytest.fixture
def example(twilio, stack):
    """Return what begins an example: on a Twilio with what its seed file has."""

    def begin(readme: Document):
        folder = readme.path.parent
        seed = yaml.safe_load((folder / "seed.yaml").read_text())
        for row in seed["numbers"]:
            twilio.world.add_number(row["phone_number"])
        for row in seed["domains"]:
            twilio.world.add_domain(row["domain_name"])
        twilio.world.pace(registration=Pace.after(2), unregistration=Pace.after(1))
        stack.begin_project(folder)
        return stack

    return begin


@pytest.mark.parametrize("readme", [SIP_DOMAIN, MOVE], ids=["sip-domain", "move-a-number"])
def test_readme_of_an_example_is_short(readme):
    assert len(readme.text.splitlines()) < 80


def shows(readme: Document, name: str, stack) -> None:
    """Run the command of a session, and make sure that the session shows what it says."""
    readme.shows(name, stack.run(*readme.command(name), expect=0).text)


def writes(twilio, since: int) -> list[str]:
    return [
        f"{each.method} {each.path.rpartition('/')[2]}"
        for each in twilio.world.requests[since:]
        if each.method != "GET"
    ]


def test_sip_domain_is_switched_on_last_and_off_first(twilio, example):
    stack = example(SIP_DOMAIN)
    shows(SIP_DOMAIN, "up", stack)
    [domain] = twilio.world.domains()
    assert domain["emergency_caller_sid"] == twilio.world.numbers()[0]["sid"]
    shows(SIP_DOMAIN, "caller", stack)
    [domain] = twilio.world.domains()
    assert domain["emergency_caller_sid"] == twilio.world.numbers()[1]["sid"]
    words = SIP_DOMAIN.session("audit").splitlines()[0].removeprefix("$ twilio-emergency ").split()
    SIP_DOMAIN.shows("audit", run(*words, env=twilio.env, cwd=stack.project).out)
    shows(SIP_DOMAIN, "destroy", stack)
    assert twilio.world.addresses() == []


def statuses_of_callers(world, since: int) -> list[str | None]:
    """Return the status of the domain's emergency caller, whichever number that is, after each change."""
    current: dict[str, dict] = {}
    seen = []
    for position, event in enumerate(world.history):
        current.setdefault(event.sid, {}).update(event.detail)
        for row in current.values():
            if position >= since and row.get("emergency_calling_enabled"):
                caller = current.get(row.get("emergency_caller_sid"), {})
                seen.append(caller.get("emergency_address_status"))
    return seen


def test_moved_number_leaves_its_domain_with_a_registered_caller_throughout(twilio, example):
    stack = example(MOVE)
    stack.up()
    begun = len(twilio.world.history)
    shows(MOVE, "spare", stack)
    assert f"{DESK} is uncovered while its address changes" in stack.preview("-c", "step=3").errors
    shows(MOVE, "move", stack)
    before = len(twilio.world.requests)
    shows(MOVE, "rename", stack)
    assert writes(twilio, before) == []
    seen = statuses_of_callers(twilio.world, begun)
    assert len(seen) > 5
    assert set(seen) == {"registered"}
    [address] = twilio.world.addresses()
    assert address["street"] == "650 HARRISON ST"
    assert {each["emergency_address_sid"] for each in twilio.world.numbers()} == {address["sid"]}


def test_rename_without_aliases_would_move_the_numbers(twilio, example):
    """What the README says of a rename without `aliases`: preview announces the gaps, and names the option."""
    stack = example(MOVE)
    for step in ("1", "2", "3"):
        stack.up("-c", f"step={step}")
    program = (stack.project / "__main__.py").read_text()
    without = program.replace('opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="new-office")]),', "")
    assert without != program
    (stack.project / "__main__.py").write_text(without)
    said = stack.preview("-c", "step=4").errors
    for number in (DESK, SPARE):
        assert f"{number} is uncovered" in said
    assert "give it the option aliases" in said
