"""A file as text with positions: what the YAML and the CSV reader hand on. Nothing is converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_twilio_emergency.core.model.problem import Problem


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; both count from 1, as editors do."""

    line: int
    column: int


START = Position(1, 1)

_NAMES = ("Twilio", "Pulumi")


@dataclass(frozen=True, slots=True)
class Scalar:
    """
    One value as it was typed.

    Attributes:
        text: The characters, without quotes.
        at: Where it begins.
        quoted: Whether it stood in quotes, so that nobody can have meant anything but text.
        comment: The comment behind it on its line, from the `#` on: it may have been meant as part of it.

    """

    text: str
    at: Position
    quoted: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values, in file order; no key twice."""

    entries: tuple[tuple[Scalar, Node], ...]
    at: Position

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    at: Position


Node = Scalar | Mapping | Sequence


@dataclass(frozen=True, slots=True)
class FileProblem:
    """
    One thing that is wrong in a file.

    Attributes:
        at: Where.
        path: The keys that lead there, say `sites.boston.address.postal_code`; empty for the file as a whole.
        problem: What is wrong, what it means and what to do.
        is_advice: Whether Twilio only advises against it, so that the file is used all the same.

    """

    at: Position
    path: str
    problem: Problem
    is_advice: bool = False

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, on one line."""
        beats = (self.problem.what, self.problem.remedy)
        what, *remedy = (" ".join(beat.split()).rstrip(".") for beat in beats if beat)
        return "; ".join((what, *(_continued(beat) for beat in remedy)))


def _continued(beat: str) -> str:
    """Return a sentence as it goes on behind a semicolon: names keep their capital."""
    if beat.startswith(_NAMES):
        return beat
    return beat[0].lower() + beat[1:]


def is_empty(node: Node) -> bool:
    """Whether a key was written without a value."""
    return isinstance(node, Scalar) and not node.quoted and node.text == ""


def kind_of(node: Node) -> str:
    """Say what a node is, for a sentence."""
    return {Scalar: "a single value", Mapping: "keys with values", Sequence: "a list"}[type(node)]
