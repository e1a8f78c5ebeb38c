"""
A Python environment as a user's: the wheels, what their metadata asks for, and nothing of the checkout.

The declared dependencies are linked from the environment of development instead of downloaded. What is not
declared is not there, so an import that only works during development fails here.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support import watched_emulator
from support.environment import environ_without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
EMULATOR = ROOT / "provider" / "twilio_emulator"


@dataclass(frozen=True)
class CleanEnvironment:
    """
    One environment.

    Attributes:
        home: Its folder.
        work: An empty folder outside the checkout in which its programs run.

    """

    home: Path
    work: Path

    @property
    def bin(self) -> Path:
        """Where its commands are."""
        return self.home / "bin"

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        return next((self.home / "lib").glob("python3*")) / "site-packages"

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables without a way back to the checkout."""
        foreign = ("PYTHON", "VIRTUAL_ENV", "PULUMI", "TWILIO")
        kept = environ_without(*foreign)
        path = os.pathsep.join((str(self.bin), kept["PATH"]))
        return {**kept, "PATH": path, "PYTHONPATH": str(watched_emulator.FOLDER)}

    def run(self, command: str, *words: object) -> subprocess.CompletedProcess[str]:
        """Run one of its commands to the end, in the empty folder."""
        return subprocess.run(
            [self.bin / command, *map(str, words)],
            cwd=self.work,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def python(self, program: str) -> str:
        """Run a program that must succeed, and return what it printed."""
        ran = self.run("python", "-c", program)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


def build(source: Path, folder: Path) -> None:
    """Build the source archive, and from it the wheel, as a release is built, with the hatchling of here."""
    python("-m", "build", "--no-isolation", "--outdir", folder, source)


def installed(folder: Path, *wheels: Path, extras: Iterable[str] = ()) -> CleanEnvironment:
    """Make an environment of these wheels, unless it is there; the extras are the first one's."""
    environment = CleanEnvironment(folder / "env", folder / "work")
    if environment.work.exists():
        return environment
    python("-m", "venv", "--without-pip", environment.home)
    pip = ("-m", "pip", "--python", environment.bin / "python", "--disable-pip-version-check")
    python(*pip, "install", "--quiet", "--no-deps", *wheels)
    names = [canonicalize_name(wheel.name.split("-")[0]) for wheel in wheels]
    # Pulumi's language host lists a program's packages with pip, which every usual environment has.
    asked = [f"{names[0]}[{','.join(extras)}]", *names[1:], "pip"]
    for distribution in needed(asked, environment.packages, set(names)):
        link(distribution, environment.packages)
    environment.work.mkdir()
    return environment


def needed(asked: Iterable[str], packages: Path, ours: set[str]) -> Iterator[importlib.metadata.Distribution]:
    """Yield what these requirements ask for in turn, beyond the wheels that are installed."""
    waiting = [Requirement(text) for text in asked]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in ours:
            (distribution,) = importlib.metadata.distributions(name=name, path=[str(packages)])
        else:
            distribution = importlib.metadata.distribution(name)
            assert requirement.specifier.contains(distribution.version, prereleases=True), requirement
            yield distribution
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += asked_for(distribution, extra)


def asked_for(distribution: importlib.metadata.Distribution, extra: str) -> list[Requirement]:
    """Return what a distribution asks for, here, with this extra."""
    found = [Requirement(text) for text in distribution.requires or ()]
    return [each for each in found if each.marker is None or each.marker.evaluate({"extra": extra})]


def link(distribution: importlib.metadata.Distribution, packages: Path) -> None:
    """Let the environment find a distribution of this one."""
    tops = {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}
    for top in tops:
        if not (packages / top).exists():
            (packages / top).symlink_to(Path(str(distribution.locate_file(top))).resolve())


def python(*words: object) -> None:
    """Run the Python of development, and show what it said only if it fails."""
    ran = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
