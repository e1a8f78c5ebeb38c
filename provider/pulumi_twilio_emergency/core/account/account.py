"""Everything that core needs of one Twilio account, handed in once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.registration_waiter import Deadline, RegistrationWaiter, Waited
from pulumi_twilio_emergency.core.account.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.ports import Clock, Gateway


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
        unsafe: The operator has switched the guards off for this command.

    """

    def __init__(self, gateway: Gateway, clock: Clock, *, unsafe: bool = False) -> None:
        self.gateway = gateway
        self.clock = clock
        self.unsafe = unsafe
        self.numbers = SingleFlight(lambda: Numbers(gateway.numbers()), clock)
        self.domains: SingleFlight[Sequence[Domain]] = SingleFlight(gateway.domains, clock)
        self.waiter = RegistrationWaiter(gateway, clock)
        self._addresses: dict[str, AddressRecord] = {}
        self._addresses_lock = threading.Lock()

    @property
    def sid(self) -> str:
        """The account's SID."""
        return self.gateway.account_sid

    def address(self, sid: str) -> AddressRecord:
        """
        Return an address, fetched once per process: a thousand numbers may share one.

        What a binding asks of it, the country and whether it is for emergencies, cannot change in place.
        """
        with self._addresses_lock:
            record = self._addresses.get(sid)
        if record is None:
            record = self.gateway.address(sid)
            self.remember(record)
        return record

    def remember(self, record: AddressRecord) -> None:
        """Keep an address that was just created, so that it need not be fetched."""
        with self._addresses_lock:
            self._addresses[record.sid] = record

    def deadline(self, seconds: float, tell: Callable[[Waited], None] = lambda _: None) -> Deadline:
        """Return a deadline so many seconds from now."""
        return Deadline(self.clock.monotonic() + seconds, tell)
