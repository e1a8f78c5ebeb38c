"""Proxies and certificates of the environment, over real sockets on this machine."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import struct
import subprocess
import threading

import pytest

from twilio_gateway.flaky_transport import (
    DESK,
    TOKEN,
    RealClock,
    create,
    error_of,
)
from twilio_gateway.socket_server import answering, http, says_nothing, serving, twilio_at

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


def test_number_407_in_the_path_is_no_answer_of_a_proxy(clock, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")

    error = error_of(
        lambda twilio: twilio.number(f"PN{'0' * 29}407"), twilio_at("https://twilio.invalid", clock)
    )

    assert error.text == "the proxy in HTTPS_PROXY or ALL_PROXY cannot be reached"


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

    assert error.text == "what answered speaks plain http, not https; is the API URL right?"
    assert (error.transient, error.outcome_unknown) == (False, False)


def test_https_on_an_http_port_is_final(clock, certificate):
    with serving(over_tls(certificate, answering(http()))) as server:
        error = error_of(create, twilio_at(f"http://127.0.0.1:{server.port}", clock))

    assert "127" not in error.text
    assert error.status in {None, 400}


# What was sent, behind a proxy and over TLS


def closes_tls(_server, peer):
    with contextlib.suppress(OSError):
        peer.unwrap()


def closes(_server, peer):
    peer.close()


def resets(_server, peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def speaks_plain_http(server, peer):
    os.write(peer.fileno(), b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    server._stop.wait(0.3)


def breaks_the_record(server, peer):
    os.write(peer.fileno(), b"\x17\x03\x03\x00\x40" + bytes(64))
    server._stop.wait(0.3)


def breaks_the_body(server, peer):
    peer.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{")
    breaks_the_record(server, peer)


def after_the_request(end):
    def serve(server, peer):
        server.receive(peer)
        end(server, peer)

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
    "end", [closes_tls, closes, resets, speaks_plain_http, breaks_the_record, breaks_the_body, says_nothing]
)
def test_write_whose_answer_is_lost_over_tls_is_unknown_and_a_create_is_sent_once(
    clock, certificate, monkeypatch, way, end
):
    """urllib3 calls a lost answer a failure of the proxy, and TLS breaks after a request as well as before it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
    with (
        serving(over_tls(certificate, after_the_request(end))) as server,
        serving(tunnel_to(server.port)) as proxy,
    ):
        if way == "proxy":
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        error = error_of(create, twilio_at(f"https://127.0.0.1:{server.port}", clock, patience=2, timeout=1))

    assert error.outcome_unknown
    assert "certificate" not in error.text
    assert "proxy" not in error.text
    assert len(server.requests) == 1
