"""Bugs of the provider, as the operator sees them."""

from __future__ import annotations

import pytest

ODD = """
from support.misbehaving_providers import Odd

class Thing(pulumi.dynamic.Resource):
    pass

Thing(Odd(), "odd", {{"habit": {habit!r}}})
"""


@pytest.fixture
def odd(stack, request):
    stack.env["PYTHONPATH"] = str(request.config.rootpath / "tests")
    return stack


@pytest.mark.parametrize("habit", ["stumble", "exit", "be interrupted by the keyboard"])
def test_unexpected_exception_is_reported_as_a_bug_without_its_text(odd, habit):
    odd.program(ODD.format(habit=habit))
    ran = odd.up(expect=1)
    assert "in the provider" in ran.errors
    assert "PULUMI_DYNAMIC_TRACEBACK=1" in ran.errors
    assert "Traceback" not in ran.text
    assert "secret-in-the-text" not in ran.text


def test_debug_switch_shows_the_traceback(odd):
    odd.program(ODD.format(habit="stumble"))
    ran = odd.up(expect=1, env={"PULUMI_DYNAMIC_TRACEBACK": "1"})
    assert "ZeroDivisionError" in ran.errors
    assert "misbehaving_providers.py" in ran.errors
