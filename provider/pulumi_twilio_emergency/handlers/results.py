"""What the six calls answer: plain values that any host can turn into its own protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pulumi_twilio_emergency.core.model.problem import Problem


class _Unknown:
    """The one value that stands for an input or output that will be known only during `up`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
"""Hosts put it where the engine says that a value is not known yet, and put the original back in answers."""


@dataclass(frozen=True, slots=True)
class Checked:
    """
    Inputs with their defaults, and what is wrong with them.

    Attributes:
        inputs: By property; UNKNOWN where the value is not known yet.
        problems: Each under its property (`where`); empty when the inputs are fine.

    """

    inputs: dict[str, Any]
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Diffed:
    """
    What a change of inputs amounts to.

    Attributes:
        changes: Whether there is anything to do.
        replaces: The properties because of which the resource is replaced; empty for an update in place.

    """

    changes: bool
    replaces: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Created:
    """A resource that exists and is ready."""

    id: str
    outputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadState:
    """A resource as Twilio shows it now: what goes into state as outputs and as inputs."""

    id: str
    outputs: dict[str, Any]
    inputs: dict[str, Any]


class NotReady(Exception):
    """
    The resource exists and is not ready: it is kept in state, the command fails, the next `up` updates it.

    Attributes:
        id: The resource's id.
        outputs: What is true of it now.

    """

    def __init__(self, text: str, id_: str, outputs: Mapping[str, Any]) -> None:
        super().__init__(text)
        self.id = id_
        self.outputs = outputs


@dataclass(frozen=True, slots=True)
class Secret:
    """An output that the engine must encrypt in state, and hide from every display."""

    value: Any
