"""
Which resource of this command stands for which Twilio object: evidence, and nothing else.

The engine deletes late. A binding that was renamed in the program, or replaced by force, is created under its
new name while the number is still bound, and then deleted under its old one. That delete must not take the
address off a number which a live resource has just reported as registered.

What counts as proof that another resource stands for an object: in this very command it was created or
updated, and is in state now; or the program declared it, and it was found unchanged. A diff after a read (a
refresh), a read, an attempt that failed, an equal name are no proof.
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pulumi_twilio_emergency.core.model.urn import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

INSTANCE = "__instance"
"""
The output that tells one copy of a resource from another.

A replaced resource has the URN, and often the id, of the one that takes its place; the engine deletes the one
and keeps the other. Pulumi hides keys that begin with two underscores.
"""


class Ledger(Protocol):
    """A record that all processes of one command share, and that is gone with the command."""

    def append(self, entry: Mapping[str, str]) -> None:
        """Add an entry that every process sees from now on."""

    def since(self, count: int) -> Sequence[Mapping[str, str]]:
        """Return the entries after the first so many, oldest first."""


class MemoryLedger:
    """A ledger for a command that runs in one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Mapping[str, str]] = []

    def append(self, entry: Mapping[str, str]) -> None:
        """Add an entry."""
        with self._lock:
            self._entries.append(entry)

    def since(self, count: int) -> Sequence[Mapping[str, str]]:
        """Return the entries after the first so many, oldest first."""
        with self._lock:
            return self._entries[count:]


@dataclass(frozen=True, slots=True)
class Holder:
    """
    One copy of a resource.

    Attributes:
        urn: The resource.
        instance: Which copy of it: a token that create makes, update and read keep, and delete is given.

    """

    urn: str
    instance: str

    @property
    def name(self) -> str:
        """The resource's name: the last part of the URN."""
        return name_of(self.urn)


def new_instance() -> str:
    """Return a token for a resource that is created now."""
    return uuid.uuid4().hex


def instance_of(outputs: Mapping[str, Any]) -> str:
    """Return the token of a copy in state; for one of release 0.1.0, a digest of its outputs."""
    token = outputs.get(INSTANCE)
    if token:
        return str(token)
    text = json.dumps(dict(outputs), sort_keys=True, default=str)
    return "0.1.0-" + hashlib.sha256(text.encode()).hexdigest()[:16]


class Ownership:
    """The evidence of one command. Safe to use from any number of threads."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self._ledger: Ledger = ledger or MemoryLedger()
        self._lock = threading.Lock()
        self._count = 0
        self._recorded: set[tuple[str, str]] = set()
        self._entries: dict[str, list[Mapping[str, str]]] = {}

    # What the calls leave as evidence

    def claim(self, sid: str, holder: Holder) -> None:
        """Record that a live resource stands for the object: created, updated, or found unchanged."""
        self._record("claim", sid, holder)

    def drop(self, sid: str, holder: Holder) -> None:
        """Record that a copy was deleted, and stands for the object no more."""
        self._record("drop", sid, holder)

    def begin_delete(self, sid: str) -> None:
        """Record that a delete of the object has begun."""
        self._record("delete begins", sid, Holder("", ""))

    def end_delete(self, sid: str) -> None:
        """Record that a delete of the object has ended, whatever came of it."""
        self._record("delete ends", sid, Holder("", ""))

    def see_in_state(self, sid: str) -> None:
        """Record that this stack's state has a resource for the object."""
        self._record_once("state", sid)

    def see_submitted(self, object_sid: str, value_sid: str) -> None:
        """Record that state says that this stack has set a number's address, or a domain's caller."""
        self._record_once("submitted", f"{object_sid} {value_sid}")

    # What deletes and creates ask

    def other_holder(self, sid: str, holder: Holder) -> Holder | None:
        """Return another copy that is proven to stand for the object, the latest first."""
        held: dict[Holder, None] = {}
        for entry in self._about(sid, "claim", "drop"):
            each = Holder(entry["urn"], entry["instance"])
            held.pop(each, None)
            if entry["what"] == "claim":
                held[each] = None
        others = [each for each in held if each.instance != holder.instance]
        return others[-1] if others else None

    def declared_by_another(self, keys: Iterable[str], urn: str) -> str | None:
        """Return the URN of another resource that the program declares for what any of the keys names."""
        for key in keys:
            for entry in self._about(key, "declare"):
                if entry["urn"] != urn:
                    return entry["urn"]
        return None

    def was_submitted(self, object_sid: str, value_sid: str) -> bool:
        """Whether state has said that this stack set this as the number's address or domain's caller."""
        return bool(self._about(f"{object_sid} {value_sid}", "submitted"))

    def is_held(self, sid: str) -> bool:
        """Whether any live resource is proven to stand for the object."""
        return self.other_holder(sid, Holder("", "")) is not None

    def is_being_deleted(self, sid: str) -> bool:
        """Whether a delete of the object is under way in this command."""
        marks = [entry["what"] for entry in self._about(sid, "delete begins", "delete ends")]
        return marks[-1:] == ["delete begins"]

    def is_in_state(self, sid: str) -> bool:
        """Whether this command has seen the object in this stack's state."""
        return bool(self._about(sid, "state"))

    def declare(self, key: str, urn: str) -> str | None:
        """
        Record that the program declares a resource for what the key names.

        Returns the URN of another resource that the program has declared for the same thing, or None.
        """
        # Recorded first: of two that come at once, at least one sees the other.
        self._record("declare", key, Holder(urn, ""))
        return self.declared_by_another([key], urn)

    def _record_once(self, what: str, sid: str) -> None:
        """Record what stays true for the whole command: a read and a diff show the same state."""
        with self._lock:
            is_new = (what, sid) not in self._recorded
            self._recorded.add((what, sid))
        if is_new:
            self._record(what, sid, Holder("", ""))

    def _record(self, what: str, sid: str, holder: Holder) -> None:
        self._ledger.append({"what": what, "sid": sid, "urn": holder.urn, "instance": holder.instance})

    def _about(self, sid: str, *what: str) -> list[Mapping[str, str]]:
        with self._lock:
            for entry in self._ledger.since(self._count):
                self._count += 1
                self._entries.setdefault(entry["sid"], []).append(entry)
            return [entry for entry in self._entries.get(sid, ()) if entry["what"] in what]
