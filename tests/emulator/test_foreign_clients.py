"""
Unmodified clients run the page's three workflows: over plain http where they can, and as api.twilio.com.

twilio-go takes minutes to compile: see `foreign/go_client.py`, which `make test-clients` runs.
"""

from __future__ import annotations

import pytest

from emulator.foreign import installing
from emulator.foreign.running import EXPECTED, check_world, run, twilio_for_clients

LOWEST = "9.5.0"
"""The lowest twilio-python that the provider takes."""

twilio = pytest.fixture(twilio_for_clients)


@pytest.mark.parametrize("way", ["plain http", "as api.twilio.com"])
@pytest.mark.parametrize("version", ["lowest", "newest"])
def test_twilio_python_runs_the_pages_workflows(twilio, version, way):
    client = installing.python(LOWEST if version == "lowest" else installing.newest_python())

    assert (
        run(twilio, client, {"TWILIO_API_URL": twilio.url} if way == "plain http" else twilio.tls) == EXPECTED
    )
    check_world(twilio.app.world)


def test_twilio_node_runs_the_pages_workflows(twilio):
    assert run(twilio, installing.node(), twilio.tls) == EXPECTED
    check_world(twilio.app.world)


def test_client_that_cannot_be_installed_fails_by_name(monkeypatch, tmp_path):
    monkeypatch.setattr(installing, "CACHE", tmp_path)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(FileNotFoundError, match=r"^npm is needed for the foreign clients; install it$"):
        installing.node()
    with pytest.raises(FileNotFoundError, match=r"^go is needed for the foreign clients; install it$"):
        installing.go()
    assert not list(tmp_path.rglob(".complete"))
