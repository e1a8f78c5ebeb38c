"""How every request travels: few at a time, patient, and never twice where that could do harm."""

from __future__ import annotations

import base64
import logging
import socket
import threading
from urllib.parse import parse_qsl

import pytest
import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from pulumi_twilio_emergency.core.ports import WRONG_API_URL, GatewayError
from pulumi_twilio_emergency.twilio_gateway import Limits, TwilioGateway, connect
from pulumi_twilio_emergency.twilio_gateway.errors import no_answer
from support.fake_twilio import ACCOUNT, Crowd, reached, sid
from twilio_gateway.flaky_transport import (
    DESK,
    EVERYTHING,
    HOME,
    LIST_PATH,
    NUMBER,
    PHONES,
    READS,
    REPEATABLE,
    REPEATABLE_WRITES,
    SETTINGS,
    TOKEN,
    WRITES,
    FlakyTransport,
    ManualClock,
    answer,
    create,
    each,
    error_of,
    mounted,
    page,
    reached_gateway,
    refused,
)


@pytest.fixture
def clock():
    return ManualClock()


@each(EVERYTHING)
def test_accepted_request_is_sent_once(clock, ask):
    twilio, transport = reached_gateway(clock)

    ask(twilio)

    assert len(transport.asked) == 1
    assert clock.slept == []


def test_request_is_signed_and_limited_in_time(clock):
    twilio, transport = reached_gateway(clock, timeout=7)

    twilio.number(DESK)

    [(_, request)] = transport.asked
    assert request.headers["Authorization"].split() == [
        "Basic",
        base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode(),
    ]
    assert transport.timeouts == [7]


def test_environment_of_the_twilio_helper_is_ignored(clock, monkeypatch):
    for name, value in {
        "TWILIO_REGION": "ie1",
        "TWILIO_EDGE": "dublin",
        "TWILIO_ACCOUNT_SID": sid("AC", 9),
    }.items():
        monkeypatch.setenv(name, value)
    twilio, transport = reached_gateway(clock)

    twilio.number(DESK)

    [(_, request)] = transport.asked
    assert (
        request.url
        == f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers/{DESK}.json"
    )


@pytest.mark.parametrize(
    ("ask", "path", "form"),
    [
        (WRITES["submit"], f"IncomingPhoneNumbers/{DESK}.json", {"EmergencyAddressSid": HOME}),
        (WRITES["clear"], f"IncomingPhoneNumbers/{DESK}.json", {"EmergencyAddressSid": ""}),
        (WRITES["rename"], f"Addresses/{HOME}.json", {"FriendlyName": "office"}),
        (WRITES["switch"], f"SIP/Domains/{PHONES}.json", {"EmergencyCallingEnabled": "true"}),
        (
            lambda twilio: twilio.set_domain(PHONES, enabled=False, caller_sid=""),
            f"SIP/Domains/{PHONES}.json",
            {"EmergencyCallingEnabled": "false", "EmergencyCallerSid": ""},
        ),
        (
            create,
            "Addresses.json",
            {
                "CustomerName": "Twilio",
                "Street": "645 HARRISON ST",
                "City": "SAN FRANCISCO",
                "Region": "CA",
                "PostalCode": "94105",
                "IsoCountry": "US",
                "FriendlyName": "office",
                "EmergencyEnabled": "true",
                "AutoCorrectAddress": "false",
            },
        ),
    ],
    ids=["submit", "clear", "rename", "switch", "switch off and clear caller", "create"],
)
def test_write_submits_its_own_fields_and_no_other(clock, ask, path, form):
    twilio, transport = reached_gateway(clock)

    ask(twilio)

    [(_, request)] = transport.asked
    assert request.url.endswith(f"/{ACCOUNT}/{path}")
    assert dict(parse_qsl(request.body, keep_blank_values=True)) == form


@each(EVERYTHING)
def test_request_refused_with_429_is_sent_again(clock, ask):
    twilio, transport = reached_gateway(clock, refused(429, 20429), refused(429, 20429))

    ask(twilio)

    assert len(transport.asked) == 3


def test_pauses_without_retry_after_double(clock):
    twilio, _ = reached_gateway(clock, *[refused(429) for _ in range(9)])

    twilio.number(DESK)

    for tries, pause in enumerate(clock.slept):
        most = min(30.0, 0.5 * 2**tries)
        assert most / 2 <= pause <= most
    assert len(clock.slept) == 9


@pytest.mark.parametrize("seconds", ["1", "60", "2.5"])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(clock, status, seconds):
    twilio, transport = reached_gateway(clock, refused(status, Retry_After=seconds))

    twilio.number(DESK)

    first, second = transport.times
    assert float(seconds) <= second - first <= float(seconds) + 0.05 + 1e-6


