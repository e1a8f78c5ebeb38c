"""Which writes may still be carried out, after everything that follows them."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.twilio_gateway import LateWrite
from support.fake_twilio import ACCOUNT, sid
from support.socket_server import http, serving
from twilio_gateway.flaky_transport import (
    DESK,
    HOME,
    PHONES,
    READS,
    REPEATABLE_WRITES,
    WRITES,
    ManualClock,
    RealClock,
    answer,
    each,
    error_of,
    reached_gateway,
    refused,
    twilio_at,
)
from twilio_gateway.test_governor import LOST, NEVER_SENT, dropped

HTML = "<html>Gateway Timeout</html>"
OPEN = {
    "504 of a gateway": lambda: answer(504, HTML),
    "504 in Twilio's form": lambda: refused(504, 20504),
    "502 in Twilio's form": lambda: refused(502, 20502),
    "503 of something else": lambda: answer(503, HTML),
    "503 as JSON of something else": lambda: answer(503, {"status": 503, "message": "no healthy upstream"}),
    "code that is not of the status": lambda: refused(503, 20500),
    "body of another status": lambda: answer(503, {"status": 500, "code": 20503, "message": "no"}),
    "520 of a CDN": lambda: answer(520),
    "dropped": dropped,
    **{name: lambda failure=failure: failure for name, failure in LOST.items()},
}
ENDED = {
    "Twilio's 500": lambda: refused(500, 20500),
    "Twilio's 503": lambda: refused(503, 20503),
    "Twilio's 429": lambda: refused(429, 20429),
    "429 of something else": lambda: answer(429, HTML),
    "conflict": lambda: refused(409, 20409),
    **{name: lambda failure=failure: failure for name, failure in NEVER_SENT.items()},
}
REFUSED = {
    "400": lambda: refused(400, 21629),
    "404": lambda: refused(404, 20404),
    "403 of a web filter": lambda: answer(403, HTML),
    "redirect": lambda: answer(302),
}
THEIRS = {
    "submit": LateWrite(ACCOUNT, DESK),
    "clear": LateWrite(ACCOUNT, DESK),
    "switch": LateWrite(ACCOUNT, PHONES),
}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("made", OPEN.values(), ids=OPEN)
def test_write_that_was_not_answered_by_twilio_may_be_late_although_its_repeat_is_confirmed(
    clock, made, name
):
    twilio, transport = reached_gateway(clock, made())

    WRITES[name](twilio)

    assert len(transport.asked) == 2
    assert twilio.governor.late == {THEIRS[name]}


@pytest.mark.parametrize("made", ENDED.values(), ids=ENDED)
def test_write_that_twilio_has_ended_or_that_was_never_sent_is_not_late(clock, made):
    twilio, transport = reached_gateway(clock, made())

    WRITES["clear"](twilio)

    assert len(transport.asked) == 2
    assert twilio.governor.late == set()


@pytest.mark.parametrize("made", REFUSED.values(), ids=REFUSED)
def test_write_that_was_refused_is_not_late(clock, made):
    twilio, _ = reached_gateway(clock, made())

    error_of(WRITES["clear"], twilio)

    assert twilio.governor.late == set()


@each({name: WRITES[name] for name in ("create", "rename", "delete")} | READS)
def test_request_about_addresses_and_a_read_are_never_late(clock, ask):
    """A late create or rename changes nothing that is registered; an address in use is not deleted."""
    twilio, transport = reached_gateway(clock, answer(504, HTML))
    transport.always = lambda _: answer(504, HTML)

    error_of(ask, twilio)

    assert twilio.governor.late == set()


def test_number_that_a_later_write_has_changed_stays_among_the_late(clock):
    """The first copy of the clearing would undo just that later change."""
    twilio, _ = reached_gateway(clock, answer(504, HTML))

    twilio.set_emergency_address(DESK, None)
    twilio.set_emergency_address(DESK, HOME)
    twilio.set_emergency_address(sid("PN", 2), HOME)

    assert twilio.governor.late == {LateWrite(ACCOUNT, DESK)}


@pytest.mark.parametrize("made", [lambda: answer(200, HTML), ZeroDivisionError])
def test_write_whose_answer_cannot_be_understood_may_be_late(clock, made):
    twilio, _ = reached_gateway(clock, made())

    with pytest.raises((GatewayError, ZeroDivisionError)):
        WRITES["clear"](twilio)

    assert twilio.governor.late == {LateWrite(ACCOUNT, DESK)}


def cuts(server, peer):
    """Take one request and cut the connection, as a proxy does that gives up."""
    server.receive(peer)


def cuts_its_answer(server, peer):
    server.receive(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")


def stops_sending(server, peer):
    cuts_its_answer(server, peer)
    server._stop.wait(5)


def is_a_gateway(server, peer):
    server.receive(peer)
    peer.sendall(http(HTML.encode(), "504 Gateway Timeout"))


@pytest.mark.parametrize("serve", [cuts, cuts_its_answer, stops_sending, is_a_gateway])
def test_write_over_a_socket_without_an_answer_of_twilio_may_be_late(serve):
    with serving(serve) as server:
        twilio = twilio_at(f"http://127.0.0.1:{server.port}", RealClock(), timeout=0.5)
        error_of(WRITES["clear"], twilio)

    assert twilio.governor.late == {LateWrite(ACCOUNT, DESK)}


@each(REPEATABLE_WRITES)
@pytest.mark.parametrize(("idle", "closed"), [(3.9, 0), (4.0, 1)])
def test_write_is_not_sent_on_a_connection_that_the_server_may_be_closing(clock, ask, idle, closed):
    """It would be among the late ones in quite ordinary commands, after each wait for a registration."""
    twilio, transport = reached_gateway(clock)
    clock.now += idle

    ask(twilio)

    assert transport.closed == closed


def test_read_uses_an_idle_connection(clock):
    twilio, transport = reached_gateway(clock)
    clock.now += 3_600

    twilio.number(DESK)

    assert transport.closed == 0
