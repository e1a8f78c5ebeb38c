"""
Which process the engine is, so that another one at the same port, or with the same pid, is not taken for it.

The engine starts plugins through a shell script, so it is an ancestor and not always the parent. On Linux it
is the one that holds the listening socket, or else the nearest whose program is `pulumi`. Elsewhere it is
asked of `ps`.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC = Path("/proc")
_LISTENING = "0A"  # the state column of /proc/net/tcp
_MOST_ANCESTORS = 32


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """
    A process that no other can be mistaken for.

    Attributes:
        pid: Its process id, which is reused some day.
        started: When it began, in the system's own notation, which with the pid is not.

    """

    pid: int
    started: str

    @property
    def label(self) -> str:
        """Both in one word, fit for a file's name."""
        return f"{self.pid}-{self.started}".replace(" ", "_").replace(":", ".")

    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        found = _stat(self.pid)
        return found is not None and found.started == self.started and not found.ended


@dataclass(frozen=True, slots=True)
class _Stat:
    parent: int
    started: str
    program: str
    ended: bool


def is_running(label: str) -> bool:
    """Whether the process with this label still runs."""
    pid = label.partition("-")[0]
    found = _stat(int(pid)) if pid.isdecimal() else None
    return found is not None and not found.ended and EngineProcess(int(pid), found.started).label == label


def find_engine(address: str | None) -> EngineProcess | None:
    """Return the ancestor that is the engine at this address, or None where that cannot be told."""
    ancestors = dict(_ancestors())
    owner = _listener(address, ancestors) if address else None
    if owner is None:
        owner = next((pid for pid, stat in ancestors.items() if stat.program == "pulumi"), None)
    return EngineProcess(owner, ancestors[owner].started) if owner is not None else None


def _ancestors() -> Iterator[tuple[int, _Stat]]:
    pid = os.getppid()
    for _ in range(_MOST_ANCESTORS):
        found = _stat(pid) if pid > 1 else None
        if found is None:
            return
        yield pid, found
        pid = found.parent


def _listener(address: str, ancestors: dict[int, _Stat]) -> int | None:
    """Return the ancestor that holds the socket at the address; None where there is no /proc."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(int(address.rpartition(":")[2]))}
    for pid in ancestors if sockets else ():
        with contextlib.suppress(OSError):
            for descriptor in (_PROC / str(pid) / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(descriptor) in sockets:  # noqa: PTH115 - the text is no path
                        return pid
    return None


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("net/tcp", "net/tcp6"):
        with contextlib.suppress(OSError):
            for line in (_PROC / table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                    yield columns[9]


def _stat(pid: int) -> _Stat | None:
    if sys.platform == "linux":
        return _stat_of_proc(pid)
    return _stat_of_ps(pid)


def _stat_of_proc(pid: int) -> _Stat | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The program's name stands in parentheses and may hold some itself (proc(5)).
    head, _, tail = text.rpartition(")")
    columns = tail.split()
    return _Stat(int(columns[1]), columns[19], head.partition("(")[2], columns[0] in "ZX")


def _stat_of_ps(pid: int) -> _Stat | None:
    command = ["ps", "-o", "ppid=,stat=,lstart=,comm=", "-p", str(pid)]
    try:
        ran = subprocess.run(  # noqa: S603 - no text of others is in it
            command, capture_output=True, text=True, check=False, timeout=5, env={**os.environ, "LC_ALL": "C"}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.fullmatch(r"\s*(\d+)\s+(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*?)\s*", ran.stdout)
    if found is None:
        return None
    parent, state, started, program = found.groups()
    return _Stat(int(parent), " ".join(started.split()), os.path.basename(program), state.startswith("Z"))  # noqa: PTH119
