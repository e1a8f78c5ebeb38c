"""Proxies and certificates of the environment, over real sockets on this machine."""

from __future__ import annotations

import socket
import ssl
import subprocess

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
