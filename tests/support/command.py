"""`twilio-emergency` as an operator runs it: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.environment import environ_without

COMMAND = str(Path(sys.executable).with_name("twilio-emergency"))


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def environment(env: dict[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without anybody's credentials."""
    return {**environ_without("TWILIO", "PULUMI"), **(env or {})}


def run(*words: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Ended:
    """Run a command to its end; a traceback is never an answer."""
    done = subprocess.run(
        [COMMAND, *words],
        env=environment(env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)
