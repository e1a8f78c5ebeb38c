"""
What must hold after every command: state, Twilio, the output and the exit code agree.

Nothing here knows how the provider works: state is read from the backend, Twilio from the emulator's world.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.stack import Ran, Stack
    from twilio_emulator.world import World

_OBJECT_SID = {
    "EmergencyAddress": "sid",
    "NumberEmergencyBinding": "number_sid",
    "SipDomainEmergency": "domain_sid",
}
_NOT_OURS = ("emergency", "updated", "date_updated", "running", "leaving")
_FORMS = {
    "IncomingPhoneNumbers": {"EmergencyAddressSid"},
    "SIP/Domains": {"EmergencyCallingEnabled", "EmergencyCallerSid"},
}


def kind(entry: dict) -> str:
    """Return the class that an entry of state is of; another text for components."""
    return entry["type"].rpartition(":")[2]


def object_of(entry: dict) -> str:
    """Return the SID of what an entry stands for."""
    return entry["outputs"][_OBJECT_SID[kind(entry)]]


def ours(entries: Iterable[dict]) -> list[dict]:
    """Leave out components and entries of other providers."""
    return [entry for entry in entries if kind(entry) in _OBJECT_SID]


def in_force(world: World, entry: dict) -> bool:
    """Whether Twilio has what an entry of state stands for."""
    sid = object_of(entry)
    if kind(entry) == "EmergencyAddress":
        return sid in {row["sid"] for row in world.addresses()}
    if kind(entry) == "NumberEmergencyBinding":
        return world.number(sid).get("emergency_address_sid") == entry["outputs"]["address_sid"]
    return bool(world.domain(sid).get("emergency_calling_enabled"))


@dataclass
class Moment:
    """What was so before a command, to compare with afterwards."""

    world: World
    entries: list[dict]
    events: int
    requests: int
    untouchable: dict[str, dict] = field(default_factory=dict)
    registered: frozenset[str] = frozenset()

    @classmethod
    def now(cls, stack: Stack, world: World) -> Moment:
        return cls(
            world,
            ours(stack.entries()),
            len(world.history),
            len(world.requests),
            _not_for_us(world),
            frozenset(
                row["sid"] for row in world.numbers() if row.get("emergency_address_status") == "registered"
            ),
        )

    def writes(self) -> list[str]:
        """Return what was written since, one line a request."""
        return [
            f"{request.method} {request.path} {dict(request.form)}"
            for request in self.world.requests[self.requests :]
            if request.method != "GET"
        ]


def broken_invariants(
    before: Moment,
    ran: Ran,
    after: Iterable[dict],
    *,
    kept: Iterable[str] = (),
    elsewhere: Iterable[dict] = (),
) -> list[str]:
    """
    Return each way in which a command was not honest, as a sentence.

    Args:
        before: What was so before it.
        ran: The command.
        after: State after it.
        kept: Names of resources that were to leave state and stay in force.
        elsewhere: Entries of other stacks' state.

    """
    world, after, elsewhere = before.world, ours(after), ours(elsewhere)
    kept = set(kept)
    kept_sids = {object_of(entry) for entry in before.entries if entry["name"] in kept}
    return [
        *_left_in_force(before, [*after, *elsewhere], kept),
        *_kept_in_vain(before, kept),
        *_state_against_twilio(world, after),
        *_unmanaged_addresses(world, [*after, *elsewhere], kept_sids),
        *_unannounced_gaps(before, ran, after),
        *_foreign_fields(before),
        *(["a traceback was shown"] if "Traceback" in ran.text else []),
    ]


def _left_in_force(before: Moment, held: list[dict], kept: set[str]) -> list[str]:
    still_held = {(kind(entry), object_of(entry)) for entry in held}
    return [
        f"left state and is in force: {entry['name']} ({object_of(entry)})"
        for entry in before.entries
        if (kind(entry), object_of(entry)) not in still_held
        and entry["name"] not in kept
        and in_force(before.world, entry)
    ]


def _kept_in_vain(before: Moment, kept: set[str]) -> list[str]:
    return [
        f"was to be kept and is not in force: {entry['name']}"
        for entry in before.entries
        if entry["name"] in kept and not in_force(before.world, entry)
    ]


def _state_against_twilio(world: World, entries: list[dict]) -> list[str]:
    found = []
    for entry in entries:
        said, is_so = _two_views(world, entry)
        found += [
            f"{entry['name']}: state says {name}={said[name]!r}, Twilio has {is_so.get(name)!r}"
            for name in said
            if said[name] != is_so.get(name)
        ]
    return found


def _two_views(world: World, entry: dict) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts of an entry as state has them and as Twilio has them."""
    outputs, sid = entry["outputs"], object_of(entry)
    if kind(entry) == "EmergencyAddress":
        there = {row["sid"]: row for row in world.addresses()}.get(sid, {})
        on_file = outputs["address_on_file"]
        if not isinstance(on_file, dict):  # a secret
            on_file = {}
        return {"sid": sid, **{name: value for name, value in on_file.items() if value}}, there
    if kind(entry) == "NumberEmergencyBinding":
        number = world.number(sid)
        names = ("emergency_address_status",)
        said = {"address_sid": outputs["address_sid"] or None, **{name: outputs[name] for name in names}}
        return said, {**number, "address_sid": number.get("emergency_address_sid") or None}
    domain = world.domain(sid)
    return (
        {
            "enabled": bool(outputs["emergency_calling_enabled"]),
            "caller": outputs.get("emergency_caller_sid") or None,
        },
        {
            "enabled": bool(domain.get("emergency_calling_enabled")),
            "caller": domain.get("emergency_caller_sid") or None,
        },
    )


