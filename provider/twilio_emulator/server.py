"""The door with a socket: a threaded HTTP/1.1 server on this machine."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

from typing_extensions import Self
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, select_address_family

from twilio_emulator.app import create_app

if TYPE_CHECKING:
    from types import TracebackType

    from twilio_emulator.traffic import Traffic
    from twilio_emulator.world import World


_KNOCKING = 2048
"""A thousand clients may knock at the same moment."""


class _Server(ThreadedWSGIServer):
    daemon_threads = True
    block_on_close = False


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        """Say nothing: the world keeps its own record."""


class Server:
    """A running emulator; end it with `close()`, or use it in a `with`."""

    def __init__(self, app: Traffic, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        # Bound here, as werkzeug ends the whole process where a port is taken.
        with socket.create_server(
            (host, port), family=select_address_family(host, port), backlog=_KNOCKING
        ) as listening:
            self._server = _Server(host, port, app, handler=_Handler, fd=listening.fileno())
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="twilio-emulator",
            daemon=True,
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        """Return the running server."""
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        self.close()


def serve(what: Traffic | World, *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """
    Serve an app or a world over a socket; port 0 takes a free one.

    Raises:
        OSError: The port is taken.

    """
    return Server(create_app(what) if not callable(what) else what, host=host, port=port)
