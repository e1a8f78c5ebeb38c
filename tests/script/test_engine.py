"""Where the Pulumi CLI comes from, and what is said when there is none."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / "script" / "engine.py"
NEEDED = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
NOWHERE = {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}


def find(home, path="", **kwargs):
    return subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={"HOME": str(home), "PATH": path, **NOWHERE},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **kwargs,
    )


@pytest.fixture
def programs(tmp_path):
    def made(folder):
        folder.mkdir(parents=True)
        for name in NEEDED:
            (folder / name).write_text("#!/bin/sh\n")
            (folder / name).chmod(0o755)
        return folder

    return made


def test_without_internet_and_go_every_way_that_was_tried_is_named(tmp_path):
    ran = find(tmp_path)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert "No Pulumi CLI on PATH, and none could be installed:" in ran.stderr
    assert "- the official installer could not be fetched or run (URLError)" in ran.stderr
    assert "- there is no Go to build it with" in ran.stderr
    assert "give this machine internet or Go." in ran.stderr
    assert "Traceback" not in ran.stderr


def test_cli_on_path_is_used(tmp_path, programs):
    folder = programs(tmp_path / "bin")
    assert find(tmp_path, path=str(folder)).stdout.strip() == str(folder)


def test_cli_without_python_host_is_not_used(tmp_path, programs):
    folder = programs(tmp_path / "bin")
    (folder / "pulumi-language-python").unlink()
    assert find(tmp_path, path=str(folder)).returncode == 1


def test_engine_of_earlier_run_is_found_in_user_cache(tmp_path, programs):
    folder = programs(tmp_path / ".cache" / "pulumi-twilio-emergency" / "engine-3.259.0" / "bin")
    assert find(tmp_path).stdout.strip() == str(folder)


def test_second_checkout_waits_for_first(tmp_path, programs):
    cache = tmp_path / ".cache" / "pulumi-twilio-emergency"
    folder = programs(cache / "engine-3.259.0" / "bin")
    with (cache / "engine-3.259.0.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            env={"HOME": str(tmp_path), "PATH": "", **NOWHERE, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert second.stderr.readline() == "Another checkout is getting the Pulumi CLI; waiting for it.\n"
        assert second.poll() is None
    out, _ = second.communicate(timeout=30)
    assert out.strip() == str(folder)
    assert os.path.exists(out.strip())  # noqa: PTH110 - it is a line of text
