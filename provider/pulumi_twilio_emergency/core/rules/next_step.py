"""
What to do next with a number on its way to an address, or to none: one pure table.

Decided anew from every state that Twilio shows, and from what we remember of having done ourselves. Only
what we submitted, or what the operator has let go, is ever cleared.
Source: clear, wait for `unregistered`, submit, wait for `registered` (emergency calling for SIP interfaces,
Twilio docs, read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.status import Phase

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_twilio_emergency.core.model.number import Number

_CLEARED_AT_MOST = 2


class Step(Enum):
    """What to do next with a number."""

    DONE = "done"
    CLEAR = "clear"
    SUBMIT = "submit"
    AWAIT_REGISTERED = "await registered"
    AWAIT_UNREGISTERED = "await unregistered"
    FAILED = "what we submitted was not registered"
    LEAVE = "it points at an address that is not ours to clear"
    STUCK = "it was cleared and does not become free"

    @property
    def waits(self) -> bool:
        """Whether there is nothing to do but to look again later."""
        return self in {Step.AWAIT_REGISTERED, Step.AWAIT_UNREGISTERED}


@dataclass(frozen=True, slots=True)
class Memory:
    """
    What this transition has done so far.

    Attributes:
        submitted: The desired address was submitted.
        cleared: How often the number was cleared.

    """

    submitted: bool = False
    cleared: int = 0


NOTHING_DONE = Memory()


def next_step(
    number: Number, desired: str | None, may_clear: Collection[str], memory: Memory = NOTHING_DONE
) -> Step:
    """
    Decide the next step.

    Args:
        number: As Twilio shows it now.
        desired: The address that it shall show; None for no address.
        may_clear: The addresses that may be taken off it, besides a failed registration of the desired one.
        memory: What was done so far.

    """
    address_sid = number.emergency_address_sid
    if number.emergency_address_status == "pending-unregistration":
        return Step.AWAIT_UNREGISTERED
    if address_sid is None:
        return _step_without_address(number, desired, memory)
    if address_sid == desired:
        return _step_at_desired(number, memory)
    if address_sid not in may_clear:
        return Step.LEAVE
    # What we have let go may still be shown by an answer that lags behind our submission, or our clear.
    if memory.submitted:
        return Step.AWAIT_REGISTERED
    return Step.AWAIT_UNREGISTERED if memory.cleared and number.covered else _clear(memory)


def _step_without_address(number: Number, desired: str | None, memory: Memory) -> Step:
    # The SID is cleared at once and the registration ends later; sometimes it still reads registered.
    if number.status.phase is Phase.COVERED:
        return Step.AWAIT_UNREGISTERED
    if number.emergency_address_status == "unregistration-failure":
        return _clear(memory)
    if desired is None:
        return Step.DONE
    # An answer may lag behind our submission; nothing is submitted twice.
    return Step.AWAIT_REGISTERED if memory.submitted else Step.SUBMIT


def _step_at_desired(number: Number, memory: Memory) -> Step:
    phase = number.status.phase
    if phase is Phase.COVERED:
        return Step.DONE
    if phase is Phase.FAILED:
        # A registration that failed is cleared before it is tried again.
        return Step.FAILED if memory.submitted else _clear(memory)
    if phase is Phase.UNCOVERED and not memory.submitted:
        return Step.SUBMIT
    return Step.AWAIT_REGISTERED


def _clear(memory: Memory) -> Step:
    return Step.STUCK if memory.cleared >= _CLEARED_AT_MOST else Step.CLEAR