@pytest.mark.parametrize(
    ("value", "most"),
    [
        ("0", 0.05),
        ("-5", 0.05),
        ("", 0.5),
        ("soon", 0.5),
        ("nan", 0.5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0.5),
    ],
)
def test_odd_retry_after_neither_delays_nor_hurries_the_next_try(clock, value, most):
    twilio, transport = reached_gateway(clock, refused(429, Retry_After=value))

    twilio.number(DESK)

    assert 0 <= transport.times[1] - transport.times[0] <= most + 1e-6


@pytest.mark.parametrize("value", ["300", "86400", "inf", "1e400"])
def test_retry_after_beyond_patience_fails_at_once(clock, value):
    twilio, transport = reached_gateway(clock, refused(429, 20429, Retry_After=value))

    error = error_of(READS["fetch"], twilio)

    assert error.code == 20429
    assert len(transport.asked) == 1
    assert clock.slept == []


class Meanwhile(ManualClock):
    """A clock on which somebody else acts while the first sleeper sleeps."""

    act = None

    def sleep(self, seconds):
        act, self.act = self.act, None
        if act is not None:
            act()
        super().sleep(seconds)


def test_retry_after_of_one_request_holds_back_the_others():
    clock = Meanwhile()
    twilio, transport = reached_gateway(clock, refused(429, 20429, Retry_After="60"))
    clock.act = lambda: twilio.number(sid("PN", 2))

    twilio.number(DESK)

    assert transport.times[1] - transport.times[0] >= 60


def test_429_without_retry_after_holds_back_no_other():
    clock = Meanwhile()
    twilio, transport = reached_gateway(clock, refused(429, 20429))
    clock.act = lambda: twilio.number(sid("PN", 2))

    twilio.number(DESK)

    assert transport.times[1] == transport.times[0]
    assert transport.asked[1][1].url.endswith(f"{sid('PN', 2)}.json")


def test_later_retry_after_of_another_request_prolongs_the_pause():
    clock = Meanwhile()
    twilio, transport = reached_gateway(clock, refused(429, Retry_After="10"))

    def get_in_line():
        # While this one sleeps its ten seconds, another that was in flight is refused for a hundred.
        clock.act = lambda: setattr(twilio.governor, "_quiet_until", clock.now + 100)
        twilio.number(sid("PN", 2))

    clock.act = get_in_line
    twilio.number(DESK)

    assert transport.times[1] - transport.times[0] >= 100


@each(REPEATABLE)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_repeatable_request_is_sent_again_after_server_error(clock, ask, status):
    twilio, transport = reached_gateway(clock, answer(status), refused(status))

    ask(twilio)

    assert len(transport.asked) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_address_is_not_created_again_after_server_error(clock, status):
    twilio, transport = reached_gateway(clock, refused(status))

    error = error_of(create, twilio)

    assert error.outcome_unknown
    assert len(transport.asked) == 1


@each(EVERYTHING)
@pytest.mark.parametrize(("status", "code"), [(400, 20162), (409, 20409), (409, 20162)])
def test_request_that_collides_with_another_change_is_sent_again(clock, ask, status, code):
    twilio, transport = reached_gateway(clock, refused(status, code))

    ask(twilio)

    assert len(transport.asked) == 2


@each(EVERYTHING)
@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 21629), (400, None), (401, 20003), (403, 20403), (404, 20404), (409, 1), (302, None), (407, None)],
)
def test_refusal_is_final(clock, ask, status, code):
    twilio, transport = reached_gateway(clock, refused(status, code))

    error = error_of(ask, twilio)

    assert (error.status, error.code, error.outcome_unknown, error.transient) == (status, code, False, False)
    assert len(transport.asked) == 1


def unreachable(reason):
    return requests.exceptions.ConnectionError(MaxRetryError(None, "/", reason))


NEVER_SENT = {
    "refused": unreachable(NewConnectionError(None, "Failed to establish a new connection")),
    "no such host": unreachable(NameResolutionError("api.twilio.com", None, socket.gaierror(-2, "unknown"))),
    "connect timeout": requests.exceptions.ConnectTimeout(MaxRetryError(None, "/", ConnectTimeoutError())),
}
LOST = {
    "reset": requests.exceptions.ConnectionError("Connection reset by peer"),
    "read timeout": requests.exceptions.ReadTimeout("Read timed out."),
    "cut off": requests.exceptions.ChunkedEncodingError("IncompleteRead(7 bytes read, 93 more expected)"),
    "garbled": requests.exceptions.ContentDecodingError("Received response with content-encoding: gzip"),
}


@each(EVERYTHING)
@pytest.mark.parametrize("failure", NEVER_SENT.values(), ids=NEVER_SENT)
def test_request_that_never_left_is_sent_again(clock, ask, failure):
    twilio, transport = reached_gateway(clock, failure)

    ask(twilio)

    assert len(transport.asked) == 2


