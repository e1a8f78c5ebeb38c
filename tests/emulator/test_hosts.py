"""Who may reach the emulator by which name: the control API, the proxy, and pages of other sites."""

from __future__ import annotations

import http.client
import socket
import threading

import pytest

from twilio_emulator import Authority, World, create_app, hosts, serve

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "api.twilio.com"},
    {"Host": "127.0.0.1.evil.example:80"},
    {"Host": "[::1"},
    {"Host": ""},
]


@pytest.fixture
def server():
    world = World()
    world.add_account()
    with serve(create_app(world), authority=Authority()) as server:
        yield server


def port(server):
    return int(server.url.rpartition(":")[2])


def exchange(server, data):
    """Send bytes; return everything that comes back until the emulator closes."""
    with socket.create_connection(("127.0.0.1", port(server)), timeout=10) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def control(server, method, path, headers, body=b""):
    connection = http.client.HTTPConnection("127.0.0.1", port(server), timeout=10)
    connection.putrequest(method, f"/_emulator{path}", skip_host="Host" in headers)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, text


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/seed"), ("POST", "/reset"), ("GET", "/state"), ("GET", "/")]
)
def test_control_request_of_another_site_is_refused(server, headers, method, path):
    status, text = control(server, method, path, headers, b"region: ie1")

    assert status in ({403, 400} if headers == {"Host": ""} else {403})
    assert text.startswith(("the control API ", "{"))
    assert server.app.world.region == "us1"


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "emulator", "emulator:8429", "[::1]:8429", "x.localhost"]
)
def test_control_request_by_a_local_name_is_taken(server, name):
    for headers in ({}, {"Origin": f"http://{name}"}, {"Sec-Fetch-Site": "same-origin"}):
        assert control(server, "GET", "/state", {"Host": name, **headers})[0] == 200


def test_control_request_by_the_name_of_the_host_option_is_taken(server):
    server.app.control.own_names.add("emulator.corp.example")

    assert control(server, "GET", "/state", {"Host": "Emulator.corp.example:80"})[0] == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/api",
        "http://example.com/_emulator/state",
        "http://127.0.0.1:1/",
        "http://emulator/",
        "http://video.twilio.com/",
        "http://api.twilio.com:8080/",
    ],
)
def test_proxied_request_to_another_host_is_refused(server, url):
    reply = exchange(server, f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    assert reply.startswith(b"HTTP/1.1 403 ")
    assert b"answers for api.twilio.com and its regional hosts only" in reply
    assert server.app.world.requests == []


def test_proxied_request_to_twilio_is_answered_but_the_control_api_is_not(server):
    def ask(path):
        line = f"GET http://api.twilio.com{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        return exchange(server, line.encode())

    assert ask("/2010-04-01/Accounts/AC1.json").startswith(b"HTTP/1.1 401 ")
    assert ask("/_emulator/state").startswith(b"HTTP/1.1 403 ")


def test_proxied_request_to_the_emulator_itself_is_answered(server):
    line = f"GET {server.url}/_emulator/state HTTP/1.1\r\nHost: x.y\r\nConnection: close\r\n\r\n"

    assert exchange(server, line.encode()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("API.TWILIO.COM:443", 200),
        ("api.Ashburn.us1.twilio.com:443", 200),
        ("api.dublin.ie1.twilio.com:443", 200),
        ("api.au1.twilio.com:443", 200),
        ("api.twilio.com:8443", 403),
        ("api.twilio.com:80", 403),
        ("api.twilio.com", 403),
        ("twilio.com:443", 403),
        ("video.twilio.com:443", 403),
        ("api.mars.twilio.com:443", 403),
        ("api.dublin.twilio.com:443", 403),
        ("api.atlantis.ie1.twilio.com:443", 403),
        ("api.ie1.dublin.twilio.com:443", 403),
        ("a.api.twilio.com:443", 403),
        ("apiXtwilio.com:443", 403),
        ("nottwilio.com:443", 403),
    ],
)
def test_tunnel_leads_to_hosts_of_the_api_alone(server, target, status):
    with socket.create_connection(("127.0.0.1", port(server)), timeout=10) as sock:
        sock.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        assert sock.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    ("host", "option", "code"),
    [
        ("api.twilio.com", "us1", None),
        ("api.us1.twilio.com:443", "ie1", None),
        ("api.ashburn.us1.twilio.com", "us1", None),
        ("API.dublin.ie1.twilio.com", "us1", 22402),
        ("api.au1.twilio.com", "us1", 22402),
        ("api.sao-paulo.br1.twilio.com", "us1", 22402),
        ("api.sao-paulo.br1.twilio.com", "br1", 22402),
        ("api.twilio.com", "ie1", 22402),
    ],
)
def test_emergency_work_through_a_host_of_another_region_is_refused(emulator, host, option, code):
    number, address = emulator.number(), emulator.address()
    emulator.world.region = option

    answer = emulator.ask(
        "POST",
        f"/IncomingPhoneNumbers/{number}.json",
        data={"EmergencyAddressSid": address},
        headers={"Host": host},
    )

    assert answer.json().get("code") == code
    assert bool(emulator.world.number(number)["emergency_address_sid"]) is (code is None)


