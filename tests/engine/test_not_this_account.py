"""Whatever answers is not Twilio, or not this account: an error, and nothing leaves state or this machine."""

from __future__ import annotations

import http.server
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from engine.conftest import ALL, PROGRAM
from engine.invariants import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMANDS = (("refresh",), ("up", "--refresh"), ("destroy",), ("destroy", "--refresh"))


@contextmanager
def answering(status: int, body: bytes, kind: str = "text/html") -> Iterator[tuple[str, list[bytes]]]:
    """Run a web server that answers everything alike; yield its URL and what it was sent."""
    seen: list[bytes] = []

    class _Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            seen.append(f"{self.requestline}\n{self.headers}".encode())
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_CONNECT = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def _check_nothing_was_lost(covered, before, ran, words) -> None:
    assert ran.code != 0, f"{words}:\n{ran.text}"
    assert "Traceback" not in ran.text
    assert before.writes() == []
    assert set(covered.stack.resources()) == set(ALL), f"{words}:\n{ran.text}"
    assert all(in_force(covered.world, entry) for entry in before.entries)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>Not Found</html>"),
        pytest.param(404, b'{"detail": "Not Found"}', marks=pytest.mark.slow),
        (200, b"{}"),
    ],
    ids=["404 of a web server", "404 of another API", "200 with nothing"],
)
def test_another_server_at_the_url_empties_no_state(covered, status, body):
    before = covered.moment()
    with answering(status, body, "application/json") as (url, _):
        for words in _COMMANDS:
            ran = covered.stack.run(*words, "--yes", "--skip-preview", env={"TWILIO_API_URL": url})
            _check_nothing_was_lost(covered, before, ran, words)
    covered.converges_by_destroy()


def test_path_behind_the_url_empties_no_state(covered):
    before = covered.moment()
    elsewhere = {"TWILIO_API_URL": covered.stack.env["TWILIO_API_URL"] + "/somewhere/else"}
    for words in _COMMANDS:
        ran = covered.stack.run(*words, "--yes", "--skip-preview", env=elsewhere)
        _check_nothing_was_lost(covered, before, ran, words)


@pytest.mark.parametrize("answer", ["404", pytest.param("401", marks=pytest.mark.slow)])
def test_credentials_that_do_not_reach_the_account_empty_no_state(covered, answer):
    world = covered.world
    other = world.add_account()
    key, secret = world.add_api_key(other.sid)
    world.switches.set("foreign_account", answer)
    before = covered.moment()
    keys = {"TWILIO_API_KEY": key, "TWILIO_API_SECRET": secret, "TWILIO_AUTH_TOKEN": ""}
    for words in _COMMANDS:
        ran = covered.stack.run(*words, "--yes", "--skip-preview", env=keys)
        _check_nothing_was_lost(covered, before, ran, words)


_RENAMED = PROGRAM.replace('"office"', '"headquarters"').replace("645", "650").replace('"lobby"', '"hall"')


def test_credentials_of_another_account_write_nothing_there(covered):
    other = covered.world.add_account()
    env = {"TWILIO_ACCOUNT_SID": other.sid, "TWILIO_AUTH_TOKEN": other.auth_token}
    before = covered.moment()
    covered.stack.program(_RENAMED)
    ran = covered.stack.run("up", "--yes", expect=1, env=env)
    assert other.sid in ran.errors
    assert before.writes() == []
    covered.stack.program(PROGRAM)
    covered.converges_by_up()


@pytest.mark.parametrize("then", ["up", pytest.param("destroy", marks=pytest.mark.slow)])
def test_address_made_in_another_account_without_a_preview_is_named_with_a_remedy_that_works(covered, then):
    """Before its first create the provider is not shown which account the state is of."""
    world, stack = covered.world, covered.stack
    other = world.add_account()
    env = {"TWILIO_ACCOUNT_SID": other.sid, "TWILIO_AUTH_TOKEN": other.auth_token}
    before = covered.moment()
    stack.program(_RENAMED)
    assert other.sid in stack.up(expect=1, env=env).errors
    assert all(f"/{other.sid}/Addresses" in line for line in before.writes()), before.writes()
    assert all(in_force(world, entry) for entry in before.entries)

    ran = stack.up(expect=1)
    urn = stack.urn("headquarters")
    assert f"address lives in account {other.sid}" in ran.errors, ran.text
    assert f"pulumi state delete '{urn}'" in ran.errors, ran.text
    world.remove(stack.outputs("headquarters")["sid"])
    stack.run("state", "delete", urn, "--yes", expect=0)
    stack.program(PROGRAM)
    covered.converges_by(then)


def test_credentials_moved_into_config_are_missed_with_the_way_out(covered):
    """The engine hands over the config of the last `up`, so what was set since is not seen without the program."""
    stack = covered.stack
    token = stack.env.pop("TWILIO_AUTH_TOKEN")
    stack.run("config", "set", "--secret", "twilio:authToken", token, expect=0)
    for words in (("refresh",), ("destroy",)):
        ran = stack.run(*words, "--yes", "--skip-preview", expect=1)
        assert "--run-program" in ran.errors, ran.text
        assert "pulumi up" in ran.errors
    stack.run("refresh", "--yes", "--skip-preview", "--run-program", expect=0)
    stack.up()
    covered.converges_by_destroy()


def test_token_in_plain_config_is_warned_of(covered):
    stack = covered.stack
    stack.run("config", "set", "--plaintext", "twilio:authToken", stack.env["TWILIO_AUTH_TOKEN"], expect=0)
    ran = stack.up()
    assert "--secret" in ran.errors, ran.text


def test_plain_http_to_this_machine_does_not_go_through_a_proxy(covered):
    with answering(400, b"proxy") as (proxy, seen):
        env = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), proxy)
        ran = covered.stack.refresh(env={**env, "NO_PROXY": "", "no_proxy": ""}, expect=None)
        to_twilio = [request for request in seen if b"2010-04-01" in request or b"Authorization" in request]
        assert to_twilio == []
    assert ran.code == 0, ran.text


def test_control_characters_of_an_answer_are_shown_escaped(covered):
    message = "bad \x1b]0;owned\x07 \x1b[31mred\rover\x00 \u202eturned"
    body = json.dumps({"code": 20001, "message": message, "status": 400, "more_info": "x"}).encode()
    with answering(400, body, "application/json") as (url, _):
        ran = covered.stack.run(
            "refresh", "--yes", "--skip-preview", "--color", "never", env={"TWILIO_API_URL": url}
        )
    assert ran.code != 0
    for character in ("\x1b", "\x07", "\x00", "\r", "\u202e"):
        assert character not in ran.text, repr(ran.text)
