"""A server on this machine that does with each connection what a test says, and a gateway to it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading

import requests

from pulumi_twilio_emergency.twilio_gateway import Limits, Settings, TwilioGateway, connect
from support.fake_twilio import ACCOUNT
from twilio_gateway.flaky_transport import (
    NUMBER,
    TOKEN,
)


class Server:
    """A socket that does what a test says with each connection."""

    def __init__(self, serve) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(peer,), daemon=True).start()

    def _handle(self, peer):
        with peer, contextlib.suppress(OSError):
            peer.settimeout(10)
            self._serve(self, peer)

    def receive(self, peer) -> bytes:
        """Read one request with its body."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = peer.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += peer.recv(65536)
        self.requests.append(data)
        return data

    def drip(self, peer, piece=b"x", every=0.05):
        while not self._stop.wait(every):
            peer.sendall(piece)

    def close(self):
        self._stop.set()
        # Closing alone does not wake a thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@contextlib.contextmanager
def serving(serve):
    server = Server(serve)
    try:
        yield server
    finally:
        server.close()


def twilio_at(url, clock, **limits):
    sessions = []

    def session():
        sessions.append(requests.Session())
        return sessions[-1]

    settings = Settings(account_sid=ACCOUNT, auth_token=TOKEN, api_url=url)
    governor = connect(clock, Limits(**{"in_flight": 2, "patience": 0, **limits}), sessions=session)
    return TwilioGateway(settings, clock, governor=governor)


def http(body=NUMBER, status="200 OK", headers=""):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n{headers}\r\n".encode() + text


def answering(made):
    def serve(server, peer):
        while server.receive(peer):
            peer.sendall(made)

    return serve


def says_nothing(server, peer):
    server.receive(peer)
    server._stop.wait(30)
