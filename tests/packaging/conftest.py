"""The distributions as they are published, built once a run, and environments that have nothing else."""

from __future__ import annotations

import fcntl
import importlib.metadata
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from support.clean_environment import EMULATOR, ROOT, build, installed

if TYPE_CHECKING:
    from pathlib import Path

    from support.clean_environment import CleanEnvironment

PROVIDER = "pulumi-twilio-emergency"


@dataclass(frozen=True)
class Distributions:
    """What a release consists of, in a folder."""

    folder: Path

    @property
    def sdist(self) -> Path:
        return self._one("pulumi_twilio_emergency-*.tar.gz")

    @property
    def wheel(self) -> Path:
        return self._one("pulumi_twilio_emergency-*.whl")

    @property
    def emulator_wheel(self) -> Path:
        return self._one("twilio_emulator-*.whl")

    @property
    def extras(self) -> list[str]:
        """The provider's extras, without those of development."""
        (found,) = importlib.metadata.distributions(name=PROVIDER, path=[str(self.wheel)])
        return [each for each in found.metadata.get_all("Provides-Extra") if each != "dev"]

    def _one(self, pattern: str) -> Path:
        (found,) = self.folder.glob(pattern)
        return found


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """Return a folder that all workers of this run have in common."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "distributions"
    folder.mkdir(exist_ok=True)
    return folder


def once(folder: Path, make):
    """Return what `make` makes of a folder; only the first worker that comes makes it."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return make(folder)


@pytest.fixture(scope="session")
def distributions(shared_folder) -> Distributions:
    def make(folder):
        if not folder.exists():
            for source in (ROOT, EMULATOR):
                build(source, folder)
        return Distributions(folder)

    return once(shared_folder / "built", make)


@pytest.fixture(scope="session")
def provider_alone(shared_folder, distributions) -> CleanEnvironment:
    """Return an environment with the provider and what it depends on."""
    return once(shared_folder / "alone", lambda folder: installed(folder, distributions.wheel))


@pytest.fixture(scope="session")
def with_extras(shared_folder, distributions) -> CleanEnvironment:
    """Return an environment with everything that users can ask for."""
    wheels = (distributions.wheel, distributions.emulator_wheel)
    make = lambda folder: installed(folder, *wheels, extras=distributions.extras)  # noqa: E731
    return once(shared_folder / "with-extras", make)
