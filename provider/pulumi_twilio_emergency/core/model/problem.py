"""The one shape of bad news, and the exceptions that carry it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_twilio_emergency.core.model.number import Number


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Bad news in three parts.

    Attributes:
        what: What is so.
        meaning: What it means for someone who dials 911; empty where it means nothing yet.
        remedy: What to do next.
        where: The input property at fault (snake_case), or empty for the resource as a whole.

    """

    what: str
    meaning: str = ""
    remedy: str = ""
    where: str = ""

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.meaning, self.remedy) if part)


class EmergencyError(Exception):
    """Base of all our bad news. `str()` is ready for the operator's screen."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Refused(EmergencyError):
    """We, or Twilio, would not do it. Nothing was changed by this call."""


class InterruptedBeforeChange(Refused):
    """The operator asked to stop before this call had changed anything: what was in force still is."""


class StillInUse(Refused):
    """
    Something else relies on it.

    Attributes:
        used_by: The SIDs of what does.

    """

    def __init__(self, problem: Problem, used_by: Iterable[str]) -> None:
        super().__init__(problem)
        self.used_by = tuple(used_by)


class RolledBack(EmergencyError):
    """A change failed, and what was in force before is in force again."""


class Unconfirmed(EmergencyError):
    """Twilio took a change and does not show it. Running the same call again is safe."""


class Unfinished(EmergencyError):
    """
    Work that stopped half-way: it can be resumed by running the same call again.

    Attributes:
        number: The number as last seen.
        uncovered_since: Unix time since when the number has had no registered address because of this
            change; None when it was not taken out of coverage.
        foreign_address_sid: The address that somebody else has bound meanwhile; it was left in place, and is
            never ours. None when there is none.
        submitted: The addresses that were sent for this number, and may have arrived. One that was only
            going to be sent is no evidence of anything.

    """

    def __init__(
        self,
        problem: Problem,
        number: Number,
        uncovered_since: float | None = None,
        foreign_address_sid: str | None = None,
        submitted: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(problem)
        self.submitted = submitted
        self.number = number
        self.uncovered_since = uncovered_since
        self.foreign_address_sid = foreign_address_sid
