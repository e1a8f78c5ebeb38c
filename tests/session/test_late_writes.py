"""A write that Twilio has not answered may take effect after everything that was seen: the last word of a command."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord, Submissions
from pulumi_twilio_emergency.session.late_writes import LateWrites
from pulumi_twilio_emergency.session.session import TwilioSession
from pulumi_twilio_emergency.twilio_gateway import LateWrite, connect
from support.fake_twilio import ACCOUNT, sid
from twilio_gateway.flaky_transport import DESK, PHONES, SETTINGS, FlakyTransport, ManualClock, mounted

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


def said_at_the_end(*late, accounts=(ACCOUNT,), record=None, clock=None, list_first=None):
    """Return what a command says at its end that has used these accounts."""
    clock, reporter = clock or ManualClock(), Reporter()
    governor = connect(clock, sessions=mounted(FlakyTransport(clock)))
    session = TwilioSession(SETTINGS, clock, reporter, govern=lambda *_: governor, record=record)
    for account in accounts:
        session.account(account)
    if list_first is not None:
        getattr(session.account(), list_first).fresh()
    for write in late:
        governor.late.add(write)
        governor.on_late(write)
    for say in reporter.last_words:
        say()
    return reporter.warnings


def test_command_without_late_writes_says_nothing_of_them():
    assert said_at_the_end() == []


def test_late_writes_are_told_with_their_meaning_and_what_to_do():
    (warning,) = said_at_the_end(LateWrite(ACCOUNT, PHONES), LateWrite(ACCOUNT, DESK))

    what, meaning, remedy = warning.split("\n")
    assert what == f"{OPENING} number {DESK}; SIP domain {PHONES}."
    assert "a number may lose its registered address" in meaning
    assert "`pulumi preview` warns of numbers and SIP domains" in remedy


def test_hundred_late_writes_are_named_and_the_others_counted():
    (warning,) = said_at_the_end(*(LateWrite(ACCOUNT, sid("PN", each)) for each in range(1000)))

    assert warning.count("number PN") == 100
    assert warning.splitlines()[0].endswith("; and 900 more.")


@pytest.mark.parametrize(
    ("list_first", "write", "name"),
    [
        ("numbers", LateWrite(ACCOUNT, DESK), f"number +14152000001 ({DESK})"),
        ("domains", LateWrite(ACCOUNT, PHONES), f"SIP domain site.sip.twilio.com ({PHONES})"),
    ],
)
def test_late_write_is_named_as_in_other_messages_where_a_list_has_shown_it(list_first, write, name):
    (warning,) = said_at_the_end(write, list_first=list_first)

    assert warning.startswith(f"{OPENING} {name}.\n")


def test_late_write_of_a_killed_command_is_told_by_the_next_and_for_a_quarter_of_an_hour():
    """A killed command says nothing at its end, and the next one may be undone by what it has sent."""
    clock, record = ManualClock(), MemorySubmissionRecord()
    LateWrites(record, clock).note(LateWrite(ACCOUNT, DESK))
    clock.now += 1

    (warning,) = said_at_the_end(record=record, clock=clock)
    (with_own,) = said_at_the_end(LateWrite(ACCOUNT, PHONES), record=record, clock=clock)
    clock.now += 15 * 60

    assert warning.startswith(f"{OPENING} number {DESK}, by a command before this one.\n")
    assert f"SIP domain {PHONES}; number {DESK}, by a command before this one.\n" in with_own
    assert said_at_the_end(record=record, clock=clock) == []


def test_late_write_of_an_earlier_command_in_another_account_is_not_told():
    clock, record = ManualClock(), MemorySubmissionRecord()
    LateWrites(record, clock).note(LateWrite(SUBACCOUNT, DESK))
    clock.now += 1

    assert said_at_the_end(record=record, clock=clock) == []


def test_late_write_of_another_process_of_the_same_command_is_told_by_that_one():
    clock, record = ManualClock(), MemorySubmissionRecord()
    ours = LateWrites(record, clock)
    clock.now += 1
    LateWrites(record, clock).note(LateWrite(ACCOUNT, DESK))

    assert ours.of_earlier_commands({ACCOUNT}) == set()


@pytest.mark.parametrize("at", ["", "yesterday", None])
def test_entry_that_cannot_be_read_is_not_told(at):
    clock, record = ManualClock(), MemorySubmissionRecord()
    entry = {"what": "unanswered", "account": ACCOUNT, "object": DESK}
    record.append(entry if at is None else {**entry, "at": at})

    assert said_at_the_end(record=record, clock=clock) == []


def test_late_writes_are_no_submissions():
    record = MemorySubmissionRecord()
    LateWrites(record, ManualClock()).note(LateWrite(ACCOUNT, DESK))

    assert not Submissions(record, "urn:pulumi:dev::voice::t::desk", None).has_last(DESK, None)


@pytest.mark.parametrize("accounts", [(ACCOUNT, SUBACCOUNT), (SUBACCOUNT,)])
def test_account_of_a_late_write_is_named_where_the_command_uses_another_than_its_own(accounts):
    (warning,) = said_at_the_end(LateWrite(SUBACCOUNT, DESK), accounts=accounts)

    assert warning.startswith(f"{OPENING} number {DESK} of account {SUBACCOUNT}.\n")
