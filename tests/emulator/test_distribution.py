"""The distribution as users install it: a wheel in an environment of its own, with the sources absent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import twilio_emulator

SOURCES = Path(twilio_emulator.__file__).parent


def run(*command, **kwargs):
    done = subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, check=False, **kwargs
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the bin folder of an environment with nothing but the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, SOURCES)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    binaries = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    run(binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return binaries


def test_distribution_brings_two_packages_along(installed):
    listed = json.loads(run(installed / "python", "-m", "pip", "list", "--format=json"))

    assert {each["name"].lower() for each in listed} - {"pip", "setuptools"} == {
        "twilio-emulator",
        "httptools",
        "pyyaml",
    }


def test_command_runs_without_the_sources(installed, tmp_path):
    assert run(installed / "twilio-emulator", "--version", cwd=tmp_path).startswith("twilio-emulator ")
    assert '"numbers"' in run(installed / "twilio-emulator", "schema", cwd=tmp_path)
    with subprocess.Popen(
        [installed / "twilio-emulator", "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        # All of it: a command whose output nobody reads any more ends with an error.
        said = [process.stdout.readline() for _ in range(4)]
        process.terminate()
    assert said[0].startswith("twilio-emulator: listening on http://127.0.0.1:")
    assert said[3].startswith("export TWILIO_API_URL=http://127.0.0.1:")
    assert process.returncode == 0


def test_distribution_carries_readme_licence_and_types(installed):
    program = (
        "import importlib.metadata as m, pathlib, twilio_emulator as t;"
        "folder = pathlib.Path(t.__file__).parent;"
        "d = m.distribution('twilio-emulator');"
        "print((folder / 'py.typed').exists(), (folder / 'README.md').exists(),"
        "any('LICENSE' in str(f) for f in d.files), [e.name for e in d.entry_points if e.group == 'pytest11'])"
    )

    assert run(installed / "python", "-c", program) == "True True True ['twilio_emulator']\n"


def test_tls_without_its_extra_is_one_sentence(installed, tmp_path):
    done = subprocess.run(
        [installed / "twilio-emulator", "--tls", "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert (done.returncode, done.stderr) == (
        2,
        "twilio-emulator: TLS needs the package trustme: pip install 'twilio-emulator[tls]'\n",
    )


def test_star_import_goes_without_requests():
    program = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] == 'requests': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "import importlib.util as util; found = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'requests' else found(name, *rest)\n"
        "from twilio_emulator import *\n"
        "print(World.__name__, 'InProcessAdapter' in globals())\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("World False\n", "")
