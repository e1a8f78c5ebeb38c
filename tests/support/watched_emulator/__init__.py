"""On PYTHONPATH, this folder makes emulators in processes of their own check their answers: see `sitecustomize.py`."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent
FILE = "SCHEMA_WATCH_FILE"


def watched(file: Path, path: str | None) -> dict[str, str]:
    """Return the environment variables that make emulators write down there what is wrong with their answers."""
    return {FILE: str(file), "PYTHONPATH": os.pathsep.join(filter(None, (str(FOLDER), path)))}
