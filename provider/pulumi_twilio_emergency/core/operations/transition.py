"""
One number on its way to one address, or to none: the order of its requests.

The table in `rules.next_step` decides each step; here it is carried out, and every way it can stop is told
apart: finished, refused, failed, taken by somebody else, out of time, interrupted.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.polling import FIRST_PAUSE
from pulumi_twilio_emergency.core.account.registration_waiter import DeadlinePassed
from pulumi_twilio_emergency.core.account.submissions import NOTHING_KNOWN
from pulumi_twilio_emergency.core.model.status import Phase
from pulumi_twilio_emergency.core.operations.interruption import lost_write
from pulumi_twilio_emergency.core.operations.submitting import submitting
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import Urgency, request_scope
from pulumi_twilio_emergency.core.rules.next_step import NOTHING_DONE, Memory, Step, next_step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline, Unseen
    from pulumi_twilio_emergency.core.account.submissions import Submissions
    from pulumi_twilio_emergency.core.model.number import Number


# Seconds after which a number that has waited for its turn is looked at again before it is cleared.
_OLD_AFTER = 1.0


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
        submitted: The addresses that were sent, and may have arrived.
        unanswered: The error of a write of which not even a look could tell what came of it; None once seen.

    """

    def __init__(
        self,
        account: Account,
        number: Number,
        deadline: Deadline,
        uncovered_since: float | None = None,
        submissions: Submissions = NOTHING_KNOWN,
    ) -> None:
        self.account = account
        self.number = number
        self.changed = False
        self.submitted: set[str] = set()
        self.unanswered: GatewayError | None = None
        self.unseen: Unseen | None = None
        self._deadline = deadline
        self._submissions = submissions
        self._earlier_gap = 0.0
        self._clearing_since: float | None = None
        self._answered_at = float("-inf")
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
            GatewayError: What else Twilio answered; `gone` only where a second look says so as well.

        """
        memory = NOTHING_DONE
        while True:
            step = next_step(self.number, desired, may_clear, memory)
            if step is Step.DONE or (step is Step.AWAIT_REGISTERED and not wait):
                return
            if step is Step.CLEAR:
                if self._clear(desired):
                    memory = replace(memory, cleared=memory.cleared + 1)
            elif step is Step.SUBMIT:
                if self._submit(desired):
                    memory = replace(memory, submitted=True)
                    if not wait and self.number.status.phase not in {Phase.COVERED, Phase.FAILED}:
                        return
            elif not step.waits:
                raise _EXCEPTIONS[step]
            # Whatever an answer shows, only a fetch is believed; and what it shows is judged anew.
            self._wait(desired, may_clear, memory)

    def look(self) -> None:
        """Fetch the number. One 404 is no proof that it is gone: whatever is sent next proves that or not."""
        self.number = self.account.find_number(self.number.sid) or self.number

    def _clear(self, desired: str | None) -> bool:
        if not self.number.covered:
            return self._write(None)
        # Only who comes out of the gap again takes turns: an unbinding ends in it.
        turn = self.account.gaps.entering() if desired else contextlib.nullcontext(0.0)
        with request_scope(urgency=Urgency.ENTERING_GAP), turn as waited:
            if waited > _OLD_AFTER:
                # The list is shared with numbers that are in the gap: it does not wait behind other clears.
                with request_scope(urgency=Urgency.ORDINARY):
                    moved = self._has_moved()
                if moved:
                    return False
            asked_at = self.account.clock.monotonic()
            try:
                return self._write(None)
            finally:
                # A clear waits in the gateway while others go first, so its answer is the better mark.
                self._clearing_since = max(asked_at, self._answered_at)
                self._note_gap()

    def _has_moved(self) -> bool:
        """Look again at a number that has waited for its turn: a list says whom to fetch."""
        listed = self.account.numbers.recent(_OLD_AFTER, allow_stale=True).find(sid=self.number.sid)
        if listed == self.number:
            return False
        seen = self.account.find_number(self.number.sid)
        if seen == self.number:
            return False
        self.number = seen or self.number  # one 404 is no proof: the wait that follows looks again
        return True

    def _submit(self, desired: str | None) -> bool:
        recorded = submitting(self._submissions, self.number.sid, desired)
        try:
            with recorded, request_scope(urgency=Urgency.LEAVING_GAP):
                return self._write(desired)
        except GatewayError as error:
            # A 404 may be about the address; only a fetch says that the number itself is gone.
            if error.status == 404 and self._is_not_found():
                error.gone = True
                raise
            seen = None if error.transient else self._look()
            if seen is not None and seen != self.number:
                # Refused because somebody else was faster: judged anew.
                self.number = seen
                return False
            raise RegistrationFailed(error) from error

    def _write(self, address_sid: str | None) -> bool:
        """
        Submit the one field. Where the answer leaves it open what came of it, look.

        Returns:
            Whether it took effect; False where not even a look could tell.

        """
        self.account.clock.raise_if_interrupted()
        try:
            number = self.account.gateway.set_emergency_address(self.number.sid, address_sid)
        except Interrupted as interrupted:
            lost = lost_write(interrupted)
            self._note_sent(address_sid, arrived=lost is not None)
            # One look proves that an earlier try took effect, and not that it never will.
            if not self._take_in(self._look()) and lost is not None:
                self.unanswered, self.changed = lost, True
            raise
        except GatewayError as error:
            if error.status == 404 and address_sid is None:
                error.gone = self._is_not_found()
            self._note_sent(address_sid, arrived=error.outcome_unknown)
            # A refusal of a later try does not take back what an earlier one may have done.
            if not (error.transient or error.outcome_unknown):
                raise
            seen = self._look()
            if seen is None and error.outcome_unknown:
                self.unanswered, self.changed = error, True
                return False
            if not self._take_in(seen):
                raise
        else:
            self._note_sent(address_sid, arrived=True)
            self.number, self.changed = number, True
            self._answered_at = self.account.clock.monotonic()
        finally:
            self.account.numbers.invalidate()
        return True

    def _note_sent(self, address_sid: str | None, *, arrived: bool) -> None:
        if arrived and address_sid is not None:
            self.submitted.add(address_sid)

    def _take_in(self, seen: Number | None) -> bool:
        """Note what a look after a write has shown. Returns whether the number has changed since."""
        if seen is None or seen == self.number:
            return False
        # The write took effect, or somebody else has changed the number: either is judged anew.
        self.number, self.changed = seen, True
        return True

    def _look(self) -> Number | None:
        try:
            return self.account.gateway.number(self.number.sid)
        except (GatewayError, Interrupted):
            return None

    def _is_not_found(self) -> bool:
        try:
            return self.account.find_number(self.number.sid) is None
        except (GatewayError, Interrupted):
            return False

    def _note_gap(self) -> None:
        if self._uncovered_at is None and not self.number.covered:
            self._uncovered_at = self._clearing_since

    def _wait(self, desired: str | None, may_clear: Collection[str], memory: Memory) -> None:
        def settled(number: Number) -> bool:
            return not next_step(number, desired, may_clear, memory).waits

        leaving_gap = desired is not None and not self.number.covered
        with request_scope(urgency=Urgency.LEAVING_GAP if leaving_gap else Urgency.ORDINARY):
            self._wait_until(settled)
        self.unanswered = None
        self._note_gap()

    def _wait_until(self, settled: Callable[[Number], bool]) -> None:
        while True:
            try:
                self.number = self.account.waiter.wait_until(self.number, settled, self._deadline)
            except DeadlinePassed as passed:
                self.number, self.unseen = passed.number, passed.unseen
                raise
            except GatewayError as error:
                if not error.gone or self._is_gone_at_second_look():
                    raise
            else:
                return

    def _is_gone_at_second_look(self) -> bool:
        """Look again at a number that one answer does not show: it may lag behind a change."""
        self.account.clock.sleep(FIRST_PAUSE)
        try:
            seen = self.account.find_number(self.number.sid)
        except GatewayError as error:
            if error.forbidden:
                raise
            return False
        self.number = seen or self.number
        return seen is None


_EXCEPTIONS: dict[Step, type[Exception]] = {
    Step.FAILED: RegistrationFailed,
    Step.LEAVE: BoundByOthers,
    Step.STUCK: Stuck,
}