@pytest.mark.parametrize("failure", NEVER_SENT.values(), ids=NEVER_SENT)
def test_request_that_never_left_has_a_known_outcome(clock, failure):
    twilio, _ = reached_gateway(clock, *[failure] * 1000)

    error = error_of(create, twilio)

    assert not error.outcome_unknown
    assert error.transient
    assert error.text == "Twilio's API cannot be reached"


@each(REPEATABLE)
@pytest.mark.parametrize("failure", LOST.values(), ids=LOST)
def test_repeatable_request_is_sent_again_after_a_lost_answer(clock, ask, failure):
    twilio, transport = reached_gateway(clock, failure)

    ask(twilio)

    assert len(transport.asked) == 2


@pytest.mark.parametrize("failure", LOST.values(), ids=LOST)
def test_address_is_not_created_again_after_a_lost_answer(clock, failure):
    twilio, transport = reached_gateway(clock, failure)

    error = error_of(create, twilio)

    assert error.outcome_unknown
    assert error.transient
    assert error.status is None
    assert len(transport.asked) == 1


LATER = {
    "401": lambda _: refused(401, 20003),
    "400": lambda _: refused(400, 21631),
    "never sent": lambda _: NEVER_SENT["refused"],
}


@each(REPEATABLE_WRITES)
@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_later_refusal_leaves_the_outcome_of_an_earlier_try_unknown(clock, ask, later):
    twilio, transport = reached_gateway(clock, LOST["cut off"])
    transport.always = later

    assert error_of(ask, twilio).outcome_unknown


@each(READS)
def test_read_never_has_an_unknown_outcome(clock, ask):
    for failure in (answer(503), LOST["reset"], answer(200, "{}")):
        twilio, _ = reached_gateway(clock, failure, patience=0)

        assert not error_of(ask, twilio).outcome_unknown


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": "Authenticate", "code": 20003}, "Authenticate"),
        ({"type": "x", "title": "Bad", "detail": "The unit is missing", "status": 400, "code": 20003}, "The unit is missing"),
        ({"title": "Bad", "code": 20003}, "Bad"),
        ({"message": "", "code": 20003}, "HTTP 400"),
        ({"message": {"a": 1}, "code": 20003}, "HTTP 400"),
        ({"message": "a\x1b[31m\r\n\u202eb\ud800", "code": 20003}, "a\\x1b[31m\\r\\n\\u202eb\\ud800"),
    ],
)  # fmt: skip
def test_message_of_twilio_is_passed_on_in_printable_form(clock, body, text):
    twilio, _ = reached_gateway(clock, answer(400, body))

    error = error_of(EVERYTHING["fetch"], twilio)

    assert (error.text, error.code) == (text, 20003)


FOREIGN = ["", "<html>502</html>", "[1]", "null", "{", '{"code": "20003"}', '{"code": true}', "{}",
           '{"message": "Forbidden"}', '{"code": 403, "message": "blocked"}', '{"status": 403, "code": 1}']  # fmt: skip


@pytest.mark.parametrize("body", FOREIGN)
@pytest.mark.parametrize("status", [400, 401, 403, 405, 418, 451])
def test_refusal_that_is_not_of_twilio_is_no_word_about_request_or_credentials(clock, status, body):
    """A web filter refuses with 403 and a page of its own."""
    twilio, transport = reached_gateway(clock, answer(status, body))

    error = error_of(EVERYTHING["submit"], twilio)

    assert error.text == (
        f"what answered POST IncomingPhoneNumbers/{DESK} with HTTP {status} is not Twilio's own answer; "
        f"{WRONG_API_URL}"
    )
    assert (error.status, error.code, error.forbidden, error.transient) == (None, None, False, False)
    assert not error.outcome_unknown
    assert len(transport.asked) == 1


def test_proxy_that_asks_for_a_password_is_named(clock):
    twilio, _ = reached_gateway(clock, answer(407, "<html>"))

    assert error_of(EVERYTHING["submit"], twilio).text == "a proxy asks for a user name and password"


RECORDED = [UnicodeError("x"), OSError("odd"), requests.exceptions.RequestException("odd")]


