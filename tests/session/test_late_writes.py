"""A write that Twilio has not answered may take effect after everything that was seen: the last word of a command."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.session.session import TwilioSession
from pulumi_twilio_emergency.twilio_gateway import LateWrite, connect
from support.fake_twilio import ACCOUNT, sid
from twilio_gateway.flaky_transport import DESK, PHONES, SETTINGS, ManualClock

SUBACCOUNT = sid("AC", 9)
OPENING = "Twilio has not said what came of changes that were sent to"


class Reporter:
    """Keeps what is said."""

    def __init__(self):
        self.last_words = []
        self.warnings = []

    def at_end(self, say):
        self.last_words.append(say)

    def warn(self, text):
        self.warnings.append(text)

    def debug(self, text):
        pass


def said_at_the_end(*late, accounts=(ACCOUNT,)):
    """Return what a command says at its end that has used these accounts."""
    clock, reporter = ManualClock(), Reporter()
    governor = connect(clock)
    session = TwilioSession(SETTINGS, clock, reporter, govern=lambda *_: governor)
    for account in accounts:
        session.account(account)
    governor.late |= set(late)
    for say in reporter.last_words:
        say()
    return reporter.warnings


def test_command_without_late_writes_says_nothing_of_them():
    assert said_at_the_end() == []


def test_late_writes_are_told_with_their_meaning_and_what_to_do():
    (warning,) = said_at_the_end(LateWrite(ACCOUNT, PHONES), LateWrite(ACCOUNT, DESK))

    what, meaning, remedy = warning.split("\n")
    assert what == f"{OPENING} number {DESK}, SIP domain {PHONES}."
    assert "a number may lose its registered address" in meaning
    assert "`pulumi preview` warns of numbers and SIP domains" in remedy


def test_ten_late_writes_are_named_and_the_others_counted():
    (warning,) = said_at_the_end(*(LateWrite(ACCOUNT, sid("PN", each)) for each in range(1000)))

    assert warning.count("number PN") == 10
    assert warning.splitlines()[0].endswith(" and 990 more.")


@pytest.mark.parametrize("accounts", [(ACCOUNT, SUBACCOUNT), (SUBACCOUNT,)])
def test_account_of_a_late_write_is_named_where_the_command_uses_another_than_its_own(accounts):
    (warning,) = said_at_the_end(LateWrite(SUBACCOUNT, DESK), accounts=accounts)

    assert warning.startswith(f"{OPENING} number {DESK} of account {SUBACCOUNT}.\n")