def _unmanaged_addresses(world: World, held: list[dict], kept_sids: set[str]) -> list[str]:
    known = {object_of(entry) for entry in held} | kept_sids
    return [
        f"an address that no state knows: {row['sid']} ({row.get('friendly_name')})"
        for row in world.addresses()
        if row["sid"] not in known
    ]


def _unannounced_gaps(before: Moment, ran: Ran, after: list[dict]) -> list[str]:
    """A number that is still to be covered may be uncovered for a while only where that was said."""
    found = []
    for entry in after:
        if kind(entry) != "NumberEmergencyBinding":
            continue
        sid = object_of(entry)
        statuses = [
            (position >= before.events, event.detail["emergency_address_status"])
            for position, event in enumerate(before.world.history)
            if event.sid == sid and "emergency_address_status" in event.detail
        ]
        gap = sid in before.registered and any("unregist" in status for status in statuses)
        number = before.world.number(sid)["phone_number"]
        if gap and not re.search(rf"{re.escape(number)}.*\buncovered\b", ran.text):
            found.append(f"{number} was uncovered for a while, and nothing said so")
    return found


def _not_for_us(world: World) -> dict[str, dict]:
    return {
        row["sid"]: {name: value for name, value in row.items() if not name.startswith(_NOT_OURS)}
        for row in (*world.numbers(), *world.domains())
    }


def _foreign_fields(before: Moment) -> list[str]:
    now = _not_for_us(before.world)
    found = [
        f"something else of {sid} was changed"
        for sid, row in before.untouchable.items()
        if now.get(sid) != row
    ]
    for request in before.world.requests[before.requests :]:
        for resource, fields in _FORMS.items():
            if f"/{resource}/" in request.path and request.method != "GET":
                surplus = {name for name, _ in request.form} - fields
                if surplus or request.method == "DELETE":
                    found.append(f"{request.method} {request.path} {sorted(surplus)}")
    return found


def everything_is_in_force(stack: Stack, world: World) -> None:
    """Make sure that each resource in state is in force and registered, and nothing else is on file."""
    entries = ours(stack.entries())
    assert [entry["name"] for entry in entries if not in_force(world, entry)] == []
    assert _state_against_twilio(world, entries) == []
    assert {
        world.number(object_of(entry))["emergency_address_status"]
        for entry in entries
        if kind(entry) == "NumberEmergencyBinding"
    } <= {"registered"}


def nothing_is_in_force(world: World) -> None:
    """Make sure that no number, domain or address has anything to do with emergencies any more."""
    no_number_or_domain_is_in_force(world)
    assert world.addresses() == []


def no_number_or_domain_is_in_force(world: World) -> None:
    """Make sure that no number is registered anywhere, and no domain makes emergency calls."""
    bound = {
        row["phone_number"]: (row.get("emergency_address_sid"), row.get("emergency_address_status"))
        for row in world.numbers()
        if row.get("emergency_address_sid")
        or row.get("emergency_address_status") not in {None, "unregistered"}
    }
    assert bound == {}
    enabled = [
        row["domain_name"]
        for row in world.domains()
        if row.get("emergency_calling_enabled") or row.get("emergency_caller_sid")
    ]
    assert enabled == []
