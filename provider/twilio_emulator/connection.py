"""One HTTP/1.1 connection: requests in, answers out, as long as both sides keep it open."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import httptools

from twilio_emulator import hosts
from twilio_emulator.messages import LARGEST_BODY, LARGEST_HEAD, TEXT, Answer, ConnectionCutError, Request
from twilio_emulator.parameters import UNKNOWN_PARAMETERS
from twilio_emulator.records import Refusal
from twilio_emulator.refusals import refused

if TYPE_CHECKING:
    from twilio_emulator.tls import Authority
    from twilio_emulator.traffic import Traffic

_COPIED = 65536
"""Bytes up to which head and body are put together, for one packet instead of two."""

_HTTPS = "443"
_OF_TWILIO = frozenset({80, 443})
"""Ports at which a host of Twilio's is asked for over the proxy."""
_TLS_HANDSHAKE = b"\x16"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class _Head:
    """The Date header, written once a second."""

    second = 0
    date = ""

    @classmethod
    def now(cls) -> str:
        second = int(time.time())
        if second != cls.second:
            cls.date, cls.second = formatdate(second, usegmt=True), second
        return cls.date


class _Parsed:
    """What the parser has read of one connection: its callbacks, and the requests that are complete."""

    def __init__(self, sock: socket.socket) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.complete: list[tuple[Request, bool, tuple[str, int] | None]] = []
        self.connect_to: str | None = None
        self.problem: str | None = None
        self._sock = sock

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._head_size = 0
        self._head_is_complete = False

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value))
        # What comes after a chunked body must not take the place of what came before it.
        if not self._head_is_complete and self.problem is None:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def _count_head(self, size: int) -> None:
        self._head_size += size
        if self._head_size > LARGEST_HEAD:
            self.problem = f"the URL and the headers are larger than {LARGEST_HEAD} bytes"

    def on_headers_complete(self) -> None:
        self._head_is_complete = True
        if self._headers.get("expect", "").lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > LARGEST_BODY:
            self.problem = f"the body is larger than {LARGEST_BODY} bytes"
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self.problem is not None:
            return
        method = self.parser.get_method().decode()
        if method == "CONNECT":
            self.connect_to = self._url.decode("latin-1")
            return
        url = httptools.parse_url(self._url)
        proxied = None
        if url.host:
            # Of a request to a proxy, the URL's host counts and not the header (RFC 9112, 3.2.2).
            proxied = (url.host.decode("latin-1").strip("[]"), url.port or 80)
            self._headers["host"] = urlsplit(self._url.decode("latin-1")).netloc
        request = Request(
            method,
            unquote((url.path or b"/").decode("latin-1")),
            (url.query or b"").decode("latin-1"),
            self._headers,
            b"".join(self._body),
        )
        self.complete.append((request, self.parser.should_keep_alive(), proxied))


class Connection:
    """A connection; `serve` works until it ends."""

    def __init__(self, sock: socket.socket, app: Traffic, authority: Authority | None) -> None:
        self._sock = sock
        self._app = app
        self._authority = authority

    def serve(self) -> None:
        """Answer requests until one side closes the connection."""
        try:
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._sock.recv(1, socket.MSG_PEEK) != _TLS_HANDSHAKE:
                    self._answer_all()
                elif self._authority is not None:
                    self._begin_tls(self._authority.default_host)
                    self._answer_all()
        finally:
            self.close()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _begin_tls(self, host: str) -> None:
        assert self._authority is not None  # noqa: S101 - asked before
        self._sock = self._authority.context(host).wrap_socket(self._sock, server_side=True)

    def _answer_all(self) -> None:
        parsed = _Parsed(self._sock)
        while data := self._sock.recv(65536):
            try:
                parsed.parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                pass
            except httptools.HttpParserError as error:
                parsed.problem = parsed.problem or f"the request could not be read ({error})"
            # What came whole is answered, whatever came after it.
            while parsed.complete:
                request, keep, proxied = parsed.complete.pop(0)
                if proxied is not None and not self._is_here(*proxied):
                    self._send(self._no_proxy_there(), keep=False)
                    return
                if not self._answer(request, keep=keep):
                    return
            if parsed.problem is not None:
                self._send(_unreadable(parsed.problem), keep=False)
                return
            if parsed.connect_to is not None:
                self._tunnel(parsed.connect_to)
                return

    def _is_here(self, host: str, port: int) -> bool:
        """Say whether a host is one of Twilio's, or this emulator."""
        own = hosts.is_local(host) or host.lower() in self._app.control.own_names
        return (hosts.is_twilios(host) and port in _OF_TWILIO) or (
            own and port == self._sock.getsockname()[1]
        )

    def _no_proxy_there(self) -> Answer:
        reason = (
            "answers for api.twilio.com and its regional hosts only"
            if self._authority
            else "was not started with --tls"
        )
        return Answer(403, f"The emulator {reason}.\n".encode(), TEXT)

    def _tunnel(self, target: str) -> None:
        """Be the proxy and, behind it, the Twilio that was asked for."""
        host, _, port = target.lower().rpartition(":")
        if self._authority is None or port != _HTTPS or not self._authority.answers_for(host):
            self._send(self._no_proxy_there(), keep=False)
            return
        self._sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._begin_tls(host)
        self._answer_all()

    def _answer(self, request: Request, *, keep: bool) -> bool:
        """Answer one request, and say whether the connection goes on."""
        try:
            answer = self._app.answer(request)
        except ConnectionCutError as error:
            if error.how == "reset":
                self._reset()
            return False
        if answer.ending == "in-the-middle":
            head, body = _written(answer, keep=True)
            self._sock.sendall(head + body[: len(body) // 2])
            return False
        self._send(answer, keep=keep, without_body=request.method == "HEAD")
        if answer.ending == "unannounced":
            # The client finds out when its next request is not answered, as with a proxy that gave up first.
            self._sock.recv(1)
            self._reset()
            return False
        return keep

    def _reset(self) -> None:
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._sock.close()

    def _send(self, answer: Answer, *, keep: bool, without_body: bool = False) -> None:
        head, body = _written(answer, keep=keep)
        if without_body or len(body) > _COPIED:
            self._sock.sendall(head)
        if not without_body:
            self._sock.sendall(body if len(body) > _COPIED else head + body)


def _unreadable(reason: str) -> Answer:
    return refused(Refusal(400, UNKNOWN_PARAMETERS, f"{reason[0].upper()}{reason[1:]}."))


def _written(answer: Answer, *, keep: bool) -> tuple[bytes, bytes]:
    lines = [f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, '')}", f"Date: {_Head.now()}"]
    if answer.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Type: {answer.content_type}")
        lines.append(f"Content-Length: {len(answer.body)}")
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines.append(f"Connection: {'keep-alive' if keep else 'close'}\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1"), answer.body
