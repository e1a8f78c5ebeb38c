"""Property maps as hosts hand them over: what is given, what is known, what is secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.handlers.results import UNKNOWN, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_NAME = "__default_name"
"""A hidden input: the friendly name is our default, not the program's."""
DELETE_BEFORE_REPLACE = "__delete_before_replace"
"""A hidden input: the program has set the resource option of that name."""
NONE_OUTPUTS = "__none_outputs"
"""A hidden output: the names of the outputs that are None, since the engine's state holds no null."""


SUBMITTED_CALLER = "__submitted_caller_sid"
"""A hidden output: the emergency caller that the resource set, or `none`; its delete clears no other one."""


def given(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that have a value, known or not."""
    return {name: value for name, value in props.items() if value is not None}


def known(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties whose value is known; in preview, those of other resources are not."""
    return {name: value for name, value in props.items() if value is not None and value is not UNKNOWN}


def unknown(props: Mapping[str, Any]) -> set[str]:
    """Return the names of the properties whose value will be known only during `up`."""
    return {name for name, value in props.items() if value is UNKNOWN}


def with_secrets_marked(
    outputs: Mapping[str, Any], secret: Mapping[str, Iterable[str]], names: frozenset[str]
) -> dict[str, Any]:
    """
    Return outputs as they go into state: what derives from a secret input is marked as secret as well.

    Args:
        outputs: By name.
        secret: For each derived output, the inputs whose secrecy it shares.
        names: The inputs that the program has marked as secret.

    """
    result = dict(outputs)
    for name, sources in secret.items():
        if result.get(name) is not None and not names.isdisjoint(sources):
            result[name] = Secret(result[name])
    result[NONE_OUTPUTS] = sorted(name for name, value in outputs.items() if value is None)
    return result
