"""Text from outside cannot steer the terminal, and is readable otherwise."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.hosts.dynamic.printable import printable


@pytest.mark.parametrize("text", ["", "two\nlines", "Montréal, 東京 — 1 200 €", "a <{b}> %", "{%x%}"])
def test_harmless_text_is_unchanged(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("a\rb\tc\x00", r"a\rb\tc\x00"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("abc\u202edef\u2066", r"abc\u202edef\u2066"),
        ("\ud800", r"\ud800"),
        ("a\u2028b", r"a\u2028b"),
        ("<{%fg 1%}>", "<{ %fg 1%}>"),
    ],
)
def test_unsafe_characters_are_escaped(text, shown):
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_any_text_becomes_encodable_and_free_of_controls(text):
    shown = printable(text)

    assert shown.encode().decode() == shown
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c != "\n"]
    assert printable(shown) == shown
