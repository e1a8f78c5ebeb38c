"""Text of others on the operator's terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.twilio_gateway import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\rb", "a\\rb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("nul\x00", "nul\\x00"),
        ("\x7f\x85\x9b31m", "\\x7f\\x85\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066\u2069\u200e\u061c", "\\u2066\\u2069\\u200e\\u061c"),
        ("\u2028\u2029\ufeff", "\\u2028\\u2029\\ufeff"),
        ("\ud800 \udfff", "\\ud800 \\udfff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_terminal_control_is_escaped(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text", ["", "plain", "Montréal, 1 rue d'Été", "東京", "می\u200cخواهم", "👩\u200d💻", "a\\x1b"]
)
def test_ordinary_text_is_unchanged(text):
    assert printable(text) == text


@given(st.text(alphabet=st.characters()))
def test_any_text_becomes_encodable_on_one_line_and_stays_so(text):
    shown = printable(text)

    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert printable(shown) == shown
