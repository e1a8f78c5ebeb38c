"""A thousand clients at the same moment."""

from __future__ import annotations

import base64
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from twilio_emulator import Fault, World, create_app, serve

CROWD = 1000


def answer_of(sock):
    """Read an answer to its end, which is the connection's."""
    chunks = iter(lambda: sock.recv(65536), b"")
    head, _, body = b"".join(chunks).partition(b"\r\n\r\n")
    return head.split(b"\r\n", 1)[0], json.loads(body)


def test_thousand_clients_at_once_get_their_own_answers():
    world = World()
    account = world.add_account()
    numbers = [world.add_number(f"+1415555{index:04}") for index in range(CROWD)]
    credentials = base64.b64encode(f"{account.sid}:{account.auth_token}".encode()).decode()
    app = create_app(world)
    # Nobody is answered before all have asked.
    together = threading.Barrier(CROWD, timeout=60)
    app.faults.add(Fault("do", action=together.wait))

    with serve(app) as server, ExitStack() as connections:
        port = int(server.url.rpartition(":")[2])
        socks = [
            connections.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            for _ in numbers
        ]
        for index, (sock, number) in enumerate(zip(socks, numbers, strict=True)):
            body = f"FriendlyName=Desk+{index}"
            sock.sendall(
                f"POST /2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers/{number}.json HTTP/1.1\r\n"
                f"Host: twilio\r\nConnection: close\r\nAuthorization: Basic {credentials}\r\nContent-Length: {len(body)}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
            )
        with ThreadPoolExecutor(8) as readers:
            answers = list(readers.map(answer_of, socks))

    assert {status for status, _ in answers} == {b"HTTP/1.1 200 OK"}
    assert [(body["sid"], body["friendly_name"]) for _, body in answers] == [
        (number, f"Desk {index}") for index, number in enumerate(numbers)
    ]
    assert app.most_in_flight == CROWD
    assert [each.k for each in world.requests] == list(range(1, CROWD + 1))
