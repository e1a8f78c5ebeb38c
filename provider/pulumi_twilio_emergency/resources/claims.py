"""
Which resource of this run holds which Twilio object.

The engine deletes late: a binding that was renamed in the program, or replaced by force, is created under
its new name while the number is still bound, and then deleted under its old one. Without this memory that
delete would take the address off a number that a live resource has just reported as registered.
"""

from __future__ import annotations

import threading


class Claims:
    """Process memory, filled by check, diff, create and update, asked by create and delete."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: dict[str, str] = {}
        self._in_state: dict[str, str | None] = {}
        self._left: dict[str, str] = {}

    def seen_in_state(self, urn: str, id_: str | None = None) -> None:
        """Remember that a resource exists in state already, under this id if it is known."""
        with self._lock:
            self._in_state[urn] = id_ or self._in_state.get(urn)

    def hold(self, id_: str, urn: str) -> None:
        """Remember that a live resource of the program stands for this object."""
        with self._lock:
            self._holder[id_] = urn

    def release(self, id_: str, urn: str) -> None:
        """Remember that the resource is about to be replaced and will not need the object any more."""
        with self._lock:
            if self._holder.get(id_) == urn:
                del self._holder[id_]

    def holder(self, id_: str) -> str | None:
        """Return the URN of the live resource that stands for the object."""
        with self._lock:
            return self._holder.get(id_)

    def held(self) -> set[str]:
        """Return all objects that live resources stand for."""
        with self._lock:
            return set(self._holder)

    def leave(self, number_sid: str, address_sid: str) -> None:
        """Remember that a binding was deleted while its number points at an address it did not submit."""
        with self._lock:
            self._left[number_sid] = address_sid

    def left_at(self, address_sid: str) -> set[str]:
        """Return the numbers that deleted bindings of this run have left at the address."""
        with self._lock:
            return {number for number, address in self._left.items() if address == address_sid}

    def taken_from(self, urn: str) -> set[str]:
        """Return the objects that a create of this resource must not take for its own earlier work."""
        with self._lock:
            taken = {id_ for id_, holder in self._holder.items() if holder != urn}
            own = self._in_state.get(urn)
            return taken | {own} if own else taken

    def replaced_blindly(self, urn: str) -> bool:
        """Whether a create replaces something whose id we were never told, as `--replace` does it."""
        with self._lock:
            return urn in self._in_state and self._in_state[urn] is None


claims = Claims()
