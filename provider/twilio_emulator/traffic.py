"""The line between client and API: it records every request, and it is where faults strike."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

from twilio_emulator import wire
from twilio_emulator.messages import HTML, Answer, ConnectionCutError, Request, UnreadableError
from twilio_emulator.parameters import KNOWN_NAMES
from twilio_emulator.records import Recorded, Refusal
from twilio_emulator.refusals import CHALLENGE, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from twilio_emulator.control import Control
    from twilio_emulator.faults import Fault, Faults, Lag, Trouble
    from twilio_emulator.world import World

CONTROL = "/_emulator"


class Answering(Protocol):
    """What answers the requests that faults let through."""

    def answer(self, request: Request, lag: Lag | None = None) -> Answer:
        """Answer a request; `lag` says how far back its reads look."""


class Traffic:
    """
    The API with its troubles. Requests to the control API are neither recorded nor troubled.

    Attributes:
        world: What exists.
        faults: Trouble to come.
        observers: Called with every request and its answer, before the answer is sent.
        log: Called with a line for every request; None for no log.
        most_in_flight: How many requests were under way at once, at most.

    """

    def __init__(self, api: Answering, control: Control, world: World, faults: Faults) -> None:
        self.api = api
        self.control = control
        self.world = world
        self.faults = faults
        self.observers: list[Callable[[Request, Answer], object]] = []
        self.log: Callable[[str], object] | None = None
        self.most_in_flight = 0
        self._lock = threading.Lock()
        self._in_flight: Counter[str] = Counter()
        self._all_in_flight = 0
        self._k = 0

    def answer(self, request: Request) -> Answer:
        """
        Answer one request.

        Raises:
            ConnectionCutError: A fault ends the connection instead.

        """
        if request.path.startswith(CONTROL):
            return self.control.answer(request)
        account = request.path.removeprefix(f"{wire.VERSION}/Accounts/")[:34]
        with self._lock:
            self._k += 1
            self._all_in_flight += 1
            self._in_flight[account] += 1
            self.most_in_flight = max(self.most_in_flight, self._all_in_flight)
            turn = _Turn(self.world, request, self._k, self._all_in_flight, self._in_flight[account])
        try:
            answer = self._answered(turn)
        finally:
            with self._lock:
                self._all_in_flight -= 1
                self._in_flight[account] -= 1
                if not self._in_flight[account]:
                    del self._in_flight[account]
            if self.log:
                self.log(turn.line())
        return answer

    def _answered(self, turn: _Turn) -> Answer:
        request = turn.request
        trouble = self.faults.meet(request.method, turn.path, turn.in_flight, turn.of_account)
        if trouble.delay:
            self.world.clock.sleep(trouble.delay)
        for action in trouble.before:
            action()
        broken = "reset" if trouble.reset else "cut"
        if trouble.cut == "before":
            turn.record(None, f"{broken}-before")
            raise ConnectionCutError("reset" if trouble.reset else "closed")
        refuse = trouble.refuse
        if refuse is not None and not refuse.processed:
            return self._sent(turn, _refusal(request, refuse), _status(refuse))
        answer = self._processed(request, trouble)
        if trouble.cut == "after":
            turn.record(None, f"{broken}-after")
            raise ConnectionCutError("reset" if trouble.reset else "closed")
        if refuse is not None:
            return self._sent(turn, _refusal(request, refuse), f"{_status(refuse)}-after")
        if trouble.cut == "middle":
            answer.ending = "in-the-middle"
            turn.record(None, "cut-middle")
            return self._headed(turn, answer)
        if trouble.stale:
            answer.ending = "unannounced"
        return self._sent(turn, answer, "answered")

    def _sent(self, turn: _Turn, answer: Answer, outcome: str) -> Answer:
        turn.record(answer.status, outcome)
        return self._headed(turn, answer)

    def _headed(self, turn: _Turn, answer: Answer) -> Answer:
        answer.headers["Twilio-Request-Id"] = f"RQ{turn.k:032x}"
        answer.headers["Twilio-Concurrent-Requests"] = str(turn.in_flight)
        answer.headers["Twilio-Request-Duration"] = f"{self.world.clock.now() - turn.at:.3f}"
        for observer in self.observers:
            observer(turn.request, answer)
        return answer

    def _processed(self, request: Request, trouble: Trouble) -> Answer:
        answer = self.api.answer(request, trouble.lag)
        for action in trouble.after:
            action()
        return answer


class _Turn:
    """One request on its way."""

    def __init__(self, world: World, request: Request, k: int, in_flight: int, of_account: int) -> None:
        self.world = world
        self.request = request
        self.k = k
        self.at = world.clock.now()
        self.in_flight = in_flight
        self.of_account = of_account
        self.path = request.path.removeprefix(wire.VERSION).removesuffix(".json")
        self._outcome = "failed"
        self._status: int | None = None

    def record(self, status: int | None, outcome: str) -> None:
        self._status, self._outcome = status, outcome
        request = self.request
        query = tuple(parse_qsl(request.query, keep_blank_values=True)) if request.query else ()
        try:
            form = request.pairs()
        except UnreadableError:
            form = ()
        recorded = Recorded(self.k, self.at, request.method, self.path, query, form, status, outcome)
        with self.world.lock:
            self.world.requests.add(recorded)

    def line(self) -> str:
        """Describe the request for a log: its parameters by known names only, as all else may be personal."""
        parameters = "&".join(_known(name) for name in self.request.parameters())
        try:
            form = ", ".join(_known(name) for name, _ in self.request.pairs())
        except UnreadableError:
            form = "unreadable"
        took = self.world.clock.now() - self.at
        return (
            f"{self.request.method} {self.path}{'?' if parameters else ''}{parameters}"
            f"{f' ({form})' if form else ''} {self._status or '-'} {self._outcome} {took:.3f}s"
        )


def _known(name: str) -> str:
    """Return a name that Twilio has; a body or query that was misread is all name, and all value."""
    return name if name in KNOWN_NAMES else "?"


def _status(fault: Fault) -> str:
    return "429" if fault.kind == "cap" else fault.kind


_MESSAGES = {
    "401": (20003, "Authenticate"),
    "429": (20429, "Too Many Requests"),
    "500": (20500, "An internal server error has occurred"),
    "503": (20503, "Service unavailable"),
}
_GATEWAY = {"502": "Bad Gateway", "504": "Gateway Time-out"}


def _refusal(request: Request, fault: Fault) -> Answer:
    status = _status(fault)
    headers = {"Retry-After": f"{fault.retry_after:.15g}"} if fault.retry_after is not None else {}
    if status in _GATEWAY:
        title = f"{status} {_GATEWAY[status]}"
        html = (
            f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
        )
        return Answer(int(status), html.encode(), HTML, headers)
    if status == "401":
        headers.update(CHALLENGE)
    return refused(
        Refusal(int(status), *_MESSAGES[status], headers), as_xml=not request.path.endswith(".json")
    )
