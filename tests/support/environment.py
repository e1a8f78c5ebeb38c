"""This process's environment, as tests hand it to others."""

from __future__ import annotations

import os

RECORD_DIR = "TWILIO_EMERGENCY_RECORD_DIR"
"""Each run of the tests has a folder of its own instead of this machine's, and all its processes share it."""


def environ_without(*prefixes: str) -> dict[str, str]:
    """Return the variables whose names begin otherwise, and the folder of this run."""
    return {
        name: value
        for name, value in os.environ.items()
        if name == RECORD_DIR or not name.startswith(prefixes)
    }
