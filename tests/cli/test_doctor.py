"""`twilio-emergency doctor`: a line for each thing that is wrong, and how to fix it."""

from __future__ import annotations

import os
import re
import stat
import subprocess

import pytest

from pulumi_twilio_emergency.cli import doctor
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.twilio_gateway import Settings
from pulumi_twilio_emergency.twilio_gateway.settings import CONFIG_OF
from support.command import COMMAND, environment, run


@pytest.fixture
def ready(twilio_emulator, tmp_path):
    """Return an environment in which nothing is wrong."""
    for name in ("pulumi", "pulumi-language-python", "pulumi-resource-pulumi-python"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho v3.259.0\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    twilio_emulator.world.add_number("+16175550100")
    yield {**twilio_emulator.env, "PATH": f"{tmp_path}{os.pathsep}/usr/bin:/bin", "COLUMNS": "40"}
    assert {request.method for request in twilio_emulator.world.requests} <= {"GET"}


def wrong(ended) -> list[str]:
    return [line for line in ended.out.splitlines() if line.startswith("wrong ")]


def test_account_in_order_is_a_line_each_and_exit_0(ready, twilio_emulator):
    ended = run("doctor", env=ready)
    assert ended.code == 0
    subjects = [line[6:].partition(":")[0] for line in ended.out.splitlines()]
    assert subjects == [
        "Python",
        "Pulumi CLI",
        "Credentials",
        "Region",
        "Account",
        "Numbers",
        "Addresses",
        "SIP domains",
    ]
    assert "Numbers: 1 can be read" in ended.out
    assert twilio_emulator.env["TWILIO_AUTH_TOKEN"] not in ended.out


def test_missing_pulumi_and_credentials_are_both_said(ready, tmp_path):
    ended = run("doctor", env={"PATH": str(tmp_path / "none")})
    assert ended.code == 1
    assert [line.partition(":")[0] for line in wrong(ended)] == ["wrong Pulumi CLI", "wrong Credentials"]
    assert "https://www.pulumi.com/docs/install/" in ended.out
    assert "Set it in TWILIO_ACCOUNT_SID." in ended.out
    assert "pulumi config set" not in ended.out


def test_credentials_of_stack_config_are_passed_as_the_message_says(stack, twilio):
    for key, name in (("twilio:accountSid", "TWILIO_ACCOUNT_SID"), ("twilio:authToken", "TWILIO_AUTH_TOKEN")):
        stack.run("config", "set", "--secret", key, twilio.env[name], expect=0)
    env = {name: value for name, value in stack.env.items() if not name.startswith("TWILIO")}
    env["TWILIO_API_URL"] = twilio.env["TWILIO_API_URL"]
    (line,) = wrong(run("doctor", env=env, cwd=stack.project))
    assert "This command reads the environment alone" in line
    export = re.search(r'export [^;]*"', line)[0]
    shell = f"{export}; exec {COMMAND} doctor"
    done = subprocess.run(
        ["sh", "-c", shell],
        env=environment(env),
        cwd=stack.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"ok    Account: Twilio accepts the credentials for {twilio.account_sid}" in done.stdout


def test_every_setting_of_stack_config_is_named_where_it_is_passed(ready):
    (line,) = wrong(run("doctor", env={**ready, "TWILIO_ACCOUNT_SID": ""}))
    texts = [line, *(run(name, "--help").out for name in ("doctor", "audit", "adopt", "watch"))]
    for text in texts:
        assert [name for names in CONFIG_OF.values() for name in names if name not in text] == []


def test_wrong_credentials_are_not_said_to_be_missing(ready):
    (line,) = wrong(run("doctor", env={**ready, "TWILIO_ACCOUNT_SID": "nonsense"}))
    assert "stack config" not in line


def test_broken_pulumi_is_said(ready, tmp_path):
    (tmp_path / "pulumi").write_text("#!/bin/sh\nexit 1\n")
    assert wrong(run("doctor", env=ready)) == [
        "wrong Pulumi CLI: `pulumi version` fails. Install it anew: https://www.pulumi.com/docs/install/"
    ]


def test_refused_credentials_are_said_once(ready):
    ended = run("doctor", env={**ready, "TWILIO_AUTH_TOKEN": "wrong-secret"})
    assert ended.code == 1
    (line,) = wrong(ended)
    assert line.startswith("wrong Account: Twilio does not accept the credentials (20003).")
    assert "TWILIO_AUTH_TOKEN" in line
    assert not any(word in ended.out for word in ("ok    Credentials", "twilio:", "pulumi refresh"))
    assert "wrong-secret" not in ended.out


def test_other_region_is_said(ready):
    (line,) = wrong(run("doctor", env={**ready, "TWILIO_REGION": "ie1"}))
    assert "ie1" in line
    assert "us1" in line


class RestrictedKey:
    """A gateway whose key Twilio knows, and lets read everything but numbers."""

    def numbers(self):
        raise GatewayError("Forbidden", status=403, code=20403)

    def addresses(self):
        return []

    domains = addresses


def test_key_without_permission_for_numbers_is_accepted_and_the_permission_is_named():
    account, numbers, *rest = doctor._answers(RestrictedKey(), Settings(account_sid="AC" + "0" * 32))
    assert (account.subject, account.problem) == ("Account", None)
    assert "does not let these credentials do this" in numbers.problem.what
    assert [(each.subject, each.problem) for each in rest] == [("Addresses", None), ("SIP domains", None)]
