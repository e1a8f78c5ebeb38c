"""A Twilio in memory for core, with a clock that tests own, and threads whose outcomes are kept."""

from __future__ import annotations

import collections
import threading
import time
from dataclasses import dataclass, replace
from enum import Enum

from hypothesis import HealthCheck, settings

from pulumi_twilio_emergency.core.model.address import Address, AddressRecord
from pulumi_twilio_emergency.core.model.domain import Domain
from pulumi_twilio_emergency.core.model.number import Number
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import RequestScope, current_scope
from support.polled_event import PolledEvent

ACCOUNT = "AC" + "a" * 32
HARRISON = Address(
    customer_name="Twilio",
    street="645 HARRISON ST",
    street_secondary="",
    city="SAN FRANCISCO",
    region="CA",
    postal_code="94105",
    iso_country="US",
)
IN_TIME = 10.0
"""Seconds of real time after which a thread of a test counts as stuck."""

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: a busy machine is no counterexample."""


def sid(prefix: str, digits: int) -> str:
    return f"{prefix}{digits:032x}"


def number(digits: int = 1, address_sid: str | None = None, status: str = "unregistered", **more) -> Number:
    fields = {
        "sid": sid("PN", digits),
        "account_sid": ACCOUNT,
        "phone_number": f"+1415{2000000 + digits}",
        "voice": True,
        **more,
    }
    return Number(emergency_address_sid=address_sid, emergency_address_status=status, **fields)


def record(digits: int = 1, *, emergency_enabled: bool = True, **location) -> AddressRecord:
    address = replace(HARRISON, **location)
    return AddressRecord(sid("AD", digits), ACCOUNT, "office", address, emergency_enabled)


def domain(digits: int = 1, caller_sid: str | None = None, *, enabled: bool = True) -> Domain:
    return Domain(sid("SD", digits), ACCOUNT, f"site{digits}.sip.twilio.com", enabled, caller_sid)


class ManualClock:
    """
    Sleeping moves it, and so nobody ever sleeps.

    Attributes:
        interrupted: The operator has asked to stop: sleeps end, and FakeTwilio sends no write any more.
        at_sleep: Called after each sleep.

    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._events: list[PolledEvent] = []
        self.now = 1_000.0
        self.wall = 1_700_000_000.0
        self.slept: list[float] = []
        self.interrupted = False
        self.at_sleep = lambda: None

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.wall + self.now

    def sleep(self, seconds: float) -> None:
        self.raise_if_interrupted()
        with self.lock:
            self.now += seconds
            self.slept.append(seconds)
        self.at_sleep()

    def event(self) -> PolledEvent:
        event = PolledEvent(self)
        self._events.append(event)
        return event

    @property
    def blocked(self) -> int:
        """How many threads wait for an event."""
        return sum(event.blocked for event in self._events)

    def raise_if_interrupted(self) -> None:
        if self.interrupted:
            raise Interrupted


class Fault(Enum):
    """What may happen to one request."""

    INTERRUPTED = "the operator interrupts before it"
    SENT_AND_INTERRUPTED = "the operator interrupts between two tries, of which the first took effect"
    LOST_BEFORE = "the connection breaks before Twilio has it"
    LOST_AFTER = "the connection breaks after it took effect"
    LOST_AND_REFUSED = "the connection breaks after it took effect, and Twilio refuses the next try"
    REFUSED = "Twilio refuses it"
    UNAUTHORIZED = "Twilio does not accept the credentials"
    NOT_FOUND = "Twilio says that there is no such object"
    UNAVAILABLE = "Twilio is not available"
    TOO_MANY = "Twilio has too many requests"

    def error(self) -> GatewayError:
        """Return what the gateway makes of it."""
        lost = {"outcome_unknown": True}
        return {
            Fault.LOST_BEFORE: lambda: GatewayError("the connection broke before Twilio answered", **lost),
            Fault.LOST_AFTER: lambda: GatewayError("the connection broke before Twilio answered", **lost),
            Fault.LOST_AND_REFUSED: lambda: GatewayError("Conflict", status=409, code=20409, **lost),
            Fault.REFUSED: lambda: GatewayError("Invalid parameter", status=400, code=20422),
            Fault.UNAUTHORIZED: lambda: GatewayError("Authenticate", status=401, code=20003),
            Fault.NOT_FOUND: lambda: GatewayError("was not found", status=404, code=20404, gone=True),
            Fault.UNAVAILABLE: lambda: GatewayError("unavailable", status=503, code=20503, **lost),
            Fault.TOO_MANY: lambda: GatewayError("Too Many Requests", status=429, code=20429),
        }[self]()


@dataclass(frozen=True)
class Request:
    """One request as it came in: what for, whether it was to change something, and under which limits."""

    what: str
    write: bool
    scope: RequestScope


