"""
A number's way to its emergency address and back, in the documented order.

Change: clear, wait for `unregistered`, submit, wait for `registered`. Each step first looks at what is
already true, so running it again is the recovery procedure.
Source: emergency calling for SIP interfaces, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.registration_waiter import DeadlinePassed
from pulumi_twilio_emergency.core.model.formatting import duration
from pulumi_twilio_emergency.core.model.problem import (
    Problem,
    RolledBack,
    Unfinished,
)
from pulumi_twilio_emergency.core.model.status import Phase
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.rules import guards

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.model.number import Number


@dataclass(frozen=True, slots=True)
class Wish:
    """
    A binding as declared.

    Attributes:
        number_sid: The number, `PN...`.
        address_sid: The address it shall show, `AD...`.
        previous: The address that was in force before; it is the way back.
        ours: Addresses that may be let go, since we know that the number was bound to them.
        take_over: Any other address may be let go as well.
        wait: Stay until Twilio reports `registered`.
        uncovered_since: Unix time since when an earlier, unfinished change has left it uncovered.

    """

    number_sid: str
    address_sid: str
    previous: str | None = None
    ours: frozenset[str] = frozenset()
    take_over: bool = False
    wait: bool = True
    uncovered_since: float | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """
    A number that points at its address.

    Attributes:
        number: The number as confirmed by GET.
        registered_at: Unix time of the look that found it registered; None while that is pending.
        uncovered_seconds: How long the change left it without a registered address.

    """

    number: Number
    registered_at: float | None
    uncovered_seconds: float
    changed: bool


class Step(Enum):
    """What to do next with a number."""

    DONE = "done"
    CLEAR = "clear"
    SUBMIT = "submit"
    AWAIT_REGISTERED = "await registered"
    AWAIT_UNREGISTERED = "await unregistered"


def next_step(number: Number, wanted: str | None) -> Step:  # noqa: PLR0911 - a table, row by row
    """Decide the next step on the way to an address, or to none, from the number alone."""
    status = number.emergency_address_status or "unregistered"
    phase = number.status.phase
    if number.emergency_address_sid is None:
        # The SID is cleared at once and the registration ends later; sometimes it still reads registered.
        if status in {"pending-unregistration", "registered"}:
            return Step.AWAIT_UNREGISTERED
        if status == "unregistration-failure":
            return Step.CLEAR
        return Step.DONE if wanted is None else Step.SUBMIT
    if status == "pending-unregistration":
        return Step.AWAIT_UNREGISTERED
    if number.emergency_address_sid != wanted:
        return Step.CLEAR
    if phase is Phase.COVERED:
        return Step.DONE
    if phase is Phase.UNCOVERED:
        return Step.SUBMIT
    if phase is Phase.WAITING:
        return Step.AWAIT_REGISTERED
    # A registration that failed is cleared before it is tried again.
    return Step.CLEAR


def _registration_settled(number: Number) -> bool:
    return number.covered or number.status.phase is Phase.FAILED


def _unregistration_settled(number: Number) -> bool:
    status = number.emergency_address_status or "unregistered"
    if number.emergency_address_sid is None and status == "registration-failure":
        return True
    return status in {"unregistered", "unregistration-failure"}


class _NotTaken(Exception):
    """What we submitted was refused at once, or its registration failed."""

    def __init__(self, number: Number, refusal: GatewayError | None = None) -> None:
        super().__init__(number.sid)
        self.number = number
        self.refusal = refusal


class _Journey:
    """One number on its way to one address, or to none."""

    def __init__(self, account: Account, number: Number, deadline: Deadline) -> None:
        self.account = account
        self.number = number
        self.deadline = deadline
        self.uncovered_since: float | None = None

    def to(self, wanted: str | None, *, wait: bool = True) -> None:
        """
        Bring the number there.

        Raises:
            _NotTaken: What we submitted here was refused, or its registration failed.
            Unfinished: Time ran out, or the operator stopped it; it can be resumed.

        """
        cleared = 0
        submitted = False
        while True:
            step = next_step(self.number, wanted)
            try:
                if step is Step.DONE:
                    return
                if step is Step.CLEAR:
                    if submitted:
                        raise _NotTaken(self.number)
                    cleared += 1
                    if cleared > 2:
                        raise self._stuck()
                    self._clear()
                elif step is Step.SUBMIT:
                    if not submitted:
                        submitted = True
                        self._submit(wanted)
                    if not wait:
                        return
                    # Whatever the answer shows, only a fetch is believed; and nothing is submitted twice.
                    self._await(_registration_settled)
                elif step is Step.AWAIT_REGISTERED:
                    if not wait:
                        return
                    self._await(_registration_settled)
                else:
                    self._await(_unregistration_settled)
            except DeadlinePassed as error:
                raise self._out_of_time(error, wanted) from None
            except Interrupted:
                raise self._interrupted(wanted) from None

    def _submit(self, wanted: str | None) -> None:
        try:
            self.number = self.account.gateway.set_emergency_address(self.number.sid, wanted)
        except GatewayError as error:
            if error.transient or error.forbidden or error.gone:
                raise
            raise _NotTaken(self.number, error) from error
        finally:
            self.account.numbers.invalidate()

    def _clear(self) -> None:
        if self.number.covered and self.uncovered_since is None:
            self.uncovered_since = self.account.clock.time()
        self.number = self.account.gateway.set_emergency_address(self.number.sid, None)
        self.account.numbers.invalidate()
        # Only the status tells whether the emergency service has let go, whatever the answer looked like.
        self._await(_unregistration_settled)

    def _await(self, settled: Callable[[Number], bool]) -> None:
        try:
            self.number = self.account.waiter.wait_until(self.number, settled, self.deadline)
        except DeadlinePassed as error:
            self.number = error.number
            raise

    def _out_of_time(self, error: DeadlinePassed, wanted: str | None) -> Unfinished:
        status = self.number.status
        return self._unfinished(
            f"{self.number.phone_number} is still {status.name} after {duration(error.seconds)}.",
            "Until Twilio reports registered, count it as not covered."
            if wanted
            else "Count it as not covered.",
            "Run `pulumi up` again to keep waiting; nothing needs undoing. custom_timeouts allows more time."
            if wanted
            else "Run it again to keep waiting; nothing needs undoing.",
        )

    def _interrupted(self, wanted: str | None) -> Unfinished:
        status = self.number.status
        return self._unfinished(
            f"Interrupted while {self.number.phone_number} was {status.name}.",
            status.meaning,
            "Run `pulumi up` again to go on from here; nothing needs undoing."
            if wanted
            else "Run it again to go on from here; nothing needs undoing.",
        )

    def _stuck(self) -> Unfinished:
        status = self.number.status
        return self._unfinished(
            f"{self.number.phone_number} stays {status.name}.", status.meaning, status.remedy
        )

    def _unfinished(self, what: str, meaning: str, remedy: str) -> Unfinished:
        return Unfinished(Problem(what, meaning, remedy), self.number, self.uncovered_since)


def bind(account: Account, wish: Wish, deadline: Deadline) -> Bound:
    """
    Point the number at its emergency address and stay until Twilio has registered it.

    Safe to run again at any moment: each step first looks at what is already true. When the registration
    fails, what was submitted is cleared again, and the previous address, if there was one, is put back.

    Raises:
        Refused: A guard spoke; nothing was changed.
        RolledBack: The new registration failed; the previous address is registered again.
        Unfinished: It stopped half-way; the number's state is in the exception.
        GatewayError: What else Twilio answered.

    """
    number = _fit_number(account, wish)
    journey = _Journey(account, number, deadline)
    journey.uncovered_since = wish.uncovered_since
    way_back = number.emergency_address_sid if number.covered else wish.previous
    if way_back == wish.address_sid:
        way_back = None
    try:
        journey.to(wish.address_sid, wait=wish.wait)
    except _NotTaken as failed:
        if failed.refusal is not None and journey.number is number:
            raise failed.refusal from None  # nothing was changed
        raise _after_failure(journey, failed, way_back) from None
    except GatewayError as error:
        if journey.number is number:
            raise  # nothing was submitted
        raise _lost_contact(journey, error) from error
    return _bound(account, journey, changed=journey.number is not number)


def _fit_number(account: Account, wish: Wish) -> Number:
    number = account.gateway.number(wish.number_sid)
    guards.refuse(guards.number_cannot_register(number))
    foreign = number.emergency_address_sid not in {None, wish.address_sid, *wish.ours}
    if foreign and not wish.take_over and number.emergency_address_status != "pending-unregistration":
        guards.refuse(guards.bound_elsewhere(number, wish.address_sid), unsafe=account.unsafe)
    if number.emergency_address_sid != wish.address_sid:
        guards.refuse(guards.address_does_not_fit(number, account.address(wish.address_sid)))
    return number


def _bound(account: Account, journey: _Journey, *, changed: bool) -> Bound:
    number = journey.number
    now = account.clock.time()
    since = journey.uncovered_since
    return Bound(
        number,
        now if number.covered else None,
        round(now - since, 1) if since is not None and number.covered else 0.0,
        changed,
    )


def _after_failure(journey: _Journey, failed: _NotTaken, way_back: str | None) -> Exception:
    """Clear what was not taken, put the previous address back, and say what is in force now."""
    status = failed.number.status
    why = f"Twilio refused: {failed.refusal.text}" if failed.refusal else f"Twilio reports {status.name}."
    what = f"{failed.number.phone_number} could not be registered: {why}"
    remedy = "Correct what Twilio refused." if failed.refusal else status.remedy
    try:
        journey.number = failed.number
        try:
            journey.to(way_back)
        except _NotTaken as again:
            journey.number = again.number
    except Unfinished as unfinished:
        return Unfinished(
            replace(unfinished.problem, what=f"{what}\n{unfinished.problem.what}"),
            unfinished.number,
            unfinished.uncovered_since,
        )
    except GatewayError as error:
        return Unfinished(
            Problem(f"{what} It could not be cleaned up either: {error.text}", status.meaning, remedy),
            journey.number,
            journey.uncovered_since,
        )
    if way_back is None or not journey.number.covered:
        return Unfinished(
            Problem(what, status.meaning, f"{remedy} Then run `pulumi up` again."),
            journey.number,
            journey.uncovered_since,
        )
    since = journey.uncovered_since
    gap = f" for {duration(journey.account.clock.time() - since)}" if since is not None else ""
    return RolledBack(
        Problem(
            what,
            f"The previous address, {way_back}, is registered again: nothing changed, but the number was "
            f"uncovered{gap}.",
            remedy,
        )
    )


def _lost_contact(journey: _Journey, error: GatewayError) -> Unfinished:
    status = journey.number.status
    return Unfinished(
        Problem(
            f"Lost contact to Twilio while {journey.number.phone_number} was {status.name}: {error.text}",
            status.meaning,
            "Run `pulumi up` again to go on from here; nothing needs undoing.",
        ),
        journey.number,
        journey.uncovered_since,
    )


def unbind(account: Account, number_sid: str, ours: Collection[str], deadline: Deadline) -> Number | None:
    """
    Take our address off the number and stay until Twilio has unregistered it.

    Only what is ours is taken away: a number that points at another address is left alone. Gone counts as
    done. Returns the number as it is now, or None if it is gone.

    Raises:
        Refused: The number is an enabled SIP domain's emergency caller; nothing was changed.
        Unfinished: It stopped half-way and can be resumed.
        GatewayError: What else Twilio answered.

    """
    try:
        number = account.gateway.number(number_sid)
        if number.emergency_address_sid not in {None, *ours} or next_step(number, None) is Step.DONE:
            return number
        if number.emergency_address_sid is not None:
            # Domains change seldom and through the same program; a few seconds old is new enough.
            guards.refuse(
                guards.is_emergency_caller(number, _relying_domains(account, number)), unsafe=account.unsafe
            )
        journey = _Journey(account, number, deadline)
        journey.to(None)
    except GatewayError as error:
        if not error.gone:
            raise
        return None
    return journey.number


def _relying_domains(account: Account, number: Number) -> list[Domain]:
    """Return the domains that show this number; a list may lag, so each is fetched before it counts."""
    listed = [each for each in account.domains.recent(seconds=5) if each.emergency_caller_sid == number.sid]
    return [account.gateway.domain(each.sid) for each in listed]
