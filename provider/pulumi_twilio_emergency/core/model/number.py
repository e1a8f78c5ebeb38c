"""A phone number, as far as emergency calling needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.status import Phase, Status, status_of

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Number:
    """
    An IncomingPhoneNumber.

    Attributes:
        emergency_address_sid: What was submitted; None when nothing is.
        emergency_address_status: The outcome of what was submitted.
        voice: Whether the number can place calls at all.
        changed_at: When Twilio last updated the number (DateUpdated), with its time zone; None where it does
            not say. Any update moves it, not only one of the emergency address: whatever the number shows
            has been so since then at the latest.

    """

    sid: str
    account_sid: str
    phone_number: str
    emergency_address_sid: str | None
    emergency_address_status: str
    voice: bool
    # Two readings of the same number are equal, although somebody renamed it in between.
    changed_at: datetime | None = field(default=None, compare=False)

    @property
    def status(self) -> Status:
        """The status with its meaning."""
        return status_of(self.emergency_address_status)

    @property
    def effective_status(self) -> Status:
        """The status; Twilio may still say registered for a moment when the address is cleared already."""
        leaving = self.status.phase is Phase.COVERED and self.emergency_address_sid is None
        return status_of("pending-unregistration") if leaving else self.status

    @property
    def covered(self) -> bool:
        """Whether an emergency call from the number shows its address to the dispatcher."""
        return self.status.phase is Phase.COVERED and self.emergency_address_sid is not None
