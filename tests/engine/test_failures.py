"""Bugs of the provider, as the operator sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

import support
from support.stack import Stack

PROGRAM = """
from support.misbehaving_providers import misbehaving

class Thing(pulumi.dynamic.Resource):
    pass

Thing(misbehaving(), "thing", {{"act": {act!r}}})
"""


@pytest.fixture
def stack(tmp_path, engine):
    """Return a stack whose program finds the misbehaving provider; no Twilio is near."""
    stack = Stack(tmp_path, engine, {"PYTHONPATH": str(Path(support.__file__).parent.parent)})
    yield stack
    stack.close()


@pytest.mark.parametrize("act", ["fail unexpectedly", "exit", "raise KeyboardInterrupt"])
def test_unexpected_exception_is_reported_as_a_bug_without_its_text(stack, act):
    stack.program(PROGRAM.format(act=act))
    ran = stack.up(expect=1)
    assert "This is a bug" in ran.errors
    assert "PULUMI_DYNAMIC_TRACEBACK=1" in ran.errors
    assert "Traceback" not in ran.text
    assert "secret-in-the-text" not in ran.text


def test_debug_switch_shows_the_traceback(stack):
    stack.program(PROGRAM.format(act="fail unexpectedly"))
    ran = stack.up(expect=1, env={"PULUMI_DYNAMIC_TRACEBACK": "1"})
    assert "ZeroDivisionError" in ran.errors
    assert "misbehaving_providers.py" in ran.errors
