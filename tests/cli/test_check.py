"""`twilio-emergency check` and what all commands have in common."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from pulumi_twilio_emergency.cli import commands, running
from support.command import COMMAND, environment, run
from support.sites import BOSTON

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "sites.yaml"
    path.write_text(BOSTON.replace("Acme Boston", "A" * 33).replace("- +16175550101", "- 617"))
    return path


def test_file_without_problems_exits_0(tmp_path):
    (tmp_path / "sites.yaml").write_text(BOSTON)
    ended = run("check", "sites.yaml", cwd=tmp_path)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "sites.yaml: 1 site, 2 numbers, 1 SIP domain; no problems.\n"


def test_problems_are_lines_and_exit_1(broken):
    ended = run("check", "sites.yaml", cwd=broken.parent)
    assert ended.code == 1
    assert [line.partition(": ")[0] for line in ended.out.splitlines()] == [
        "sites.yaml:4:22",
        "sites.yaml:13:9",
    ]
    assert ended.err == "sites.yaml: 2 problems.\n"


def test_json_has_a_version_and_every_part_of_a_problem(broken):
    ended = run("check", "--format", "json", "sites.yaml", cwd=broken.parent)
    answer = json.loads(ended.out)
    assert (ended.code, answer["schema_version"], answer["files"][0]["file"]) == (1, 1, "sites.yaml")
    assert answer["files"][0]["problems"][0].keys() == {
        "severity",
        "line",
        "column",
        "path",
        "what",
        "meaning",
        "remedy",
    }
    assert answer["files"][0]["problems"][1]["path"] == "sites.boston.numbers[1]"


def test_github_annotations_escape_what_would_end_them(tmp_path):
    path = tmp_path / "a,b:c%.yaml"
    path.write_text('sites: {"x\\ny": {address: {}}}\n')
    first = run("check", "--format", "github", str(path)).out.splitlines()[0]
    assert re.match(
        r"::error file=[^,:]*a%2Cb%3Ac%25\.yaml,line=1,col=9,title=Emergency sites::sites\.x%0Ay: ", first
    )


def test_several_files_are_all_checked(broken, tmp_path):
    (tmp_path / "other.csv").write_text("site\n")
    ended = run("check", "sites.yaml", "other.csv", "none.yaml", cwd=tmp_path)
    assert ended.code == 1
    assert {line.partition(":")[0] for line in ended.out.splitlines()} == {
        "sites.yaml",
        "other.csv",
        "none.yaml",
    }


def test_check_needs_neither_pulumi_nor_twilio(tmp_path):
    (tmp_path / "sites.yaml").write_text(BOSTON)
    program = (
        "import sys; from pulumi_twilio_emergency.cli import commands, running\n"
        "code = running.run(commands.twilio_emergency, ['check', 'sites.yaml'])\n"
        "print(code, sorted({m.split('.')[0] for m in sys.modules} & {'pulumi', 'twilio', 'requests', 'grpc'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 []\n"


def test_version_is_the_distributions():
    assert re.fullmatch(r"twilio-emergency \d+\.\d+\.\d+\S*\n", run("--version").out)


@pytest.mark.parametrize("words", [["--help"], ["-h"], *([name, "--help"] for name in commands._COMMANDS)])
def test_help_has_examples_and_exit_codes(words):
    ended = run(*words)
    assert ended.code == 0
    assert "Examples:" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 110


@pytest.mark.parametrize(
    "words", [["nonsense"], ["check"], ["check", "--format", "xml", "a"], ["schema", "x"]]
)
def test_wrong_usage_exits_2(words):
    ended = run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "Try 'twilio-emergency" in ended.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_knows_the_command(shell):
    assert "_TWILIO_EMERGENCY_COMPLETE" in run("completion", shell).out


def test_completion_offers_commands_and_options():
    env = {
        "_TWILIO_EMERGENCY_COMPLETE": "bash_complete",
        "COMP_WORDS": "twilio-emergency che",
        "COMP_CWORD": "1",
    }
    ended = run(env=env)
    assert (ended.code, ended.out, ended.err) == (0, "plain,check\n", "")


def test_ctrl_c_ends_with_a_sentence_and_130(tmp_path):
    os.mkfifo(tmp_path / "sites.yaml")
    process = subprocess.Popen(
        [COMMAND, "check", "sites.yaml"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Opening blocks until the command reads, which then waits for what never comes.
    with (tmp_path / "sites.yaml").open("wb"):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "\nInterrupted. Nothing was changed at Twilio.\n")


def test_bug_is_named_without_traceback(capsys, monkeypatch):
    @click.command()
    def broken() -> None:
        raise ZeroDivisionError("1/0")

    assert running.run(broken, []) == 3
    assert capsys.readouterr().err == (
        "A bug in twilio-emergency: ZeroDivisionError.\n"
        "Nothing was changed at Twilio.\n"
        "Run it again with TWILIO_EMERGENCY_DEBUG=1 and report what it prints.\n"
    )
    monkeypatch.setenv(running.DEBUG, "1")
    assert running.run(broken, []) == 3
    assert "Traceback" in capsys.readouterr().err


def test_pre_commit_hook_runs_an_existing_command(broken):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, *words = hook["entry"].split()
    assert program == Path(COMMAND).name
    assert run(*words, "sites.yaml", cwd=broken.parent).code == 1
    pattern = re.compile(hook["files"])
    assert [bool(pattern.search(name)) for name in ("sites.yaml", "voice/sites.csv", "websites.yaml")] == [
        True,
        True,
        False,
    ]


def test_schema_command_prints_the_schema():
    printed = json.loads(run("schema", "sites").out)
    assert printed["properties"]["sites"]["additionalProperties"]["required"] == ["address"]
