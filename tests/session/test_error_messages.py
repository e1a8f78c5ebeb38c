"""What the operator reads: what happened, what it means for someone dialling 911, what to do next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.http.response import Response

from pulumi_twilio_emergency.core.model.problem import (
    EmergencyError,
    InterruptedBeforeChange,
    Problem,
    Refused,
    RolledBack,
    Unconfirmed,
    Unfinished,
)
from pulumi_twilio_emergency.core.ports import WRONG_API_URL, GatewayError, Interrupted, NotSent
from pulumi_twilio_emergency.session.error_messages import LAST_CONFIG, STACK_CONFIG, explain, problem_of
from pulumi_twilio_emergency.twilio_gateway.errors import refusal
from pulumi_twilio_emergency.twilio_gateway.settings import UnusableSettings
from support.fake_twilio import number, unhurried
from twilio_gateway.flaky_transport import answer

UNCHANGED = "No registration was changed."
NOT_PROVEN = "Nothing is proven to be gone: state is left as it is, and no registration was changed."
NOT_KNOWN = "Whether the request took effect is not known."
NOT_ACTIVE = "It can place no calls, and nothing was changed in it."
AGAIN = "Run it again."
UP_AGAIN = "Run it again: every step first looks at what is already true."
PROBLEM = Problem("It is so.", "It means this.", "Do that.", where="city")

TABLE = [
    # code and status
    ({"status": 401, "code": 20003}, "credentials (20003)", UNCHANGED, "TWILIO_AUTH_TOKEN"),
    ({"status": 403, "code": 20003}, "credentials (20003)", UNCHANGED, "TWILIO_AUTH_TOKEN"),
    ({"status": 401}, "credentials (20003)", UNCHANGED, "Keys of another Region or of a parent account do not work here."),
    ({"status": 401, "code": 20005}, "not active (20005)", NOT_ACTIVE, "Reactivate it"),
    ({"status": 403, "code": 20008}, "test credentials", UNCHANGED, "twilio-emulator"),
    ({"status": 400, "code": 22402}, "in this Region (22402)", UNCHANGED, "remove TWILIO_REGION"),
    ({"status": 429, "code": 20429}, "'too many requests' (20429)", UNCHANGED, AGAIN),
    ({"status": 429}, "'too many requests' (20429)", UNCHANGED, AGAIN),
    ({"status": 404, "code": 20404, "gone": True}, "has no such object in this account: no (HTTP 404, code 20404).", UNCHANGED, "Check the SID"),
    ({"status": 404, "code": 20404}, "No (HTTP 404).", NOT_PROVEN, "Check TWILIO_API_URL and the credentials."),
    ({"status": 404}, "No (HTTP 404).", NOT_PROVEN, "Check TWILIO_API_URL and the credentials."),
    ({"status": 403, "code": 20403}, "let these credentials do this: no (HTTP 403, code 20403).", UNCHANGED, "API key"),
    ({"status": 500, "outcome_unknown": True}, "Twilio failed: no (HTTP 500).", NOT_KNOWN, AGAIN),
    ({"status": 503, "code": 20503, "outcome_unknown": True}, "Twilio failed: no (HTTP 503, code 20503).", NOT_KNOWN, AGAIN),
    ({"status": 500}, "Twilio failed: no (HTTP 500).", UNCHANGED, AGAIN),
    ({"outcome_unknown": True}, "No answer from Twilio: no.", NOT_KNOWN, AGAIN),
    ({}, "No answer from Twilio: no.", UNCHANGED, "TWILIO_API_URL"),
    ({"status": 400, "code": 21601}, "Twilio refused: no (HTTP 400, code 21601).", UNCHANGED, "errors/21601 may tell more."),
    ({"status": 400}, "Twilio refused: no (HTTP 400).", UNCHANGED, "Correct the program and run it again."),
]  # fmt: skip


@pytest.mark.parametrize(("said", "what", "meaning", "remedy"), TABLE)
def test_error_of_twilio_is_said_in_three_parts(said, what, meaning, remedy):
    problem = problem_of(GatewayError("no", **said))

    assert what in problem.what
    assert problem.meaning == meaning
    assert remedy in problem.remedy


def test_answer_of_something_else_is_not_called_a_refusal_of_twilio():
    problem = problem_of(GatewayError(f"what answered is a redirect; {WRONG_API_URL}", status=302))

    assert problem.what == f"What answered is a redirect; {WRONG_API_URL}"
    assert problem.remedy.startswith("Check TWILIO_API_URL, and whether a proxy or web filter answers")


@pytest.mark.parametrize("said", [{"status": 429}, {"status": 500}, {"outcome_unknown": True}, {}])
def test_second_run_is_said_to_look_first_only_where_it_takes_steps(said):
    """The commands without a stack only read."""
    error = GatewayError("no", **said)

    assert problem_of(error).remedy.endswith(AGAIN)
    assert explain(error).endswith(UP_AGAIN)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            answer(403, "<html>Blocked</html>"),
            [
                f"What answered POST x with HTTP 403 is not Twilio's own answer; {WRONG_API_URL}",
                UNCHANGED,
                f"Check TWILIO_API_URL, and whether a proxy or web filter answers instead of Twilio. {AGAIN}",
            ],
        ),
        (
            answer(407, "<html>"),
            ["A proxy asks for a user name and password.", UNCHANGED, f"Correct that first. {AGAIN}"],
        ),
    ],
    ids=["403", "407"],
)
def test_refusal_that_is_not_of_twilio_is_not_blamed_on_program_or_credentials(made, said):
    response = Response(made.status_code, made.text, made.headers)

    problem = problem_of(refusal(response, "POST x", write=True, repeatable=True))
    assert str(problem).splitlines() == said


def test_request_that_was_not_sent_is_not_blamed_on_twilio_or_the_network():
    said = "The time limit passed.\nThis request was not sent, so it changed nothing.\n"
    assert explain(NotSent("The time limit passed.")) == (
        f"{said}Raise custom_timeouts, or run the same command again."
    )
    assert str(problem_of(NotSent("The time limit passed."))) == f"{said}Run the same command again."


def test_request_that_was_not_sent_again_after_a_lost_answer_is_of_unknown_outcome():
    assert problem_of(NotSent("The time limit passed.", outcome_unknown=True)).meaning == NOT_KNOWN


@pytest.mark.parametrize("code", [22402, 22403])
def test_refused_region_is_named_by_the_code_that_came(code):
    assert f"({code})" in problem_of(GatewayError("no", status=400, code=code)).what


def test_question_in_an_error_text_gets_no_full_stop():
    error = GatewayError("what answered is not Twilio's API (no JSON); is the API URL right?")

    assert "?." not in problem_of(error).what


@unhurried
@given(
    st.text(),
    st.none() | st.integers(300, 599),
    st.none() | st.integers(0, 99_999),
    st.booleans(),
)
def test_any_error_has_three_parts_and_an_unknown_outcome_is_never_called_unchanged(
    text, status, code, outcome_unknown
):
    problem = problem_of(GatewayError(text, status=status, code=code, outcome_unknown=outcome_unknown))

    assert problem.what
    assert problem.remedy
    assert problem.meaning in {UNCHANGED, NOT_ACTIVE, NOT_PROVEN, NOT_KNOWN}
    if outcome_unknown:
        assert problem.meaning == NOT_KNOWN


@pytest.mark.parametrize(
    "error",
    [
        EmergencyError(PROBLEM),
        Refused(PROBLEM),
        InterruptedBeforeChange(PROBLEM),
        RolledBack(PROBLEM),
        Unconfirmed(PROBLEM),
        Unfinished(PROBLEM, number(), 1.0),
    ],
    ids=lambda error: type(error).__name__,
)
def test_error_of_core_is_shown_as_it_is(error):
    assert explain(error) == "It is so.\nIt means this.\nDo that."


def test_error_of_the_gateway_is_shown_in_three_parts():
    error = GatewayError("bad unit", status=400, code=21601)

    text = explain(error)

    assert text == str(problem_of(error, STACK_CONFIG))
    assert len(text.split("\n")) == 3


REFUSED_CREDENTIALS = GatewayError("no", status=401, code=20003)
ACCOUNT_NOT_SHOWN = GatewayError("no", status=404)
NOT_OF_TWILIO = GatewayError(f"what answered is no API; {WRONG_API_URL}")
UNSET = UnusableSettings(PROBLEM)


@pytest.mark.parametrize("error", [REFUSED_CREDENTIALS, ACCOUNT_NOT_SHOWN, NOT_OF_TWILIO, UNSET])
def test_config_of_the_last_up_is_mentioned_only_where_no_program_runs(error):
    assert explain(error, without_program=True).endswith(LAST_CONFIG)
    assert LAST_CONFIG not in explain(error)


@pytest.mark.parametrize("error", [GatewayError("no", status=500), Refused(PROBLEM), Interrupted()])
def test_config_of_the_last_up_is_not_mentioned_where_it_cannot_be_the_cause(error):
    assert LAST_CONFIG not in explain(error, without_program=True)


@pytest.mark.parametrize(
    "error",
    [
        REFUSED_CREDENTIALS,
        ACCOUNT_NOT_SHOWN,
        GatewayError("no"),
        GatewayError(f"what answered is no API; {WRONG_API_URL}", status=302),
        GatewayError("no", status=400, code=22402),
    ],
)
def test_setting_is_named_by_key_and_variable_in_pulumi_and_by_variable_elsewhere(error):
    in_pulumi, elsewhere = explain(error), str(problem_of(error))
    assert "twilio:" in in_pulumi
    assert "TWILIO_" in in_pulumi
    assert "twilio:" not in elsewhere
    assert "TWILIO_" in elsewhere


def test_interruption_before_any_change_says_that_nothing_changed():
    assert explain(Interrupted()) == f"Interrupted before anything was changed.\n{UNCHANGED}\n{UP_AGAIN}"


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), KeyboardInterrupt(), MemoryError()])
def test_unforeseen_error_has_no_text(error):
    """The host then says that it is a bug, without quoting the error: it may hold credentials or addresses."""
    assert explain(error) is None


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem("a", "b", "c"), "a\nb\nc"),
        (Problem("a", "", "c"), "a\nc"),
        (Problem("a", "b"), "a\nb"),
        (Problem("a", where="city"), "a"),
    ],
)
def test_empty_part_of_a_problem_leaves_no_gap(problem, said):
    assert str(problem) == said
