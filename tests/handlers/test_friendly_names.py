"""Default friendly names: given, kept through renames, and taken again when an explicit one is cleared."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.rules import friendly_names
from pulumi_twilio_emergency.handlers.results import UNKNOWN
from support.handler_commands import emergency_address
from support.places import HARRISON


@pytest.fixture
def office(twilio):
    office = emergency_address()
    twilio.command().up(office, **HARRISON)
    return office


def test_default_name_is_tagged_for_resource_and_stack(office):
    name = office.outputs["friendly_name"]

    assert friendly_names.is_tagged_for(name, office.urn)
    assert friendly_names.is_tagged_for_stack(name, office.urn)
    assert not friendly_names.is_tagged_for_stack(name, emergency_address(stack="prod").urn)


def test_explicit_name_that_is_cleared_goes_back_to_the_default(twilio, office):
    default = office.outputs["friendly_name"]
    twilio.command().up(office, **HARRISON, friendly_name="head office")
    assert twilio.world.address(office.id)["friendly_name"] == "head office"

    assert twilio.command().up(office, **HARRISON) == "update"

    assert twilio.world.address(office.id)["friendly_name"] == default
    assert twilio.command().up(office, **HARRISON) == "same"


def test_explicit_name_that_looks_like_a_default_is_cleared_as_well(twilio):
    office = emergency_address()
    twilio.command().up(office, **HARRISON, friendly_name="gate 1234567")

    assert twilio.command().up(office, **HARRISON) == "update"

    assert friendly_names.is_tagged_for(twilio.world.address(office.id)["friendly_name"], office.urn)


@pytest.mark.parametrize("change", [{"name": "headquarters"}, {"stack": "prod"}])
def test_default_name_is_kept_when_the_urn_changes(twilio, office, change):
    """An alias, or `pulumi stack rename`: it costs no request."""
    for name, value in change.items():
        setattr(office, name, value)
    command = twilio.command()
    writes = len(twilio.writes)

    assert command.up(office, **HARRISON) == "same"

    assert len(twilio.writes) == writes
    assert command.warnings() == []


def test_default_name_of_0_1_0_is_kept(twilio):
    office = emergency_address()
    name = friendly_names.friendly_name_of_0_1_0(office.urn)
    sid = twilio.world.add_address(**HARRISON, friendly_name=name)
    recorded = {**HARRISON, "friendly_name": name}
    outputs = {
        **recorded,
        "sid": sid,
        "account_sid": twilio.settings.account_sid,
        "address_on_file": {**HARRISON, "street_secondary": ""},
    }
    office.keep(sid, recorded, outputs)

    assert twilio.command().up(office, **HARRISON) == "same"


def test_name_that_others_have_changed_is_put_back(twilio, office):
    default = office.outputs["friendly_name"]
    twilio.world.set_address(office.id, friendly_name="by hand")
    command = twilio.command()
    command.refresh(office)

    assert command.up(office, **HARRISON) == "update"

    assert twilio.world.address(office.id)["friendly_name"] == default


def test_unknown_name_is_not_replaced_by_the_default(twilio):
    inputs = twilio.command().check(emergency_address(), **HARRISON, friendly_name=UNKNOWN)

    assert inputs["friendly_name"] is UNKNOWN


@pytest.mark.parametrize("value", [[""], {}, {"a": "b"}, 5.0, True])
def test_name_that_is_no_string_is_a_named_problem(twilio, value):
    office = emergency_address()
    call = twilio.command().call("check", office)

    checked = office.handler.check(call, {}, {**HARRISON, "friendly_name": value})

    assert [problem.where for problem in checked.problems] == ["friendly_name"]


@pytest.mark.parametrize("name", ["", " ", "  "])
def test_blank_name_is_unchanged_in_the_next_run(twilio, name):
    office = emergency_address()
    twilio.command().up(office, **HARRISON, friendly_name=name)

    assert twilio.command().up(office, **HARRISON, friendly_name=name) == "same"
