"""
Run the whole workflow on this machine: a real `pulumi up` against an emulated Twilio.

Everything it makes is in a folder of its own that is removed at the end, whatever happens.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import engine

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
NUMBER = "+14155550100"
DOMAIN = "demo.sip.twilio.com"


def main() -> int:
    """Run each step, saying first what it is about to do."""
    say("Find the Pulumi CLI, or get it (minutes the first time, once for this user).")
    try:
        tools = engine.find()
    except engine.EngineUnavailableError as why:
        print(why, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="twilio-emergency-demo-") as folder:
        say(f"Start the emulator with one number ({NUMBER}) and one SIP domain ({DOMAIN}).")
        with emulator(Path(folder)) as twilio:
            stack = Stack(Path(folder), tools, twilio)
            try:
                run_workflow(stack)
            except subprocess.CalledProcessError as failed:
                print(f"\n`{' '.join(failed.cmd)}` ended with {failed.returncode}.", file=sys.stderr)
                return 1
    say("The emulator has stopped, and the stack and its state are deleted. `.venv` stays (`make clean`).")
    return 0


def run_workflow(stack: Stack) -> None:
    """Run the workflow of Twilio's page: register, look, change, delete."""
    say("Create a stack in a file backend of its own, and say where Twilio is and who we are there.")
    stack.prepare()
    say("`pulumi up`: create and validate the address, bind the number, wait, switch the domain on.")
    stack.run("up", "--yes", "--skip-preview")
    say("Ask Pulumi what this `up` has registered. (`twilio-emergency audit` asks Twilio what it has now.)")
    stack.run("stack", "output")
    say("`pulumi preview` again: there is nothing to do.")
    stack.run("preview", "--expect-no-changes")
    say(
        "Change the address: the new one is made first, then unbind, wait, bind, wait; the old one goes last."
    )
    stack.run("config", "set", "street", "650 Harrison St.")
    stack.run("up", "--yes", "--skip-preview")
    say("`pulumi destroy`: domain off, number unbound (never released), address deleted.")
    stack.run("destroy", "--yes", "--skip-preview")


class Stack:
    """The quickstart program, on a backend in a folder of its own."""

    def __init__(self, folder: Path, tools: Path, twilio: dict[str, str]) -> None:
        self._twilio = twilio
        (folder / "state").mkdir()
        self._project = folder / "quickstart"
        shutil.copytree(
            ROOT / "examples" / "quickstart", self._project, ignore=shutil.ignore_patterns("Pulumi.*.yaml")
        )
        # The environment that runs this script has everything; the example's own would have to be made first.
        settings = (ROOT / "examples" / "quickstart" / "Pulumi.yaml").read_text()
        (self._project / "Pulumi.yaml").write_text(
            settings.replace("virtualenv: venv", f"virtualenv: {sys.prefix}")
        )
        self._env = {
            **{
                name: value
                for name, value in os.environ.items()
                if name == "TWILIO_EMERGENCY_RECORD_DIR" or not name.startswith(("PULUMI", "TWILIO"))
            },
            "PATH": os.pathsep.join((str(Path(sys.prefix) / "bin"), str(tools), os.environ["PATH"])),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def prepare(self) -> None:
        """Create the stack and its config."""
        self.pulumi("stack", "init", "demo")
        for key, value in (
            ("phoneNumber", NUMBER),
            ("sipDomain", DOMAIN),
            ("twilio:accountSid", self._twilio["TWILIO_ACCOUNT_SID"]),
            ("twilio:apiUrl", self._twilio["TWILIO_API_URL"]),
        ):
            self.pulumi("config", "set", key, value)
        self.pulumi("config", "set", "--secret", "twilio:authToken", self._twilio["TWILIO_AUTH_TOKEN"])

    def run(self, *words: str) -> None:
        """Show the command and what it prints."""
        print(f"$ pulumi {shlex.join(words)}", flush=True)
        subprocess.run(["pulumi", *words], cwd=self._project, env=self._env, check=True)

    def pulumi(self, *words: str) -> None:
        """Run a command whose output is of no interest."""
        subprocess.run(
            ["pulumi", *words], cwd=self._project, env=self._env, check=True, stdout=subprocess.DEVNULL
        )


def settings_of(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read what the emulator says when it is ready: `export NAME=value`, a line each."""
    assert process.stdout is not None
    lines = itertools.islice(process.stdout, 4)
    return dict(
        line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export ")
    )


@contextlib.contextmanager
def emulator(folder: Path) -> Iterator[dict[str, Any]]:
    """Run `twilio-emulator` on a free port, and return how to reach it."""
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"numbers": [{"phone_number": NUMBER}], "domains": [{"domain_name": DOMAIN}]}))
    command = [
        str(Path(sys.prefix) / "bin" / "twilio-emulator"),
        "--port", "0", "--seed", str(seed), "--registration", "after 3s", "--unregistration", "after 2s",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield settings_of(process)
        finally:
            process.terminate()


def say(sentence: str) -> None:
    """Say what is about to happen."""
    print(f"\n== {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
