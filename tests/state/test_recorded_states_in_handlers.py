"""Recorded states in front of the handlers, without the engine: every command that goes on from them."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from support.handler_commands import Resource, Twilio
from support.places import ACROSS
from support.recorded_states import RECORDED, resources_of, world_of


@dataclass
class Stack:
    """A recorded stack, and the program with which it was made."""

    twilio: Twilio
    office: Resource
    desk: Resource
    phones: Resource
    place: dict

    @property
    def number(self) -> str:
        return self.desk.id

    def up(self, command, place=None) -> list:
        """Apply the program, and return what each resource took."""
        return [
            command.up(self.office, **(place or self.place)),
            command.up(self.desk, phone_number="+14155550100", address_sid=self.office.id),
            command.up(self.phones, **self.phones.inputs),
        ]

    def destroy(self, command) -> None:
        for each in (self.phones, self.desk, self.office):
            command.delete(each)

    def is_taken_down(self) -> bool:
        world = self.twilio.world
        return (
            self.twilio.coverage(self.number) == (None, "unregistered")
            and not world.domains()[0]["emergency_calling_enabled"]
            and not world.addresses()
        )


def replayed(path) -> Stack:
    recorded = json.loads(path.read_text())
    twilio = Twilio(recorded["account_sid"])
    world_of(recorded, twilio.world)
    resources = resources_of(recorded)
    place = {name: value for name, value in resources["office"].inputs.items() if name != "friendly_name"}
    return Stack(twilio, **resources, place=place)


@pytest.fixture(params=RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def stack(request):
    return replayed(request.param)


@pytest.fixture
def registered(request):
    [path] = [path for path in RECORDED if path.stem == "registered"]
    return replayed(path)


@pytest.fixture
def pending():
    [path] = [path for path in RECORDED if path.stem == "still-pending"]
    return replayed(path)


def test_unchanged_program_finds_a_registered_stack_unchanged(registered):
    command = registered.twilio.command()

    assert registered.up(command) == ["same"] * 3
    assert registered.twilio.writes == []
    assert command.warnings() == []


def test_unchanged_program_goes_on_waiting_for_a_pending_registration(pending):
    pending.twilio.world.force_status(pending.number, "registered")
    command = pending.twilio.command()

    assert pending.up(command) == ["same", "update", "same"]
    assert pending.twilio.writes == []
    assert pending.up(pending.twilio.command()) == ["same"] * 3


def test_refresh_changes_no_input_and_no_visible_output(stack):
    def visible(props):
        return {name: value for name, value in props.items() if not name.startswith("__")}

    command = stack.twilio.command()
    for each in (stack.office, stack.desk, stack.phones):
        inputs, outputs = dict(each.inputs), visible(each.outputs)
        assert command.refresh(each)
        assert (each.inputs, visible(each.outputs)) == (inputs, outputs)


def test_destroy_takes_everything_down(stack):
    command = stack.twilio.command()
    stack.destroy(command)

    assert stack.is_taken_down()
    assert command.warnings() == []


def test_destroy_after_a_refresh_takes_everything_down(stack):
    """The token of a copy of 0.1.0 is a digest of its outputs, and a refresh writes others."""
    command = stack.twilio.command()
    for each in (stack.office, stack.desk, stack.phones):
        command.refresh(each)
    stack.destroy(command)

    assert stack.is_taken_down()


def test_destroy_after_the_program_was_run_takes_everything_down(registered):
    command = registered.twilio.command()
    for each in (registered.office, registered.desk, registered.phones):
        command.refresh(each)
    registered.up(command)
    registered.destroy(command)

    assert registered.is_taken_down()


def test_move_to_another_place_leaves_one_address(registered):
    command, old = registered.twilio.command(), registered.office.copy()

    [replaces, desk, phones] = registered.up(command, ACROSS)
    command.delete(old)

    assert (replaces, desk, phones) == (["street"], "update", "same")
    assert [each["sid"] for each in registered.twilio.world.addresses()] == [registered.office.id]
    assert registered.twilio.coverage(registered.number) == (registered.office.id, "registered")


def test_place_spelled_as_on_file_is_no_move(registered):
    on_file = registered.office.outputs["address_on_file"]
    place = {name: value for name, value in on_file.items() if value}

    assert registered.up(registered.twilio.command(), place) == ["update", "same", "same"]
    assert registered.twilio.writes == []


def test_resource_that_was_renamed_with_aliases_keeps_its_address_and_name(registered):
    registered.office.name = "headquarters"

    assert registered.up(registered.twilio.command()) == ["same"] * 3
    assert registered.twilio.writes == []


def test_forced_replacement_of_a_binding_leaves_its_number_bound(registered):
    command, old = registered.twilio.command(), registered.desk.copy()
    command.replace(registered.desk, phone_number="+14155550100", address_sid=registered.office.id)
    command.delete(old)

    assert registered.twilio.coverage(registered.number) == (registered.office.id, "registered")
    assert registered.twilio.writes == []
