"""
One shared look at all numbers that somebody waits for.

Waiting numbers are read together, by list (1,000 a request) or singly, whichever is fewer requests. Whoever
waits first does the looking for everybody; no thread of its own is needed, so a test's clock drives it all.
"""

from __future__ import annotations

import contextlib
import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.polling import FIRST_PAUSE, next_pause
from pulumi_twilio_emergency.core.account.single_flight import own_copy
from pulumi_twilio_emergency.core.ports import GatewayError, NotSent
from pulumi_twilio_emergency.core.request_scope import Urgency, current_scope, request_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.ports import Clock, Event, Gateway

_ROWS_A_PAGE = 1000
_PROGRESS_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Waited:
    """What a waiting number's own line can say."""

    number: Number
    seconds: float
    others: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """
    How long to wait, and whom to tell meanwhile.

    Attributes:
        at: In the clock's monotonic seconds.
        limit: How many seconds that was from the beginning of the operation.
        on_progress: Called when the number has changed, and every few seconds, in the waiting thread.

    """

    at: float
    limit: float
    on_progress: Callable[[Waited], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Unseen:
    """For how many seconds every look at a number has failed, and the error of the last one."""

    seconds: float
    error: GatewayError


class DeadlinePassed(Exception):
    """
    The deadline passed.

    Attributes:
        number: As last seen.
        limit: The seconds that the operation had.
        unseen: Where the last looks have failed.

    """

    def __init__(self, number: Number, limit: float, unseen: Unseen | None = None) -> None:
        super().__init__(number.emergency_address_status)
        self.number = number
        self.limit = limit
        self.unseen = unseen


@dataclass(eq=False, slots=True)
class _Waiter:
    """
    One number that is waited for.

    Attributes:
        seen: As last seen, by whomever.
        seen_at: When that was, in the clock's monotonic seconds.
        due: When it is to be looked at, in the clock's monotonic seconds.
        urgency: Of its looks.
        woken: Set when a look has news of it, or when it is to do the looking.
        unsettled: What its thread has judged to need more waiting.
        pause: Seconds between two looks.
        error: What ends the wait.
        failure: Of the last look, which the wait has survived.
        looks: How many have taken it in.
        fetched: What the last look has fetched singly: it needs no confirmation.

    """

    seen: Number
    seen_at: float
    due: float
    urgency: Urgency
    woken: Event
    unsettled: Number | None = None
    pause: float = FIRST_PAUSE
    error: GatewayError | None = None
    failure: GatewayError | None = None
    looks: int = 0
    fetched: Number | None = None

    @property
    def has_news(self) -> bool:
        return self.error is not None or self.seen != self.unsettled

    def note(self, seen: Number, now: float) -> None:
        """Note what a look has shown."""
        self.seen, self.seen_at, self.failure = seen, now, None

    def note_failure(self, error: GatewayError) -> None:
        """Note why a look has shown nothing, unless it was not made for want of time."""
        if not isinstance(error, NotSent):
            self.failure = error

    def unseen(self, now: float) -> Unseen | None:
        """Return for how long every look has failed; None where the last one has not."""
        return None if self.failure is None else Unseen(now - self.seen_at, self.failure)


class RegistrationWaiter:
    """Waits for the numbers of one account in one process. Safe to use from any number of threads."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock
        self._turn = threading.Lock()
        self._waiters: set[_Waiter] = set()
        self._leading = False
        self._pages = 1
        self._jitter = random.Random()  # noqa: S311 - spreads load, guards nothing

    def wait_until(self, seen: Number, settled: Callable[[Number], bool], deadline: Deadline) -> Number:
        """
        Wait until a number has settled, and confirm it by fetching it.

        The urgency of the caller's request scope is that of the shared looks, too.

        Args:
            seen: The number as last answered; if that is settled, only the confirmation is fetched.
            settled: Whether a state needs no more waiting. Take every such state in, also bad ones.
            deadline: The deadline, and whom to tell.

        Raises:
            DeadlinePassed: The deadline passed first.
            Interrupted: The operator asked to stop.
            GatewayError: The number is gone, or a look met what no time cures: refused credentials, a web
                filter, a certificate. A look that failed in passing is survived, and so is a 404 that does
                not prove that the number is gone.

        """
        began = self._clock.monotonic()
        with self._waiting(seen) as waiter:
            while True:
                looks = waiter.looks
                if waiter.error is not None:
                    raise waiter.error
                fetched = waiter.fetched
                if fetched is not None and settled(fetched):
                    return fetched
                waiter.unsettled = seen = waiter.seen
                if settled(seen):
                    waiter.unsettled = None
                    confirmed = self._confirmed(waiter)
                    # Not read from the waiter again: somebody else's look may have written to it.
                    if confirmed is not None and settled(confirmed):
                        return confirmed
                    # The list runs ahead of, or behind, the fetch: the fetch is believed.
                now = self._clock.monotonic()
                if now >= deadline.at:
                    raise DeadlinePassed(waiter.seen, deadline.limit, waiter.unseen(now))
                deadline.on_progress(Waited(waiter.seen, now - began, len(self._waiters) - 1))
                self._next_look(waiter, looks, deadline.at)

    @contextlib.contextmanager
    def _waiting(self, seen: Number) -> Iterator[_Waiter]:
        now = self._clock.monotonic()
        waiter = _Waiter(seen, now, now + FIRST_PAUSE, current_scope().urgency, self._clock.event())
        with self._turn:
            self._waiters.add(waiter)
        try:
            yield waiter
        finally:
            with self._turn:
                self._waiters.discard(waiter)
                self._wake_a_leader()

    def _confirmed(self, waiter: _Waiter) -> Number | None:
        try:
            confirmed = self._gateway.number(waiter.seen.sid)
        except GatewayError as error:
            if _ends_wait(error):
                raise
            waiter.note_failure(error)
            return None
        waiter.note(confirmed, self._clock.monotonic())
        return confirmed

    def _next_look(self, waiter: _Waiter, looks: int, deadline: float) -> None:
        """Return when a look has news of this waiter, or its line is due; look if nobody else does."""
        with self._turn:
            if waiter.looks != looks:
                return
            following = self._leading
            self._leading = True
            waiter.woken.clear()
        if following:
            waiter.woken.wait(min(_PROGRESS_EVERY, deadline - self._clock.monotonic()))
            return
        try:
            self._sleep_until_due(deadline)
            self._look()
        finally:
            with self._turn:
                self._leading = False
                self._wake_a_leader()

    def _wake_a_leader(self) -> None:
        """Wake somebody who waits, unless somebody looks: whoever is awake already may be about to leave."""
        if self._leading:
            return
        for waiter in self._waiters:
            if not waiter.woken.is_set():
                waiter.woken.set()
                return

    def _sleep_until_due(self, deadline: float) -> None:
        while True:
            with self._turn:
                due = min(deadline, *(waiter.due for waiter in self._waiters))
            left = due - self._clock.monotonic()
            if left <= 0:
                return
            # In short sleeps, since somebody may come in who is due earlier.
            self._clock.sleep(min(left, FIRST_PAUSE))

    def _look(self) -> None:
        with self._turn:
            waiters = list(self._waiters)
        # One number without coverage is enough: its gap lasts until this very look.
        with request_scope(urgency=min(waiter.urgency for waiter in waiters)):
            if len(waiters) <= self._pages:
                self._look_singly(waiters)
            else:
                self._look_by_list(waiters)
        now = self._clock.monotonic()
        with self._turn:
            for waiter in waiters:
                waiter.looks += 1
                waiter.pause = next_pause(waiter.pause)
                waiter.due = now + waiter.pause * self._jitter.uniform(0.8, 1.0)
                if waiter.has_news:
                    waiter.woken.set()

    def _look_by_list(self, waiters: Sequence[_Waiter]) -> None:
        try:
            listed = {number.sid: number for number in self._gateway.numbers()}
        except GatewayError as error:
            for waiter in waiters:
                self._note_error(waiter, error)
            return
        now = self._clock.monotonic()
        self._pages = max(1, -(-len(listed) // _ROWS_A_PAGE))
        missing = []
        for waiter in waiters:
            number = listed.get(waiter.seen.sid)
            waiter.fetched = None
            if number is None:
                missing.append(waiter)
            else:
                waiter.note(number, now)
        # A list may lag; only a fetch says that a number is gone.
        self._look_singly(missing)

    def _look_singly(self, waiters: Sequence[_Waiter]) -> None:
        for waiter in waiters:
            try:
                waiter.fetched = self._gateway.number(waiter.seen.sid)
                waiter.note(waiter.fetched, self._clock.monotonic())
            except GatewayError as error:
                waiter.fetched = None
                self._note_error(waiter, error)

    def _note_error(self, waiter: _Waiter, error: GatewayError) -> None:
        if _ends_wait(error):
            waiter.error = own_copy(error)  # type: ignore[assignment] # a copy is of the same class
        else:
            waiter.note_failure(error)


def _ends_wait(error: GatewayError) -> bool:
    return error.gone or not (error.transient or error.status == 404)
