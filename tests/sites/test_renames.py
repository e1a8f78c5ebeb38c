"""Resources that become those of an EmergencySites, or of another key: by aliases, without a request."""

from __future__ import annotations

import pytest

from docs.documents import ROOT, Document

DESK = "+14155550100"
SINGLE = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
desk = NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)
"""
SITES = """\
sites:
  {key}:
    address: {{customer_name: Twilio, street: 645 HARRISON ST, city: SAN FRANCISCO, region: CA, postal_code: 94105, iso_country: US}}
    numbers: [{number}]
"""
COMPONENT = """\
from pulumi_twilio_emergency import EmergencySites

EmergencySites("voice", file="sites.yaml")
"""
RECIPE = Document(ROOT / "docs" / "operations.md").program("into-a-sites-file")


def write_sites(stack, key="office"):
    (stack.project / "sites.yaml").write_text(SITES.format(key=key, number=DESK))


def writes(twilio):
    return [request.path for request in twilio.world.requests if request.method != "GET"]


def up_sends_nothing(stack, twilio, program):
    """Bring it into force: nothing is written, announced as uncovered, or created, and nothing is left to do."""
    stack.program(program)
    before, registered = writes(twilio), twilio.world.numbers()
    planned = stack.preview()
    ran = stack.up()
    assert "uncovered" not in planned.text + ran.text
    assert "deleted" not in ran.text
    assert writes(twilio) == before
    assert twilio.world.numbers() == registered
    stack.has_nothing_to_do()


@pytest.fixture
def single(stack, twilio):
    twilio.world.add_number(DESK)
    stack.program(SINGLE)
    stack.up()
    return stack


@pytest.fixture
def voice(stack, twilio):
    twilio.world.add_number(DESK)
    write_sites(stack)
    stack.program(COMPONENT)
    stack.up()
    return stack


def test_single_resources_move_into_a_sites_file_by_the_documented_transform(single, twilio):
    write_sites(single)
    single.program(COMPONENT)
    said = single.preview(expect=1).errors
    assert "set their aliases by `transforms` on it" in said

    up_sends_nothing(single, twilio, RECIPE)

    assert {"voice", "voice-office", f"voice-{DESK}", "voice-numbers"} == set(single.resources())
    up_sends_nothing(single, twilio, COMPONENT)


@pytest.mark.parametrize("remedy", ["old key", "alias"])
def test_changed_key_is_settled_by_the_old_key_or_an_alias(voice, twilio, remedy):
    write_sites(voice, "headquarters")
    said = voice.preview().errors
    assert "put the old key back, or set its alias by `transforms` on the EmergencySites" in said

    if remedy == "old key":
        write_sites(voice)
        up_sends_nothing(voice, twilio, COMPONENT)
    else:
        names = RECIPE.replace('"voice-office": "office"', '"voice-headquarters": "voice-office"')
        alias = names.replace("name=old_name, parent=pulumi.ROOT_STACK_RESOURCE", "name=old_name")
        assert alias.count("voice-headquarters") == 1
        assert "ROOT_STACK_RESOURCE" not in alias
        up_sends_nothing(voice, twilio, alias)


def test_renamed_component_is_settled_by_an_alias_of_its_own(voice, twilio):
    renamed = COMPONENT.replace('"voice", file', '"phones", file')
    voice.program(renamed)
    assert (
        "If the EmergencySites was renamed or moved, give it the option aliases"
        in voice.preview(expect=1).errors
    )

    alias = 'opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="voice")]), file'
    up_sends_nothing(voice, twilio, renamed.replace("file", alias, 1))

    assert "phones-office" in voice.resources()


def test_number_of_a_sites_file_that_is_bound_elsewhere_names_the_components_take_over(stack, twilio):
    theirs = twilio.world.add_address(
        customer_name="Other", street="1 DR CARLTON B GOODLETT PL", city="SAN FRANCISCO", region="CA",
        postal_code="94102", iso_country="US",
    )  # fmt: skip
    twilio.world.add_number(DESK, emergency_address_sid=theirs, emergency_address_status="registered")
    write_sites(stack)
    stack.program(COMPONENT)
    assert "set take_over=True on the EmergencySites, for all its numbers" in stack.preview(expect=1).errors

    stack.program(COMPONENT.replace("file=", "take_over=True, file="))
    stack.up()

    assert twilio.world.numbers()[0]["emergency_address_sid"] != theirs
    stack.has_nothing_to_do()
