""" "Gone" needs proof: Twilio's own 404, and the account reached in the same place."""

from __future__ import annotations

import pytest

from support.fake_twilio import ACCOUNT
from twilio_gateway.flaky_transport import (
    ADDRESS,
    DESK,
    DOMAIN,
    EVERYTHING,
    HOME,
    MORE_READS,
    NUMBER,
    PHONES,
    READS,
    WRITES,
    ManualClock,
    absent,
    answer,
    create,
    each,
    error_of,
    gateway,
    page,
    reached_gateway,
    refused,
)

EVERY_METHOD = EVERYTHING | MORE_READS
FETCHES = {
    "number": (lambda twilio: twilio.number(DESK), NUMBER),
    "address": (lambda twilio: twilio.address(HOME), ADDRESS),
    "domain": (lambda twilio: twilio.domain(PHONES), DOMAIN),
}
DEEP = "[" * 100_000 + "]" * 100_000

FETCHES = {
    "number": (lambda twilio: twilio.number(DESK), NUMBER),
    "address": (lambda twilio: twilio.address(HOME), ADDRESS),
    "domain": (lambda twilio: twilio.domain(PHONES), DOMAIN),
}
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
def clock():
    return ManualClock()


@pytest.mark.parametrize(
    "ask", [READS["fetch"], MORE_READS["address"], MORE_READS["domain"], WRITES["delete"]]
)
def test_404_of_twilio_after_the_account_was_reached_is_gone(clock, ask):
    twilio, transport = reached_gateway(clock, absent())

    error = error_of(ask, twilio)

    assert (error.gone, error.status, error.code) == (True, 404, 20404)
    assert len(transport.asked) == 1


@pytest.mark.parametrize("ask", [READS["fetch"], WRITES["delete"]])
def test_404_of_twilio_before_the_account_was_reached_takes_one_proof(clock, ask):
    twilio, transport = gateway(clock, absent(), page([]), absent())

    assert error_of(ask, twilio).gone
    assert [request.url.rpartition("/")[2] for _, request in transport.asked][1:] == [
        "IncomingPhoneNumbers.json?PageSize=1"
    ]
    assert error_of(ask, twilio).gone
    assert len(transport.asked) == 3


@pytest.mark.parametrize("first", [*FETCHES.values(), (MORE_READS["domains"], None), (create, ADDRESS)])
def test_account_is_reached_by_any_answer_of_it(clock, first):
    twilio, transport = gateway(clock)
    first[0](twilio)
    transport.script = [absent()]

    assert error_of(READS["fetch"], twilio).gone
    assert twilio.reachable()
    assert len(transport.asked) == 2


@each(READS | {"delete": WRITES["delete"]})
@pytest.mark.parametrize(
    "proof",
    [
        absent,
        lambda: refused(401, 20003),
        lambda: refused(403, 20403),
        lambda: answer(404),
        lambda: answer(200, "{}"),
    ],
    ids=["404", "401", "403", "foreign 404", "foreign 200"],
)
def test_404_from_an_account_that_is_not_reached_is_not_gone(clock, ask, proof):
    """Credentials of another account, or another server, answer 404 to whatever is asked."""
    twilio, transport = gateway(clock, absent(), proof())
    transport.always = lambda _: absent()

    error = error_of(ask, twilio)

    assert not error.gone
    assert not error.transient
    if ask is not READS["list"]:
        assert error.status == 404
        assert f"does not show account {ACCOUNT} at all" in error.text
        assert "the API URL" in error.text
        assert "another account" in error.text


def test_404_whose_proof_fails_for_a_while_is_not_gone(clock):
    twilio, transport = gateway(clock, absent())
    transport.always = lambda _: answer(503)

    error = error_of(READS["fetch"], twilio)

    assert (error.gone, error.status, error.transient) == (False, 503, True)


@each({"fetch": READS["fetch"], "delete": WRITES["delete"]})
@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>404</html>",
        "[1]",
        "null",
        "{}",
        DEEP,
        '{"code": 20404}',
        '{"code": "20404", "status": 404}',
        '{"code": 20404, "status": 400}',
        '{"code": 20404, "status": "404"}',
        '{"code": 1, "status": 404}',
        '{"detail": "Not Found"}',
    ],
)
def test_404_without_the_error_body_of_twilio_is_not_gone(clock, ask, body):
    twilio, transport = reached_gateway(clock, answer(404, body))

    error = error_of(ask, twilio)

    assert (error.gone, error.status) == (False, 404)
    assert len(transport.asked) == 1


@each({name: ask for name, ask in WRITES.items() if name != "delete"} | {"list": READS["list"]})
def test_404_to_a_write_or_a_list_is_not_gone(clock, ask):
    twilio, _ = reached_gateway(clock, absent())

    assert not error_of(ask, twilio).gone


def test_404_to_a_repeated_deletion_whose_answer_was_lost_is_gone(clock):
    twilio, _ = reached_gateway(clock, answer(503), absent())

    error = error_of(WRITES["delete"], twilio)

    assert (error.gone, error.outcome_unknown) == (True, False)


@pytest.mark.parametrize("status", [401, 403])
def test_account_that_refuses_the_credentials_is_not_reachable(clock, status):
    assert not gateway(clock, refused(status))[0].reachable()


def test_account_that_does_not_exist_for_the_credentials_is_not_reachable(clock):
    assert not gateway(clock, absent())[0].reachable()


def test_account_that_answers_is_reachable_and_asked_once(clock):
    twilio, transport = gateway(clock)

    assert twilio.reachable()
    assert twilio.reachable()
    assert len(transport.asked) == 1


@pytest.mark.parametrize(
    "made",
    [
        lambda: answer(503),
        lambda: answer(404),
        lambda: answer(401, "<html>log in</html>"),
        lambda: answer(403, "<html>blocked by a web filter</html>"),
        lambda: answer(200, "{}"),
    ],
)
def test_whether_an_account_is_reachable_is_an_error_when_twilio_does_not_answer(clock, made):
    twilio, transport = gateway(clock)
    transport.always = lambda _: made()

    error_of(lambda twilio: twilio.reachable(), twilio)
