"""The checks that several resources share: shapes of SIDs, booleans, alternatives, the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CheckFailure

from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.sids import is_sid
from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.resources.resource import known, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_twilio_emergency.twilio_gateway import Settings

_KINDS = {"AC": "an account", "AD": "an address", "PN": "a phone number", "SD": "a SIP domain"}


def failures_of(problems: Iterable[Problem]) -> list[CheckFailure]:
    """Return problems in the SDK's shape, each under its own property."""
    return [CheckFailure(problem.where, str(problem)) for problem in problems]


def sid_problems(news: dict[str, Any], name: str, prefix: str, *, required: bool = False) -> list[Problem]:
    """Say what is wrong with a SID."""
    if name in unknown(news):
        return []
    value = news.get(name)
    if value is None:
        return [Problem(f"{name} is missing.", where=name)] if required else []
    if is_sid(value, prefix):
        return []
    other = value[:2] if isinstance(value, str) else ""
    if other != prefix and other in _KINDS and is_sid(value, other):
        hint = f"{quoted(value)} is the SID of {_KINDS[other]}"
    else:
        hint = f"{quoted(value)} is not"
    return [
        Problem(
            f"{name} must be the SID of {_KINDS[prefix]}, {prefix} and 32 hexadecimal digits; {hint}.",
            where=name,
        )
    ]


def boolean_problems(news: dict[str, Any], *names: str) -> list[Problem]:
    """Say which flags are not True or False."""
    values = known(news)
    return [
        Problem(f"{name} must be True or False, not {quoted(values[name])}.", where=name)
        for name in names
        if name in values and not isinstance(values[name], bool)
    ]


def exactly_one_of(news: dict[str, Any], first: str, second: str) -> list[Problem]:
    """Say that exactly one of two alternatives must be given."""
    given = [name for name in (first, second) if news.get(name) is not None]
    if len(given) == 1:
        return []
    if given:
        return [Problem(f"Give {first} or {second}, not both.", where=second)]
    return [Problem(f"{first} (or {second}) is missing.", where=first)]


def refuse_moved_account(kind: str, news: dict[str, Any], olds: dict[str, Any], settings: Settings) -> None:
    """
    Stop a run whose credentials are for another account than the state's, before anything is written.

    Raises:
        Refused: They are, and the resource does not name its account itself.

    """
    theirs, ours = olds.get("account_sid"), settings.account_sid
    if news.get("account_sid") is None and theirs is not None and ours is not None and theirs != ours:
        raise Refused(guards.other_account(kind, theirs, ours))
