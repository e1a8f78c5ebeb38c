"""The way with a socket: HTTP/1.1 with keep-alive, a thread for each connection."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from typing import TYPE_CHECKING

from twilio_emulator.app import create_app
from twilio_emulator.connection import Connection
from twilio_emulator.traffic import Traffic
from twilio_emulator.world import World

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from twilio_emulator.tls import Authority

_LAST_PORT = 65535
_BACKLOG = 2048
"""A thousand clients may connect at the same moment."""


class Server:
    """
    A running emulator; end it with `close()`, or use it in a `with`.

    Attributes:
        app: What answers; another one may take its place at any time, for connections to come.
        url: Where it listens, without TLS.
        authority: What certificates are made by; None where there is no TLS.

    """

    def __init__(
        self, app: Traffic, *, host: str = "127.0.0.1", port: int = 0, authority: Authority | None = None
    ) -> None:
        _check_place(host, port)
        self.app = app
        self.authority = authority
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        app.control.own_names.add(host.lower())
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._listening.getsockname()[1]}"
        self._open: set[Connection] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="twilio-emulator", daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._stopped, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._stopped in ready:
                    return
                with contextlib.suppress(OSError):
                    sock, _ = self._listening.accept()
                    self._begin(sock)

    def _begin(self, sock: socket.socket) -> None:
        try:
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()
        except RuntimeError:  # the machine has no thread left for this one; others end
            sock.close()

    def _serve(self, sock: socket.socket) -> None:
        connection = Connection(sock, self.app, self.authority)
        with self._lock:
            self._open.add(connection)
        try:
            connection.serve()
        finally:
            with self._lock:
                self._open.discard(connection)

    def close(self) -> None:
        """Stop listening, and close what is open; once it is closed, do nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._stop.send(b"x")
        self._thread.join()
        for each in (self._listening, self._stop, self._stopped):
            each.close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            connection.close()

    def __enter__(self) -> Self:
        """Return the running server."""
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        self.close()


def _check_place(host: object, port: object) -> None:
    if not isinstance(host, str) or not host.strip():
        raise ValueError("host is missing; 127.0.0.1 is this machine only, 0.0.0.0 every way to it")
    if type(port) is not int or not 0 <= port <= _LAST_PORT:
        raise ValueError(f"port is a whole number from 0 to {_LAST_PORT}, not {port!r}")


def serve(
    what: Traffic | World, *, host: str = "127.0.0.1", port: int = 0, authority: Authority | None = None
) -> Server:
    """
    Serve an app or a world over a socket; port 0 takes a free one.

    Raises:
        OSError: The port is taken.
        ValueError: That is no host or no port, or nothing that can be served.

    """
    if not isinstance(what, (Traffic, World)):
        raise ValueError(f"a World or an app is served, not {what!r}")  # noqa: TRY004 - one kind of error
    app = create_app(what) if isinstance(what, World) else what
    return Server(app, host=host, port=port, authority=authority)
