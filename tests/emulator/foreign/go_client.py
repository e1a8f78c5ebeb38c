"""Unmodified twilio-go, compiled on the spot: minutes the first time, so not among the usual tests."""

from __future__ import annotations

import pytest

from emulator.foreign import installing
from emulator.foreign.running import EXPECTED, check_world, run, twilio_for_clients

twilio = pytest.fixture(twilio_for_clients)


@pytest.mark.timeout(1800)
def test_twilio_go_runs_the_pages_workflows(twilio):
    assert run(twilio, installing.go(), twilio.tls) == EXPECTED
    check_world(twilio.app.world)
