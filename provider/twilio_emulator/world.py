"""
The world behind the API: accounts, addresses, numbers and SIP domains, with a memory.

What Twilio allows is decided in `rules`; here is what exists, and what others do to it.
Source: Address, IncomingPhoneNumber and SIP Domain resources, Twilio docs, read 2026-11.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twilio_emulator.address_book import AddressBook, Place
from twilio_emulator.clockwork import Clock, Outcome, Pace, RealClock, Run
from twilio_emulator.records import Event, Recorded, Row, Version
from twilio_emulator.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterable

REGISTRATION = "registration"
UNREGISTRATION = "unregistration"

_STATUS = {
    (REGISTRATION, Outcome.PENDING): "pending-registration",
    (REGISTRATION, Outcome.DONE): "registered",
    (REGISTRATION, Outcome.FAILED): "registration-failure",
    (UNREGISTRATION, Outcome.PENDING): "pending-unregistration",
    (UNREGISTRATION, Outcome.DONE): "unregistered",
    (UNREGISTRATION, Outcome.FAILED): "unregistration-failure",
}
HOLDING = frozenset({"registered", "pending-registration", "pending-unregistration"})
"""Statuses in which the emergency service has, or is about to have, or still has the address."""

_ADDRESS_FIELDS = (
    "customer_name",
    "friendly_name",
    "street",
    "street_secondary",
    "city",
    "region",
    "postal_code",
    "iso_country",
)


@dataclass(slots=True)
class Account:
    """Who may sign in, and what for."""

    sid: str
    auth_token: str
    parent: str | None = None
    status: str = "active"
    keys: dict[str, str] = field(default_factory=dict)


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


class World:
    """
    One Twilio. Safe to use from any number of threads.

    Attributes:
        clock: Where its time comes from.
        switches: What it does in doubtful cases.
        addresses_known: What its emergency database knows.
        region: Where requests arrive; emergency work is refused outside us1.
        requests: What was asked, in order of arrival.
        history: What happened, in order.

    """

    def __init__(self, clock: Clock | None = None, *, seed: str = "emulator") -> None:
        self.clock: Clock = clock or RealClock()
        self.lock = threading.RLock()
        self.switches = Switches()
        self.addresses_known = AddressBook()
        self.region = "us1"
        self.accounts: dict[str, Account] = {}
        self.requests: list[Recorded] = []
        self.history: list[Event] = []
        self._dial = _Dial({REGISTRATION: Pace.at_once(), UNREGISTRATION: Pace.at_once()})
        self._rows: dict[str, Row] = {}
        self._tables: dict[tuple[str, str], dict[str, Row]] = {}
        self._seed = seed
        self._count = 0

    def new_sid(self, prefix: str) -> str:
        """Return a SID; the same ones in the same order for the same seed."""
        with self.lock:
            self._count += 1
            digest = hashlib.md5(f"{self._seed} {prefix} {self._count}".encode(), usedforsecurity=False)
            return prefix + digest.hexdigest()

    # What exists

    def add_account(
        self, sid: str | None = None, auth_token: str | None = None, *, parent: str | None = None
    ) -> Account:
        """Add an account, or a subaccount."""
        with self.lock:
            account = Account(sid or self.new_sid("AC"), auth_token or self.new_sid("AC")[2:], parent)
            self.accounts[account.sid] = account
            return account

    def add_api_key(self, account_sid: str) -> tuple[str, str]:
        """Add an API key to an account, and return its SID and secret."""
        with self.lock:
            sid, secret = self.new_sid("SK"), self.new_sid("SK")[2:]
            self.accounts[account_sid].keys[sid] = secret
            return sid, secret

    def add_number(self, phone_number: str, *, account_sid: str | None = None, **fields: Any) -> str:
        """Add a number that the account owns, and return its SID. `voice=False` makes one without voice."""
        fields = {"phone_number": phone_number, "friendly_name": phone_number, **fields}
        return self._add_through_rules("number", account_sid, fields)

    def add_domain(self, domain_name: str, *, account_sid: str | None = None, **fields: Any) -> str:
        """Add a SIP domain, and return its SID."""
        return self._add_through_rules("domain", account_sid, {"domain_name": domain_name, **fields})

    def add_address(self, *, account_sid: str | None = None, **fields: Any) -> str:
        """Add an address that is on file, whether or not anybody has validated it, and return its SID."""
        fields = {**dict.fromkeys(_ADDRESS_FIELDS), "emergency_enabled": True, **fields}
        return self._add_through_rules("address", account_sid, fields)

    def _add_through_rules(self, kind: str, account_sid: str | None, fields: dict[str, Any]) -> str:
        with self.lock:
            return self.add_row(kind, account_sid or next(iter(self.accounts)), fields, by="others").sid

    def knows(
        self, street: str, city: str, region: str, postal_code: str, *, iso_country: str = "US"
    ) -> Place:
        """Let the emergency database know a place, in its own spelling."""
        return self.addresses_known.know(Place(street, city, region, postal_code, iso_country))

    def pace(self, *, registration: Pace | None = None, unregistration: Pace | None = None) -> None:
        """Say how long registrations take from now on."""
        given = {REGISTRATION: registration, UNREGISTRATION: unregistration}
        self._dial.default.update({which: pace for which, pace in given.items() if pace is not None})

    def pace_for(
        self, sid: str, *, registration: Pace | None = None, unregistration: Pace | None = None
    ) -> None:
        """Say how long they take for one number, or for whatever is bound to one address."""
        given = {REGISTRATION: registration, UNREGISTRATION: unregistration}
        self._dial.special.update({(sid, which): pace for which, pace in given.items() if pace is not None})

    # What tests and the control API read

    def number(self, sid: str) -> dict[str, Any]:
        """Return a number's fields as they are now, without counting as a read."""
        return self._glance(sid)

    def address(self, sid: str) -> dict[str, Any]:
        """Return an address's fields."""
        return self._glance(sid)

    def domain(self, sid: str) -> dict[str, Any]:
        """Return a domain's fields."""
        return self._glance(sid)

    def numbers(self, account_sid: str | None = None) -> list[dict[str, Any]]:
        """Return all numbers."""
        return self._all("number", account_sid)

    def addresses(self, account_sid: str | None = None) -> list[dict[str, Any]]:
        """Return all addresses."""
        return self._all("address", account_sid)

    def domains(self, account_sid: str | None = None) -> list[dict[str, Any]]:
        """Return all SIP domains."""
        return self._all("domain", account_sid)

    def _glance(self, sid: str) -> dict[str, Any]:
        with self.lock:
            row = self._rows[sid]
            if row.gone:
                raise KeyError(sid)
            self.settle(row, counts=False)
            return dict(row.now)

    def _all(self, kind: str, account_sid: str | None) -> list[dict[str, Any]]:
        with self.lock:
            return [
                self._glance(sid)
                for (of_kind, account), table in self._tables.items()
                if of_kind == kind and account_sid in {None, account}
                for sid, row in table.items()
                if not row.gone
            ]

    # What others do, past the API

    def rebind(self, number_sid: str, address_sid: str | None, status: str | None = None) -> None:
        """Somebody points a number at another address in the Console; it is registered at once."""
        status = status or ("registered" if address_sid else "unregistered")
        self._meddle(number_sid, emergency_address_sid=address_sid, emergency_address_status=status)

    def force_status(self, number_sid: str, status: str) -> None:
        """Set a number's status, say to `registration-failure` a day after it was registered."""
        self._meddle(number_sid, emergency_address_status=status)

    def set_domain(self, sid: str, **fields: Any) -> None:
        """Somebody changes a domain in the Console."""
        self._meddle(sid, **fields)

    def set_address(self, sid: str, **fields: Any) -> None:
        """Somebody changes an address in the Console."""
        self._meddle(sid, **fields)

    def remove(self, sid: str) -> None:
        """Somebody deletes an address or a domain, or releases a number, in the Console."""
        with self.lock:
            self.remove_row(self._rows[sid], by="others")

    def _meddle(self, sid: str, **fields: Any) -> None:
        with self.lock:
            row = self._rows[sid]
            row.run = None
            self.change(row, by="others", **fields)

    # Rows, for the rules and the API; hold the lock

    def add_row(self, kind: str, account_sid: str, fields: dict[str, Any], *, by: str) -> Row:
        """Make a new row."""
        prefix = {"address": "AD", "number": "PN", "domain": "SD"}[kind]
        now = self.clock.now()
        sid = fields.pop("sid", None) or self.new_sid(prefix)
        whole = {"sid": sid, "account_sid": account_sid, "created": now, "updated": now, **fields}
        row = Row(kind, sid, [Version(now, whole)])
        self._rows[sid] = row
        self._tables.setdefault((kind, account_sid), {})[sid] = row
        self.history.append(Event(now, "created", sid, dict(fields), by))
        return row

    def change(self, row: Row, *, by: str = "api", at: float | None = None, **fields: Any) -> None:
        """Change a row's fields, and remember it if that made a difference."""
        before = row.now
        differs = {name: value for name, value in fields.items() if before.get(name) != value}
        if differs:
            at = self.clock.now() if at is None else at
            row.set(at, **differs, updated=at)
            self.history.append(Event(at, "status" if by == "time" else "changed", row.sid, differs, by))

    def remove_row(self, row: Row, *, by: str = "api") -> None:
        """Let a row be gone."""
        now = self.clock.now()
        row.run = None
        row.remove(now)
        self.history.append(Event(now, "removed", row.sid, {}, by))

    def find(self, kind: str, account_sid: str, sid: str) -> Row | None:
        """Return a row of the account, counting as a read of it."""
        row = self._tables.get((kind, account_sid), {}).get(sid)
        if row is None or row.gone:
            return None
        self.settle(row)
        return row

    def listed(self, kind: str, account_sid: str, lag: float = 0.0) -> Iterable[Version]:
        """Return what a list shows: every row as it was `lag` seconds ago."""
        moment = self.clock.now() - lag
        for row in self._tables.get((kind, account_sid), {}).values():
            if lag:
                self.settle(row, counts=False)
                version = row.as_of(moment)
                if version is not None:
                    yield version
            elif not row.gone:
                self.settle(row)
                yield row.versions[-1]

    def passed(self, kind: str, account_sid: str, sid: str) -> set[str]:
        """Return what a list has shown when it has come to a row, whether or not that is still there."""
        passed = set()
        for each in self._tables.get((kind, account_sid), {}):
            passed.add(each)
            if each == sid:
                return passed
        return set()

    def users_of(self, address_sid: str, account_sid: str) -> list[Row]:
        """Return the numbers that keep an address in use: bound to it, or still leaving it."""
        return [
            row
            for row in self._tables.get(("number", account_sid), {}).values()
            if not row.gone and self._holds(row, address_sid)
        ]

    def _holds(self, row: Row, address_sid: str) -> bool:
        self.settle(row, counts=False)
        fields = row.now
        leaving = fields.get("emergency_address_status") == "pending-unregistration"
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
