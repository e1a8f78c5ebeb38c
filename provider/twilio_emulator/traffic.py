"""The line between client and API: it records every request, and it is where faults strike."""

from __future__ import annotations

import bisect
import io
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Response

from twilio_emulator import wire
from twilio_emulator.records import Recorded, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import flask

    from twilio_emulator.faults import Fault, Faults, Trouble
    from twilio_emulator.world import World

CONTROL = "/_emulator"


class Cut(ConnectionAbortedError):
    """The connection ends without an answer."""


class Traffic:
    """The API as a WSGI application. Requests to the control API are neither recorded nor troubled."""

    def __init__(self, app: flask.Flask, world: World, faults: Faults) -> None:
        self.app = app
        self.world = world
        self.faults = faults
        self._lock = threading.Lock()
        self._in_flight = 0
        self._k = 0
        self.most_in_flight = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"].startswith(CONTROL):
            return self.app(environ, start_response)
        with self._lock:
            self._k += 1
            k = self._k
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            in_flight = self._in_flight
        try:
            return self._troubled(k, in_flight, environ, start_response)
        finally:
            with self._lock:
                self._in_flight -= 1

    def _troubled(
        self, k: int, in_flight: int, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        request = _Request(k, self.world.clock.now(), environ)
        trouble = self.faults.meet(request.method, request.path, in_flight)
        if trouble.delay:
            self.world.clock.sleep(trouble.delay)
        for action in trouble.before:
            action()
        if trouble.cut == "before":
            self._record(request, None, "cut-before")
            raise _cut(environ)
        refuse = trouble.refuse
        if refuse is not None and not refuse.processed:
            self._record(request, _status(refuse), _status_text(refuse))
            return self._headed(_refusal(refuse), request, in_flight)(environ, start_response)
        answer = self._processed(request, trouble, environ)
        if trouble.cut == "after":
            self._record(request, None, "cut-after")
            raise _cut(environ)
        if refuse is not None:
            self._record(request, _status(refuse), f"{_status_text(refuse)}-after")
            return self._headed(_refusal(refuse), request, in_flight)(environ, start_response)
        self._record(request, answer.status_code, "answered")
        return self._headed(answer, request, in_flight)(environ, start_response)

    def _headed(self, answer: Response, request: _Request, in_flight: int) -> Response:
        answer.headers["Twilio-Request-Id"] = f"RQ{request.k:032x}"
        answer.headers["Twilio-Concurrent-Requests"] = str(in_flight)
        answer.headers["Twilio-Request-Duration"] = f"{self.world.clock.now() - request.at:.3f}"
        return answer

    def _processed(self, request: _Request, trouble: Trouble, environ: dict[str, Any]) -> Response:
        environ["emulator.lag"] = trouble.lag
        environ["wsgi.input"] = io.BytesIO(request.body)
        answer = Response.from_app(self.app, environ, buffered=True)
        for action in trouble.after:
            action()
        return answer

    def _record(self, request: _Request, status: int | None, outcome: str) -> None:
        with self.world.lock:
            # By arrival: a slow one is answered after those that came later.
            bisect.insort(self.world.requests, request.recorded(status, outcome), key=lambda each: each.k)


class _Request:
    """What came in."""

    def __init__(self, k: int, at: float, environ: dict[str, Any]) -> None:
        self.k = k
        self.at = at
        self.method: str = environ["REQUEST_METHOD"]
        self.path = environ["PATH_INFO"].removeprefix(wire.VERSION).removesuffix(".json")
        self.query = environ.get("QUERY_STRING", "")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self.body: bytes = environ["wsgi.input"].read(length) if length else b""

    def recorded(self, status: int | None, outcome: str) -> Recorded:
        def pairs(text: str) -> tuple[tuple[str, str], ...]:
            return tuple(parse_qsl(text, keep_blank_values=True))

        return Recorded(
            self.k,
            self.at,
            self.method,
            self.path,
            pairs(self.query),
            pairs(self.body.decode(errors="replace")),
            status,
            outcome,
        )


def _cut(environ: dict[str, Any]) -> Cut:
    # The server notices a closed connection only when it writes, so it is closed for it.
    sock = environ.get("werkzeug.socket")
    if sock is not None:
        sock.shutdown(2)
    return Cut("the connection was cut by a fault")


def _status(fault: Fault) -> int:
    return 429 if fault.kind == "cap" else int(fault.kind)


def _status_text(fault: Fault) -> str:
    return str(_status(fault))


_SAID = {
    429: (20429, "Too Many Requests"),
    500: (20500, "An internal server error has occurred"),
    503: (20503, "Service unavailable"),
}


def _refusal(fault: Fault) -> Response:
    status = _status(fault)
    headers = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after is not None else {}
    refusal = Refusal(status, *_SAID[status])
    return Response(wire.error(refusal), status, headers, content_type="application/json;charset=utf-8")
