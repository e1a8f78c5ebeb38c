"""How a connection ends that nobody has announced the end of: each leaves the client with another error."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import struct

_LONGEST_WAIT = 10.0


def closes_tls(peer):
    """End TLS as it is meant to be ended (close_notify), and then the connection."""
    peer.settimeout(0)  # the client's own close_notify is not waited for
    with contextlib.suppress(ssl.SSLError, OSError):
        peer.unwrap()
    closes(peer)


def closes(peer):
    """End the connection, and TLS in it with no word."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(peer, socket.SHUT_RDWR)
    peer.close()


def resets(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def breaks_the_record(peer):
    """Send what looks like a TLS record and cannot be decrypted."""
    os.write(peer.fileno(), b"\x17\x03\x03\x00\x40" + bytes(64))
    waits_until_left(peer)


def waits_until_left(peer):
    """Say nothing more; the client has had enough at some time."""
    with contextlib.suppress(OSError):
        while select.select([peer], [], [], _LONGEST_WAIT)[0] and os.read(peer.fileno(), 65536):
            pass
    closes(peer)