@pytest.mark.parametrize("error", RECORDED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("sent", [True, False])
def test_record_of_what_was_sent_goes_before_the_kind_of_error(error, sent):
    """A kind that is raised before sending as a rule may be raised by what reads the answer."""
    failure = no_answer(error, "POST x", write=True, repeatable=True, sent=sent)

    assert isinstance(failure, GatewayError)
    assert failure.outcome_unknown is sent
    assert ("cannot be read" in failure.text) is sent


@pytest.mark.parametrize(
    ("failure", "status"),
    [(lambda _: refused(429, 20429), 429), (lambda _: refused(503), 503), (LOST["cut off"], None)],
    ids=["429", "503", "lost"],
)
def test_patience_ends_with_the_last_failure(clock, failure, status):
    twilio, transport = reached_gateway(clock, *[failure] * 1000, patience=100, longest_pause=20)

    error = error_of(EVERYTHING["fetch"], twilio)

    assert error.status == status
    assert 70 <= transport.times[-1] - transport.times[0] <= 100
    assert len(transport.asked) < 20


def test_request_without_patience_is_sent_once(clock):
    twilio, transport = reached_gateway(clock, answer(503), patience=0)

    assert error_of(EVERYTHING["fetch"], twilio).status == 503
    assert len(transport.asked) == 1


class CrowdedTransport(FlakyTransport):
    """Holds all who are in flight until it is opened, and counts them."""

    def __init__(self, clock) -> None:
        super().__init__(clock)
        self.lock = threading.Lock()
        self.open = threading.Event()
        self.inside = self.most = 0

    def send(self, request, **more):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self.open.wait(10)
        try:
            return super().send(request, **more)
        finally:
            with self.lock:
                self.inside -= 1


@pytest.mark.parametrize("limit", [1, 3, 16])
def test_requests_in_flight_stay_within_the_limit(clock, limit):
    transport = CrowdedTransport(clock)
    limits = Limits() if limit == 16 else Limits(in_flight=limit)
    governor = connect(clock, limits, sessions=mounted(transport))
    twilio = TwilioGateway(SETTINGS, clock, governor=governor)
    crowd = Crowd()
    for _ in range(64):
        crowd.send(twilio.number, DESK)
    reached(lambda: transport.inside == limit)
    transport.open.set()

    assert {each.sid for each in crowd.outcomes()} == {DESK}
    assert transport.most == limit


def test_failed_requests_give_their_slots_back(clock):
    twilio, transport = reached_gateway(clock, in_flight=2)
    for make in (
        lambda: refused(404),
        lambda: LOST["reset"],
        lambda: answer(200, "<html>"),
        ZeroDivisionError,
    ):
        transport.script = [make() for _ in range(5)]
        for _ in range(5):
            with pytest.raises((GatewayError, ZeroDivisionError)):
                create(twilio)

    assert create(twilio).sid == HOME


def test_requests_made_counts_each_try_by_its_kind(clock):
    twilio, _ = reached_gateway(clock, refused(429), page([NUMBER], f"{LIST_PATH}?Page=1"))

    twilio.numbers()
    twilio.number(DESK)
    twilio.number(sid("PN", 2))
    twilio.set_emergency_address(DESK, HOME)
    create(twilio)
    twilio.delete_address(HOME)
    twilio.set_domain(sid("SD", 1), enabled=True)

    assert twilio.governor.requests_made == {
        "GET IncomingPhoneNumbers": 4,
        "GET IncomingPhoneNumbers/{sid}": 2,
        "POST IncomingPhoneNumbers/{sid}": 1,
        "POST Addresses": 1,
        "DELETE Addresses/{sid}": 1,
        "POST SIP/Domains/{sid}": 1,
    }


def test_requests_made_loses_no_count_among_threads(clock):
    twilio, _ = reached_gateway(clock)
    crowd = Crowd()
    for _ in range(20):
        crowd.send(lambda: [twilio.number(DESK) for _ in range(20)])

    crowd.outcomes()

    assert twilio.governor.requests_made["GET IncomingPhoneNumbers/{sid}"] == 400


def test_log_of_a_request_holds_its_kind_alone(clock, caplog):
    caplog.set_level(logging.DEBUG)
    twilio, _ = reached_gateway(clock, refused(429))

    create(twilio)

    assert [record.getMessage() for record in caplog.records][1:] == ["POST Addresses"] * 2


def dropped():
    """The error of an idle connection that the server has closed."""
    return requests.exceptions.ConnectionError(ConnectionResetError(104, "Connection reset by peer"))


@each(REPEATABLE)
def test_repeatable_request_on_a_stale_connection_is_sent_again_without_pause(clock, ask):
    twilio, transport = reached_gateway(clock, dropped())

    ask(twilio)

    assert len(transport.asked) == 2
    assert clock.slept == []


def test_second_drop_in_a_row_is_paused_after(clock):
    twilio, transport = reached_gateway(clock, dropped(), dropped())

    twilio.number(DESK)

    assert len(transport.asked) == 3
    assert len(clock.slept) == 1


def test_address_is_created_on_a_new_connection(clock):
    """An idle connection that the server closes would leave the outcome unknown."""
    twilio, transport = reached_gateway(clock)
    twilio.number(DESK)
    assert transport.closed == 0

    create(twilio)

    assert transport.closed == 1


def test_address_is_not_created_again_after_a_dropped_connection(clock):
    twilio, transport = reached_gateway(clock, dropped())

    assert error_of(create, twilio).outcome_unknown
    assert len(transport.asked) == 1
