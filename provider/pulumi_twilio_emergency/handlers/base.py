"""What the three handlers share: accounts, evidence of ownership, and deletes that are skipped."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pulumi_twilio_emergency.core.account.ownership import Holder, instance_of
from pulumi_twilio_emergency.core.model.problem import InterruptedBeforeChange, Problem, Refused, StillInUse
from pulumi_twilio_emergency.core.model.urn import name_of
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.core.rules import guards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from pulumi_twilio_emergency.core.request_scope import RequestScope
    from pulumi_twilio_emergency.handlers.call import Call
    from pulumi_twilio_emergency.handlers.results import Checked, Created, Diffed, ReadState

_T = TypeVar("_T")
_USER_PATIENCE = 3.0  # seconds; the engine sends at once the deletes that wait for nothing
_SUCCESSOR_PATIENCE = 10.0  # seconds; the engine sends a create at once when what it needs is there
RECENT = 60.0
"""Seconds in which one list serves preview and refresh of all resources."""


class Handler(Protocol):
    """
    One kind of resource: what its six calls do. Stateless; everything that a command shares is in `call.run`.

    Property maps hold plain values, and UNKNOWN for what is not known yet. Errors are those of core
    (EmergencyError, GatewayError, Interrupted) and NotReady.
    """

    def check(self, call: Call, olds: dict[str, Any], news: dict[str, Any]) -> Checked:
        """Fill in defaults, and say what is wrong. `olds` are inputs in state; empty for a new resource."""

    def diff(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> Diffed:
        """Compare the outputs in state with checked inputs."""

    def create(self, call: Call, inputs: dict[str, Any]) -> Created:
        """Make it so, or find that it is so."""

    def read(self, call: Call, id_: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> ReadState | None:
        """Return what Twilio shows now; None where it is proven to be gone."""

    def update(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """Change it in place, and return the new outputs."""

    def delete(self, call: Call, id_: str, outputs: dict[str, Any]) -> None:
        """Take it down. Gone counts as done."""


def within_time_limit(call: Call) -> AbstractContextManager[RequestScope]:
    """Bound everything that is asked of Twilio within the block by the call's own time limit."""
    return request_scope(deadline=call.run.clock.monotonic() + call.time_limit())


def holder_of(call: Call, outputs: Mapping[str, Any]) -> Holder:
    """Return the copy of the resource that these outputs in state belong to."""
    return Holder(call.urn, instance_of(outputs))


def refuse_moved_account(call: Call, kind: str, news: Mapping[str, Any], olds: Mapping[str, Any]) -> None:
    """
    Stop a run whose credentials are for another account than the state's, before this resource writes.

    Raises:
        Refused: They are, and the resource does not name its account itself.

    """
    theirs, ours = olds.get("account_sid"), call.run.settings.account_sid
    if news.get("account_sid") is None and theirs is not None and ours is not None and theirs != ours:
        problem = guards.text_other_account(kind, theirs, ours)
        by_mistake = (
            "If it was created there by mistake, delete it in that account, and take it out of state with "
            f"`pulumi state delete '{call.urn}'`."
        )
        raise Refused(replace(problem, remedy=f"{problem.remedy} {by_mistake}"))


def await_successor(call: Call, id_: str, outputs: Mapping[str, Any], names: Iterable[object] = ()) -> None:
    """
    Give another resource of the program a moment to take the object over, where it is declared to.

    With delete_before_replace the engine deletes in the middle of a run: the create of a successor that was
    declared already may be on its way.
    """
    ownership, holder = call.run.ownership, holder_of(call, outputs)
    keys = [id_, *(str(name) for name in names if name)]
    give_up = call.run.clock.monotonic() + _SUCCESSOR_PATIENCE
    while (
        ownership.other_holder(id_, holder) is None
        and ownership.declared_by_another(keys, call.urn) is not None
        and call.run.clock.monotonic() < give_up
    ):
        call.run.clock.sleep(0.5)


def leave_to_successor(
    call: Call, id_: str, outputs: Mapping[str, Any], what: str, names: Iterable[object] = ()
) -> bool:
    """
    Whether a delete is to leave the object alone, since another live resource stands for it; say so then.

    Args:
        call: The delete.
        id_: The object's SID.
        outputs: Of the copy that is deleted.
        what: The object, in words.
        names: Other names under which the program may declare it, say its phone number.

    Raises:
        Refused: Another resource of the program was to take it over, and failed: deleting it now would leave
            nobody in charge of it. It stays in state.

    """
    ownership, holder = call.run.ownership, holder_of(call, outputs)
    other = ownership.other_holder(id_, holder)
    if other is not None:
        ownership.drop(id_, holder)
        # Not "in force": the successor may have switched it off, or be waiting for a registration.
        call.line.warn(
            f"{what} is not changed by this delete: it now belongs to {other.name or 'another resource'}."
        )
        return True
    keys = [id_, *(str(name) for name in names if name)]
    successor = ownership.declared_by_another(keys, call.urn)
    if successor is not None:
        raise Refused(
            Problem(
                f"{what} is kept, in state and in force: {name_of(successor)} was to take it "
                "over and failed.",
                "This delete changed nothing.",
                "Correct that resource and run `pulumi up` again; or take it out of the program, and run "
                "it again.",
            )
        )
    return False


@contextlib.contextmanager
def being_deleted(call: Call, sid: str) -> Iterator[None]:
    """Let other deletes of this command know that a delete of this object is under way."""
    call.run.ownership.begin_delete(sid)
    try:
        yield
    finally:
        call.run.ownership.end_delete(sid)


def once_unused(call: Call, work: Callable[[], _T]) -> _T:
    """
    Do a delete, again while all that relies on the object is being deleted by this command too.

    Pulumi deletes together what does not depend on each other: a domain that names its emergency caller by a
    literal SID, or imported resources.

    Raises:
        Refused: StillInUse: something relies on it that is not being deleted.

    """
    clock = call.run.clock
    give_up = clock.monotonic() + _USER_PATIENCE
    while True:
        try:
            return work()
        except StillInUse as error:
            under_way = all(map(call.run.ownership.is_being_deleted, error.used_by))
            if not under_way and clock.monotonic() > give_up:
                raise
        clock.sleep(0.5)


def with_delete_before_replace_hint(call: Call, error: Refused) -> Refused:
    """Name the option that makes an engine delete what is still in use; it is not shown to us."""
    if isinstance(error, InterruptedBeforeChange) or not call.run.is_declared(call.urn):
        return error
    hint = "If the resource has the option delete_before_replace, remove that: the new one has to come first."
    return Refused(replace(error.problem, remedy=f"{error.problem.remedy} {hint}"))


def lagging(what: str) -> Problem:
    """Say that Twilio contradicts itself about whether an object is there."""
    return Problem(
        f"Twilio answers that {what} does not exist, and lists it.",
        "It stays in state: an answer may lag behind a change.",
        "Wait a minute, and run the same command again.",
    )


def declared_twice(call: Call, keys: set[str], what: str, where: str) -> list[Problem]:
    """Return the problem that two resources of the program stand for the same thing, both named."""
    # Every key is recorded, so that a later resource is told whichever way it names the thing.
    others = [call.run.ownership.declare(key, call.urn) for key in sorted(keys)]
    other = next((urn for urn in others if urn is not None), None)
    if other is None:
        return []
    return [
        Problem(
            f"{what} is declared twice: by {name_of(other)} and by {call.name}.",
            "Each would undo what the other does, and a dispatcher might see either address.",
            "Remove one of the two resources.",
            where=where,
        )
    ]
