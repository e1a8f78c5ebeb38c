"""Over real sockets on this machine, since it is `requests`, urllib3 and OpenSSL that name what happened."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import threading
import time

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.twilio_gateway import Limits, Settings, TwilioGateway, connect
from support.fake_twilio import ACCOUNT, Crowd, unhurried
from twilio_gateway.flaky_transport import (
    DESK,
    EVERYTHING,
    LIST_PATH,
    NUMBER,
    READS,
    TOKEN,
    WRITES,
    RealClock,
    create,
    each,
    error_of,
)

PROXIES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock():
    return RealClock()


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


# Time and size


def drips_body(server, peer):
    server.receive(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    server.drip(peer)


def drips_chunks(server, peer):
    server.receive(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    server.drip(peer, b"1\r\nx\r\n")


def drips_status(server, peer):
    server.receive(peer)
    peer.sendall(b"HTTP/1.1 200 ")
    server.drip(peer)


def drips_header(server, peer):
    server.receive(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    server.drip(peer)


def drips_continue(server, peer):
    server.receive(peer)
    server.drip(peer, b"HTTP/1.1 100 Continue\r\n\r\n")


def says_nothing(server, peer):
    server.receive(peer)
    server._stop.wait(30)


SLOW = [drips_body, drips_chunks, drips_status, drips_header, drips_continue, says_nothing]
slow_server = pytest.mark.parametrize("serve", SLOW, ids=[each.__name__ for each in SLOW])


@slow_server
@each({"list": READS["list"], "submit": WRITES["submit"]})
def test_answer_that_does_not_end_is_cut_by_time(clock, serve, ask):
    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, timeout=0.5)
        began = time.monotonic()

        error = error_of(ask, twilio)

    assert time.monotonic() - began < 2
    assert error.transient
    assert error.outcome_unknown is (ask in WRITES.values())


@slow_server
def test_answer_that_does_not_end_is_cut_by_the_deadline(clock, serve):
    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, timeout=30, patience=300)
        began = time.monotonic()

        with request_scope(deadline=clock.monotonic() + 0.7):
            error_of(READS["fetch"], twilio)

    assert time.monotonic() - began < 2


@slow_server
def test_interruption_is_heard_within_a_second_by_a_read_under_way(clock, serve):
    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, timeout=30)
        threading.Timer(0.2, clock.stop.set).start()
        began = time.monotonic()

        with pytest.raises(Interrupted):
            twilio.numbers()

    assert 0.2 < time.monotonic() - began < 1.2


def test_write_under_way_is_finished_after_interruption(clock):
    def answers_late(server, peer):
        server.receive(peer)
        time.sleep(1.5)
        peer.sendall(http())

    with serving(answers_late) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock)
        threading.Timer(0.2, clock.stop.set).start()

        assert twilio.set_emergency_address(DESK, None).sid == DESK


def test_body_without_end_is_cut_by_size(clock):
    def floods(server, peer):
        server.receive(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        server.drip(peer, b"x" * 65536, every=0)

    with serving(floods) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, largest_body=2**20, patience=300)
        began = time.monotonic()

        error = error_of(READS["fetch"], twilio)

    assert time.monotonic() - began < 5
    assert not error.transient
    assert "is not an answer to GET" in error.text


def test_slot_is_free_again_after_a_request_that_was_given_up(clock):
    slow = [drips_header, drips_body]

    def serve(server, peer):
        if slow:
            slow.pop()(server, peer)
        else:
            answering(http())(server, peer)

    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, timeout=0.3, in_flight=1)
        error_of(READS["fetch"], twilio)
        error_of(READS["fetch"], twilio)

        assert twilio.number(DESK).sid == DESK


def test_list_whose_next_page_is_itself_ends_at_once(clock):
    body = {"uri": LIST_PATH, "next_page_uri": f"{LIST_PATH}?Page=1", "incoming_phone_numbers": [NUMBER]}
    with serving(answering(http(body))) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock)

        assert "already read" in error_of(READS["list"], twilio).text
        assert len(server.requests) == 2


# Connections


def test_idle_connection_that_the_server_closed_is_replaced_silently(clock):
    def one_answer_each(server, peer):
        if server.receive(peer):
            peer.sendall(http())
        # A second request on the same connection is reset before a byte of its answer.
        if server.receive(peer):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with serving(one_answer_each) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, in_flight=1, patience=300)
        twilio.number(DESK)
        began = time.monotonic()

        assert twilio.number(DESK).sid == DESK
        assert time.monotonic() - began < 0.2
        assert len(server.requests) == 3


def test_kept_connection_is_used_again(clock):
    ports = set()

    def serve(server, peer):
        ports.add(peer.getpeername())
        answering(http())(server, peer)

    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, in_flight=1)
        for _ in range(5):
            twilio.number(DESK)

    assert len(ports) == 1


@each(EVERYTHING)
def test_answer_that_breaks_off_leaves_a_write_unknown(clock, ask):
    def breaks_off(server, peer):
        server.receive(peer)
        peer.sendall(b'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"sid":')

    with serving(breaks_off) as server:
        error = error_of(ask, twilio_at(f"http://127.0.0.1:{server.port}", clock))

    assert error.transient
    assert error.outcome_unknown is (ask in WRITES.values())


def test_port_where_nobody_listens_is_a_passing_failure_of_known_outcome(clock):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    error = error_of(create, twilio_at(f"http://127.0.0.1:{port}", clock))

    assert (error.text, error.transient, error.outcome_unknown) == (
        "Twilio's API cannot be reached",
        True,
        False,
    )


@each(EVERYTHING)
@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_redirect_is_not_followed_and_named(clock, ask, status):
    with serving(answering(http(b"", status, "Location: http://127.0.0.1:9/\r\n"))) as server:
        error = error_of(ask, twilio_at(f"http://127.0.0.1:{server.port}", clock, patience=300))

    assert "is a redirect" in error.text
    assert (error.transient, error.outcome_unknown) == (False, False)
    assert len(server.requests) == 1


NO_HTTP = {
    "banner": b"SSH-2.0-OpenSSH_9.6\r\n",
    "TLS alert": b"\x15\x03\x01\x00\x02\x02\x16",
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "long header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    "odd length": b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n{}",
}


@pytest.mark.parametrize("garbage", NO_HTTP.values(), ids=NO_HTTP)
def test_answer_that_is_not_http_is_final(clock, garbage):
    def serve(server, peer):
        server.receive(peer)
        peer.sendall(garbage)

    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, patience=300)
        error = error_of(WRITES["submit"], twilio)

    assert not error.transient
    assert error.outcome_unknown
    assert len(server.requests) == 1


# urllib3 leaves the socket of an answer that it cannot parse to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(unhurried, max_examples=60)
@given(
    st.binary(max_size=300)
    | st.binary(max_size=100).map(http)
    | st.text(alphabet="\r\n: \x00aé%", max_size=60).map(
        lambda text: f"HTTP/1.1 200 OK\r\n{text}\r\n\r\n".encode()
    )
)
def test_any_bytes_of_a_server_bring_a_gateway_error(made):
    def serve(server, peer):
        server.receive(peer)
        peer.sendall(made)

    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", RealClock(), timeout=2)
        assert isinstance(error_of(WRITES["submit"], twilio), GatewayError)


# Proxies


def test_proxies_of_the_environment_are_not_used_for_plain_http(clock, monkeypatch):
    """A proxy would read the token; plain http never leaves this machine."""
    with serving(answering(http())) as proxy, serving(answering(http())) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock)

        assert twilio.number(DESK).sid == DESK

    assert proxy.requests == []
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("407 Proxy Authentication Required", "407"),
        ("403 Forbidden", "refuses to connect"),
        ("502 Bad Gateway", "refuses to connect"),
    ],
)
def test_proxy_that_refuses_is_named_at_once(clock, monkeypatch, status, said):
    with serving(answering(http(b"", status))) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        error = error_of(create, twilio_at("https://twilio.invalid", clock, patience=300))

    assert "the proxy in HTTPS_PROXY" in error.text
    assert said in error.text
    assert (error.transient, error.outcome_unknown) == (False, False)
    assert len(proxy.requests) == 1
    assert TOKEN.encode() not in proxy.requests[0]


def test_proxy_that_cannot_be_reached_is_named_and_may_come_back(clock, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")

    error = error_of(create, twilio_at("https://twilio.invalid", clock))

    assert error.text == "the proxy in HTTPS_PROXY or ALL_PROXY cannot be reached"
    assert (error.transient, error.outcome_unknown) == (True, False)


def test_proxy_address_without_a_host_is_final(clock, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://:8080")

    error = error_of(create, twilio_at("https://twilio.invalid", clock, patience=300))

    assert not error.transient
    assert not error.outcome_unknown


# TLS


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Return a self-signed certificate and its key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    extension = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    subprocess.run(
        [*command, *extension, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )
    return folder


def over_tls(certificate, serve):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    def wrapped(server, peer):
        with context.wrap_socket(peer, server_side=True) as secure:
            serve(server, secure)

    return wrapped


def test_ca_bundle_of_the_environment_is_used_for_https(clock, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
    with serving(over_tls(certificate, answering(http()))) as server:
        assert twilio_at(f"https://127.0.0.1:{server.port}", clock).number(DESK).sid == DESK


def test_certificate_that_is_not_trusted_is_final(clock, certificate):
    with serving(over_tls(certificate, answering(http()))) as server:
        error = error_of(create, twilio_at(f"https://127.0.0.1:{server.port}", clock, patience=300))

    assert error.text == "the TLS certificate of Twilio's API could not be verified"
    assert (error.transient, error.outcome_unknown) == (False, False)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_bundle_that_is_not_there_is_named_at_once(clock, monkeypatch, name):
    monkeypatch.setenv(name, "/nowhere/ca.pem")

    error = error_of(create, twilio_at("https://127.0.0.1:9", clock, patience=300))

    assert "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no such file" in error.text
    assert (error.transient, error.outcome_unknown) == (False, False)


def test_ca_bundle_without_certificates_is_named_at_once(clock, monkeypatch, tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.write_text("not a certificate\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with serving(says_nothing) as server:
        error = error_of(create, twilio_at(f"https://127.0.0.1:{server.port}", clock, patience=300))

    assert "holds no CA certificates" in error.text
    assert (error.transient, error.outcome_unknown) == (False, False)


def test_http_on_an_https_port_is_named_at_once(clock):
    def plain(server, peer):
        peer.recv(65536)
        peer.sendall(http(b"Bad Request", "400 Bad Request"))

    with serving(plain) as server:
        error = error_of(create, twilio_at(f"https://127.0.0.1:{server.port}", clock, patience=300))

    assert error.text == "what answered speaks plain http, not https; is twilio:apiUrl right?"
    assert (error.transient, error.outcome_unknown) == (False, False)


def test_https_on_an_http_port_is_final(clock, certificate):
    with serving(over_tls(certificate, answering(http()))) as server:
        error = error_of(create, twilio_at(f"http://127.0.0.1:{server.port}", clock))

    assert "127" not in error.text
    assert error.status in {None, 400}


def test_requests_of_many_threads_over_one_governor_all_come_back(clock):
    def serve(server, peer):
        while request := server.receive(peer):
            sid = request.split(b" ")[1].rpartition(b"/")[2][:34].decode()
            peer.sendall(http(NUMBER | {"sid": sid}))

    sids = [f"PN{digits:032x}" for digits in range(200)]
    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, in_flight=8)
        crowd = Crowd()
        for sid in sids:
            crowd.send(twilio.number, sid)
        outcomes = crowd.outcomes()

    assert [each.sid for each in outcomes] == sids
