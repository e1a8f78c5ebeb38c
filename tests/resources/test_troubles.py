"""What the operator reads: what is so, what it means for someone who dials 911, what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.model.problem import (
    EmergencyError,
    Interrupted,
    Problem,
    Refused,
    RolledBack,
    Unconfirmed,
    Unfinished,
)
from pulumi_twilio_emergency.hosts.dynamic import CleanFailure, PartialFailure, Stopped
from pulumi_twilio_emergency.session.error_messages import explain, problem_of
from support.fake_twilio import number, unhurried

UNCHANGED = "What is registered stays registered."
NOT_KNOWN = "Whether the request took effect is not known."
AGAIN = "Run it again; every step first looks at what is already true."
PROBLEM = Problem("It is so.", "It means this.", "Do that.", where="city")

TABLE = [
    # code and status
    ({"status": 401, "code": 20003}, "credentials (20003)", UNCHANGED, "twilio:authToken"),
    ({"status": 403, "code": 20003}, "credentials (20003)", UNCHANGED, "twilio:authToken"),
    ({"status": 401}, "credentials (20003)", UNCHANGED, "Keys of another Region do not work here."),
    ({"status": 403, "code": 20008}, "test credentials", UNCHANGED, "twilio-emulator"),
    ({"status": 400, "code": 22402}, "in this Region (22402)", UNCHANGED, "remove twilio:region"),
    ({"status": 429, "code": 20429}, "too many requests (20429)", UNCHANGED, AGAIN),
    ({"status": 429}, "too many requests (20429)", UNCHANGED, AGAIN),
    ({"status": 404, "code": 20404}, "does not have it in this account: no. (HTTP 404, code 20404).", UNCHANGED, "Check the SID"),
    ({"status": 404}, "does not have it in this account: no. (HTTP 404).", UNCHANGED, "Check the SID"),
    ({"status": 400, "code": 20404}, "does not have it in this account", UNCHANGED, "Check the SID"),
    ({"status": 403, "code": 20403}, "let these credentials do this: no. (HTTP 403, code 20403).", UNCHANGED, "API key"),
    ({"status": 500, "lost": True}, "Twilio failed: no. (HTTP 500).", NOT_KNOWN, AGAIN),
    ({"status": 503, "code": 20503, "lost": True}, "Twilio failed: no. (HTTP 503, code 20503).", NOT_KNOWN, AGAIN),
    ({"lost": True}, "No answer from Twilio: no.", NOT_KNOWN, AGAIN),
    ({}, "No answer from Twilio: no.", UNCHANGED, "twilio:apiUrl"),
    ({"status": 400, "code": 21601}, "Twilio refused: no. (HTTP 400, code 21601).", UNCHANGED, "errors/21601 may tell more."),
    ({"status": 400}, "Twilio refused: no. (HTTP 400).", UNCHANGED, "Correct the program and run it again."),
]  # fmt: skip


@pytest.mark.parametrize(("said", "what", "meaning", "remedy"), TABLE)
def test_each_trouble_is_said_in_three_beats(said, what, meaning, remedy):
    text = "no" if not said.get("status") else "no."

    problem = problem_of(GatewayError(text, **said))

    assert what in problem.what
    assert problem.meaning == meaning
    assert remedy in problem.remedy


@pytest.mark.parametrize("code", [22402, 22403])
def test_a_region_that_is_refused_is_named_by_the_code_that_came(code):
    assert f"({code})" in problem_of(GatewayError("no", status=400, code=code)).what


def test_a_question_is_not_given_a_full_stop():
    trouble = GatewayError("what answered is not Twilio's API (no JSON); is twilio:apiUrl right?")

    assert "?." not in problem_of(trouble).what


@unhurried
@given(
    st.text(),
    st.none() | st.integers(300, 599),
    st.none() | st.integers(0, 99_999),
    st.booleans(),
)
def test_any_trouble_has_three_beats_and_never_calls_the_unknown_unchanged(text, status, code, lost):
    problem = problem_of(GatewayError(text, status=status, code=code, outcome_unknown=lost))

    assert problem.what
    assert problem.remedy
    assert problem.meaning in {UNCHANGED, NOT_KNOWN}
    if lost and status is None and code is None:
        assert problem.meaning == NOT_KNOWN


@pytest.mark.parametrize(
    "error",
    [
        EmergencyError(PROBLEM),
        Refused(PROBLEM),
        RolledBack(PROBLEM),
        Unconfirmed(PROBLEM),
        Unfinished(PROBLEM, number(), 1.0),
    ],
    ids=lambda error: type(error).__name__,
)
def test_our_bad_news_reaches_the_screen_as_it_is(error):
    failure = explain(error)

    assert isinstance(failure, CleanFailure)
    assert str(failure) == "It is so.\nIt means this.\nDo that."


def test_what_the_gateway_raises_reaches_the_screen_in_three_beats():
    error = GatewayError("bad unit", status=400, code=21601)

    failure = explain(error)

    assert isinstance(failure, CleanFailure)
    assert str(failure) == str(problem_of(error))
    assert len(str(failure).split("\n")) == 3


@pytest.mark.parametrize("error", [Interrupted(), Stopped()])
def test_an_interruption_is_no_mistake(error):
    failure = explain(error)

    assert isinstance(failure, CleanFailure)
    assert str(failure) == f"Interrupted.\nNothing more was changed after the interruption.\n{AGAIN}"


@pytest.mark.parametrize(
    "error", [CleanFailure("done"), PartialFailure("half", "PN1", {}), ValueError("x"), KeyboardInterrupt()]
)
def test_everything_else_is_passed_on_as_it_is(error):
    assert explain(error) is error


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem("a", "b", "c"), "a\nb\nc"),
        (Problem("a", "", "c"), "a\nc"),
        (Problem("a", "b"), "a\nb"),
        (Problem("a", where="city"), "a"),
    ],
)
def test_beats_that_say_nothing_leave_no_gap(problem, said):
    assert str(problem) == said
