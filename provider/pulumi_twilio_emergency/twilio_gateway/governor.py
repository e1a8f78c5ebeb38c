"""
How every request travels: few at a time, patient with refusals, never repeated where that could do harm.

Twilio limits concurrent requests per account and does not process what it answers with 429, so those can
always be sent again (error 20429, read 2026-11).
"""

from __future__ import annotations

import collections
import logging
import random
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from twilio.http import HttpClient

from pulumi_twilio_emergency.core.account.slots import Slots
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted, NotSent
from pulumi_twilio_emergency.core.request_scope import current_scope
from pulumi_twilio_emergency.twilio_gateway.errors import (
    REJECTED_AFTER,
    TryAgain,
    may_be_under_way,
    no_answer,
    refusal,
)
from pulumi_twilio_emergency.twilio_gateway.exchange import Connection, NoAnswer, TooLarge, TooSlow

if TYPE_CHECKING:
    from collections.abc import Callable

    from twilio.http.response import Response

    from pulumi_twilio_emergency.core.ports import Clock
    from pulumi_twilio_emergency.core.request_scope import RequestScope

_LOG = logging.getLogger("pulumi_twilio_emergency.requests")
# The helper's own logger writes whole requests, addresses included; it gets one that goes nowhere.
_NOWHERE = logging.getLogger(f"{__name__}.nowhere")
_NOWHERE.disabled = True

_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_NUMBER_OR_DOMAIN = re.compile(
    r"/Accounts/(AC[0-9a-fA-F]{32})/(?:IncomingPhoneNumbers|SIP/Domains)/((?:PN|SD)[0-9a-fA-F]{32})(?:\.json)?$"
)
_IDLE_BEFORE_A_WRITE = 4.0
"""Seconds. Some servers close an idle connection after five (the default of Apache 2.4, read 2026-11), and
what becomes of a write that is sent just then is not known."""


