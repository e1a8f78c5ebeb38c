"""A Pulumi stack on the real CLI: its program, its commands as an operator types them, its state."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import yaml
from pulumi.dynamic.dynamic import PROVIDER_KEY

from support.environment import environ_without
from support.processes import end_all_of

IMPORTS = """\
import pulumi
from pulumi_twilio_emergency import EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency

"""

_EMPTY_PIP = str(Path(__file__).parent / "empty_pip")

# A shell ignores SIGINT for what it starts in the background, and children inherit that. The engine ends a program
# in Python by SIGINT, and waits five seconds for it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The plugin looks for a terminal of its session, so the command must own the one it is shown on.
IN_A_TERMINAL = (
    sys.executable,
    "-c",
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])",
)


@dataclass
class Ran:
    """A command that has ended."""

    code: int
    text: str
    seconds: float

    @property
    def diagnostics(self) -> str:
        """What stands under Diagnostics at the end: what an operator reads first."""
        return self.text.partition("Diagnostics:")[2].partition("\nOutputs:")[0].partition("\nResources:")[0]

    @property
    def errors(self) -> str:
        """The diagnostics without indentation, so that sentences can be found."""
        return re.sub(r"\n\s+", "\n", self.diagnostics)


class Running:
    """A command that has not ended yet."""

    def __init__(self, process: subprocess.Popen[bytes], out: int) -> None:
        self.process = process
        self._out = out
        self._began = time.monotonic()
        self._chunks: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # Reading a terminal whose other end is gone is an error, and the end.
        with contextlib.suppress(OSError):
            while chunk := os.read(self._out, 65536):
                self._chunks.append(chunk.decode(errors="replace"))
        os.close(self._out)

    @property
    def text(self) -> str:
        return "".join(self._chunks)

    def says(self, words: str, within: float = 60) -> None:
        """Wait until the command has said this."""
        give_up = time.monotonic() + within
        while words not in self.text:
            assert self.process.poll() is None, f"ended before it said {words!r}:\n{self.text}"
            assert time.monotonic() < give_up, f"did not say {words!r} within {within} s:\n{self.text}"
            time.sleep(0.02)

    def interrupt(self) -> None:
        """Press Ctrl-C: the terminal signals the whole group, as a shell's would."""
        os.killpg(self.process.pid, signal.SIGINT)

    def terminate(self) -> None:
        """Send SIGTERM to the CLI alone, as a CI runner does with a cancelled job."""
        os.kill(self.process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill the CLI alone, as an out-of-memory killer would."""
        os.kill(self.process.pid, signal.SIGKILL)

    def ended(self, within: float = 120) -> Ran:
        """Wait until it has ended."""
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"has not ended within {within} s:\n{self.text}") from None
        self._reader.join(5)
        return Ran(self.process.returncode, self.text, time.monotonic() - self._began)


class Stack:
    """
    One stack, `dev` of project `voice` unless told otherwise, in a folder of its own, on a file backend of its own.

    Args:
        folder: Holds the project, the backend and Pulumi's home; must exist.
        engine: The folder of the CLI.
        env: Environment variables for every command, say the credentials.
        copy_of: Another stack to begin as: its program, its state, its config.
        real_pip: Let Pulumi ask pip for packages with plugins, as it does for operators; see `empty_pip`.

    """

    def __init__(
        self,
        folder: Path,
        engine: Path,
        env: dict[str, str] | None = None,
        *,
        copy_of: Stack | None = None,
        real_pip: bool = False,
    ) -> None:
        self.folder = folder
        self.project = folder / "project"
        self._backend = folder / "backend"
        self.name = "dev"
        self.project_name = copy_of.project_name if copy_of is not None else "voice"
        self.env = {
            # Without PYTHONDONTWRITEBYTECODE: an installed package is compiled once, and so is the checkout.
            **environ_without("PULUMI", "TWILIO", "CI", "PYTHONDONT"),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), str(engine), os.environ["PATH"])),
            "PULUMI_BACKEND_URL": f"file://{self._backend}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_STACK": self.name,
            "CI": "true",
            **(env or {}),
        }
        if not real_pip:
            self.env["PYTHONPATH"] = os.pathsep.join(filter(None, (_EMPTY_PIP, self.env.get("PYTHONPATH"))))
        self.patience = 120.0  # seconds that a command may take
        self._started: list[Running] = []
        if copy_of is not None:
            for name in ("project", "backend", "home"):
                shutil.copytree(copy_of.folder / name, folder / name)
            return
        self.project.mkdir()
        self._backend.mkdir()
        self.settings("")
        self.program("")
        self.run("stack", "init", self.name, expect=0)

    def settings(self, text: str) -> None:
        """Write Pulumi.yaml with this behind its name and runtime."""
        (self.project / "Pulumi.yaml").write_text(f"name: {self.project_name}\nruntime: python\n{text}")

    def rename_project(self, name: str) -> None:
        """Begin as the stack of a project of this name."""
        self.project_name = name
        self.settings("")
        self.run("stack", "init", self.name, expect=0)

    def begin_project(self, folder: Path) -> None:
        """Begin as a stack of the project in another folder: with its name and its program."""
        self.rename_project(yaml.safe_load((folder / "Pulumi.yaml").read_text())["name"])
        shutil.copy(folder / "__main__.py", self.project)

    def close(self) -> None:
        """Leave nothing running."""
        end_all_of(self.env["PULUMI_HOME"])
        for running in self._started:
            running.process.wait(10)

    def program(self, text: str) -> None:
        """Replace the program."""
        (self.project / "__main__.py").write_text(IMPORTS + text)

    def start(self, *words: str, terminal: bool = False, env: dict[str, str] | None = None) -> Running:
        """Start a command; with a terminal of its own if it is to be watched."""
        environ = {**self.env, **(env or {})}
        if terminal:
            environ.pop("CI", None)
            ours, theirs = pty.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        else:
            ours, theirs = os.pipe()
        process = subprocess.Popen(
            [*(IN_A_TERMINAL if terminal else ()), "pulumi", *words],
            cwd=self.project,
            env=environ,
            stdin=theirs if terminal else subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._started.append(Running(process, ours))
        return self._started[-1]

    def run(self, *words: str, expect: int | None = None, env: dict[str, str] | None = None) -> Ran:
        """Run a command to its end."""
        ran = self.start(*words, env=env).ended(self.patience)
        if expect is not None:
            assert (ran.code == 0) == (expect == 0), (
                f"pulumi {' '.join(words)} ended with {ran.code}:\n{ran.text}"
            )
        return ran

    def up(self, *words: str, expect: int | None = 0, env: dict[str, str] | None = None) -> Ran:
        return self.run("up", "--yes", "--skip-preview", *words, expect=expect, env=env)

    def preview(self, *words: str, expect: int | None = 0, env: dict[str, str] | None = None) -> Ran:
        return self.run("preview", *words, expect=expect, env=env)

    def refresh(self, *words: str, expect: int | None = 0, env: dict[str, str] | None = None) -> Ran:
        return self.run("refresh", "--yes", "--skip-preview", *words, expect=expect, env=env)

    def destroy(self, *words: str, expect: int | None = 0, env: dict[str, str] | None = None) -> Ran:
        return self.run("destroy", "--yes", "--skip-preview", *words, expect=expect, env=env)

    def has_nothing_to_do(self) -> None:
        """Make sure that the program, the state and Twilio agree."""
        self.preview("--expect-no-changes")

    @property
    def state_file(self) -> Path:
        return self.state_file_of(self.name)

    def state_file_of(self, stack: str) -> Path:
        """Return where the backend keeps the state of a stack of this project."""
        return self._backend / ".pulumi" / "stacks" / self.project_name / f"{stack}.json"

    def everything_on_disk(self) -> str:
        """Return whatever Pulumi has written: state, backups, history, logs."""
        return "\n".join(
            path.read_text(errors="replace") for path in self._backend.parent.rglob("*") if path.is_file()
        )

    def entries(self, stack: str | None = None) -> list[dict]:
        """Return what is in state, in its order: replaced resources that wait to be deleted as well."""
        latest = json.loads(self.state_file_of(stack or self.name).read_text())["checkpoint"]["latest"] or {}
        return [
            {
                **resource,
                "name": resource["urn"].rpartition("::")[2],
                "outputs": {k: v for k, v in resource.get("outputs", {}).items() if k != PROVIDER_KEY},
            }
            for resource in latest.get("resources") or ()
            if not resource["type"].startswith("pulumi:")
        ]

    def resources(self) -> dict[str, dict]:
        """Return what is in state, by name."""
        return {entry["name"]: entry for entry in self.entries()}

    def urn(self, name: str) -> str:
        """Return the URN of a resource in state."""
        return self.resources()[name]["urn"]

    def outputs(self, name: str) -> dict:
        return self.resources()[name]["outputs"]
