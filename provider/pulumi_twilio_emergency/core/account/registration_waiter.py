"""
One shared look at all numbers that somebody waits for.

Waiting numbers are read together, by list (1,000 a request) or singly, whichever is fewer requests. Whoever
waits first does the looking for everybody; no thread of its own is needed, so a test's clock drives it all.
"""

from __future__ import annotations

import contextlib
import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.ports import GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.ports import Clock, Gateway

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 15.0
# A tenth of what was waited already: 4 s at half a minute, the longest pause from two minutes on.
_GROWTH = 1.1
_ROWS_A_PAGE = 1000
# Followers are told of each look; this is only how soon they notice that a looker died.
_FOLLOWER_PATIENCE = 1.0


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
        on_progress: Called after each look, in the waiting thread.

    """

    at: float
    on_progress: Callable[[Waited], None] = lambda _: None


class DeadlinePassed(Exception):
    """The deadline passed. Carries the number as last seen."""

    def __init__(self, number: Number, seconds: float) -> None:
        super().__init__(number.emergency_address_status)
        self.number = number
        self.seconds = seconds


@dataclass(eq=False, slots=True)
class _Waiter:
    seen: Number
    due: float
    pause: float = FIRST_PAUSE
    trouble: GatewayError | None = None
    looks: int = field(default=0)


class RegistrationWaiter:
    """The waiting room of one account in one process. Safe to use from any number of threads."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock
        self._room = threading.Condition()
        self._tickets: set[_Waiter] = set()
        self._looker = False
        self._pages = 1
        self._jitter = random.Random()  # noqa: S311 - spreads load, guards nothing

    def wait_until(self, seen: Number, settled: Callable[[Number], bool], deadline: Deadline) -> Number:
        """
        Wait until a number has settled, and confirm it by fetching it.

        Args:
            seen: The number as last answered; if that is settled, only the confirmation is fetched.
            settled: Whether a state is final. Take every final state in, also bad ones.
            deadline: The deadline, and whom to tell.

        Raises:
            DeadlinePassed: The deadline passed first.
            Interrupted: The operator asked to stop.
            GatewayError: The number is gone, or Twilio refuses these credentials. Passing trouble with a
                look is survived.

        """
        began = self._clock.monotonic()
        with self._waiting(seen) as ticket:
            while True:
                looks = ticket.looks
                if ticket.trouble is not None:
                    raise ticket.trouble
                if settled(ticket.seen):
                    confirmed = self._confirmed(ticket)
                    # Not read from the ticket again: somebody else's look may have written to it.
                    if confirmed is not None and settled(confirmed):
                        return confirmed
                    # The list runs ahead of, or behind, the fetch: the fetch is believed.
                now = self._clock.monotonic()
                if now >= deadline.at:
                    raise DeadlinePassed(ticket.seen, now - began)
                deadline.on_progress(Waited(ticket.seen, now - began, len(self._tickets) - 1))
                self._next_look(ticket, looks, deadline.at)

    @contextlib.contextmanager
    def _waiting(self, seen: Number) -> Iterator[_Waiter]:
        ticket = _Waiter(seen, due=self._clock.monotonic() + FIRST_PAUSE)
        with self._room:
            self._tickets.add(ticket)
        try:
            yield ticket
        finally:
            with self._room:
                self._tickets.discard(ticket)

    def _confirmed(self, ticket: _Waiter) -> Number | None:
        try:
            ticket.seen = confirmed = self._gateway.number(ticket.seen.sid)
        except GatewayError as error:
            if error.gone or error.forbidden:
                raise
            return None
        return confirmed

    def _next_look(self, ticket: _Waiter, looks: int, deadline: float) -> None:
        """Return after the next look that took this ticket in, looking ourselves if nobody does."""
        with self._room:
            if ticket.looks != looks:
                return
            while self._looker:
                self._room.wait(_FOLLOWER_PATIENCE)
                if ticket.looks != looks or ticket.trouble or self._clock.monotonic() >= deadline:
                    return
            self._looker = True
        try:
            self._sleep_until_due(deadline)
            self._look()
        finally:
            with self._room:
                self._looker = False
                self._room.notify_all()

    def _sleep_until_due(self, deadline: float) -> None:
        while True:
            with self._room:
                due = min(deadline, *(ticket.due for ticket in self._tickets))
            left = due - self._clock.monotonic()
            if left <= 0:
                return
            # In short sleeps, since somebody may come in who is due earlier.
            self._clock.sleep(min(left, FIRST_PAUSE))

    def _look(self) -> None:
        with self._room:
            tickets = list(self._tickets)
        if len(tickets) <= self._pages:
            self._look_singly(tickets)
        else:
            self._look_by_list(tickets)
        now = self._clock.monotonic()
        for ticket in tickets:
            ticket.looks += 1
            ticket.pause = min(LONGEST_PAUSE, ticket.pause * _GROWTH)
            ticket.due = now + ticket.pause * self._jitter.uniform(0.8, 1.0)

    def _look_by_list(self, tickets: Sequence[_Waiter]) -> None:
        try:
            listed = {number.sid: number for number in self._gateway.numbers()}
        except GatewayError as error:
            for ticket in tickets:
                self._note_error(ticket, error)
            return
        self._pages = max(1, -(-len(listed) // _ROWS_A_PAGE))
        missing = []
        for ticket in tickets:
            number = listed.get(ticket.seen.sid)
            if number is None:
                missing.append(ticket)
            else:
                ticket.seen = number
        # A list may lag; only a fetch says that a number is gone.
        self._look_singly(missing)

    def _look_singly(self, tickets: Sequence[_Waiter]) -> None:
        for ticket in tickets:
            try:
                ticket.seen = self._gateway.number(ticket.seen.sid)
            except GatewayError as error:
                self._note_error(ticket, error)

    def _note_error(self, ticket: _Waiter, error: GatewayError) -> None:
        if error.gone or error.forbidden:
            ticket.trouble = error
