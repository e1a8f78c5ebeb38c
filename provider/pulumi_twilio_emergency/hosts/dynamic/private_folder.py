"""A folder on this machine for what plugin processes share, which nobody else can enter."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

RECORD_DIR = "TWILIO_EMERGENCY_RECORD_DIR"
_EVERYBODYS = Path("/tmp")  # noqa: S108 - what is in it is checked


def _place() -> Path:
    if chosen := os.environ.get(RECORD_DIR):
        place = Path(chosen).expanduser()
        place.mkdir(parents=True, exist_ok=True)
        return place
    # Windows keeps each user's temporary files apart.
    if hasattr(os, "getuid") and os.access(_EVERYBODYS, os.W_OK | os.X_OK):
        return _EVERYBODYS
    return Path(tempfile.gettempdir())


def private_folder() -> Path:
    """
    Return the folder. Its owner is checked, as all may write to the one above.

    It is the same for all commands of a user, whatever a shell, a CI job or Nix sets TMPDIR and HOME to: each
    has to know what a killed one has left. Only TWILIO_EMERGENCY_RECORD_DIR moves it.

    Raises:
        OSError: It cannot be made, or is somebody else's.

    """
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = _place() / f"pulumi-twilio-emergency-{user}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise PermissionError(folder)
    # Windows has no such modes.
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o077):
        raise PermissionError(folder)
    return folder
