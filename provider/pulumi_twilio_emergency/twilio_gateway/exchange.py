"""
One request on the wire, within a total time and a total size.

`requests` only limits the gap between two bytes: a body or a header that drips a byte a second would never
end, and nothing in a blocked read hears Ctrl-C. So requests travel on a thread of their connection's own, and
their caller stops waiting when it is time. Time is real here, since sockets know no other.
"""

from __future__ import annotations

import functools
import http.client
import queue
import threading
import time
import traceback
import weakref
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from twilio.http.response import Response

from pulumi_twilio_emergency.core.ports import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedIOBase
    from typing import TypeAlias

    import requests

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


class NoAnswer(Exception):
    """
    There is no answer.

    Attributes:
        error: Why. It was never raised in this thread, so that what it wraps is about this request alone.
        sent: Whether the request had begun to be sent; None where the adapter, one of a test, does not note
            it. What had not begun by then never will.

    """

    def __init__(self, error: BaseException, *, sent: bool | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.sent = sent


class _Sending:
    """
    One request on its way: whether it has begun to be sent, and whether it still may.

    Which exception there was is no proof: behind a proxy, urllib3 names an answer that was lost as it names a
    proxy that was never reached, and TLS breaks before a request and after it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given_up = False
        self.begun: bool | None = None

    def is_noted(self) -> None:
        """Record that `begin` will be called before the first byte."""
        self.begun = False

    def begin(self) -> None:
        """Record that the first byte is sent now. Raises _GivenUp when nobody waits for it any more."""
        with self._lock:
            if self._given_up:
                raise _GivenUp
            self.begun = True

    def give_up(self) -> bool | None:
        """Let it not begin any more; return whether it has."""
        with self._lock:
            self._given_up = True
            return self.begun


class _GivenUp(OSError):
    """A request whose time was over before it began: sent now, it might undo a later one."""


_current = threading.local()


class _NotingAdapter(HTTPAdapter):
    """The adapter of `requests`, over connections that note when a request begins to be sent."""

    def get_connection_with_tls_context(self, *args: Any, **more: Any) -> Any:
        """Return the pool for a request."""
        pool: Any = super().get_connection_with_tls_context(*args, **more)
        if not issubclass(pool.ConnectionCls, _Noting):
            pool.ConnectionCls = _noting(pool.ConnectionCls)
        _current.sending.is_noted()
        return pool


class _Noting:
    """Marks the classes of connections that note."""


@functools.cache
def _noting(connection_class: Any) -> Any:
    class Noting(_Noting, connection_class):  # type: ignore[misc] # urllib3's class is known at run time only
        response_class = _WholeHeaderResponse

        def request(self, *args: Any, **more: Any) -> Any:
            if self.sock is None:
                self.connect()  # as sending would do; until then nothing has left
            _current.sending.begin()
            return super().request(*args, **more)

    return Noting


class _WholeHeaderResponse(http.client.HTTPResponse):
    """
    Raises IncompleteRead for a header that the connection has ended in.

    `http.client` takes the end of the connection for the end of the header (Python 3.11, read 2026-11), and
    without a length also for the end of the body: what is left of an answer would count as one.
    """

    def begin(self) -> None:
        stream = self.fp
        self.fp = _HeaderLines(stream)  # type: ignore[assignment] # as much of a stream as `begin` uses
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = stream


class _HeaderLines:
    def __init__(self, stream: BufferedIOBase) -> None:
        self._stream = stream
        self._is_http = False
        self.close = stream.close

    def readline(self, limit: int) -> bytes:
        line = self._stream.readline(limit)
        # What is not HTTP at all is the caller's to name.
        self._is_http = self._is_http or (line != b"" and line[:5] == b"HTTP/"[: len(line)])
        if self._is_http and not line.endswith(b"\n") and len(line) < limit:
            raise http.client.IncompleteRead(line)
        return line


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
        for scheme in ("https://", "http://"):
            if type(session.get_adapter(scheme)) is HTTPAdapter:  # not one of a test
                session.mount(scheme, _NotingAdapter())
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

        After TooSlow and Interrupted the answer may still come: the connection must not be used again.

        Args:
            request: As prepared by the session.
            seconds: The most that all of it may take: connecting, sending, each byte of the answer.
            largest_body: Bytes of the body, decompressed.
            listen: Raises Interrupted when the operator asks to stop; None for a request that changes
                something, whose answer is always waited for.

        Raises:
            NoAnswer: There is none: TooSlow, TooLarge, or what `requests` or the socket has raised.
            Interrupted: The operator asked to stop, and the answer did not come right then.

        """
        answers: _Answers = queue.SimpleQueue()
        sending = _Sending()
        whole = functools.partial(_send, self.session, request, seconds, largest_body)
        send = functools.partial(_answer, answers, sending, whole)
        if self._has_thread or self._starts_thread():
            self._sends.put(send)
        else:
            send()
        try:
            answer = _awaited(answers, seconds + _SOCKET_FIRST, listen)
        except BaseException:
            self._retire_thread()
            sending.give_up()
            raise
        if answer is None:
            self._retire_thread()
            raise NoAnswer(TooSlow(), sent=sending.give_up())
        if isinstance(answer, Response):
            return answer
        raise NoAnswer(answer, sent=sending.begun)

    def _retire_thread(self) -> None:
        """Let the thread end with the request that it has in hand."""
        self._sends.put(None)
        self._has_thread = False

    def _starts_thread(self) -> bool:
        thread = threading.Thread(target=_serve, args=(self._sends,), name="twilio-requests", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # No more threads are allowed, or the interpreter is shutting down (Python 3.12). The request
            # still matters; only the socket's own limit bounds it then.
            return False
        self._has_thread = True
        return True


def _serve(sends: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (send := sends.get()) is not None:
        send()
        del send  # or the last request would be held until the next one


def _answer(answers: _Answers, sending: _Sending, send: Callable[[], Response]) -> None:
    _current.sending = sending
    try:
        answers.put(send())
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is the caller's
        _forget_frames(error)
        answers.put(error)


def _forget_frames(error: BaseException) -> None:
    """Let go of what the frames of an error hold: the request with its credentials, and sockets."""
    each: BaseException | None = error
    while each is not None:
        traceback.clear_frames(each.__traceback__)
        each = each.__context__


def _awaited(
    answers: _Answers, seconds: float, listen: Callable[[], None] | None
) -> Response | BaseException | None:
    """Return the answer, or what there was instead; None when the time is over."""
    ends = time.monotonic() + seconds
    heard: Interrupted | None = None
    while True:
        try:
            return answers.get(timeout=max(0.0, min(_LISTEN_EVERY, ends - time.monotonic())))
        except queue.Empty:
            pass
        if time.monotonic() >= ends:
            if heard is not None:
                raise heard
            return None
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
    settings: Any = session.merge_environment_settings(request.url, {}, True, None, None)  # noqa: FBT003
    # Not `session.send`, which reads the whole body of a redirect, followed or not.
    adapter = session.get_adapter(str(request.url))
    with adapter.send(request, timeout=seconds, **settings) as answered:
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
