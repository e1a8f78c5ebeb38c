"""One plugin process for a file of tests, and a Twilio of its own for each test."""

from __future__ import annotations

import pytest

from support.plugin_process import PluginProcess
from support.twilio import PluginHarness


@pytest.fixture(scope="module")
def plugin():
    with PluginProcess(env={"CI": "1"}) as process:
        yield process


@pytest.fixture
def harness(plugin, twilio):
    return PluginHarness(plugin, twilio)
