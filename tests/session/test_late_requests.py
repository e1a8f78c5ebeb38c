"""A write that was not answered in time may take effect after everything that was seen: the last word of a command."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.session.session import TwilioSession
from pulumi_twilio_emergency.twilio_gateway import connect
from twilio_gateway.flaky_transport import SETTINGS, ManualClock


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


@pytest.mark.parametrize(("count", "more"), [(0, None), (1, ""), (12, " and 2 more")])
def test_late_requests_are_named_once_the_command_is_over(count, more):
    clock, reporter = ManualClock(), Reporter()
    governor = connect(clock)
    session = TwilioSession(SETTINGS, clock, reporter, govern=lambda *_: governor)
    session.account()
    governor.late |= {f"POST IncomingPhoneNumbers/{each:02}" for each in range(count)}

    for say in reporter.last_words:
        say()

    if more is None:
        assert reporter.warnings == []
        return
    (warning,) = reporter.warnings
    assert warning.startswith("Twilio did not answer in time: POST IncomingPhoneNumbers/00")
    assert f"{more}.\n" in warning
    assert "`pulumi preview` warns of numbers" in warning
