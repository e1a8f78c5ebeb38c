"""
Find the Pulumi CLI, or get it, and print the folder that belongs on PATH.

Tried in this order: the CLI on PATH; one from an earlier run, in the user's cache folder; the official
installer (through Pulumi's Automation API); a build from Go modules, which takes minutes and is done once.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "3.259.0"
MODULES = Path(__file__).parent / "engine"
# Without these four in one folder or on PATH, `pulumi up` cannot run Python programs.
NEEDED = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)


class EngineUnavailableError(Exception):
    """A way to an engine that is closed; the text says why."""


def main() -> int:
    """Print the folder with the engine's programs; say on stderr what takes long."""
    try:
        print(find())
    except EngineUnavailableError as why:
        print(why, file=sys.stderr)
        return 1
    return 0


def find() -> Path:
    """Return the folder that holds the engine, getting it first if need be."""
    on_path = shutil.which("pulumi")
    if on_path and all(shutil.which(name) for name in NEEDED):
        return Path(on_path).parent
    home = cache() / f"engine-{VERSION}"
    with alone(home):
        if complete(home / "bin"):
            return home / "bin"
        reasons = []
        for way in (installed, built):
            try:
                return way(home)
            except EngineUnavailableError as why:
                reasons.append(f"- {why}")
    raise EngineUnavailableError(
        "\n".join(
            (
                "No Pulumi CLI on PATH, and none could be installed:",
                *reasons,
                "Install it from https://www.pulumi.com/docs/install/ or give this machine internet or Go.",
            )
        )
    )


def cache() -> Path:
    """Return the user's cache folder; engines outlive checkouts."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "pulumi-twilio-emergency"


@contextlib.contextmanager
def alone(home: Path) -> Iterator[None]:
    """Let one checkout at a time get the engine; the others find it when they come in."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{home.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another checkout is getting the Pulumi CLI; waiting for it.", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def complete(folder: Path) -> bool:
    """Whether all programs are there."""
    return all((folder / name).is_file() for name in NEEDED)


def installed(home: Path) -> Path:
    """Run the official installer."""
    import semver  # noqa: PLC0415 - both come with pulumi, which a CLI on PATH does not need
    from pulumi.automation import PulumiCommand  # noqa: PLC0415

    print(f"Installing the Pulumi CLI {VERSION} into {home} ...", file=sys.stderr)
    try:
        PulumiCommand.install(root=str(home), version=semver.VersionInfo.parse(VERSION))
    except (urllib.error.URLError, OSError, subprocess.CalledProcessError, RuntimeError) as error:
        reason = f"the official installer could not be fetched or run ({type(error).__name__})"
        raise EngineUnavailableError(reason) from None
    if not complete(home / "bin"):
        raise EngineUnavailableError("the official installer did not bring the Python language host")
    return home / "bin"


def built(home: Path) -> Path:
    """Build CLI and language host with Go, from modules pinned by go.sum."""
    if shutil.which("go") is None:
        raise EngineUnavailableError("there is no Go to build it with")
    print(f"Building the Pulumi CLI {VERSION} from Go modules (about 5 minutes, once) ...", file=sys.stderr)
    home.mkdir(parents=True, exist_ok=True)
    # Made aside and moved at the end, so that a build that was cut short is never taken for an engine.
    with tempfile.TemporaryDirectory(dir=home.parent) as aside:
        made = Path(aside) / "bin"
        made.mkdir()
        stamp = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{VERSION}"
        go(
            MODULES / "cli",
            "build",
            "-ldflags",
            f"-s -w {stamp}",
            "-o",
            str(made / "pulumi"),
            "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        )
        go(
            MODULES / "language-python",
            "build",
            "-o",
            str(made / "pulumi-language-python"),
            "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
        )
        sdk = Path(
            go(MODULES / "cli", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3").strip()
        )
        for script in (
            "python/cmd/pulumi-language-python-exec",
            "python/dist/pulumi-resource-pulumi-python",
        ):
            copied = made / Path(script).name
            shutil.copyfile(sdk / script, copied)
            copied.chmod(0o755)
        shutil.rmtree(home / "bin", ignore_errors=True)
        shutil.move(made, home / "bin")
    return home / "bin"


def go(module: Path, *words: str) -> str:
    """Run a go command in one of the pinned modules."""
    run = subprocess.run(
        ["go", *words],
        cwd=module,
        env={**os.environ, "GOFLAGS": "-mod=readonly", "GOWORK": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        last = run.stderr.strip().splitlines()[-1:] or ["no message"]
        raise EngineUnavailableError(f"go {words[0]} failed: {last[0]}")
    return run.stdout


if __name__ == "__main__":
    sys.exit(main())
