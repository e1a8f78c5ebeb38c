"""Proxies and certificates of the environment, over real sockets on this machine."""

from __future__ import annotations

import contextlib
import os
import socket
import threading

import pytest

from support.broken_connections import (
    breaks_the_record,
    closes,
    closes_tls,
    resets,
    waits_until_left,
)
from support.socket_server import answering, http, says_nothing, serving
from twilio_gateway.flaky_transport import (
    DESK,
    NUMBER,
    TOKEN,
    WRITES,
    RealClock,
    create,
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


# Proxies


def test_proxies_of_the_environment_are_not_used_for_plain_http(clock, monkeypatch):
    """A proxy would read the token; plain http never leaves this machine."""
    with serving(answering(http(NUMBER))) as proxy, serving(answering(http(NUMBER))) as server:
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


def test_proxy_that_speaks_no_http_is_named_and_nothing_was_sent(clock, monkeypatch):
    with serving(answering(b"garbage\r\n\r\n")) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        twilio = twilio_at("https://twilio.invalid", clock)
        error = error_of(WRITES["clear"], twilio)

    assert error.text == "what answers at HTTPS_PROXY or ALL_PROXY is no proxy: it does not speak HTTP"
    assert (error.transient, error.outcome_unknown) == (False, False)
    assert twilio.governor.late == set()


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


def test_number_407_in_the_path_is_no_answer_of_a_proxy(clock, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")

    error = error_of(
        lambda twilio: twilio.number(f"PN{'0' * 29}407"), twilio_at("https://twilio.invalid", clock)
    )

    assert error.text == "the proxy in HTTPS_PROXY or ALL_PROXY cannot be reached"


# TLS


def over_tls(authority, serve):
    def wrapped(server, peer):
        with authority.context("127.0.0.1").wrap_socket(peer, server_side=True) as secure:
            serve(server, secure)

    return wrapped


def test_ca_bundle_of_the_environment_is_used_for_https(clock, authority, ca_file, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_file))
    with serving(over_tls(authority, answering(http(NUMBER)))) as server:
        assert twilio_at(f"https://127.0.0.1:{server.port}", clock).number(DESK).sid == DESK


def test_certificate_that_is_not_trusted_is_final(clock, authority):
    with serving(over_tls(authority, answering(http(NUMBER)))) as server:
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

    assert error.text == "what answered speaks plain http, not https; is the API URL right?"
    assert (error.transient, error.outcome_unknown) == (False, False)


def test_https_on_an_http_port_is_final(clock, authority):
    with serving(over_tls(authority, answering(http(NUMBER)))) as server:
        error = error_of(create, twilio_at(f"http://127.0.0.1:{server.port}", clock))

    assert "127" not in error.text
    assert error.status in {None, 400}


# What was sent, behind a proxy and over TLS


def speaks_plain_http(peer):
    os.write(peer.fileno(), b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    waits_until_left(peer)


def breaks_the_body(peer):
    peer.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{")
    breaks_the_record(peer)


def after_the_request(end):
    def serve(server, peer):
        server.receive(peer)
        end(peer)

    return serve


def tunnel_to(port):
    """Be a proxy that connects to this port, whatever it is asked for."""

    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve(server, peer):
        server.receive(peer)
        with socket.create_connection(("127.0.0.1", port)) as onward:
            peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(onward, peer))
            back.start()
            pump(peer, onward)
            back.join()

    return serve


@pytest.mark.parametrize("way", ["direct", "proxy"])
@pytest.mark.parametrize(
    "end",
    [closes_tls, closes, resets, speaks_plain_http, breaks_the_record, breaks_the_body, waits_until_left],
)
def test_write_whose_answer_is_lost_over_tls_is_unknown_and_a_create_is_sent_once(
    clock, authority, ca_file, monkeypatch, way, end
):
    """urllib3 calls a lost answer a failure of the proxy, and TLS breaks after a request as well as before it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_file))
    with (
        serving(over_tls(authority, after_the_request(end))) as server,
        serving(tunnel_to(server.port)) as proxy,
    ):
        if way == "proxy":
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        error = error_of(create, twilio_at(f"https://127.0.0.1:{server.port}", clock, patience=2, timeout=1))

    assert error.outcome_unknown
    assert "certificate" not in error.text
    assert "proxy" not in error.text
    assert len(server.requests) == 1
