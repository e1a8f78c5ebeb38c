"""What core needs of Twilio: a protocol, frozen records, and one error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pulumi_twilio_emergency.core.status import Phase, Status, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_twilio_emergency.core.address import Address


class GatewayError(Exception):
    """
    What Twilio, or the way to it, answered instead of a record.

    Attributes:
        status: The HTTP status; None when no answer came.
        code: Twilio's own code, say 21629; None when there is none.
        text: Twilio's message, or a description of the network fault.
        lost: The request may have taken effect although no answer came.

    """

    def __init__(
        self, text: str, *, status: int | None = None, code: int | None = None, lost: bool = False
    ) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.code = code
        self.lost = lost

    @property
    def gone(self) -> bool:
        """Whether Twilio says that there is no such object in this account."""
        return self.status == 404 or self.code == 20404

    @property
    def passing(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self.status is None or self.status == 429 or self.status >= 500

    @property
    def denied(self) -> bool:
        """Whether Twilio does not let these credentials do it."""
        return self.status in {401, 403}


@dataclass(frozen=True, slots=True)
class Number:
    """An IncomingPhoneNumber, as far as emergency calling needs it."""

    sid: str
    account_sid: str
    phone_number: str
    emergency_address_sid: str | None
    emergency_address_status: str
    voice: bool

    @property
    def status(self) -> Status:
        """The status with its meaning."""
        return status_of(self.emergency_address_status)

    @property
    def covered(self) -> bool:
        """Whether an emergency call from the number shows its address to the dispatcher."""
        return self.status.phase is Phase.COVERED and self.emergency_address_sid is not None


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """An Address, as Twilio has it on file."""

    sid: str
    account_sid: str
    friendly_name: str
    address: Address
    emergency_enabled: bool


@dataclass(frozen=True, slots=True)
class Domain:
    """A SIP Domain, as far as emergency calling needs it."""

    sid: str
    account_sid: str
    domain_name: str
    emergency_calling_enabled: bool
    emergency_caller_sid: str | None


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

    def number(self, sid: str) -> Number:
        """Fetch one number."""

    def numbers(self) -> Sequence[Number]:
        """List all numbers of the account, up to 1,000 a request."""

    def numbers_called(self, phone_number: str) -> Sequence[Number]:
        """List the numbers that match an E.164 number."""

    def set_emergency_address(self, number_sid: str, address_sid: str | None) -> Number:
        """Submit the one field; None clears it."""

    def address(self, sid: str) -> AddressRecord:
        """Fetch one address."""

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
