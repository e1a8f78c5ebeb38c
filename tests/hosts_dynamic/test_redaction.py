"""Secret inputs are named, and not shown, in whatever a call says."""

from __future__ import annotations

from pulumi_twilio_emergency.hosts.dynamic.redaction import RedactedLine, Redaction

NUMBER = "+14155550100"


class Row:
    def __init__(self):
        self.said = []

    def status(self, subject, details=""):
        self.said.append(subject + details)

    def note(self, text):
        self.said.append(text)

    warn = note


def test_secret_value_is_replaced_by_its_name_on_every_line():
    row = Row()
    line = RedactedLine(row, Redaction({"phone_number": NUMBER}, {"phone_number"}))

    line.status("pending", f" for {NUMBER}")
    line.note(f"{NUMBER} was found")
    line.warn(f"{NUMBER} will be uncovered")

    assert row.said == [
        "pending for (phone_number is secret)",
        "(phone_number is secret) was found",
        "(phone_number is secret) will be uncovered",
    ]


def test_longer_secret_value_is_replaced_before_its_part():
    redact = Redaction({"street": "645 HARRISON ST", "city": "HARRISON"}, {"street", "city"})

    assert redact("645 HARRISON ST, HARRISON") == "(street is secret), (city is secret)"


def test_value_that_is_no_secret_is_shown():
    assert Redaction({"phone_number": NUMBER}, ())(f"{NUMBER} is registered") == f"{NUMBER} is registered"


def test_two_letters_are_not_looked_for_in_other_words():
    assert Redaction({"region": "CA"}, {"region"})("CALIFORNIA") == "CALIFORNIA"
