"""A server on this machine that does with each connection what a test says."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading

_FIRST_PORT, _LAST_PORT = 20_000, 29_999
"""Below what kernels hand out by themselves: nobody takes such a port while its server is not listening."""


def receive_message(peer, *, without_body=False) -> bytes:
    """Read one request or one answer with its body; nothing where the other side has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = peer.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    missing = 0 if without_body else next(lengths, 0) - len(body)
    while missing > 0:
        more = peer.recv(65536)
        if not more:
            return data
        data += more
        missing -= len(more)
    return data


class Server:
    """A socket that does what a test says with each connection."""

    def __init__(self, serve) -> None:
        self._serve = serve
        self.requests: list[bytes] = []
        self._stop = threading.Event()
        self._listener = _listener_on_a_steady_port()
        self.port = self._listener.getsockname()[1]
        self._thread = self._starts_to_accept()

    def _starts_to_accept(self):
        thread = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        thread.start()
        return thread

    def _accept(self, listener):
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(peer,), daemon=True).start()

    def _handle(self, peer):
        with peer, contextlib.suppress(OSError):
            peer.settimeout(10)
            self._serve(self, peer)

    def receive(self, peer) -> bytes:
        """Read one request with its body."""
        data = receive_message(peer)
        if data:
            self.requests.append(data)
        return data

    def drip(self, peer, piece=b"x", every=0.05):
        while not self._stop.wait(every):
            peer.sendall(piece)

    def refuse(self):
        """Refuse connections from now on; those that are open stay."""
        if self._listener is not None:
            # Closing alone does not wake a thread that accepts.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
            self._thread.join(5)

    def listen(self):
        """Accept connections again, on the same port."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._thread = self._starts_to_accept()

    def close(self):
        self._stop.set()
        self.refuse()


def _listener_on_a_steady_port():
    while True:
        port = random.SystemRandom().randint(_FIRST_PORT, _LAST_PORT)
        with contextlib.suppress(OSError):
            return socket.create_server(("127.0.0.1", port))


@contextlib.contextmanager
def serving(serve):
    server = Server(serve)
    try:
        yield server
    finally:
        server.close()


def http(body=b"", status="200 OK", headers=""):
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
