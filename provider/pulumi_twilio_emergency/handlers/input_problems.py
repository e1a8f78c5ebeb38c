"""The input checks that several resources share: SIDs, booleans, alternatives, required inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.sids import is_sid
from pulumi_twilio_emergency.handlers.property_maps import known, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_KINDS = {"AC": "an account", "AD": "an address", "PN": "a phone number", "SD": "a SIP domain"}


def sid_problems(
    props: Mapping[str, Any], name: str, prefix: str, secret: Collection[str] = ()
) -> list[Problem]:
    """Return what is wrong with a SID."""
    value = known(props).get(name)
    if value is None or is_sid(value, prefix):
        return []
    what = f"{name} must be the SID of {_KINDS[prefix]}, {prefix} and 32 hexadecimal digits"
    if name in secret:
        return [Problem(f"{what}; this one is not.", where=name)]
    other = value[:2] if isinstance(value, str) else ""
    if other != prefix and other in _KINDS and is_sid(value, other):
        return [Problem(f"{what}; {quoted(value)} is the SID of {_KINDS[other]}.", where=name)]
    return [Problem(f"{what}; {quoted(value)} is not.", where=name)]


def boolean_problems(props: Mapping[str, Any], *names: str) -> list[Problem]:
    """Return which flags are not True or False."""
    values = known(props)
    return [
        Problem(f"{name} must be True or False, not {quoted(values[name])}.", where=name)
        for name in names
        if name in values and not isinstance(values[name], bool)
    ]


def both_given(props: Mapping[str, Any], first: str, second: str) -> list[Problem]:
    """Return the problem that two alternatives are given."""
    if props.get(first) is None or props.get(second) is None:
        return []
    return [Problem(f"Give {first} or {second}, not both.", where=second)]


def demand(props: Mapping[str, Any], *alternatives: str) -> None:
    """
    Make sure that a required input is there when the work begins.

    Absent during check is not missing: with `--continue-on-error` the output of a resource that failed is
    absent in those that depend on it.

    Raises:
        Refused: None of the alternatives is there.

    """
    if any(name in known(props) or name in unknown(props) for name in alternatives):
        return
    raise Refused(
        Problem(
            f"{' or '.join(alternatives)} has no value.",
            "Nothing was changed by this resource.",
            "If it is the output of another resource, see that one's error first. Otherwise set it in "
            "the program.",
            where=alternatives[0],
        )
    )
