"""What the README shows is what happens."""

from __future__ import annotations

import re

from docs.documents import ROOT, Document
from pulumi_twilio_emergency.twilio_gateway.settings import CONFIG_OF
from twilio_emulator import Pace

README = Document(ROOT / "README.md")


def test_first_program_runs_as_shown(twilio, stack):
    twilio.world.add_number("+14155550100")
    twilio.world.add_domain("example.sip.twilio.com")
    twilio.world.pace(registration=Pace.after(2), unregistration=Pace.after(1))
    stack.program(README.program("first-screen"))
    _configure(stack, README.config("first-screen"), twilio)
    README.shows("first-screen up", stack.run(*README.command("first-screen up"), expect=0).text)


def _configure(stack, console, twilio):
    """Type what the README shows between program and `up`; the credentials are those of this Twilio."""
    values = {"accountSid": twilio.env["TWILIO_ACCOUNT_SID"], "authToken": twilio.env["TWILIO_AUTH_TOKEN"]}
    commands = re.findall(r"^\$ pulumi (config set .*)$", console, re.MULTILINE)
    assert len(commands) == len(values)
    for command in commands:
        *words, _ = command.split()
        name = words[-1].partition(":")[2]
        stack.run(*words, values[name], expect=0)
        del stack.env[CONFIG_OF[re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)][1]]


def test_config_stands_between_program_and_up():
    text = README.text
    assert (
        text.index("program: first-screen")
        < text.index("config: first-screen")
        < text.index("session: first-screen")
    )


def test_readme_says_what_is_not_known():
    assert "never been run against the real Twilio" in README.text
