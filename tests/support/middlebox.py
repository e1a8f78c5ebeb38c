"""What stands between the provider and Twilio in production: TLS, and a proxy that is asked to CONNECT."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from support.broken_connections import breaks_the_record, closes, closes_tls, resets, waits_until_left
from support.socket_server import Server, http, receive_message
from twilio_emulator.server import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twilio_emulator.tls import Authority

HOST = "twilio.invalid"
_LONG, _SHORT = 30.0, 0.3
"""Seconds for a request: where it is going to be answered, and where it is not."""
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = object()
"""Instead of a way to end a connection: there is none, since nobody listens."""

# Where a connection may break, in the order of its life.
ACCEPTED, CONNECT, TUNNEL, HELLO, HANDSHAKE = "accepted", "CONNECT", "tunnel", "hello", "handshake"
NOT_PASSED_ON, PASSED_ON, HEADER, BODY, IDLE = "not passed on", "passed on", "header", "body", "idle"
_BEFORE_THE_REQUEST = frozenset({ACCEPTED, CONNECT, TUNNEL, HELLO, HANDSHAKE})


@dataclass(frozen=True)
class Trouble:
    """
    What happens to one connection.

    Attributes:
        place: How far it gets.
        end: How it ends there.
        then: What meets every later connection, until the command is over.

    """

    place: str
    end: Any
    then: Trouble | None = None

    @property
    def needs_proxy(self) -> bool:
        return self.place in {CONNECT, TUNNEL} or (self.then is not None and self.then.needs_proxy)

    @property
    def may_fail_a_command(self) -> bool:
        """Whether it lasts, or is not to be retried; any other trouble with one connection is overcome."""
        return self.then is not None or self.end is _REFUSED or isinstance(self.end, _Refusal)


@dataclass(frozen=True)
class _Refusal:
    """Answers CONNECT with a refusal."""

    status: str

    def __call__(self, peer) -> None:
        peer.sendall(http(b"<html>no</html>", self.status))
        closes(peer)


def breaks_off_the_answer(peer):
    peer.sendall(_ESTABLISHED[:20])
    closes(peer)


REFUSED = Trouble(ACCEPTED, _REFUSED)
NOT_ALLOWED = Trouble(CONNECT, _Refusal("407 Proxy Authentication Required"))
_ENDS = {
    "close_notify": closes_tls,
    "close": closes,
    "reset": resets,
    "broken record": breaks_the_record,
    "silence": waits_until_left,
}
_PLAIN_ENDS = {name: _ENDS[name] for name in ("close", "reset", "silence")}
TROUBLES = {
    "connection refused from then on": REFUSED,
    "connection: close": Trouble(ACCEPTED, closes),
    "connection: reset": Trouble(ACCEPTED, resets),
    "CONNECT: 407": NOT_ALLOWED,
    "CONNECT: 502": Trouble(CONNECT, _Refusal("502 Bad Gateway")),
    "CONNECT: 503": Trouble(CONNECT, _Refusal("503 Service Unavailable")),
    "CONNECT: half an answer": Trouble(CONNECT, breaks_off_the_answer),
    **{f"CONNECT: {name}": Trouble(CONNECT, end) for name, end in _PLAIN_ENDS.items()},
    **{f"tunnel, before TLS: {name}": Trouble(TUNNEL, end) for name, end in _PLAIN_ENDS.items()},
    **{f"TLS, after the client's hello: {name}": Trouble(HELLO, end) for name, end in _PLAIN_ENDS.items()},
    **{f"TLS, in the server's answer: {name}": Trouble(HANDSHAKE, end) for name, end in _PLAIN_ENDS.items()},
    **{f"idle: {name}": Trouble(IDLE, _ENDS[name]) for name in ("close_notify", "close", "reset")},
    **{
        f"{place}: {name}": Trouble(place, end)
        for place in (NOT_PASSED_ON, PASSED_ON, HEADER, BODY)
        for name, end in _ENDS.items()
    },
    "passed on: reset, and connections refused from then on": Trouble(PASSED_ON, resets, REFUSED),
    "passed on: close_notify, and CONNECT 407 from then on": Trouble(PASSED_ON, closes_tls, NOT_ALLOWED),
    "body: broken record, and CONNECT 407 from then on": Trouble(BODY, breaks_the_record, NOT_ALLOWED),
}
"""Each by its name; those that need a proxy happen only where there is one."""


class Middlebox:
    """
    The way to Twilio's app over sockets and TLS, for one command after the other.

    It ends TLS itself, as a proxy does that inspects traffic: so it can break a connection at any byte.

    Attributes:
        url: Where the provider finds Twilio.
        environ: Environment variables that belong to it.
        count: The requests that have come in this command.
        struck: How often trouble has struck in it.
        dead: Never: whoever wants to kill the process does so without a socket.

    """

    dead = False

    def __init__(self, app, authority: Authority, ca_file: Path, *, proxy: bool) -> None:
        self._proxy = proxy
        self._context = authority.context(HOST)
        self._twilio = serve(app)
        self._server = Server(self._serve)
        self.environ = {"REQUESTS_CA_BUNDLE": str(ca_file), "HTTPS_PROXY": "", "NO_PROXY": ""}
        self.url = f"https://127.0.0.1:{self._server.port}"
        if proxy:
            self.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{self._server.port}"
            self.url = f"https://{HOST}"
        self.interrupt = lambda: None
        self.new_process()

    def new_process(self, *, trouble: Trouble | None = None, at: int = 0) -> None:
        """Begin another command; `trouble` meets its request `at`, or the connection that this would use."""
        self.count = self.struck = 0
        self._trouble, self._at = trouble, at
        self._lasting = None if trouble is None else trouble.then
        self._server.listen()
        if self._is_due(_BEFORE_THE_REQUEST, at - 1):
            self._refuse_if_that_is_it()

    def sessions(self, _count):
        return requests.Session

    def close(self) -> None:
        self._server.close()
        self._twilio.close()

    # When

    @property
    def request_timeout(self) -> float:
        """Seconds that the next request may take."""
        trouble = self._trouble
        is_next = trouble is not None and self.count == self._at - 1
        return _SHORT if is_next and trouble.end is waits_until_left else _LONG

    def _is_due(self, places, count) -> bool:
        return self._trouble is not None and self._trouble.place in places and self.count == count

    def _strikes(self, peer, place, count) -> bool:
        """Break the connection here, if trouble is due."""
        if not self._is_due({place}, count):
            return False
        self._takes_its_turn()(peer)
        return True

    def _takes_its_turn(self) -> Callable:
        """Return how the connection ends. Whatever comes later is settled first: the client may be quick."""
        end = self._trouble.end
        self.struck += 1
        self._trouble, self._at = self._lasting, self.count + 1
        self._refuse_if_that_is_it()
        return end

    def _refuse_if_that_is_it(self):
        if self._trouble is not None and self._trouble.end is _REFUSED:
            self.struck += 1
            self._server.refuse()

    # What

    def _serve(self, _server, peer) -> None:
        before = self._at - 1
        if self._strikes(peer, ACCEPTED, before) or (self._proxy and not self._connects(peer)):
            return
        if self._strikes_in_handshake(peer):
            return
        with self._context.wrap_socket(peer, server_side=True) as secure, self._upstream() as twilio:
            while self._passes_on(secure, twilio):
                pass

    def _connects(self, peer) -> bool:
        assert receive_message(peer).startswith(b"CONNECT twilio.invalid:443 ")
        if self._strikes(peer, CONNECT, self._at - 1):
            return False
        peer.sendall(_ESTABLISHED)
        return not self._strikes(peer, TUNNEL, self._at - 1)

    def _strikes_in_handshake(self, peer) -> bool:
        if not self._is_due({HELLO, HANDSHAKE}, self._at - 1):
            return False
        hello = peer.recv(65536)
        if self._strikes(peer, HELLO, self._at - 1):
            return True
        flight = self._answer_to(hello)
        peer.sendall(flight[: len(flight) // 2])
        return self._strikes(peer, HANDSHAKE, self._at - 1)

    def _answer_to(self, hello) -> bytes:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        incoming.write(hello)
        with contextlib.suppress(ssl.SSLWantReadError):
            self._context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
        return outgoing.read()

    def _upstream(self):
        return socket.create_connection(("127.0.0.1", int(self._twilio.url.rpartition(":")[2])), timeout=10)

    def _passes_on(self, secure, twilio) -> bool:
        """Pass on one request and its answer; return whether the connection goes on."""
        request = receive_message(secure)
        if not request:
            return False
        self.count += 1
        if self._strikes(secure, NOT_PASSED_ON, self._at):
            return False
        twilio.sendall(request)
        answer = receive_message(twilio)
        if self._strikes(secure, PASSED_ON, self._at):
            return False
        body = answer.index(b"\r\n\r\n") + 4
        # Of the header, the status line and some of the next: without a length, its end looks like the body's.
        for place, cut in ((HEADER, answer.index(b"\r\n") + 8), (BODY, (body + len(answer)) // 2)):
            if self._is_due({place}, self._at):
                secure.sendall(answer[:cut])
                self._strikes(secure, place, self._at)
                return False
        return self._gives_back(secure, answer)

    def _gives_back(self, secure, answer) -> bool:
        if self._is_due(_BEFORE_THE_REQUEST, self._at - 1):
            # The next request needs another connection, for what is to happen to it.
            self._refuse_if_that_is_it()
            secure.sendall(answer.replace(b"Connection: keep-alive", b"Connection: close"))
            closes_tls(secure)
            return False
        ends_idle = self._takes_its_turn() if self._is_due({IDLE}, self._at - 1) else None
        secure.sendall(answer)
        if ends_idle:
            ends_idle(secure)
        return ends_idle is None