@dataclass(frozen=True, slots=True, order=True)
class LateWrite:
    """
    A change of a number or SIP domain that Twilio may still carry out, after whatever was seen since.

    Not of an address: nothing that is registered changes by a late create or rename, and Twilio does not
    delete an address that a number uses.

    Attributes:
        account_sid: Where it lives.
        sid: The number (`PN...`) or SIP domain (`SD...`).

    """

    account_sid: str
    sid: str


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How hard to try. A nearer deadline of the request scope goes before all of them.

    Attributes:
        in_flight: Requests at a time.
        timeout: Seconds for one request, from connecting to the last byte of its answer.
        patience: Seconds after its first try beyond which a request is not sent again.
        longest_pause: Seconds between two tries, unless Twilio asks for more.
        list_time: Seconds for all pages of a list.
        largest_body: Bytes of one answer; a page of 1,000 numbers is about 1.3 MB.

    """

    in_flight: int = 16
    timeout: float = 30.0
    patience: float = 300.0
    longest_pause: float = 30.0
    list_time: float = 600.0
    largest_body: int = 32 * 2**20


class Governor(HttpClient):  # type: ignore[misc] # twilio ships no types
    """
    The HTTP client that the twilio helper uses: an answer is a success, or a GatewayError is raised.

    Safe to use from any number of threads. There is one for all accounts of a command, previews included.

    Attributes:
        limits: How hard to try.
        requests_made: How many requests of each kind.
        late: What may still be changed by a write that was sent. A repeat that is confirmed takes nothing
            back: the first copy may arrive after it, and after the next change of the same object.
        on_late: Called with each of them at once.

    """

    def __init__(self, clock: Clock, limits: Limits, sessions: Callable[[], requests.Session]) -> None:
        super().__init__(_NOWHERE, False, limits.timeout)  # noqa: FBT003 - the helper's signature
        self.limits = limits
        self._clock = clock
        self._slots = Slots(limits.in_flight, clock, _too_late)
        self._connections = _Connections(sessions, clock)
        self._count_lock = threading.Lock()
        self._jitter = random.Random()  # noqa: S311 - spreads load, guards nothing
        self._quiet_until = float("-inf")
        self.requests_made: collections.Counter[str] = collections.Counter()
        self.late: set[LateWrite] = set()
        self.on_late: Callable[[LateWrite], None] = lambda _: None

    def request(  # noqa: PLR0917 - the helper's signature
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - ours is set
        allow_redirects: bool = False,  # noqa: ARG002, FBT001, FBT002 - never followed: they carry credentials
    ) -> Response:
        """
        Send one request, again if that is safe, and return its answer.

        It waits for a slot by the urgency of the request scope, and no longer than its deadline. A request
        that changes something is not begun, nor begun again, once the operator has asked to stop.

        Raises:
            GatewayError: Twilio refused it, or no answer came in time.
            Interrupted: The operator asked to stop. Where an earlier try may have taken effect, the
                GatewayError that says so is its cause.

        """
        request = requests.Request(method.upper(), url, params=params, data=data, headers=headers, auth=auth)
        call = _Call(request, current_scope())
        try:
            while True:
                try:
                    return self._try(call)
                except TryAgain as failure:
                    self._pause(call, failure)
        except Interrupted as interrupted:
            if call.last is not None:
                call.last.outcome_unknown = call.last.outcome_unknown or call.outcome_unknown
            raise interrupted from call.last
        except GatewayError as error:
            # A later refusal does not take back what an earlier try may have done.
            error.outcome_unknown = error.outcome_unknown or call.outcome_unknown
            raise

    def note_late(self, url: str) -> None:
        """Record that a write to this URL was sent, and that Twilio has not said what came of it."""
        if found := _NUMBER_OR_DOMAIN.search(urlsplit(url).path):
            write = LateWrite(*found.groups())
            self.late.add(write)
            self.on_late(write)

    def _try(self, call: _Call) -> Response:
        while True:
            self._wait_until_quiet(call)
            try:
                with self._slots.held(call.scope.urgency, call.scope.deadline):
                    if self._quiet_until <= self._clock.monotonic():
                        return self._send(call)
            except NotSent as too_late:
                raise call.last or too_late from None

    def _wait_until_quiet(self, call: _Call) -> None:
        """After a 429 everybody holds back, not only the one who was refused."""
        while (wait := self._quiet_until - self._clock.monotonic()) > 0:
            if wait >= call.time_left(self._clock, patient=True):
                raise call.last or GatewayError(
                    "Twilio asks to wait for longer than the time limit allows", status=429, code=20429
                )
            self._clock.sleep(wait)

    def _send(self, call: _Call) -> Response:
        rest = call.time_left(self._clock)
        if rest <= 0:
            raise NotSent("The time limit passed before the request could be sent.")
        if call.write:
            self._clock.raise_if_interrupted()
        connection = self._connections.take(idle_below=call.idle_below)
        self._count(call.kind)
        call.begun(self._clock.monotonic() + self.limits.patience)
        try:
            response = self._exchange(connection, call, min(self.limits.timeout, rest))
        except NoAnswer as none:
            raise self._unanswered(call, connection, none) from None
        self._connections.give_back(connection, open=True)
        if 200 <= response.status_code < 300:
            return response
        if call.write and may_be_under_way(response):
            self.note_late(call.request.url)
        raise refusal(response, call.asked, write=call.write, repeatable=call.repeatable)

    def _unanswered(self, call: _Call, connection: Connection, none: NoAnswer) -> BaseException:
        """Return what to raise for a request without an answer, and put its connection aside."""
        if not isinstance(none.error, (TooSlow, TooLarge, *REJECTED_AFTER)):
            if call.write and none.sent is not False:
                self.note_late(call.request.url)
            return none.error
        failure = no_answer(
            none.error, call.asked, write=call.write, repeatable=call.repeatable, sent=none.sent
        )
        error = failure.error if isinstance(failure, TryAgain) else failure
        if error.outcome_unknown:
            self.note_late(call.request.url)
        if isinstance(failure, TryAgain):
            failure.dropped = failure.dropped and connection.used
        if not isinstance(none.error, TooSlow):
            self._connections.give_back(connection, open=False)
        return failure

    def _exchange(self, connection: Connection, call: _Call, seconds: float) -> Response:
        session = connection.session
        if urlsplit(call.request.url).scheme != "https":
            # A proxy of the environment would read the token; plain http never leaves this machine.
            session.trust_env = False
        try:
            request = session.prepare_request(call.request)
        except REJECTED_AFTER as error:
            raise NoAnswer(error, sent=False) from None
        return connection.exchange(
            request,
            seconds=seconds,
            largest_body=self.limits.largest_body,
            listen=None if call.write else self._clock.raise_if_interrupted,
        )

    def _pause(self, call: _Call, failure: TryAgain) -> None:
        """Wait before the next try, or raise what the last one met where there is no time for another."""
        call.failed(failure.error)
        if failure.dropped and call.tries == 1:
            return
        pause = min(self.limits.longest_pause, 0.5 * 2.0 ** min(call.tries - 1, 16))
        pause *= self._jitter.uniform(0.5, 1.0)
        if failure.retry_after is not None:
            self._quiet_until = max(self._quiet_until, self._clock.monotonic() + failure.retry_after)
            pause = failure.retry_after + pause * 0.1
        if pause >= call.time_left(self._clock, patient=True):
            raise failure.error from None
        self._clock.sleep(pause)

    def _count(self, kind: str) -> None:
        with self._count_lock:
            self.requests_made[kind] += 1
        _LOG.debug("%s", kind)


class _Call:
    """One request with all its tries."""

    def __init__(self, request: requests.Request, scope: RequestScope) -> None:
        path = urlsplit(str(request.url)).path.removesuffix(".json")
        self.request = request
        self.scope = scope
        self.write = request.method != "GET"
        self.repeatable = (
            not self.write or request.method == "DELETE" or _SID.fullmatch(path[-34:]) is not None
        )
        self.idle_below = float("inf") if not self.write else _IDLE_BEFORE_A_WRITE if self.repeatable else 0.0
        self.asked = f"{request.method} {_below_account(path)}"
        self.kind = _SID.sub("{sid}", self.asked)
        self.tries = 0
        self.last: GatewayError | None = None
        self.outcome_unknown = False
        self._patience_ends = float("inf")

    def time_left(self, clock: Clock, *, patient: bool = False) -> float:
        """Return the seconds that are left by the deadline, and by our own patience if it counts."""
        ends = float("inf") if self.scope.deadline is None else self.scope.deadline
        return (min(ends, self._patience_ends) if patient else ends) - clock.monotonic()

    def begun(self, patience_ends: float) -> None:
        # Only from the first try: waiting in a long queue is not Twilio's fault.
        if not self.tries:
            self._patience_ends = patience_ends
        self.tries += 1

    def failed(self, error: GatewayError) -> None:
        self.last = error
        self.outcome_unknown = self.outcome_unknown or error.outcome_unknown


def _too_late() -> NotSent:
    return NotSent("The time limit passed while other requests were under way.")


def _below_account(path: str) -> str:
    """Return what of a path is below the account; `Accounts` for the list of them."""
    _, account, below = path.rpartition("/Accounts/")
    return below.partition("/")[2] or "the account" if account else path.rpartition("/")[2]


class _Connections:
    """Sessions at rest. One whose request was not waited for never comes back: its thread still uses it."""

    def __init__(self, sessions: Callable[[], requests.Session], clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._resting: collections.deque[tuple[Connection, float]] = collections.deque()

    def take(self, *, idle_below: float) -> Connection:
        """Return one, opened anew if it has been idle for so many seconds: the server may be closing it."""
        try:
            connection, since = self._resting.pop()
        except IndexError:
            return Connection(self._sessions())
        if self._clock.monotonic() - since >= idle_below:
            connection.session.close()
            connection.used = False
        return connection

    def give_back(self, connection: Connection, *, open: bool) -> None:  # noqa: A002 - the right word
        """Let it rest; `open` when the server may have kept the connection."""
        connection.used = open
        self._resting.append((connection, self._clock.monotonic()))
