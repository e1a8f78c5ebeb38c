"""The example does what its README shows: in its folder, from the root, and in a copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig

import pytest
import yaml

from docs.documents import ROOT, Document
from twilio_emulator import Pace

FOLDER = ROOT / "examples" / "quickstart"
README = Document(FOLDER / "README.md")


@pytest.fixture
def seeded(twilio, stack):
    seed = yaml.safe_load((FOLDER / "seed.yaml").read_text())
    twilio.world.add_number(seed["numbers"][0]["phone_number"])
    twilio.world.add_domain(seed["domains"][0]["domain_name"])
    twilio.world.pace(registration=Pace.after(2), unregistration=Pace.after(1))
    return stack


def configure(stack):
    stack.run("config", "set", "phoneNumber", "+14155550100", expect=0)
    stack.run("config", "set", "sipDomain", "demo.sip.twilio.com", expect=0)


def test_sessions_of_the_quickstart_are_what_happens(seeded):
    seeded.begin_project(FOLDER)
    configure(seeded)
    for name in ("quickstart up", "quickstart preview", "quickstart destroy"):
        README.shows(name, seeded.run(*README.command(name), expect=0).text)


def test_up_in_the_root_runs_the_quickstart(twilio, seeded, tmp_path):
    # In a copy, since a stack's config file is written beside Pulumi.yaml.
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", root)
    shutil.copytree(FOLDER, root / "examples" / "quickstart", ignore=shutil.ignore_patterns("venv"))
    seeded.project = root
    seeded.run("stack", "init", "dev", expect=0)
    configure(seeded)
    seeded.up()
    assert twilio.world.numbers()[0]["emergency_address_status"] == "registered"
    seeded.destroy()


def test_copy_runs_on_the_wheel_alone(twilio, seeded, tmp_path):
    copied = tmp_path / "emergency"
    shutil.copytree(FOLDER, copied, ignore=shutil.ignore_patterns("venv"))
    wheels = tmp_path / "wheels"
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, ROOT)
    printf = re.search(r"^\$ (printf .*) > ~/emergency/requirements.txt$", README.text, re.MULTILINE)[1]
    wheel = next(wheels.glob("pulumi_twilio_emergency-*.whl"))
    named = printf.replace('"$PWD"/dist/pulumi_twilio_emergency-*.whl', str(wheel))
    with (copied / "requirements.txt").open("w") as requirements:
        subprocess.run(["sh", "-c", named], check=True, stdout=requirements)
    python = _environment(copied / "venv")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--ignore-installed",
        "-r", copied / "requirements.txt")  # fmt: skip
    seeded.project = copied
    # Today's language host takes the environment from Pulumi.yaml, older ones from PATH.
    seeded.env["PATH"] = os.pathsep.join((str(copied / "venv" / "bin"), seeded.env["PATH"]))
    seeded.run("stack", "init", "dev", expect=0)
    configure(seeded)
    seeded.up()
    assert twilio.world.numbers()[0]["emergency_address_status"] == "registered"
    found = subprocess.run(
        [python, "-c", "import pulumi_twilio_emergency as p; print(p.__file__)"],
        check=True, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert str(copied) in found.stdout
    seeded.destroy()
    assert twilio.world.addresses() == []


def _environment(folder):
    """
    Make a virtual environment that has what the package depends on, and not the package.

    A path file adds the folder of our own packages, and what an editable install has put there is not followed.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    ours, theirs = sysconfig.get_path("purelib"), next((folder / "lib").glob("python3.*")) / "site-packages"
    (theirs / "dependencies.pth").write_text(f"{ours}\n")
    return python


def run(*words):
    subprocess.run([str(word) for word in words], check=True)
