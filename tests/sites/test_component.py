"""EmergencySites on the real CLI against a running Twilio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.stack import Stack

FILE = """\
sites:
  office:
    address: {{customer_name: Twilio, street: 645 Harrison St, city: San Francisco, region: CA, postal_code: 94105, iso_country: US}}
    numbers: [{office}]
    domains: [{{domain_name: acme.sip.twilio.com, emergency_caller: +14155550100}}]
  annex:
    address: {{customer_name: Twilio Annex, street: 645 Harrison St, city: San Francisco, region: CA, postal_code: 94105, iso_country: US}}
    numbers: [{annex}]
"""
PROGRAM = """\
from pulumi_twilio_emergency import EmergencySites

sites = EmergencySites("voice", file="sites.yaml", allow_removals={allowed})
pulumi.export("sites", sites.sites)
pulumi.export("numbers", sites.numbers)
"""
ALL = [f"+1415555010{digit}" for digit in range(10)]


def declare(stack: Stack, office: list[str], annex: list[str], *, allowed: int = 0) -> None:
    (stack.project / "sites.yaml").write_text(FILE.format(office=", ".join(office), annex=", ".join(annex)))
    stack.program(PROGRAM.format(allowed=allowed))


def writes(twilio) -> list[str]:
    return [request for request in twilio.world.requests if request.method != "GET"]


@pytest.fixture
def voice(stack, twilio):
    """Return a stack with ten numbers at two sites of one place, and a SIP domain, all registered."""
    for phone_number in ALL:
        twilio.world.add_number(phone_number)
    twilio.world.add_domain("acme.sip.twilio.com")
    declare(stack, ALL[:5], ALL[5:])
    stack.up()
    return stack


def test_sites_are_registered_and_said_by_site_and_number(voice, twilio):
    assert {each["emergency_address_status"] for each in twilio.world.numbers()} == {"registered"}
    outputs = voice.resources()["voice"]["outputs"]
    assert outputs["sites"]["office"]["phone_numbers"] == ALL[:5]
    assert outputs["sites"]["office"]["domain_names"] == ["acme.sip.twilio.com"]
    number = outputs["numbers"][ALL[9]]
    assert (number["site"], number["emergency_address_status"]) == ("annex", "registered")
    assert number["address_sid"] == outputs["sites"]["annex"]["address_sid"]
    assert twilio.world.domains()[0]["emergency_calling_enabled"] is True
    voice.has_nothing_to_do()


def test_reordered_file_changes_nothing(voice):
    lines = (voice.project / "sites.yaml").read_text().splitlines()
    (voice.project / "sites.yaml").write_text("\n".join([lines[0], *lines[5:], *lines[1:5]]) + "\n")
    declared = (voice.project / "sites.yaml").read_text()
    assert declared.index("annex") < declared.index("office")
    voice.has_nothing_to_do()


def test_moved_number_is_an_update_of_its_binding(voice, twilio):
    declare(voice, ALL[:4], [*ALL[5:], ALL[4]])
    ran = voice.up()
    assert "~ 1 updated" in ran.text, "the binding alone, and nothing is created or deleted"
    assert "15 unchanged" in ran.text
    numbers = voice.resources()["voice"]["outputs"]["numbers"]
    assert numbers[ALL[4]]["site"] == "annex"
    assert numbers[ALL[4]]["address_sid"] == numbers[ALL[5]]["address_sid"]


def test_mass_removal_is_refused_in_preview_and_up_until_allowed(voice, twilio):
    declare(voice, ALL[:5], ALL[5:7])
    before = len(writes(twilio))
    for words in (
        ["preview"],
        ["up", "--yes", "--skip-preview"],
        ["up", "--yes", "--skip-preview", "--continue-on-error"],
    ):
        ran = voice.run(*words, expect=1)
        assert (
            "sites.yaml no longer has 3 of 10 numbers: +14155550107, +14155550108, +14155550109." in ran.text
        )
        assert "pass allow_removals=3 if this is intended" in ran.text
        assert "Traceback" not in ran.text
    assert len(writes(twilio)) == before
    declare(voice, ALL[:5], ALL[5:7], allowed=3)
    voice.up()
    assert sum(each["emergency_address_status"] == "registered" for each in twilio.world.numbers()) == 7
    declare(voice, ALL[:2], ALL[5:6], allowed=3)
    ran = voice.preview(expect=1)
    assert "sites.yaml no longer has 4 of 7 numbers" in ran.text, "the allowance was for the edit before"
    declare(voice, ALL[:5], ALL[5:7])
    voice.has_nothing_to_do()


def test_few_removals_pass(voice, twilio):
    declare(voice, ALL[:5], ALL[5:8])
    voice.up()
    assert sum(each["emergency_address_status"] == "registered" for each in twilio.world.numbers()) == 8


def test_destroy_is_not_held_up(voice, twilio):
    voice.destroy()
    assert {each["emergency_address_status"] for each in twilio.world.numbers()} == {"unregistered"}
    assert twilio.world.addresses() == []


def test_problems_of_the_file_are_said_without_traceback(stack):
    stack.program(PROGRAM.format(allowed=0))
    (stack.project / "sites.yaml").write_text("sites: {a: {adress: x}}\nsits: x\n")
    ran = stack.preview(expect=1)
    assert "sites.yaml has 2 problems; nothing was read from it." in ran.text
    assert "sites.yaml:1:13: sites.a.adress: unknown key 'adress'; did you mean address?" in ran.text
    assert "sites.yaml:2:1: sits: unknown key 'sits'; did you mean sites?" in ran.text
    assert "Traceback" not in ran.text
