"""What counts as a SID."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.model.sids import is_sid
from support.fake_twilio import unhurried

DIGITS = "0123456789abcdef" * 2


@pytest.mark.parametrize("prefix", ["AC", "AD", "PN", "SD", "SK"])
def test_two_letters_and_thirty_two_hexadecimal_digits_are_a_sid(prefix):
    assert is_sid(prefix + DIGITS, prefix)
    assert is_sid(prefix + DIGITS.upper(), prefix)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "AD",
        DIGITS,
        "PN" + DIGITS,
        "ad" + DIGITS,
        "AD" + DIGITS[1:],
        "AD" + DIGITS + "0",
        "AD" + DIGITS[1:] + "g",
        "AD" + DIGITS[1:] + "٣",
        "AD" + DIGITS + "\n",
        " AD" + DIGITS,
        "AD" + DIGITS + "/../" + DIGITS,
    ],
)
def test_other_text_is_no_sid(value):
    assert not is_sid(value, "AD")


@unhurried
@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.binary(), st.lists(st.text())))
def test_value_that_is_not_a_text_is_no_sid(value):
    assert not is_sid(value, "AD")
