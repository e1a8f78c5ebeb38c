"""Addresses that somebody has made unfit for emergencies: refresh shows it, and `up` puts another in their place."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.handlers.results import UNKNOWN
from support.handler_commands import emergency_address
from support.places import HARRISON


@pytest.fixture
def disabled(base):
    """Emergencies are switched off for the address of a registered number."""
    base.twilio.world.set_address(base.office.id, emergency_enabled=False)
    return base


def test_address_that_is_no_longer_for_emergencies_is_shown_by_refresh(disabled):
    command = disabled.twilio.command()
    assert "emergency_enabled" not in disabled.office.outputs

    command.refresh(disabled.office)

    assert disabled.office.outputs["emergency_enabled"] is False
    [warning] = command.warnings(disabled.office)
    assert warning.startswith(f"Address {disabled.office.id} is no longer an emergency address")
    assert disabled.twilio.writes == []


def test_address_that_is_no_longer_for_emergencies_is_replaced_after_a_refresh(disabled):
    twilio, office, desk = disabled.twilio, disabled.office, disabled.desk
    twilio.command().refresh(office)
    old = office.copy()
    command = twilio.command()
    assert command.preview(desk, number_sid=disabled.number, address_sid=UNKNOWN) == "update"
    assert any("is uncovered while its address changes" in each for each in command.warnings(desk))

    assert command.up(office, **HARRISON) == ["emergency_enabled"]
    assert command.up(desk, **disabled.program(desk)) == "update"
    command.delete(old)

    [row] = twilio.world.addresses()
    assert (row["sid"], row["emergency_enabled"]) == (office.id, True)
    assert office.id != old.id
    assert disabled.is_in_force()
    assert disabled.up(twilio.command()) == ["same"] * 3


def test_such_an_address_of_the_operators_own_name_is_not_adopted_by_its_replacement(base):
    program = {**HARRISON, "friendly_name": "head office"}
    base.twilio.command().up(base.office, **program)
    base.twilio.world.set_address(base.office.id, emergency_enabled=False)
    base.twilio.command().refresh(base.office)
    before = base.office.id

    assert base.twilio.command().up(base.office, **program) == ["emergency_enabled"]

    assert base.office.id != before
    assert base.twilio.world.address(base.office.id)["emergency_enabled"]


def test_address_that_is_for_emergencies_again_is_kept(disabled):
    twilio, office = disabled.twilio, disabled.office
    twilio.command().refresh(office)
    twilio.world.set_address(office.id, emergency_enabled=True)

    twilio.command().refresh(office)

    assert twilio.command().up(office, **HARRISON) == "same"


def test_update_of_an_address_that_is_no_longer_for_emergencies_is_refused(disabled):
    with pytest.raises(Refused, match="is no longer an emergency address") as stop:
        disabled.twilio.command().up(disabled.office, **HARRISON, friendly_name="head office")

    assert "pulumi refresh" in str(stop.value)
    assert disabled.twilio.writes == []


def test_number_that_has_lost_such_an_address_is_refused_with_the_way_out(disabled):
    disabled.twilio.world.rebind(disabled.number, None)

    with pytest.raises(Refused, match="is not an emergency address") as stop:
        disabled.twilio.command().preview(disabled.desk, **disabled.program(disabled.desk))

    assert "run `pulumi refresh`, and then `pulumi up`" in str(stop.value)


def test_another_spelling_of_the_place_is_noted_and_not_warned_of(twilio):
    command, office = twilio.command(), emergency_address()
    command.up(office, **{**HARRISON, "street": "645 HARRISON STREET"})

    assert office.outputs["address_on_file"]["street"] == "645 HARRISON ST"
    assert command.screen.notes == [
        ("office", "Twilio has this place in another spelling of street: see the output address_on_file.")
    ]
    assert command.warnings() == []
