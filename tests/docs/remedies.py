"""Which remedies are executed by which tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from docs.documents import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

_Test = TypeVar("_Test", bound="Callable[..., Any]")

EXECUTED: dict[str, list[str]] = {}
"""The tests that execute each remedy."""

_ENGINE = ROOT / "tests" / "engine"
ELSEWHERE = {
    "pulumi up --replace": (_ENGINE / "test_honesty.py", "up --replace {office}"),
    "pulumi preview": (ROOT / "tests" / "support" / "stack.py", "preview"),
    "delete_before_replace": (
        _ENGINE / "test_honesty_of_options.py",
        "delete_before_replace of an address in use, --replace",
    ),
}
"""Remedies that are executed by tests of another folder, and the words by which that is found there."""


def executes(*remedies: str) -> Callable[[_Test], _Test]:
    """Mark a test as a row that executes these remedies."""

    def noted(test: _Test) -> _Test:
        for remedy in remedies:
            EXECUTED.setdefault(remedy, []).append(test.__name__)
        return test

    return noted
