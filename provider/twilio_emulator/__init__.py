"""
A Twilio for tests: the part of its REST API that emergency calling uses, with a memory.

Written from Twilio's documentation and from nothing else. It knows no client of its own, so a client that
passes here has been checked against an independent reading of the same pages.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twilio_emulator.app import create_app
    from twilio_emulator.clockwork import ManualClock, Pace, RealClock
    from twilio_emulator.faults import Fault, Faults
    from twilio_emulator.inprocess import InProcessAdapter
    from twilio_emulator.seed import Seed
    from twilio_emulator.server import Server, serve
    from twilio_emulator.switches import Switches
    from twilio_emulator.tls import Authority
    from twilio_emulator.world import World

_MODULES = {
    "Authority": "tls",
    "Fault": "faults",
    "Faults": "faults",
    "InProcessAdapter": "inprocess",
    "ManualClock": "clockwork",
    "Pace": "clockwork",
    "RealClock": "clockwork",
    "Seed": "seed",
    "Server": "server",
    "Switches": "switches",
    "World": "world",
    "create_app": "app",
    "serve": "server",
}

__all__ = [
    "Authority",
    "Fault",
    "Faults",
    "InProcessAdapter",
    "ManualClock",
    "Pace",
    "RealClock",
    "Seed",
    "Server",
    "Switches",
    "World",
    "create_app",
    "serve",
]


if find_spec("requests") is None:  # an extra; `from twilio_emulator import *` goes without its adapter
    __all__.remove("InProcessAdapter")  # noqa: PYI056 - the one name of an extra


def __getattr__(name: str) -> Any:
    # Loaded when it is needed, and not by every pytest run that finds the plugin.
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
