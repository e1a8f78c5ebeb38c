"""The smallest Twilio that core can be tried against: records, a tally of what was asked, a clock by hand."""

from __future__ import annotations

import collections
import threading
import time
from dataclasses import replace

from hypothesis import HealthCheck, settings

from pulumi_twilio_emergency.core.model.address import Address
from pulumi_twilio_emergency.core.model.address import AddressRecord
from pulumi_twilio_emergency.core.model.domain import Domain
from pulumi_twilio_emergency.core.model.number import Number
from pulumi_twilio_emergency.core.ports import GatewayError

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
    """Sleeping moves it, and so nobody ever sleeps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 1_000.0
        self.slept: list[float] = []
        self.at_sleep = lambda: None

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_700_000_000.0 + self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)
        self.at_sleep()


class SmallTwilio:
    """
    Numbers that are fetched and listed, and a tally of both.

    Attributes:
        truth: What a fetch answers, by SID.
        listed: What the list answers instead of the truth, by SID; None leaves the number out.
        asked: How often each was asked: "list", or the SID of a number.
        before: Called with what is asked before it is answered; it may raise.

    """

    account_sid = ACCOUNT

    def __init__(self, *numbers: Number) -> None:
        self._lock = threading.Lock()
        self.truth = {each.sid: each for each in numbers}
        self.listed: dict[str, Number | None] = {}
        self.asked: collections.Counter[str] = collections.Counter()
        self.before = lambda _what: None

    def number(self, number_sid: str) -> Number:
        self._ask(number_sid)
        found = self.truth.get(number_sid)
        if found is None:
            raise GatewayError("The requested resource was not found", status=404, code=20404)
        return found

    def numbers(self) -> list[Number]:
        self._ask("list")
        rows = [self.listed.get(number_sid, each) for number_sid, each in list(self.truth.items())]
        return [row for row in rows if row is not None]

    def set(self, number_sid: str, status: str) -> None:
        self.truth[number_sid] = replace(self.truth[number_sid], emergency_address_status=status)

    @property
    def fetches(self) -> int:
        return self.asked.total() - self.asked["list"]

    def _ask(self, what: str) -> None:
        with self._lock:
            self.asked[what] += 1
        self.before(what)


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
