"""Certificates made on the spot, so that clients reach the emulator as api.twilio.com."""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

from twilio_emulator import hosts

if TYPE_CHECKING:
    from pathlib import Path

_MOST_CONTEXTS = 64
MISSING = "TLS needs the package trustme: pip install 'twilio-emulator[tls]'"


class TlsUnavailableError(RuntimeError):
    """The package that makes certificates is not installed."""


class Authority:
    """
    A certificate authority of its own, new in every process.

    Attributes:
        default_host: The name in the certificate of connections that come without a proxy.

    Raises:
        TlsUnavailableError: The package trustme is not installed.

    """

    def __init__(self, default_host: str = "127.0.0.1") -> None:
        try:
            import trustme  # noqa: PLC0415 - an extra, which most users do without
        except ImportError:
            raise TlsUnavailableError(MISSING) from None
        self.default_host = default_host
        self._authority = trustme.CA(organization_name="twilio-emulator")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    @property
    def pem(self) -> bytes:
        """The authority's certificate, which clients have to trust."""
        return bytes(self._authority.cert_pem.bytes())

    def write_to(self, path: Path) -> None:
        """Write the authority's certificate to a file."""
        path.write_bytes(self.pem)

    @staticmethod
    def answers_for(host: str) -> bool:
        """Say whether a host is one of Twilio's."""
        return hosts.is_twilios(host)

    def context(self, host: str) -> ssl.SSLContext:
        """Return what a server for that host works with."""
        with self._lock:
            if host not in self._contexts:
                if len(self._contexts) >= _MOST_CONTEXTS:
                    self._contexts.clear()
                names = {host, "localhost", "127.0.0.1", "::1"}
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(*sorted(names)).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]
