"""Which plugin processes there are, and what memory they take."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path


def plugins_of(mark: str) -> list[int]:
    """Return the plugin processes in whose environment this text stands, say a Twilio's URL."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            environ = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"pulumi.dynamic" in words and mark.encode() in environ:
            found.append(int(folder.name))
    return found


def end_all_of(mark: str) -> None:
    """Kill whatever still runs with this text in its environment: a killed CLI leaves its helpers behind."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(folder.name) != os.getpid() and mark.encode() in (folder / "environ").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)


class PeakMemory:
    """The most memory that any of those processes has taken, in MiB."""

    def __init__(self, mark: str) -> None:
        self.mebibytes = 0.0
        self._mark = mark
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        known: list[int] = []
        looked = float("-inf")
        while not self._done.wait(0.1):
            if not known or time.monotonic() - looked > 5:
                known, looked = plugins_of(self._mark), time.monotonic()
            for pid in known:
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    known = []
                    break
                for line in status.splitlines():
                    if line.startswith("VmHWM:"):
                        self.mebibytes = max(self.mebibytes, int(line.split()[1]) / 1024)
