"""A test that asks for `emulator` runs twice: called in process, and over a real socket."""

from __future__ import annotations

import pytest

from emulator.clients import Emulator
from emulator.schema import observe
from twilio_emulator import World, create_app, serve
from twilio_emulator.traffic import Traffic


@pytest.fixture(autouse=True)
def every_answer_is_checked(monkeypatch):
    """Hold every answer of every app of every test against Twilio's OpenAPI facts."""
    original = Traffic.__init__

    def checked(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.observers.append(observe)

    monkeypatch.setattr(Traffic, "__init__", checked)


@pytest.fixture(scope="session")
def shared_server():
    """One socket for all tests, connected to the emulator of the one that runs."""
    with serve(create_app(World())) as server:
        yield server


@pytest.fixture(params=["in process", "over a socket"])
def emulator(request):
    if request.param == "over a socket":
        emulator = Emulator(request.getfixturevalue("shared_server"))
    else:
        emulator = Emulator()
    yield emulator
    for session in emulator.sessions:
        session.close()
