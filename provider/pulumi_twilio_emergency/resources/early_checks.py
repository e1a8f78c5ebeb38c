"""
The problems of all resources of a program in one preview.

The engine stops at the first resource whose check fails. Inputs that are plain values can be judged where the
program declares them, so whatever is wrong with the others is reported in the same preview.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_twilio_emergency.handlers.results import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pulumi_twilio_emergency.core.model.problem import Problem


def report_problems(
    what: str, inputs: Mapping[str, Any], problems: Callable[[dict[str, Any]], Sequence[Problem]]
) -> None:
    """
    Report what is wrong with the plain inputs of one declaration, as warnings.

    Args:
        what: The resource, as the program calls it.
        inputs: As declared; nothing is said of values that are outputs of something else.
        problems: The offline part of the resource's check.

    """
    values = {name: value if _is_plain(value) else UNKNOWN for name, value in inputs.items()}
    for problem in problems(values):
        # Check has the last word: a transform of the program's may still change what is written here.
        pulumi.log.warn(f"{what}: {problem}")


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | bool | int | float | list | tuple | dict)
