"""Everything that core needs of one Twilio account, handed in once."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from pulumi_twilio_emergency.core.account.gap_limit import GapLimit
from pulumi_twilio_emergency.core.account.registration_waiter import Deadline, RegistrationWaiter, Waited
from pulumi_twilio_emergency.core.account.single_flight import SingleFlight
from pulumi_twilio_emergency.core.account.slots import Slots
from pulumi_twilio_emergency.core.ports import GatewayError, NotSent
from pulumi_twilio_emergency.core.request_scope import current_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.ports import Clock, Gateway

T = TypeVar("T")


class Numbers:
    """The account's numbers as one list has shown them, found by SID and by E.164 number."""

    def __init__(self, listed: Iterable[Number]) -> None:
        self._by_sid = {number.sid: number for number in listed}
        self._by_phone_number = {number.phone_number: number for number in self._by_sid.values()}

    def __iter__(self) -> Iterator[Number]:
        return iter(self._by_sid.values())

    def find(self, *, sid: str | None = None, phone_number: str | None = None) -> Number | None:
        """Return the number of that SID, or of that E.164 number."""
        if sid is not None:
            return self._by_sid.get(sid)
        return self._by_phone_number.get(phone_number or "")


class Account:
    """
    One account, as all resources of a process share it.

    Attributes:
        gateway: Twilio.
        clock: Time.
        numbers: The account's numbers, read together.
        domains: The account's SIP domains, read together.
        waiter: Who waits for which number.
        gaps: How many registered numbers may be cleared at once.
        unsafe: The operator has switched the guards off for this command.

    """

    def __init__(
        self, gateway: Gateway, clock: Clock, *, unsafe: bool = False, concurrency: int = 16
    ) -> None:
        """
        Prepare an account. Nothing is asked yet.

        Args:
            gateway: Twilio.
            clock: Time.
            unsafe: The operator has switched the guards off for this command.
            concurrency: How many requests the gateway sends at once.

        """
        self.gateway = gateway
        self.clock = clock
        self.unsafe = unsafe
        self.numbers = SingleFlight(lambda: Numbers(gateway.numbers()), clock)
        self.domains: SingleFlight[Sequence[Domain]] = SingleFlight(gateway.domains, clock)
        self.waiter = RegistrationWaiter(gateway, clock)
        self.gaps = GapLimit(clock, concurrency)
        self._lock = threading.Lock()
        self._addresses: dict[str, AddressRecord] = {}
        self._made: set[str] = set()
        self._creating = defaultdict[str, Slots](lambda: Slots(1, clock, _not_our_turn))

    @property
    def sid(self) -> str:
        """The account's SID."""
        return self.gateway.account_sid

    def known_names(self) -> dict[str, str]:
        """Return phone numbers and domain names by SID, as the last lists have shown them. Asks nothing."""
        numbers, domains = self.numbers.latest() or (), self.domains.latest() or ()
        return {each.sid: each.phone_number for each in numbers} | {
            each.sid: each.domain_name for each in domains
        }

    # Look-ups: None means that Twilio itself says that there is no such object.

    def find_number(self, sid: str) -> Number | None:
        """Fetch a number, or return None if it is gone. Raises GatewayError."""
        return _unless_gone(self.gateway.number, sid)

    def find_address(self, sid: str) -> AddressRecord | None:
        """Fetch an address, or return None if it is gone. Raises GatewayError."""
        return _unless_gone(self.gateway.address, sid)

    def find_domain(self, sid: str) -> Domain | None:
        """Fetch a SIP domain, or return None if it is gone. Raises GatewayError."""
        return _unless_gone(self.gateway.domain, sid)

    def address(self, sid: str) -> AddressRecord:
        """
        Return an address, fetched once per process: a thousand numbers may share one.

        What a binding asks of it, the country and whether it is for emergencies, cannot change in place.
        """
        with self._lock:
            record = self._addresses.get(sid)
        if record is None:
            record = self.gateway.address(sid)
            self.remember(record)
        return record

    def remember(self, record: AddressRecord) -> None:
        """Keep an address that was just created, so that it need not be fetched."""
        with self._lock:
            self._addresses[record.sid] = record

    @contextlib.contextmanager
    def creating(self, friendly_name: str) -> Iterator[None]:
        """
        Let one create of a friendly name happen at a time, so that equal ones never take each other's.

        Raises:
            Interrupted: The operator asked to stop while this one was waiting for its turn.
            GatewayError: The turn did not come in time.

        """
        with self._lock:
            slots = self._creating[friendly_name]
        scope = current_scope()
        with slots.held(scope.urgency, scope.deadline):
            yield

    def note_made(self, address_sid: str) -> None:
        """Record that a create of this process has returned the address: it is no other create's."""
        with self._lock:
            self._made.add(address_sid)

    def has_made(self, address_sid: str) -> bool:
        """Whether a create of this process has returned the address."""
        with self._lock:
            return address_sid in self._made

    def deadline(self, seconds: float, on_progress: Callable[[Waited], None] = lambda _: None) -> Deadline:
        """Return a deadline so many seconds from now."""
        return Deadline(self.clock.monotonic() + seconds, seconds, on_progress)


def _not_our_turn() -> NotSent:
    return NotSent("Other creates of the same friendly name took all of the time limit.")


def _unless_gone(fetch: Callable[[str], T], sid: str) -> T | None:
    try:
        return fetch(sid)
    except GatewayError as error:
        if error.gone:
            return None
        raise
