"""The socket itself: framing, keep-alive, connections that break, TLS and the proxy for api.twilio.com."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading

import pytest
import requests
from twilio.rest import Client

from emulator.clients import HARRISON, KNOWN
from twilio_emulator import Authority, RealClock, World, create_app, serve

FORM = "CustomerName=Twilio&Street=1+A+St&City=B&Region=CA&PostalCode=9&IsoCountry=US"


@pytest.fixture
def twilio():
    """A server of its own, with one account."""
    world = World()
    account = world.add_account()
    app = create_app(world)
    with serve(app) as server:
        server.account = account
        yield server


def credentials(server):
    user = f"{server.account.sid}:{server.account.auth_token}"
    return base64.b64encode(user.encode()).decode()


def path(server, rest):
    return f"/2010-04-01/Accounts/{server.account.sid}{rest}"


def connect(server):
    return socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10)


def head(server, rest, *headers, method="POST"):
    lines = [
        f"{method} {path(server, rest)} HTTP/1.1",
        "Host: x",
        f"Authorization: Basic {credentials(server)}",
        "Content-Type: application/x-www-form-urlencoded",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(sock, method="GET"):
    """Read one answer."""
    response = http.client.HTTPResponse(sock, method=method)
    response.begin()
    return response, response.read()


def chunked(text, size=7):
    data = text.encode()
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


# Bodies


def test_chunked_body_is_read(twilio):
    with connect(twilio) as sock:
        sock.sendall(head(twilio, "/Addresses.json", "Transfer-Encoding: chunked") + chunked(FORM))
        response, body = answer(sock)

    assert (response.status, json.loads(body)["street"]) == (201, "1 A St")
    assert ("Street", "1 A St") in twilio.app.world.requests[0].form


def test_body_that_comes_in_pieces_is_read(twilio):
    with connect(twilio) as sock:
        sock.sendall(head(twilio, "/Addresses.json", f"Content-Length: {len(FORM)}"))
        for character in FORM:
            sock.sendall(character.encode())
        assert answer(sock)[0].status == 201


def test_client_that_waits_for_a_go_ahead_gets_it(twilio):
    with connect(twilio) as sock:
        sock.sendall(head(twilio, "/Addresses.json", f"Content-Length: {len(FORM)}", "Expect: 100-continue"))
        assert sock.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(FORM.encode())
        assert answer(sock)[0].status == 201


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (["Content-Length: many"], b"x"),
        (["Content-Length: -1"], b"x"),
        (["Content-Length: 1", "Content-Length: 2"], b"xx"),
        (["Transfer-Encoding: chunked"], b"zz\r\nFriendlyName=x"),
        (["Content-Length: 2000001"], b"x" * 2_000_001),
    ],
    ids=["a word", "negative", "two lengths", "bad chunk", "too large"],
)
def test_request_that_cannot_be_read_is_answered_400_in_json(twilio, headers, body):
    with connect(twilio) as sock:
        sock.sendall(head(twilio, "/Addresses.json", *headers))
        with contextlib.suppress(OSError):  # it may be refused while the body is on its way
            sock.sendall(body)
        response, text = answer(sock)

    assert (response.status, json.loads(text)["code"]) == (400, 20001)
    assert response.headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"FriendlyName": "x"}'),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"FriendlyName=\xff"),
        ("application/x-www-form-urlencoded", b"FriendlyName=%FF"),
    ],
)
def test_body_that_is_not_a_form_is_refused_and_changes_nothing(emulator, content_type, body):
    number = emulator.number()
    before = emulator.world.number(number)

    reply = emulator.ask(
        "POST", f"/IncomingPhoneNumbers/{number}.json", data=body, headers={"Content-Type": content_type}
    )

    assert (reply.status_code, reply.json()["code"]) == (400, 20001)
    assert emulator.world.number(number) == before


# Keep-alive


def test_connection_serves_any_number_of_requests(twilio):
    with connect(twilio) as sock:
        for _ in range(50):
            sock.sendall(head(twilio, ".json", method="GET"))
            response, _ = answer(sock)
            assert (response.status, response.headers["Connection"]) == (200, "keep-alive")


def test_requests_that_are_sent_ahead_are_answered_in_order(twilio):
    with connect(twilio) as sock:
        sock.sendall(b"".join(head(twilio, f"/Addresses/AD{k}.json", method="GET") for k in range(5)))
        answers = b""
        while answers.count(b'"status": 404}') < 5:
            answers += sock.recv(65536)

    assert re.findall(rb"Addresses/(AD\d)\.json", answers) == [b"AD0", b"AD1", b"AD2", b"AD3", b"AD4"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_connection_closes_when_the_client_says_so(twilio, version):
    request = head(twilio, ".json", *(["Connection: close"] if version == "1.1" else []), method="GET")
    with connect(twilio) as sock:
        sock.sendall(request.replace(b"HTTP/1.1", f"HTTP/{version}".encode()))
        response, _ = answer(sock)

        assert response.headers["Connection"] == "close"
        assert sock.recv(1) == b""


def test_answer_without_a_body_keeps_the_connection(twilio):
    address = twilio.app.world.add_address(**KNOWN)
    with connect(twilio) as sock:
        sock.sendall(head(twilio, f"/Addresses/{address}.json", method="DELETE"))
        response, body = answer(sock, "DELETE")
        assert (response.status, body, response.headers["Content-Length"]) == (204, b"", None)
        sock.sendall(head(twilio, f"/Addresses/{address}.json", method="DELETE"))
        assert answer(sock)[0].status == 404


def test_head_request_gets_headers_alone(twilio):
    with connect(twilio) as sock:
        sock.sendall(head(twilio, ".json", method="HEAD"))
        assert answer(sock, "HEAD")[0].status == 405
        sock.sendall(head(twilio, ".json", method="GET"))
        assert answer(sock)[0].status == 200


def test_closing_the_server_closes_what_is_open(twilio):
    with connect(twilio) as sock:
        sock.sendall(head(twilio, ".json", method="GET"))
        answer(sock)
        twilio.close()
        assert sock.recv(1) == b""
        twilio.__init__(twilio.app)  # for the fixture to close


# Connections that break


def test_reset_is_a_reset(twilio):
    twilio.app.faults.add("reset after=1")
    with connect(twilio) as sock:
        sock.sendall(head(twilio, "/Addresses.json", f"Content-Length: {len(FORM)}") + FORM.encode())
        with pytest.raises(ConnectionResetError):
            sock.recv(1)

    assert len(twilio.app.world.addresses()) == 1
    assert twilio.app.world.requests[0].outcome == "reset-after"


def test_reset_before_takes_no_effect(emulator):
    emulator.faults.add("reset before=1")

    with pytest.raises(requests.ConnectionError):
        emulator.client.addresses.create(**HARRISON)

    assert emulator.world.addresses() == []


def test_answer_breaks_off_in_the_middle(emulator):
    emulator.faults.add("cut middle=1")

    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        emulator.client.addresses.create(**HARRISON)

    assert len(emulator.world.addresses()) == 1
    assert emulator.outcomes == ["cut-middle"]


def test_stale_connection_is_found_out_by_the_next_request(twilio):
    twilio.app.faults.add("stale at=1")
    with connect(twilio) as sock:
        sock.sendall(head(twilio, ".json", method="GET"))
        response, _ = answer(sock)
        assert (response.status, response.headers["Connection"]) == (200, "keep-alive")
        sock.sendall(head(twilio, ".json", method="GET"))
        with pytest.raises(ConnectionResetError):
            sock.recv(1)

    assert len(twilio.app.world.requests) == 1, "the second was never read"


@pytest.mark.parametrize("emulator", ["over a socket"], indirect=True)
def test_helper_library_meets_a_stale_connection_as_a_connection_error(emulator):
    emulator.world.clock = RealClock()
    emulator.faults.add("stale at=1")
    number = emulator.client.incoming_phone_numbers(emulator.number())
    number.fetch()

    with pytest.raises(requests.ConnectionError):
        number.fetch()
    assert number.fetch().sid


# TLS


@pytest.fixture
def secure(tmp_path):
    world = World()
    account = world.add_account()
    authority = Authority()
    authority.write_to(tmp_path / "ca.pem")
    with serve(create_app(world), authority=authority) as server:
        server.account = account
        server.ca_file = str(tmp_path / "ca.pem")
        yield server


def test_http_and_https_share_the_port(secure):
    for url in (secure.url, secure.url.replace("http:", "https:")):
        reply = requests.get(
            url + path(secure, ".json"),
            auth=(secure.account.sid, secure.account.auth_token),
            verify=secure.ca_file,
            timeout=10,
        )
        assert reply.json()["sid"] == secure.account.sid


@pytest.mark.parametrize("host", ["api.twilio.com", "api.dublin.us1.twilio.com"])
def test_helper_library_reaches_it_as_twilio_through_the_proxy(secure, host, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", secure.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", secure.ca_file)
    client = Client(secure.account.sid, secure.account.auth_token, environment={"nothing": "x"})
    client.api.base_url = f"https://{host}"

    assert client.addresses.create(**HARRISON).street == "645 HARRISON ST"
    assert len(client.addresses.list()) == 1
    client.http_client.session.close()


def tunnel(server, target):
    sock = connect(server)
    sock.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    return sock


@pytest.mark.parametrize("target", ["example.com:443", "nottwilio.com:443", "127.0.0.1:22", "x"])
def test_server_is_no_proxy(secure, target):
    with tunnel(secure, target) as sock:
        response, body = answer(sock)

    assert (response.status, body) == (
        403,
        b"The emulator answers for api.twilio.com and its regional hosts only.\n",
    )


def test_without_tls_there_is_no_proxy(twilio):
    with tunnel(twilio, "api.twilio.com:443") as sock:
        response, body = answer(sock)

    assert (response.status, body) == (403, b"The emulator was not started with --tls.\n")


def test_certificate_is_for_the_host_that_was_asked_for(secure):
    context = ssl.create_default_context(cafile=secure.ca_file)
    with tunnel(secure, "api.twilio.com:443") as sock:
        assert sock.recv(1024).startswith(b"HTTP/1.1 200 ")
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            context.wrap_socket(sock, server_hostname="api.dublin.ie1.twilio.com")


def test_tls_without_its_package_is_explained(monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)

    with pytest.raises(RuntimeError, match=r"pip install 'twilio-emulator\[tls\]'"):
        Authority()


def test_command_tells_how_to_be_reached_as_twilio(tmp_path):
    command = [
        sys.executable,
        "-m",
        "twilio_emulator",
        "--port",
        "0",
        "--tls",
        "--ca-file",
        tmp_path / "ca.pem",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline().strip() for _ in range(11)]
        env = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:])
        program = (
            "from twilio.rest import Client; import os;"
            "print(Client().api.accounts(os.environ['TWILIO_ACCOUNT_SID']).fetch().status)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        process.terminate()

    assert done.stdout == "active\n", done.stderr
    assert env["SSL_CERT_FILE"] == env["CURL_CA_BUNDLE"] == str(tmp_path / "ca.pem")
    assert env["SSL_CERT_DIR"] == "''"


def test_bug_ends_the_connection_instead_of_leaving_the_client_waiting(twilio, monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_type))

    def bug(*_):
        raise ZeroDivisionError("a bug")

    twilio.app.observers.append(bug)
    with connect(twilio) as sock:
        sock.sendall(head(twilio, ".json", method="GET"))
        assert sock.recv(1) == b""
    for thread in [each for each in threading.enumerate() if "_serve" in each.name]:
        thread.join(10)

    assert told == [ZeroDivisionError]
