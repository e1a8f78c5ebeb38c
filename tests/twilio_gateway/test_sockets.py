"""Over real sockets on this machine, since it is `requests`, urllib3 and OpenSSL that name what happened."""

from __future__ import annotations

import gc
import importlib.metadata
import socket
import threading
import time

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.twilio_gateway import exchange
from support.fake_twilio import Crowd, reached, unhurried
from support.socket_server import answering, http, says_nothing, serving
from twilio_gateway.flaky_transport import (
    DESK,
    EVERYTHING,
    HOME,
    LIST_PATH,
    NUMBER,
    READS,
    WRITES,
    RealClock,
    create,
    each,
    error_of,
    twilio_at,
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
        peer.sendall(http(NUMBER))

    with serving(answers_late) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock)
        threading.Timer(0.2, clock.stop.set).start()

        assert twilio.set_emergency_address(DESK, None).sid == DESK


def floods(head):
    """Return what answers with this head and a body that does not end."""

    def serve(server, peer):
        server.receive(peer)
        peer.sendall(head)
        server.drip(peer, b"x" * 65536, every=0)

    return serve


def test_body_without_end_is_cut_by_size(clock):
    with serving(floods(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
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
            answering(http(NUMBER))(server, peer)

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


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "404 Not Found"])
@pytest.mark.parametrize(
    "rest", ["", "\r\n", "\r\nDate: Thu, 01 Jan", "\r\nContent-Type: application/json\r\n"]
)
def test_header_that_the_connection_ends_in_is_no_answer(clock, status, rest):
    """Without a length, http.client takes the end of the connection for the end of header and body."""

    def breaks_off(server, peer):
        if server.receive(peer):
            peer.sendall(f"HTTP/1.1 {status}{rest}".encode())

    with serving(breaks_off) as server:
        error = error_of(create, twilio_at(f"http://127.0.0.1:{server.port}", clock))

    assert error.text == "the connection broke before Twilio answered"
    assert (error.transient, error.outcome_unknown) == (True, True)
    assert len(server.requests) == 1


# Connections


def test_idle_connection_that_the_server_closed_is_replaced_silently(clock):
    def one_answer_each(server, peer):
        if server.receive(peer):
            peer.sendall(http(NUMBER))
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
        answering(http(NUMBER))(server, peer)

    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, in_flight=1)
        for _ in range(5):
            twilio.number(DESK)

    assert len(ports) == 1


@each({"list": READS["list"], "submit": WRITES["submit"]})
def test_body_that_stops_coming_is_an_answer_that_did_not_come_in_time(clock, ask):
    """`requests` calls it a broken connection."""

    def stops(server, peer):
        server.receive(peer)
        peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"sid":')
        server._stop.wait(5)

    with serving(stops) as server:
        error = error_of(ask, twilio_at(f"http://127.0.0.1:{server.port}", clock, timeout=0.3))

    assert error.text == "Twilio's API did not answer in time"


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


# urllib3 leaves the socket of an answer that it cannot parse to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
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


# What was sent, and what never will be


def test_write_whose_time_is_over_before_it_is_sent_is_never_sent(clock, monkeypatch):
    """Sent later, it would undo the write that was confirmed meanwhile."""
    look_up, slow = socket.getaddrinfo, [2.0]

    def slow_once(*args, **more):
        if slow:
            time.sleep(slow.pop())
        return look_up(*args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow_once)
    with serving(answering(http(NUMBER))) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, timeout=0.5, patience=10)
        began = time.monotonic()
        twilio.set_emergency_address(DESK, None)
        twilio.set_emergency_address(DESK, HOME)
        assert time.monotonic() - began < 2
        time.sleep(2.2 - (time.monotonic() - began))

    assert len(server.requests) == 2


def test_write_whose_time_is_over_before_it_is_sent_is_known_not_to_be_made(clock, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: time.sleep(2))

    error = error_of(create, twilio_at("http://127.0.0.1:9", clock, timeout=0.3))

    assert (error.transient, error.outcome_unknown) == (True, False)


@pytest.mark.parametrize("end", [lambda _server, _peer: None, says_nothing])
def test_request_while_another_error_is_handled_is_judged_by_its_own(clock, end):
    def serve(server, peer):
        server.receive(peer)
        end(server, peer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = twilio_at(f"http://127.0.0.1:{listener.getsockname()[1]}", clock)
    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, timeout=0.5, patience=2)
        try:
            dead.numbers()
        except GatewayError:
            error = error_of(create, twilio)

    assert error.outcome_unknown
    assert len(server.requests) == 1


def test_body_of_a_redirect_is_cut_by_size(clock):
    with serving(floods(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n")) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, largest_body=2**20, patience=300)
        began = time.monotonic()

        assert "it does not end" in error_of(READS["fetch"], twilio).text

    assert time.monotonic() - began < 5


def test_threads_of_requests_that_were_given_up_end_without_the_garbage_collector(clock):
    earlier = set(threading.enumerate())

    def threads():
        return sum(each.name == "twilio-requests" for each in set(threading.enumerate()) - earlier)

    gc.disable()
    try:
        with serving(drips_body) as server:
            twilio = twilio_at(f"http://127.0.0.1:{server.port}", clock, timeout=0.1)
            errors = [error_of(READS["fetch"], twilio) for _ in range(5)]
            assert threads() == 5
        reached(lambda: threads() == 0)
        assert all(each.transient for each in errors)
    finally:
        gc.enable()


def test_request_without_a_thread_is_sent_all_the_same(clock, monkeypatch):
    start = threading.Thread.start

    def refuse(thread):
        if thread.name == "twilio-requests":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with serving(answering(http(NUMBER))) as server:
        assert twilio_at(f"http://127.0.0.1:{server.port}", clock).number(DESK).sid == DESK


def test_package_demands_a_release_of_requests_whose_connections_note_what_is_sent():
    """Before 2.32, `requests` had no `get_connection_with_tls_context`, and nothing would be noted."""
    declared = map(Requirement, importlib.metadata.requires("pulumi-twilio-emergency"))
    [demanded] = [each for each in declared if each.name == "requests"]

    assert not demanded.specifier.contains("2.31.0")
    assert demanded.specifier.contains("2.32.0")


def test_connections_of_requests_note_what_is_sent():
    """Without it nothing would be known to be unsent, or what was sent would count as unsent."""
    session = requests.Session()
    connection = exchange.Connection(session)
    request = session.prepare_request(requests.Request("GET", "http://127.0.0.1:9/"))

    with pytest.raises(exchange.NoAnswer) as none:
        connection.exchange(request, seconds=1, largest_body=1, listen=None)

    assert none.value.sent is False
