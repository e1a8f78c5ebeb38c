"""When an edit of a sites file removes too much to pass unasked."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.rules.removal_brake import problem_if_mass_removal

TEN = [f"+1617200000{digit}" for digit in range(10)]


@pytest.mark.parametrize(
    ("before", "after", "allowed", "refused"),
    [
        pytest.param([], TEN, 0, False, id="first-up"),
        pytest.param(TEN, TEN[::-1], 0, False, id="reordered"),
        pytest.param(TEN, TEN[2:], 0, False, id="a-fifth"),
        pytest.param(TEN, TEN[3:], 0, True, id="more-than-a-fifth"),
        pytest.param(TEN, TEN[3:], 2, True, id="fewer-allowed"),
        pytest.param(TEN, TEN[3:], 3, False, id="allowed"),
        pytest.param(TEN, TEN[3:], 40, True, id="allowed-for-an-earlier-edit"),
        pytest.param(TEN, TEN[2:], 40, False, id="a-fifth-beside-an-earlier-allowance"),
        pytest.param(TEN, [], 0, True, id="all"),
        pytest.param(TEN[:2], [], 0, False, id="two-of-two"),
        pytest.param(TEN[:3], [], 0, True, id="three-of-three"),
        pytest.param([*TEN, *TEN], TEN[3:], 0, True, id="counted-once"),
    ],
)
def test_removal_is_refused_above_a_fifth_and_from_three(before, after, allowed, refused):
    assert (problem_if_mass_removal(before, after, allowed, "sites.yaml") is not None) == refused


def test_refusal_names_count_share_numbers_and_the_way_past_it():
    problem = problem_if_mass_removal([*TEN, "+16172000010"], [], 0, "sites.yaml")
    assert (
        problem.what
        == f"sites.yaml no longer has 11 of 11 numbers: {', '.join(sorted([*TEN, '+16172000010'])[:10])} and 1 more."
    )
    assert problem.remedy == (
        "Put them back, or pass allow_removals=11 if this is intended, and take it out after that `pulumi up`."
    )


def test_allowance_for_another_edit_is_named():
    problem = problem_if_mass_removal(TEN, TEN[3:], 40, "sites.yaml")
    assert problem.what.endswith("+16172000002. allow_removals=40 is for another count.")
