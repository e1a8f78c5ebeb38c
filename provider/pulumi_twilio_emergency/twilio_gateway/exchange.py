"""
One request on the wire, within a total time and a total size.

`requests` only limits the gap between two bytes: a body or a header that drips a byte a second would never
end, and nothing in a blocked read hears Ctrl-C. So requests travel on a thread of their connection's own, and
their caller stops waiting when it is time. Time is real here, since sockets know no other.
"""

from __future__ import annotations

import functools
import queue
import threading
import time
import weakref
from typing import TYPE_CHECKING

import requests
from twilio.http.response import Response

from pulumi_twilio_emergency.core.ports import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    _Answers: TypeAlias = queue.SimpleQueue[Response | BaseException]

_LISTEN_EVERY = 0.2
_GRACE_OF_A_READ = 0.6
"""Seconds that a read may still take once the operator has asked to stop; together well within a second."""
_SOCKET_FIRST = 0.5
"""Seconds by which the socket's own time limit goes first, since it knows whether anything was sent."""
_CHUNK = 65_536


class TooSlow(Exception):
    """The answer was not complete in time."""


class TooLarge(Exception):
    """The answer is larger than any that Twilio gives."""


class Connection:
    """
    A session, and the thread that its requests travel on.

    The thread lasts as long as the connection: a new one for each request takes longer than to send it.

    Attributes:
        session: Used by one request at a time.
        used: Whether an idle connection to the server may be open in it.

    """

    def __init__(self, session: requests.Session) -> None:
        """Prepare a connection. Nothing is opened yet."""
        self.session = session
        self.used = False
        self._sends: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._has_thread = False
        # Not at exit: what is said last may still need a request.
        weakref.finalize(self, self._sends.put, None).atexit = False

    def exchange(
        self,
        request: requests.PreparedRequest,
        *,
        seconds: float,
        largest_body: int,
        listen: Callable[[], None] | None,
    ) -> Response:
        """
        Send a request and return its answer, whatever its status.

        After TooSlow and Interrupted the request may still be under way: the connection must not be used
        again.

        Args:
            request: As prepared by the session.
            seconds: The most that all of it may take: connecting, sending, each byte of the answer.
            largest_body: Bytes of the body, decompressed.
            listen: Raises Interrupted when the operator asks to stop; None for a request that changes
                something, whose answer is always waited for.

        Raises:
            TooSlow: The time is over.
            TooLarge: The body does not end.
            Interrupted: The operator asked to stop, and the answer did not come right then.
            requests.RequestException, OSError: No answer.

        """
        answers: _Answers = queue.SimpleQueue()
        send = functools.partial(_answer, answers, self.session, request, seconds, largest_body)
        if self._has_thread or self._starts_thread():
            self._sends.put(send)
        else:
            send()
        answer = _awaited(answers, seconds + _SOCKET_FIRST, listen)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _starts_thread(self) -> bool:
        thread = threading.Thread(target=_serve, args=(self._sends,), name="twilio-requests", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # An interpreter that is shutting down (Python 3.12) starts no threads; the request still matters.
            return False
        self._has_thread = True
        return True


def _serve(sends: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (send := sends.get()) is not None:
        send()
        del send  # or the last answer would be held until the next request


def _answer(
    answers: _Answers,
    session: requests.Session,
    request: requests.PreparedRequest,
    seconds: float,
    largest_body: int,
) -> None:
    try:
        answers.put(_send(session, request, seconds, largest_body))
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the caller's
        answers.put(error)


def _awaited(
    answers: _Answers, seconds: float, listen: Callable[[], None] | None
) -> Response | BaseException:
    ends = time.monotonic() + seconds
    heard: Interrupted | None = None
    while True:
        try:
            return answers.get(timeout=max(0.0, min(_LISTEN_EVERY, ends - time.monotonic())))
        except queue.Empty:
            pass
        if time.monotonic() >= ends:
            raise heard or TooSlow
        if listen is None or heard is not None:
            continue
        try:
            listen()
        except Interrupted as interrupted:
            heard = interrupted
            ends = min(ends, time.monotonic() + _GRACE_OF_A_READ)


def _send(
    session: requests.Session, request: requests.PreparedRequest, seconds: float, largest_body: int
) -> Response:
    settings = session.merge_environment_settings(request.url, {}, True, None, None)  # noqa: FBT003
    with session.send(request, allow_redirects=False, timeout=seconds, **settings) as answered:
        body = _body(answered, largest_body)
        return Response(answered.status_code, _decoded(body), answered.headers)


def _body(answered: requests.Response, largest: int) -> bytes:
    body = bytearray()
    for chunk in answered.iter_content(_CHUNK):
        body += chunk
        if len(body) > largest:
            raise TooLarge
    return bytes(body)


def _decoded(body: bytes) -> str:
    """Return the text of a body; Twilio's is UTF-8, and anything else is as good as none."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return ""
