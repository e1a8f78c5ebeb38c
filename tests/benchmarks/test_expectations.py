"""A row of the benchmark that is slower than it should be is named, with what was expected of it."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.expectations import CROWD, Costs, expected
from benchmarks.report import report
from benchmarks.rows import Figure, Measured

FLOOR = {"up": 8.0, "preview": 7.0, "refresh": 2.0, "destroy": 6.0}
COSTS = Costs(request=0.003, row=0.00001, twilio=0.3)


def measured(what, seconds, floor=FLOOR):
    return Measured(
        "this provider", what, 1000, seconds, Counter(), 60, parts=expected(what, 1000, floor, COSTS)
    )


def above(*rows, figures=()):
    return report(list(rows), list(figures), 1024)[1]


@pytest.mark.parametrize("what", FLOOR)
def test_row_is_named_only_when_it_is_more_than_a_third_above(what):
    expectation = sum(expected(what, 1000, FLOOR, COSTS).values())

    assert above(measured(what, 1.32 * expectation)) == []
    [line] = above(measured(what, 1.35 * expectation))
    assert f"{what} of 1000" in line
    assert f"expected {expectation:.1f} s" in line


def test_destroys_with_four_workers_are_named():
    """As they were in 0.1.0, with checkpoints skipped: 180 s beside an up of 53 s."""
    assert above(measured("up", 53.2)) == []
    assert len(above(measured("destroy", 180.3))) == 1


def test_floor_whose_destroy_was_disturbed_allows_no_slow_destroy():
    assert len(above(measured("destroy", 118, {**FLOOR, "destroy": 117.5}))) == 1


def test_destroy_without_checkpoints_is_allowed_the_time_of_an_up_at_most():
    def allowed(*, checkpoints):
        floor = {**FLOOR, "destroy": 100.0}
        return expected("destroy", 1000, floor, COSTS, checkpoints=checkpoints)["engine"]

    assert allowed(checkpoints=False) == FLOOR["up"]
    assert allowed(checkpoints=True) == 2 * FLOOR["up"]


def test_gap_in_a_crowd_is_allowed_no_third_more():
    most = CROWD * 4.9

    assert above(figures=[Figure("gap", most - 0.1, most, "s")]) == []
    assert len(above(figures=[Figure("gap", most + 0.1, most, "s")])) == 1


def test_rows_of_the_floor_are_never_named():
    floor = Measured("engine floor", "destroy", 1000, 1e6, Counter(), 50)

    assert above(floor) == []