def test_certificates_of_many_names_do_not_pile_up():
    authority = Authority()
    for number in range(70):
        authority.context(f"a{number}.twilio.com")

    assert len(authority._contexts) <= 64


@pytest.mark.parametrize("rest", [b"garbage", b"GET / HTTP/1.1\r\n\r\n", b"\x00\x01"])
def test_request_that_closes_is_answered_whatever_follows_it(server, rest):
    reply = exchange(server, b"GET /_emulator/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + rest)

    assert reply.startswith(b"HTTP/1.1 200 ")
    assert reply.count(b"HTTP/1.1 ") == 1


def test_whole_request_before_garbage_is_done_and_recorded(server):
    body = b"region=ie1"
    request = b"POST /2010-04-01/Accounts/AC1.json HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )

    reply = exchange(server, request + body + b"\x00garbage\r\n\r\n")

    assert reply.startswith(b"HTTP/1.1 401 ")
    assert b"HTTP/1.1 400 " in reply
    assert len(server.app.world.requests) == 1


def test_trailer_does_not_take_the_place_of_a_header(server):
    request = (
        b"POST /_emulator/pace HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"12\r\nregistration=never\r\n0\r\nHost: evil.example\r\n\r\n"
    )

    assert exchange(server, request).startswith(b"HTTP/1.1 204 ")


@pytest.mark.parametrize("head", [b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                                  b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n"])  # fmt: skip
def test_head_that_is_too_large_is_refused_with_a_sentence(server, head):
    with socket.create_connection(("127.0.0.1", port(server)), timeout=10) as sock:
        try:
            sock.sendall(head)
        except OSError:
            return
        reply = sock.recv(65536)

    assert reply.startswith(b"HTTP/1.1 400 ")
    assert b"are larger than 32768 bytes" in reply


@pytest.mark.parametrize(("path", "allowed"), [("/2010-04-01/Accounts/{}/Addresses.json", "GET, POST"),
                                               ("/_emulator/state", "GET")])  # fmt: skip
def test_method_that_is_not_allowed_names_those_that_are(emulator, path, allowed):
    url = emulator.url + path.format(emulator.account.sid)

    answer = emulator.session.put(url, auth=(emulator.account.sid, emulator.account.auth_token), timeout=10)

    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


def test_thread_that_cannot_start_costs_its_connection_alone(server, monkeypatch):
    start, failed = threading.Thread.start, []

    def fails_once(thread):
        if not failed and getattr(thread, "_target", None) == server._serve:
            failed.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", fails_once)
    assert exchange_or_nothing(server) == b""
    assert exchange_or_nothing(server).startswith(b"HTTP/1.1 200 ")


def exchange_or_nothing(server):
    try:
        return exchange(server, b"GET /_emulator/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    except OSError:  # closed or reset, before or after it was written
        return b""


def test_server_closes_twice(server):
    server.close()
    server.close()


@pytest.mark.parametrize(("host", "local"), [("1.2.3.4", True), ("::1", True), ("a", True), ("a.b", False),
                                             ("1.2.3.4.5", False), ("", False), ("a b", False)])  # fmt: skip
def test_name_is_local_where_nobody_outside_owns_it(host, local):
    assert hosts.is_local(host) is local
