"""Whoever asks for `emulator` runs twice: called in process, and over a real socket."""

from __future__ import annotations

import pytest

from emulator.doors import Emulator, Switchboard
from twilio_emulator import serve


@pytest.fixture(scope="session")
def socket_door():
    switchboard = Switchboard()
    with serve(switchboard) as server:
        yield server, switchboard


@pytest.fixture(params=["in process", "over a socket"])
def emulator(request):
    if request.param == "over a socket":
        emulator = Emulator(*request.getfixturevalue("socket_door"))
    else:
        emulator = Emulator()
    yield emulator
    for session in emulator.sessions:
        session.close()
