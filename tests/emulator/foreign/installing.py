"""Gets foreign clients from their registries, once, into the user's cache. What cannot be had is an error."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pulumi-twilio-emergency" / "clients"


@contextmanager
def _place(name):
    """Yield a folder of the cache, and whether it is complete; one process at a time."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / ".complete"
        yield folder, done.exists()
        done.touch()


def _run(*command, cwd=None, env=None):
    if shutil.which(str(command[0])) is None:
        raise FileNotFoundError(f"{command[0]} is needed for the foreign clients; install it")
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def python(version):
    """Return a command and an environment with this version of twilio-python."""
    with _place(f"twilio-python-{version}-py{sys.version_info.minor}") as (folder, complete):
        if not complete:
            _run(sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, f"twilio=={version}")
    return [sys.executable, str(HERE / "workflows.py")], {"PYTHONPATH": str(folder)}


def newest_python():
    """Return the newest version of twilio-python that pip would install."""
    said = _run(sys.executable, "-m", "pip", "index", "versions", "twilio", "--disable-pip-version-check")
    return said.partition("(")[2].partition(")")[0]


def node():
    """Return a command and an environment with twilio-node."""
    with _place("twilio-node-6.2.0") as (folder, complete):
        if not complete:
            for name in ("package.json", "workflows.js"):
                shutil.copy(HERE / "node" / name, folder)
            _run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder)
    return ["node", str(HERE / "node" / "workflows.js")], {"NODE_PATH": str(folder / "node_modules")}


def go():
    """Return a command and an environment with twilio-go."""
    with _place("twilio-go-1.31.0") as (folder, complete):
        if not complete:
            for name in ("go.mod", "workflows.go"):
                shutil.copy(HERE / "go" / name, folder)
            _run("go", "mod", "tidy", cwd=folder, env={"GOFLAGS": "-mod=mod"})
            _run("go", "build", "-o", "workflows", ".", cwd=folder)
    return [str(folder / "workflows")], {}
