"""
Twilio's emergency address statuses, in one table.

The SID on a number is what was submitted; the status is the outcome. Only `registered` is coverage.
Source: `emergency_address_status` of the IncomingPhoneNumber resource (Twilio's OpenAPI, read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

REACHES_NO_PLACE = "reaches a national centre that does not know where the caller is"
"""What becomes of an emergency call without a registered address."""


class Phase(Enum):
    """What a status amounts to."""

    WAITING = "waiting"
    COVERED = "covered"
    UNCOVERED = "uncovered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Status:
    """One row of the table: Twilio's word, what it amounts to, what it means for a caller, what to do."""

    name: str
    phase: Phase
    meaning: str
    remedy: str


STATUSES = {
    status.name: status
    for status in (
        Status(
            "registered",
            Phase.COVERED,
            "An emergency call from this number shows its address to the dispatcher.",
            "Nothing to do.",
        ),
        Status(
            "pending-registration",
            Phase.WAITING,
            "Until Twilio reports registered, count the number as not covered.",
            "Wait until Twilio reports registered.",
        ),
        Status(
            "registration-failure",
            Phase.FAILED,
            f"The emergency service did not take the address: an emergency call {REACHES_NO_PLACE}.",
            "Twilio gives no reason. Check the address with your local authority's spelling (MSAG), or "
            "contact Twilio support and quote the number's SID.",
        ),
        Status(
            "unregistered",
            Phase.UNCOVERED,
            f"An emergency call from this number {REACHES_NO_PLACE}.",
            "Bind an emergency address to the number.",
        ),
        Status(
            "pending-unregistration",
            Phase.WAITING,
            "The address is being taken away: count the number as not covered.",
            "Wait until Twilio reports unregistered.",
        ),
        Status(
            "unregistration-failure",
            Phase.FAILED,
            "The emergency service may still hold the address that was to be removed.",
            "Run it again; if it stays so, contact Twilio support and quote the number's SID.",
        ),
    )
}


def status_of(name: str | None) -> Status:
    """
    Return the row for what Twilio answered.

    Null and empty are `unregistered`, as on a number that was never bound. A word this release does not
    know is waited on, and never counted as covered.
    """
    if not name:
        return STATUSES["unregistered"]
    return STATUSES.get(name) or Status(
        name,
        Phase.WAITING,
        "This release does not know the status: count the number as not covered.",
        "Look the status up in Twilio's documentation, or update pulumi-twilio-emergency.",
    )
