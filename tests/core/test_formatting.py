"""How durations and values are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.model.formatting import counted, duration, kind_of, quoted, sentence
from support.fake_twilio import unhurried

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 numbers"), (1, "1 number"), (2, "2 numbers"), (1_000, "1,000 numbers")]
)
def test_count_says_one_in_the_singular(count, said):
    assert counted(count, "number") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (1, "1 s"),
        (44.6, "45 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (600, "10 min"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (12_059, "3 h 20 min"),
        (72 * 3600, "72 h"),
    ],
)
def test_duration_is_rounded_to_one_readable_unit(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "True"),
        (False, "False"),
        (94105, "a number"),
        (94105.0, "a number"),
        (["94105"], "a list"),
        (("94105",), "a list"),
        ({"zip": "94105"}, "a mapping"),
        (b"94105", "bytes"),
    ],
)
def test_type_of_value_is_named_in_plain_words(value, said):
    assert kind_of(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("San Francisco", "'San Francisco'"),
        ("O'Farrell", '"O\'Farrell"'),
        ("two\nlines", r"'two\nlines'"),
        (7, "7"),
        (None, "None"),
    ],
)
def test_value_is_quoted_as_python_would(value, said):
    assert quoted(value) == said


@pytest.mark.parametrize(
    ("length", "whole"), [(0, True), (57, True), (58, True), (59, False), (120, False), (100_000, False)]
)
def test_value_that_does_not_fit_on_a_line_is_cut(length, whole):
    said = quoted("x" * length)

    assert (said == repr("x" * length)) is whole
    assert said.endswith("'" if whole else "x ...")
    assert len(said) <= 60


@unhurried
@given(ANYTHING)
def test_anything_can_be_quoted_on_one_short_line(value):
    said = quoted(value)

    assert len(said) <= 60
    assert "\n" not in said


@unhurried
@given(ANYTHING)
def test_anything_has_a_kind(value):
    assert kind_of(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("unavailable", "unavailable."),
        ("Try again.", "Try again."),
        ("Why? ", "Why?"),
        ("No!", "No!"),
        ("", "."),
    ],
)
def test_sentence_ends_with_one_full_stop(text, said):
    assert sentence(text) == said
