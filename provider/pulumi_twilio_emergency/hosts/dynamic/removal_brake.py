"""
The numbers of the last `pulumi up`, kept in state: the one place where a preview can still see them.

Not a handler: it asks nobody, so it needs nothing of what the handlers' host prepares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi.dynamic

from pulumi_twilio_emergency.core.rules.removal_brake import problem_if_mass_removal

if TYPE_CHECKING:
    from collections.abc import Callable


class RemovalBrakeProvider(pulumi.dynamic.ResourceProvider):
    """Compares the numbers in state with those of the program. Asks nobody, and stands for nothing."""

    serialize_as_secret_always = False

    def __init__(self, function: Callable[[], pulumi.dynamic.ResourceProvider]) -> None:
        """Prepare; `function` is what the pickle names, and must return this provider for ever."""
        super().__init__()
        self._function = function

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return self._function, ()

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> pulumi.dynamic.CheckResult:
        """Refuse to drop many numbers at once."""
        problem = problem_if_mass_removal(
            _olds.get("numbers") or (), news["numbers"], int(news["allow_removals"]), news["file"]
        )
        failures = [] if problem is None else [pulumi.dynamic.CheckFailure(problem.where, str(problem))]
        return pulumi.dynamic.CheckResult(news, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi.dynamic.DiffResult:
        """See a change where the numbers differ; what is allowed for one edit is none."""
        return pulumi.dynamic.DiffResult(changes=_olds.get("numbers") != _news["numbers"])

    def create(self, props: dict[str, Any]) -> pulumi.dynamic.CreateResult:
        """Remember the numbers."""
        return pulumi.dynamic.CreateResult("numbers", props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi.dynamic.UpdateResult:
        """Remember other numbers."""
        return pulumi.dynamic.UpdateResult(_news)
