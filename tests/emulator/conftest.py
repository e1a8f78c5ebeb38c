"""A test that asks for `emulator` runs twice: called in process, and over a real socket."""

from __future__ import annotations

import pytest

from emulator.clients import Emulator
from twilio_emulator import World, create_app, serve


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
