"""One call of a host: which resource it is for, how long it may take, and the command it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.submissions import Submissions
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.urn import name_of

if TYPE_CHECKING:
    from pulumi_twilio_emergency.session.reporter import Line
    from pulumi_twilio_emergency.session.run import Run

DEFAULT_TIMEOUT = 30 * 60.0
"""Seconds; in the US and Canada a registration takes up to 30 minutes (Twilio docs, read 2026-11)."""
LONGEST_TIMEOUT = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Call:
    """
    One request of the host.

    Attributes:
        run: The command that it belongs to.
        method: `check`, `diff`, `create`, `read`, `update` or `delete`.
        urn: The resource's URN; empty where the host does not show it.
        timeout: `custom_timeouts` for this method in seconds; None when unset or not shown.
        line: Where the call reports, on the resource's own row.
        secret: Names of inputs that the program has marked as secret; empty where the host does not show it.

    """

    run: Run
    method: str
    urn: str = ""
    timeout: float | None = None
    line: Line = field(repr=False, kw_only=True)
    secret: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The resource's name: the last part of the URN."""
        return name_of(self.urn)

    def submissions(self, in_state: str | None) -> Submissions:
        """Return what the stack has set from this machine, beyond what state says of this resource."""
        return Submissions(self.run.submitted, self.urn, in_state)

    def time_limit(self) -> float:
        """
        Return the seconds that this call may take: custom_timeouts, or 30 minutes.

        Raises:
            Refused: The program asks for a time that makes no sense.

        """
        if self.timeout is None:
            return DEFAULT_TIMEOUT
        if not 1 <= self.timeout <= LONGEST_TIMEOUT:
            raise Refused(
                Problem(
                    f"custom_timeouts.{self.method} is {self.timeout:g} s.",
                    "Nothing was changed.",
                    "Set it to between 1s and 168h. Registration takes up to 30 minutes in the US and "
                    "Canada, "
                    "and up to 72 hours in the UK.",
                )
            )
        return self.timeout
