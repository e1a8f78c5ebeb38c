"""States that releases have left behind: a newer one previews them clean, goes on with them, and destroys them."""

from __future__ import annotations

import json

import pytest

from support.recorded_states import RECORDED, world_of
from support.stack import Stack
from twilio_emulator import World, create_app, serve


@pytest.fixture(params=RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def recorded(request):
    return json.loads(request.param.read_text())


@pytest.fixture
def world(recorded):
    return world_of(recorded, World())


@pytest.fixture
def stack(recorded, world, tmp_path, engine):
    with serve(create_app(world)) as server:
        env = {
            "TWILIO_ACCOUNT_SID": recorded["account_sid"],
            "TWILIO_AUTH_TOKEN": "0" * 32,
            "TWILIO_API_URL": server.url,
        }
        stack = Stack(tmp_path, engine, env)
        # The project's name is part of every URN.
        stack.rename_project(recorded["state"]["deployment"]["resources"][0]["urn"].split("::")[1])
        stack.program(recorded["program"])
        (tmp_path / "state.json").write_text(json.dumps(recorded["state"]))
        stack.run("stack", "import", "--file", str(tmp_path / "state.json"), expect=0)
        yield stack


def test_states_of_both_kinds_are_recorded():
    assert {path.stem for path in RECORDED} == {"registered", "still-pending"}


def test_recorded_state_goes_on_is_clean_and_can_be_destroyed(recorded, world, stack):
    number = world.numbers()[0]["sid"]
    if world.number(number)["emergency_address_status"] != "registered":
        assert "~ 1 to update" in stack.preview().text
        world.force_status(number, "registered")
        before = [event for event in world.history if event.by == "api"]
        stack.up()
        assert [event for event in world.history if event.by == "api"] == before, "it only went on waiting"
    stack.has_nothing_to_do()
    stack.refresh("--expect-no-changes")
    stack.destroy()
    assert world.addresses() == []
    assert world.number(number)["emergency_address_status"] == "unregistered"
    assert not world.domains()[0]["emergency_calling_enabled"]


def test_recorded_state_is_destroyed_after_a_refresh(recorded, world, stack):
    stack.destroy("--refresh")

    assert world.addresses() == []
    assert world.numbers()[0]["emergency_address_status"] == "unregistered"
    assert not world.domains()[0]["emergency_calling_enabled"]