class FakeTwilio:
    """
    Twilio as core sees it: a double of the gateway, in memory.

    It mirrors the emulator with its default switches in what core depends on: a cleared SID is gone at once and
    the status ends later; a number that holds an address takes no other one (21631), an address that a number
    holds is not deleted (21625), an emergency caller must be registered (20422). A failed registration is left
    like any other. `test_fake_twilio.py` compares the two. Statuses settle `takes` seconds of its clock after
    the write.

    Attributes:
        truth: What a fetch of a number answers, by SID.
        listed: What the list answers instead, by SID; None leaves the number out.
        addresses: By SID. `hidden` SIDs are left out of lists.
        domains: By SID.
        places: What the emergency database knows: returns the place to store, or raises.
        outcomes: The status in which a registration at an address ends, by address SID, "registered" by default;
            None: never. Under "" what unregistrations end in.
        faults: What happens to a request, by its place in the order of requests, from 1.
        events: Called before a request, by its place.
        log: The requests that came in. `writes`: those that took effect.
        asked: How often each was asked: "list", or the SID of a number.
        before: Called with what is asked before it is answered; it may raise.

    """

    account_sid = ACCOUNT

    def __init__(self, *numbers: Number, clock: ManualClock | None = None) -> None:
        self._lock = threading.RLock()
        self.clock = clock or ManualClock()
        self.takes = 5.0
        self.truth = {each.sid: each for each in numbers}
        self.listed: dict[str, Number | None] = {}
        self.addresses: dict[str, AddressRecord] = {}
        self.hidden: set[str] = set()
        self.domains_by_sid: dict[str, Domain] = {}
        self.places = lambda address: address
        self.outcomes: dict[str, str | None] = {}
        self.faults: dict[int, Fault] = {}
        self.lasting_fault: tuple[int, Fault] | None = None
        self.events: dict[int, object] = {}
        self.log: list[Request] = []
        self.writes: list[tuple] = []
        self.asked: collections.Counter[str] = collections.Counter()
        self.before = lambda _what: None
        self._settling: dict[str, tuple[float, str, str | None]] = {}

    # What tests arrange

    def with_addresses(self, *records: AddressRecord) -> FakeTwilio:
        self.addresses |= {each.sid: each for each in records}
        return self

    def with_domains(self, *domains: Domain) -> FakeTwilio:
        self.domains_by_sid |= {each.sid: each for each in domains}
        return self

    def set(self, number_sid: str, status: str, **fields) -> None:
        """Change a number out of band, as the Console does."""
        self._settling.pop(number_sid, None)
        self.truth[number_sid] = replace(self.truth[number_sid], emergency_address_status=status, **fields)

    @property
    def fetches(self) -> int:
        return sum(count for what, count in self.asked.items() if what.startswith("PN"))

    # The gateway

    def number(self, number_sid: str) -> Number:
        return self._request(number_sid, lambda: self._found(self.truth, number_sid))

    def numbers(self) -> list[Number]:
        def rows() -> list[Number]:
            listed = [self.listed.get(number_sid, each) for number_sid, each in list(self.truth.items())]
            return [row for row in listed if row is not None]

        return self._request("list", rows)

    def set_emergency_address(self, number_sid: str, address_sid: str | None) -> Number:
        return self._request(
            f"{number_sid} -> {address_sid}",
            lambda: self._submitted(number_sid, address_sid),
            write=(number_sid, self._sid_of(number_sid), address_sid),
        )

    def address(self, address_sid: str) -> AddressRecord:
        return self._request(address_sid, lambda: self._found(self.addresses, address_sid))

    def addresses_called(self, friendly_name: str) -> list[AddressRecord]:
        def rows() -> list[AddressRecord]:
            # Twilio's filter is not exact, and neither is this one.
            return [
                each
                for each in self.addresses.values()
                if each.friendly_name.startswith(friendly_name) and each.sid not in self.hidden
            ]

        return self._request("addresses", rows)

    def create_address(self, address: Address, friendly_name: str) -> AddressRecord:
        def create() -> AddressRecord:
            made = AddressRecord(
                sid("AD", 0xC0 + len(self.addresses)),
                ACCOUNT,
                friendly_name,
                self.places(address),
                emergency_enabled=True,
            )
            self.addresses[made.sid] = made
            return made

        return self._request("create address", create, write=("create", friendly_name))

    def rename_address(self, address_sid: str, friendly_name: str) -> AddressRecord:
        def rename() -> AddressRecord:
            renamed = replace(self._found(self.addresses, address_sid), friendly_name=friendly_name)
            self.addresses[address_sid] = renamed
            return renamed

        return self._request("rename address", rename, write=("rename", address_sid, friendly_name))

    def delete_address(self, address_sid: str) -> None:
        def delete() -> None:
            self._found(self.addresses, address_sid)
            leaving = {held for _, _, held in self._settling.values()}
            if address_sid in leaving | {each.emergency_address_sid for each in self.truth.values()}:
                raise GatewayError("is required by active numbers", status=400, code=21625)
            del self.addresses[address_sid]

        self._request("delete address", delete, write=("delete", address_sid))

    def domain(self, domain_sid: str) -> Domain:
        return self._request(domain_sid, lambda: self._found(self.domains_by_sid, domain_sid))

    def domains(self) -> list[Domain]:
        return self._request("domains", lambda: list(self.domains_by_sid.values()))

    def set_domain(
        self, domain_sid: str, *, enabled: bool | None = None, caller_sid: str | None = None
    ) -> Domain:
        def change() -> Domain:
            was = self._found(self.domains_by_sid, domain_sid)
            if caller_sid and not self.truth[caller_sid].covered:
                raise GatewayError("EmergencyCallerSid is not registered", status=400, code=20422)
            changed = replace(
                was,
                emergency_calling_enabled=was.emergency_calling_enabled if enabled is None else enabled,
                emergency_caller_sid=was.emergency_caller_sid if caller_sid is None else caller_sid or None,
            )
            self.domains_by_sid[domain_sid] = changed
            return changed

        return self._request("set domain", change, write=("domain", domain_sid, enabled, caller_sid))

    # How it is answered

    def _request(self, what, act, *, write: tuple | None = None):
        with self._lock:
            self.asked[what] += 1
            self.log.append(Request(what, write is not None, current_scope()))
            place = len(self.log)
        self.before(what)
        self.events.get(place, lambda: None)()
        fault = self.faults.get(place)
        if self.lasting_fault is not None and place >= self.lasting_fault[0]:
            fault = self.lasting_fault[1]
        if fault is Fault.INTERRUPTED:
            self.clock.interrupted, fault = True, None
        if write is not None and self.clock.interrupted:
            raise Interrupted
        if fault is Fault.SENT_AND_INTERRUPTED and write is None:
            fault = None
        if fault not in {None, Fault.LOST_AFTER, Fault.LOST_AND_REFUSED, Fault.SENT_AND_INTERRUPTED}:
            raise fault.error()
        with self._lock:
            self._settle()
            answer = act()
            if write is not None:
                self.writes.append(write)
        if fault is Fault.SENT_AND_INTERRUPTED:
            self.clock.interrupted = True
            raise Interrupted from Fault.LOST_AFTER.error()
        if fault is not None:
            raise fault.error()
        return answer

    def _settle(self) -> None:
        for number_sid, (due, status, _) in list(self._settling.items()):
            if self.clock.monotonic() >= due:
                self.set(number_sid, status)

    def _found(self, records, wanted: str):
        if wanted not in records:
            raise Fault.NOT_FOUND.error()
        return records[wanted]

    def _sid_of(self, number_sid: str) -> str | None:
        return self.truth[number_sid].emergency_address_sid if number_sid in self.truth else None

    def _submitted(self, number_sid: str, address_sid: str | None) -> Number:
        was = self._found(self.truth, number_sid)
        if address_sid is None:
            self._unregister(was)
        elif (address_sid, was.emergency_address_sid) != (was.emergency_address_sid, address_sid):
            self._register(was, address_sid)
        return self.truth[number_sid]

    def _unregister(self, was: Number) -> None:
        if was.emergency_address_sid is None and was.emergency_address_status != "unregistration-failure":
            return
        self.set(was.sid, "pending-unregistration", emergency_address_sid=None)
        self._start(was.sid, self.outcomes.get("", "unregistered"), was.emergency_address_sid)

    def _register(self, was: Number, address_sid: str) -> None:
        if was.emergency_address_sid is not None or was.emergency_address_status == "pending-unregistration":
            raise GatewayError("Please remove the emergency address first", status=400, code=21631)
        self.set(was.sid, "pending-registration", emergency_address_sid=address_sid)
        self._start(was.sid, self.outcomes.get(address_sid, "registered"), address_sid)

    def _start(self, number_sid: str, status: str | None, held: str | None) -> None:
        if status is not None:
            self._settling[number_sid] = (self.clock.monotonic() + self.takes, status, held)


class Crowd:
    """Threads that each do one thing; what came of it is kept, in their order."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._outcomes: dict[int, object] = {}

    def send(self, job, *arguments) -> None:
        place = len(self._threads)

        def run() -> None:
            try:
                self._outcomes[place] = job(*arguments)
            except Exception as error:  # noqa: BLE001 - it is an outcome
                self._outcomes[place] = error

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    @property
    def home(self) -> int:
        return len(self._outcomes)

    def outcomes(self) -> list:
        deadline = time.monotonic() + IN_TIME
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        stuck = sum(thread.is_alive() for thread in self._threads)
        assert not stuck, f"{stuck} of {len(self._threads)} threads never came back"
        return [self._outcomes[place] for place in range(len(self._threads))]


def reached(condition) -> None:
    """Stay until a condition of other threads holds."""
    deadline = time.monotonic() + IN_TIME
    while not condition():
        assert time.monotonic() < deadline, "never came about"
        time.sleep(0.0005)
