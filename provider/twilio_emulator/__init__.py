"""
A Twilio for rehearsals: the part of its REST API that emergency calling uses, with a memory.

Written from Twilio's documentation and from nothing else. It knows no client of its own, so whoever passes
here has been checked by somebody who read the same pages independently.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twilio_emulator.app import create_app
    from twilio_emulator.clockwork import ManualClock, Pace, RealClock
    from twilio_emulator.faults import Fault, Faults
    from twilio_emulator.inprocess import InProcessAdapter
    from twilio_emulator.server import Server, serve
    from twilio_emulator.switches import Switches
    from twilio_emulator.world import World

_ROOMS = {
    "Fault": "faults",
    "Faults": "faults",
    "InProcessAdapter": "inprocess",
    "ManualClock": "clockwork",
    "Pace": "clockwork",
    "RealClock": "clockwork",
    "Server": "server",
    "Switches": "switches",
    "World": "world",
    "create_app": "app",
    "serve": "server",
}

__all__ = [
    "Fault",
    "Faults",
    "InProcessAdapter",
    "ManualClock",
    "Pace",
    "RealClock",
    "Server",
    "Switches",
    "World",
    "create_app",
    "serve",
]


def __getattr__(name: str) -> Any:
    # Flask is loaded by whoever needs it, and not by every pytest run that finds the plugin.
    if name in _ROOMS:
        return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
