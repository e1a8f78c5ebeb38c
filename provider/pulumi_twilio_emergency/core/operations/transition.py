"""
One number on its way to one address, or to none: the order of its requests.

The table in `rules.next_step` decides each step; here it is carried out, and every way it can stop is told
apart: finished, refused, failed, taken by somebody else, out of time, interrupted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.registration_waiter import DeadlinePassed
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import Urgency, request_scope
from pulumi_twilio_emergency.core.rules.next_step import NOTHING_DONE, Memory, Step, next_step

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.model.number import Number


class RegistrationFailed(Exception):
    """What was to be submitted was refused at once, or its registration failed."""

    def __init__(self, refusal: GatewayError | None = None) -> None:
        super().__init__()
        self.refusal = refusal


class BoundByOthers(Exception):
    """The number points at an address that is not ours to clear; it was left there."""


class Stuck(Exception):
    """The number was cleared and does not become free."""


class Transition:
    """
    One number on its way.

    Attributes:
        number: As last seen.
        changed: Whether a request of ours has, or may have, changed it.

    """

    def __init__(
        self, account: Account, number: Number, deadline: Deadline, uncovered_since: float | None = None
    ) -> None:
        self.account = account
        self.number = number
        self.changed = False
        self._deadline = deadline
        self._earlier_gap = 0.0
        self._uncovered_at: float | None = None
        if uncovered_since is not None:
            # Of an earlier run, so in Unix time; a clock that was set back makes it no gap rather than a
            # negative one.
            self._earlier_gap = max(0.0, account.clock.time() - uncovered_since)
            self._uncovered_at = account.clock.monotonic()

    @property
    def uncovered_seconds(self) -> float | None:
        """How long the number has been without a registered address because of us; None if it never was."""
        if self._uncovered_at is None:
            return None
        return self._earlier_gap + self.account.clock.monotonic() - self._uncovered_at

    @property
    def uncovered_since(self) -> float | None:
        """The Unix time since when it is so."""
        seconds = self.uncovered_seconds
        return None if seconds is None else self.account.clock.time() - seconds

    def run_to(self, desired: str | None, may_clear: Collection[str], *, wait: bool = True) -> None:
        """
        Bring the number to the desired address, or to none.

        Args:
            desired: The address, or None.
            may_clear: The addresses that may be taken off the number.
            wait: Stay until it is registered; otherwise until it is submitted.

        Raises:
            RegistrationFailed: What was to be submitted was refused, or its registration failed.
            BoundByOthers: It points at an address that is not ours to clear.
            Stuck: It does not become free.
            DeadlinePassed: Time ran out.
            Interrupted: The operator asked to stop.
            GatewayError: What else Twilio answered.

        """
        memory = NOTHING_DONE
        while True:
            step = next_step(self.number, desired, may_clear, memory)
            if step is Step.DONE or (step is Step.AWAIT_REGISTERED and not wait):
                return
            if step is Step.CLEAR:
                memory = replace(memory, cleared=memory.cleared + 1)
                self._clear()
            elif step is Step.SUBMIT:
                memory = replace(memory, submitted=True)
                self._submit(desired)
                if not wait and not self.number.covered:
                    return
            elif not step.waits:
                raise _EXCEPTIONS[step]
            # Whatever an answer shows, only a fetch is believed; and what it shows is judged anew.
            self._wait(desired, may_clear, memory)

    def _clear(self) -> None:
        before, began = self.number, self.account.clock.monotonic()
        try:
            with request_scope(urgency=Urgency.ENTERING_GAP if before.covered else None):
                self._write(None)
        finally:
            if before.covered and self.number is not before and self._uncovered_at is None:
                self._uncovered_at = began

    def _submit(self, desired: str | None) -> None:
        try:
            with request_scope(urgency=Urgency.LEAVING_GAP):
                self._write(desired)
        except GatewayError as error:
            # A 404 may be about the address; only a fetch says that the number itself is gone.
            if error.gone and self.account.find_number(self.number.sid) is None:
                raise
            raise RegistrationFailed(error) from error

    def _write(self, address_sid: str | None) -> None:
        """Submit the one field. Where the answer leaves it open what came of it, look."""
        self.account.clock.raise_if_interrupted()
        try:
            number = self.account.gateway.set_emergency_address(self.number.sid, address_sid)
        except (GatewayError, Interrupted) as error:
            if isinstance(error, GatewayError) and not error.transient:
                raise
            seen = self._look()
            if seen is None or seen == self.number:
                unknown = seen is None and isinstance(error, GatewayError) and error.outcome_unknown
                self.changed = self.changed or unknown
                raise
            # It took effect, or somebody else has changed the number: either is judged anew.
            self.number, self.changed = seen, True
            if isinstance(error, Interrupted):
                raise
        else:
            self.number, self.changed = number, True
        finally:
            self.account.numbers.invalidate()

    def _look(self) -> Number | None:
        try:
            return self.account.gateway.number(self.number.sid)
        except (GatewayError, Interrupted):
            return None

    def _wait(self, desired: str | None, may_clear: Collection[str], memory: Memory) -> None:
        def settled(number: Number) -> bool:
            return not next_step(number, desired, may_clear, memory).waits

        leaving_gap = desired is not None and not self.number.covered
        with request_scope(urgency=Urgency.LEAVING_GAP if leaving_gap else Urgency.ORDINARY):
            try:
                self.number = self.account.waiter.wait_until(self.number, settled, self._deadline)
            except DeadlinePassed as passed:
                self.number = passed.number
                raise


_EXCEPTIONS: dict[Step, type[Exception]] = {
    Step.FAILED: RegistrationFailed,
    Step.LEAVE: BoundByOthers,
    Step.STUCK: Stuck,
}
