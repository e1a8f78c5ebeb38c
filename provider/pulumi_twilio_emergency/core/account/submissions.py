"""
What stacks have set at Twilio, remembered beyond the command that did it.

State is written after the fact. When the CLI or the plugin is killed in between, Twilio shows an address on a
number, or a caller on a domain, that state does not know of; so it does when somebody else has set it. Only a
record that was written before each such request tells the two apart.

What counts as proof: the last that this stack has recorded for the very object is the very value, it was not
refused, and state still says what it said then, so that no checkpoint followed. Where there is no record, as
on another machine, what is not in state is somebody else's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pulumi_twilio_emergency.core.account.ownership import MemoryLedger
from pulumi_twilio_emergency.core.model.urn import stack_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NONE = "none"
"""The value where one is cleared."""


class SubmissionRecord(Protocol):
    """Entries that outlive a command, as far as this machine can keep them. Losing them is safe."""

    def append(self, entry: Mapping[str, str]) -> None:
        """Add an entry."""

    def entries(self) -> Iterable[Mapping[str, str]]:
        """Return what is kept, oldest first."""


class MemorySubmissionRecord(MemoryLedger):
    """A record that ends with its process."""

    def entries(self) -> Iterable[Mapping[str, str]]:
        """Return what is kept, oldest first."""
        return self.since(0)


class Submissions:
    """What one resource sets on its object. Safe to use from any number of threads."""

    def __init__(self, record: SubmissionRecord, urn: str, in_state: str | None) -> None:
        """
        Prepare to write and to ask.

        Args:
            record: Where it is kept.
            urn: Of the resource; what its stack has set counts. Where the host does not show it, nothing is
                recorded or known.
            in_state: The value that state says was set; None for a resource that is not in state, or has
                set none.

        """
        self._record = record
        self._stack = stack_of(urn)
        self._before = in_state or NONE

    def note(self, object_sid: str, value_sid: str | None) -> None:
        """Record, before it is sent, that the stack sets a number's address, or a domain's caller."""
        self._add("submitted", object_sid, value_sid)

    def withdraw(self, object_sid: str, value_sid: str | None) -> None:
        """Record that Twilio has refused it, or that it was not sent."""
        self._add("refused", object_sid, value_sid)

    def has(self, object_sid: str, value_sid: str | None) -> bool:
        """Whether the stack has set this value, and was killed before state could say so."""
        return self._last(object_sid) == (value_sid or NONE, self._before)

    def has_last(self, object_sid: str, value_sid: str | None) -> bool:
        """Whether this value is the last that the stack has set, whatever state said then or says now."""
        last = self._last(object_sid)
        return last is not None and last[0] == (value_sid or NONE)

    def _last(self, object_sid: str) -> tuple[str, str] | None:
        kept: list[tuple[str, str]] = []
        for entry in self._record.entries() if self._stack else ():
            if (entry.get("stack"), entry.get("object")) != (self._stack, object_sid):
                continue
            each = (entry.get("value", ""), entry.get("before", ""))
            if entry.get("what") == "submitted":
                kept.append(each)
            elif each in kept:
                del kept[len(kept) - 1 - kept[::-1].index(each)]
        return kept[-1] if kept else None

    def _add(self, what: str, object_sid: str, value_sid: str | None) -> None:
        if self._stack:
            entry = {"what": what, "stack": self._stack, "object": object_sid, "before": self._before}
            self._record.append({**entry, "value": value_sid or NONE})


NOTHING_KNOWN = Submissions(MemorySubmissionRecord(), "", None)
"""Of a client that is no stack."""
