"""
One request on the wire, within a total time and a total size.

`requests` only limits the gap between two bytes: a body or a header that drips a byte a second would never
end, and nothing in a blocked read hears Ctrl-C. So the request travels on a thread of its own, and its caller
stops waiting when it is time. Time is real here, since sockets know no other.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

import requests
from twilio.http.response import Response

from pulumi_twilio_emergency.core.ports import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

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


def exchange(
    session: requests.Session,
    request: requests.PreparedRequest,
    *,
    seconds: float,
    largest_body: int,
    listen: Callable[[], None] | None,
) -> Response:
    """
    Send a request and return its answer, whatever its status.

    After an exception the session may still be in use by the request: it must not be used again.

    Args:
        session: Used by nobody else meanwhile.
        request: As prepared by that session.
        seconds: The most that all of it may take: connecting, sending, each byte of the answer.
        largest_body: Bytes of the body, decompressed.
        listen: Raises Interrupted when the operator asks to stop; None for a request that changes something,
            whose answer is always waited for.

    Raises:
        TooSlow: The time is over.
        TooLarge: The body does not end.
        Interrupted: The operator asked to stop, and the answer did not come right then.
        requests.RequestException, OSError: No answer.

    """
    answer: Future[Response] = Future()
    thread = threading.Thread(
        target=_fulfil,
        args=(answer, lambda: _send(session, request, seconds, largest_body)),
        name="twilio-request",
        daemon=True,
    )
    try:
        thread.start()
    except RuntimeError:
        # An interpreter that is shutting down (Python 3.12) starts no threads; the request still matters.
        _fulfil(answer, lambda: _send(session, request, seconds, largest_body))
    _await(answer, seconds + _SOCKET_FIRST, listen)
    return answer.result()


def _fulfil(answer: Future[Response], send: Callable[[], Response]) -> None:
    try:
        answer.set_result(send())
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the caller's
        answer.set_exception(error)


def _await(answer: Future[Response], seconds: float, listen: Callable[[], None] | None) -> None:
    ends = time.monotonic() + seconds
    heard: Interrupted | None = None
    while not wait([answer], max(0.0, min(_LISTEN_EVERY, ends - time.monotonic()))).done:
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
