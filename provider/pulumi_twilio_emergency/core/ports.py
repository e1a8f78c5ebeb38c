"""What core needs from outside: Twilio, time, and the errors of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_twilio_emergency.core.model.account import AccountRecord
    from pulumi_twilio_emergency.core.model.address import Address, AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number


WRONG_API_URL = "is the API URL right?"
"""Ends the text of an error where what answered does not look like Twilio's API."""


class GatewayError(Exception):
    """
    What Twilio, or the way to it, answered instead of a record.

    Attributes:
        status: The HTTP status; None when no answer came, or one that is not Twilio's.
        code: Twilio's own code, say 21629; None when there is none.
        text: Twilio's message, or a description of the network fault.
        outcome_unknown: The request may have taken effect although no answer came.
        gone: The object asked for is proven to be absent: Twilio's own error body said so, and the account
            itself was reached through the same address in this process. Any other 404 proves nothing.

    """

    def __init__(
        self,
        text: str,
        *,
        status: int | None = None,
        code: int | None = None,
        outcome_unknown: bool = False,
        gone: bool = False,
    ) -> None:
        super().__init__(text)
        self.gone = gone
        self.text = text
        self.status = status
        self.code = code
        self.outcome_unknown = outcome_unknown

    @property
    def transient(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self.status is None or self.status == 429 or self.status >= 500

    @property
    def doubts_api_url(self) -> bool:
        """Whether what answered does not look like Twilio's API."""
        return self.text.endswith(WRONG_API_URL)

    @property
    def is_refusal(self) -> bool:
        """Whether Twilio itself has refused it, and not a proxy, a web filter, or this program."""
        return self.status is not None and not self.transient and not self.doubts_api_url

    @property
    def forbidden(self) -> bool:
        """Whether Twilio does not let these credentials do it."""
        return self.status in {401, 403}


class NotSent(GatewayError):
    """The time limit passed, or a turn did not come, before the request was sent: no fault of Twilio."""


class Interrupted(Exception):
    """The operator has asked to stop: nothing new is begun. Raised by the clock, and instead of a write."""


class Event(Protocol):
    """What threads wait for: as threading.Event, but by a clock, and no longer than until an interruption."""

    def set(self) -> None:
        """Release everyone who waits for it, now and from now on."""

    def clear(self) -> None:
        """Make later callers wait."""

    def is_set(self) -> bool:
        """Whether it is set."""

    def wait(self, seconds: float | None = None) -> bool:
        """
        Wait until it is set, and return whether it is.

        Args:
            seconds: How long at most, in the clock's seconds.

        Raises:
            Interrupted: As soon as the operator asks to stop, unless it is set.

        """


class Clock(Protocol):
    """A source of time, the only ways to wait, and the only word about interruption."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for deadlines and durations."""

    def time(self) -> float:
        """Return Unix time in seconds, for records."""

    def sleep(self, seconds: float) -> None:
        """
        Wait.

        Raises:
            Interrupted: As soon as the operator asks to stop.

        """

    def event(self) -> Event:
        """Return a new event that is not set."""

    def raise_if_interrupted(self) -> None:
        """
        Do nothing, unless the operator has asked to stop or the engine is gone.

        Raises:
            Interrupted: They have.

        """


class Gateway(Protocol):
    """
    Twilio, for one account.

    Every method raises GatewayError. Lists come whole, whatever the number of pages. Reads and idempotent
    writes are retried inside; `create_address` is not, since a second one would make a second address.
    """

    @property
    def account_sid(self) -> str:
        """The account all records live in."""

    def reachable(self) -> bool:
        """Whether the credentials reach this account at all."""

    def accounts(self) -> Sequence[AccountRecord]:
        """List the account and its subaccounts, whatever their status; the account itself comes first."""

    def number(self, sid: str) -> Number:
        """Fetch one number."""

    def numbers(self) -> Sequence[Number]:
        """List all numbers of the account, up to 1,000 a request."""

    def each_number(self) -> Iterator[Number]:
        """Yield all numbers of the account, each once; no more than a page of them is held meanwhile."""

    def numbers_called(self, phone_number: str) -> Sequence[Number]:
        """List the numbers that match an E.164 number."""

    def set_emergency_address(self, number_sid: str, address_sid: str | None) -> Number:
        """Submit the one field; None clears it."""

    def address(self, sid: str) -> AddressRecord:
        """Fetch one address."""

    def addresses(self) -> Sequence[AddressRecord]:
        """List all addresses of the account, whether or not they are for emergencies."""

    def addresses_called(self, friendly_name: str) -> Sequence[AddressRecord]:
        """List the emergency addresses of that friendly name."""

    def create_address(self, address: Address, friendly_name: str) -> AddressRecord:
        """Create and validate an emergency address; never corrected by Twilio on its own."""

    def rename_address(self, sid: str, friendly_name: str) -> AddressRecord:
        """Change the friendly name and nothing else."""

    def delete_address(self, sid: str) -> None:
        """Delete the address."""

    def domain(self, sid: str) -> Domain:
        """Fetch one SIP domain."""

    def domains(self) -> Sequence[Domain]:
        """List all SIP domains of the account."""

    def set_domain(self, sid: str, *, enabled: bool | None = None, caller_sid: str | None = None) -> Domain:
        """Submit the fields that are not None; an empty `caller_sid` clears the emergency caller."""
