"""
The rows of a world, their registrations on the way, and the record of what happened to them.

For the rules and the API, which hold the lock meanwhile.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twilio_emulator.clockwork import Clock, Outcome, Pace, Run
from twilio_emulator.records import Event, Record, Row, Version
from twilio_emulator.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twilio_emulator.faults import Lag

REGISTRATION = "registration"
UNREGISTRATION = "unregistration"
KEPT_REMOVED = 1_000
"""Removed rows that are kept, for lists that lag and pages that are being followed."""

LEAVING = frozenset({"pending-unregistration", "unregistration-failure"})
NAME = {"number": "phone_number", "domain": "domain_name"}
"""The field by which nothing exists twice."""

_STATUS = {
    (REGISTRATION, Outcome.PENDING): "pending-registration",
    (REGISTRATION, Outcome.DONE): "registered",
    (REGISTRATION, Outcome.FAILED): "registration-failure",
    (UNREGISTRATION, Outcome.PENDING): "pending-unregistration",
    (UNREGISTRATION, Outcome.DONE): "unregistered",
    (UNREGISTRATION, Outcome.FAILED): "unregistration-failure",
}
_PREFIX = {"address": "AD", "number": "PN", "domain": "SD"}


@dataclass(eq=False, slots=True)
class _Dial:
    """How fast registrations run: for everything, or for one number or address."""

    default: dict[str, Pace]
    special: dict[tuple[str, str], Pace] = field(default_factory=dict)

    def pace(self, which: str, *sids: str | None) -> Pace:
        for sid in sids:
            if sid is not None and (sid, which) in self.special:
                return self.special[sid, which]
        return self.default[which]

    def forget(self, sid: str) -> None:
        for which in self.default:
            self.special.pop((sid, which), None)


class Rows:
    """What exists: addresses, numbers and SIP domains, each with its past."""

    def __init__(self, clock: Clock, *, seed: str, kept: int) -> None:
        if not isinstance(seed, str):
            raise ValueError(f"seed must be a text, not {seed!r}")  # noqa: TRY004 - one kind of error
        if type(kept) is not int or kept < 1:
            raise ValueError(f"kept must be a whole number from 1, not {kept!r}")
        if not callable(getattr(clock, "now", None)) or not callable(getattr(clock, "sleep", None)):
            raise ValueError(f"clock must be a ManualClock, a RealClock or the like, not {clock!r}")  # noqa: TRY004 - one kind of error
        self.clock = clock
        self.lock = threading.RLock()
        self.switches = Switches()
        self.history: Record[Event] = Record(kept)
        self._seed = seed
        self._order = 0
        self._past = 0.0
        self._begin()

    def _begin(self) -> None:
        self._dial = _Dial({REGISTRATION: Pace.by_default(), UNREGISTRATION: Pace.by_default()})
        self._rows: dict[str, Row] = {}
        self._tables: dict[tuple[str, str], dict[str, Row]] = {}
        self._named: dict[tuple[str, str], str] = {}
        self._removed: deque[tuple[str, str, str]] = deque()
        self._count = 0

    def keep_past(self, seconds: float) -> None:
        """Keep what rows were so many seconds ago, from now on: reads may lag."""
        self._past = max(self._past, seconds)

    def place_in_order(self) -> int:
        """Return how many changes there have been."""
        return self._order

    def new_sid(self, prefix: str) -> str:
        """Return a SID; the same ones in the same order for the same seed."""
        with self.lock:
            self._count += 1
            digest = hashlib.md5(f"{self._seed} {prefix} {self._count}".encode(), usedforsecurity=False)
            return prefix + digest.hexdigest()

    def add_row(self, kind: str, account_sid: str, fields: dict[str, Any], *, by: str) -> Row:
        """Make a new row."""
        now = self.clock.now()
        sid = fields.pop("sid", None) or self.new_sid(_PREFIX[kind])
        whole = {"sid": sid, "account_sid": account_sid, "created": now, "updated": now, **fields}
        row = Row(kind, sid, [Version(now, self._next(), whole)])
        self._rows[sid] = row
        self._tables.setdefault((kind, account_sid), {})[sid] = row
        self._index(row)
        self._happened(now, "created", sid, dict(fields), by)
        return row

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _happened(self, at: float, kind: str, sid: str, detail: dict[str, Any], by: str) -> None:
        self.history.add(Event(at, kind, sid, detail, by, self._order))

    def _index(self, row: Row) -> None:
        if row.kind in NAME:
            self._named[row.kind, row.now[NAME[row.kind]]] = row.sid

    def _forget_name(self, kind: str, name: str, sid: str) -> None:
        if self._named.get((kind, name)) == sid:
            del self._named[kind, name]

    def has(self, sid: str) -> bool:
        """Say whether a SID was given to something, gone or not."""
        return sid in self._rows

    def named(self, kind: str, name: str) -> Row | None:
        """Return the number or domain of that name, of whatever account."""
        row = self._rows.get(self._named.get((kind, name), ""))
        return row if row is not None and not row.gone else None

    def change(self, row: Row, *, by: str = "api", at: float | None = None, **fields: Any) -> None:
        """Change a row's fields, and remember it if that made a difference."""
        before = row.now
        differs = {name: value for name, value in fields.items() if before.get(name) != value}
        if differs:
            at = self.clock.now() if at is None else at
            # What comes by time may have come before somebody's last change; the date never goes back.
            row.set(at, self._next(), self._past, **differs, updated=max(at, before["updated"]))
            if NAME.get(row.kind) in differs:
                self._forget_name(row.kind, before[NAME[row.kind]], row.sid)
                self._index(row)
            self._happened(at, "status" if by == "time" else "changed", row.sid, differs, by)

    def remove_row(self, row: Row, *, by: str = "api") -> None:
        """Let a row be gone."""
        now, account_sid = self.clock.now(), row.now["account_sid"]
        row.run = None
        if row.kind in NAME:
            self._forget_name(row.kind, row.now[NAME[row.kind]], row.sid)
        self._dial.forget(row.sid)
        row.remove(now, self._next())
        self._happened(now, "removed", row.sid, {}, by)
        self._removed.append((row.kind, account_sid, row.sid))
        if len(self._removed) > KEPT_REMOVED:
            kind, owner, oldest = self._removed.popleft()
            if oldest in self._rows and self._rows[oldest].gone:
                del self._rows[oldest]
                self._tables[kind, owner].pop(oldest, None)

    def find(self, kind: str, account_sid: str, sid: str) -> Row | None:
        """Return a row of the account as it stands, without counting as a read of it."""
        row = self._tables.get((kind, account_sid), {}).get(sid)
        if row is None or row.gone:
            return None
        self.settle(row, counts=False)
        return row

    def fetched(self, kind: str, account_sid: str, sid: str, lag: Lag | None = None) -> Version | None:
        """Return what a fetch shows of a row; this is a read of it."""
        row = self._tables.get((kind, account_sid), {}).get(sid)
        return self._shown(row, lag) if row is not None else None

    def listed(self, kind: str, account_sid: str, lag: Lag | None = None) -> Iterable[Version]:
        """Return what a list shows; this is a read of every row."""
        for row in self._tables.get((kind, account_sid), {}).values():
            # A thousand rows are listed at a time, and hardly any of them is on its way somewhere.
            at_rest = lag is None and row.run is None
            version = row.versions[-1] if at_rest else self._shown(row, lag)
            if version is not None and version.fields is not None:
                yield version

    def _shown(self, row: Row, lag: Lag | None) -> Version | None:
        if lag is None:
            if row.gone:
                return None
            self.settle(row)
            return row.versions[-1]
        self.settle(row, counts=False)
        return row.as_of(self.clock.now() - lag.seconds, lag.since)

    def passed(self, kind: str, account_sid: str, sid: str) -> set[str] | None:
        """Return what a list has shown when it has come to a row, gone or not; None where there was none."""
        passed = set()
        for each in self._tables.get((kind, account_sid), {}):
            passed.add(each)
            if each == sid:
                return passed
        return None

    @property
    def holding(self) -> frozenset[str]:
        """Statuses in which the emergency service has, or is about to have, or still has the address."""
        still = {"unregistration-failure"} if self.switches.unregistration_failure == "holds" else set()
        return frozenset({"registered", "pending-registration", "pending-unregistration", *still})

    def requiring(self, address_sid: str, account_sid: str) -> list[Row]:
        """Return the numbers that need an address for regulation: their AddressSid."""
        table = self._tables.get(("number", account_sid), {})
        return [row for row in table.values() if not row.gone and row.now.get("address_sid") == address_sid]

    def users_of(self, address_sid: str, account_sid: str) -> list[Row]:
        """Return the numbers that keep an address in use: bound to it, or still leaving it."""
        return [
            row
            for row in self._tables.get(("number", account_sid), {}).values()
            if not row.gone and self._keeps(row, address_sid)
        ]

    def _keeps(self, row: Row, address_sid: str) -> bool:
        self.settle(row, counts=False)
        fields = row.now
        leaving = fields.get("emergency_address_status") in self.holding & LEAVING
        return fields.get("emergency_address_sid") == address_sid or (
            leaving and fields.get("leaving") == address_sid
        )

    def start(self, row: Row, which: str, address_sid: str | None) -> None:
        """Start a registration, or the end of one."""
        row.run = Run(self._dial.pace(which, row.sid, address_sid), self.clock.now())
        self.change(row, by="api", running=which)

    def settle(self, row: Row, *, counts: bool = True) -> None:
        """Let a row's registration be where it is by now; `counts` says whether this is a read of it."""
        if row.run is None:
            return
        outcome, since = row.run.look(self.clock.now())
        which = row.now["running"]
        fields: dict[str, Any] = {"emergency_address_status": _STATUS[which, outcome]}
        if which == UNREGISTRATION and outcome is Outcome.DONE:
            fields |= {"emergency_address_sid": None, "leaving": None}
        if counts:
            row.run.count()
        if row.run.over:
            row.run = None
        self.change(row, by="time", at=since, **fields)
