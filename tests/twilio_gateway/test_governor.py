"""The way every request takes: few at a time, patient, and never twice where that could do harm."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
from urllib.parse import parse_qsl

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.model.problem import Interrupted
from pulumi_twilio_emergency.twilio_gateway import Limits, Settings, TwilioGateway, connect
from support.fake_twilio import ACCOUNT, HARRISON, Crowd, ManualClock, number, reached, sid

DESK, HOME = sid("PN", 1), sid("AD", 1)
TOKEN = "token-4c1f0e"
SETTINGS = Settings(account_sid=ACCOUNT, auth_token=TOKEN)
NUMBER = {
    "sid": DESK,
    "account_sid": ACCOUNT,
    "phone_number": number().phone_number,
    "capabilities": {"voice": True},
}
ADDRESS = {"sid": HOME, "account_sid": ACCOUNT, "friendly_name": "office", "emergency_enabled": True}

READS_AND_REPEATABLE_WRITES = {
    "fetch": lambda twilio: twilio.number(DESK),
    "list": lambda twilio: twilio.numbers(),
    "submit": lambda twilio: twilio.set_emergency_address(DESK, HOME),
    "clear": lambda twilio: twilio.set_emergency_address(DESK, None),
    "rename": lambda twilio: twilio.rename_address(HOME, "office"),
    "switch": lambda twilio: twilio.set_domain(sid("SD", 1), enabled=True),
    "delete": lambda twilio: twilio.delete_address(HOME),
}


def create(twilio):
    return twilio.create_address(HARRISON, "office")


EVERYTHING = READS_AND_REPEATABLE_WRITES | {"create": create}
every_request = pytest.mark.parametrize("ask", EVERYTHING.values(), ids=EVERYTHING)
repeatable_request = pytest.mark.parametrize(
    "ask", READS_AND_REPEATABLE_WRITES.values(), ids=READS_AND_REPEATABLE_WRITES
)


def answer(status=200, body="", **headers):
    made = requests.Response()
    made.status_code = status
    made._content = (body if isinstance(body, str) else json.dumps(body)).encode()
    made.encoding = "utf-8"
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def refused(status=429, code=None, message="no", **headers):
    return answer(status, {"code": code, "message": message, "status": status}, **headers)


def page(rows=(), next_page=None):
    return answer(body={"incoming_phone_numbers": list(rows), "next_page_uri": next_page, "page_size": 1000})


def good(request):
    """What Twilio answers when all is well."""
    if request.method == "DELETE":
        return answer(204)
    if "/IncomingPhoneNumbers.json" in request.url:
        return page([NUMBER])
    return answer(
        201 if request.method == "POST" else 200, ADDRESS if "/Addresses" in request.url else NUMBER
    )


class Door(BaseAdapter):
    """Twilio by script: answers or errors in this order, and then all is well."""

    def __init__(self, clock, *script) -> None:
        super().__init__()
        self.clock = clock
        self.script = list(script)
        self.asked: list[tuple[float, requests.PreparedRequest]] = []
        self.timeouts = set()
        self.always = good

    def send(self, request, **more):
        self.asked.append((self.clock.now, request))
        self.timeouts.add(more["timeout"])
        made = self.script.pop(0) if self.script else self.always(request)
        if isinstance(made, Exception):
            raise made
        made.request, made.url = request, request.url
        return made

    def close(self):
        pass

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.asked]


@pytest.fixture
def clock():
    return ManualClock()


def way(clock, *script, **limits):
    """A gateway behind a scripted door, and the door."""
    door = Door(clock, *script)

    def session():
        made = requests.Session()
        made.mount("https://", door)
        return made

    governor = connect(clock, Limits(**limits), sessions=session)
    return TwilioGateway(SETTINGS, clock, governor=governor), door


def trouble_of(ask, twilio) -> GatewayError:
    with pytest.raises(GatewayError) as trouble:
        ask(twilio)
    return trouble.value


@every_request
def test_what_twilio_takes_is_sent_once(clock, ask):
    twilio, door = way(clock)

    ask(twilio)

    assert len(door.asked) == 1
    assert clock.slept == []


def test_requests_are_signed_and_have_a_time_limit(clock):
    twilio, door = way(clock, timeout=7)

    twilio.number(DESK)

    [(_, request)] = door.asked
    assert request.headers["Authorization"].split() == [
        "Basic",
        base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode(),
    ]
    assert door.timeouts == {7}


def test_the_processs_environment_has_no_say(clock, monkeypatch):
    for name, value in {
        "TWILIO_REGION": "ie1",
        "TWILIO_EDGE": "dublin",
        "TWILIO_ACCOUNT_SID": sid("AC", 9),
    }.items():
        monkeypatch.setenv(name, value)
    twilio, door = way(clock)

    twilio.number(DESK)

    [(_, request)] = door.asked
    assert (
        request.url
        == f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers/{DESK}.json"
    )


@every_request
def test_what_was_refused_as_too_much_is_sent_again(clock, ask):
    twilio, door = way(clock, refused(429, 20429), refused(429, 20429))

    ask(twilio)

    assert len(door.asked) == 3


def test_without_a_retry_after_the_pauses_double(clock):
    twilio, _ = way(clock, *[refused(429)] * 9)

    twilio.number(DESK)

    for tries, pause in enumerate(clock.slept):
        most = min(30.0, 0.5 * 2**tries)
        assert most / 2 <= pause <= most
    assert len(clock.slept) == 9


@pytest.mark.parametrize("seconds", ["1", "60", "2.5"])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(clock, status, seconds):
    twilio, door = way(clock, refused(status, Retry_After=seconds))

    twilio.number(DESK)

    first, second = door.times
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
        ("86400", 300.05),
        ("inf", 300.05),
        ("1e400", 300.05),
    ],
)
def test_an_odd_retry_after_neither_stops_us_nor_speeds_us_up(clock, value, most):
    twilio, door = way(clock, refused(429, Retry_After=value))

    twilio.number(DESK)

    assert 0 <= door.times[1] - door.times[0] <= most + 1e-6


class Meanwhile(ManualClock):
    """A clock on which somebody else acts while the first sleeper sleeps."""

    act = None

    def sleep(self, seconds):
        act, self.act = self.act, None
        if act is not None:
            act()
        super().sleep(seconds)


def test_when_twilio_names_a_time_everybody_holds_back():
    clock = Meanwhile()
    twilio, door = way(clock, refused(429, 20429, Retry_After="60"))
    clock.act = lambda: twilio.number(sid("PN", 2))

    twilio.number(DESK)

    assert door.times[1] - door.times[0] >= 60


def test_when_twilio_names_no_time_only_who_was_refused_holds_back():
    clock = Meanwhile()
    twilio, door = way(clock, refused(429, 20429))
    clock.act = lambda: twilio.number(sid("PN", 2))

    twilio.number(DESK)

    assert door.times[1] == door.times[0]
    assert door.asked[1][1].url.endswith(f"{sid('PN', 2)}.json")


def test_who_holds_back_holds_back_longer_when_another_was_refused_meanwhile():
    clock = Meanwhile()
    twilio, door = way(clock, refused(429, Retry_After="10"))

    def get_in_line():
        # While this one sleeps its ten seconds, another that was in flight is refused for a hundred.
        clock.act = lambda: setattr(twilio.governor, "_quiet_until", clock.now + 100)
        twilio.number(sid("PN", 2))

    clock.act = get_in_line
    twilio.number(DESK)

    assert door.times[1] - door.times[0] >= 100


@repeatable_request
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_after_a_server_error_what_can_be_repeated_is_sent_again(clock, ask, status):
    twilio, door = way(clock, answer(status), refused(status))

    ask(twilio)

    assert len(door.asked) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_after_a_server_error_no_address_is_created_blindly_again(clock, status):
    twilio, door = way(clock, refused(status))

    trouble = trouble_of(create, twilio)

    assert trouble.lost
    assert len(door.asked) == 1


@every_request
@pytest.mark.parametrize(("status", "code"), [(400, 20162), (409, 20409), (409, 20162)])
def test_what_collided_with_another_change_is_sent_again(clock, ask, status, code):
    twilio, door = way(clock, refused(status, code))

    ask(twilio)

    assert len(door.asked) == 2


@every_request
@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 21629), (400, None), (401, 20003), (403, 20403), (404, 20404), (409, 1), (302, None)],
)
def test_a_refusal_is_final(clock, ask, status, code):
    twilio, door = way(clock, refused(status, code))

    trouble = trouble_of(ask, twilio)

    assert (trouble.status, trouble.code, trouble.lost) == (status, code, False)
    assert len(door.asked) == 1


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
OUR_OWN = {
    "TLS": (requests.exceptions.SSLError("certificate verify failed"), "the TLS certificate"),
    "bad URL": (requests.exceptions.InvalidURL("no host"), "could not be made (InvalidURL)"),
    "redirects": (requests.exceptions.TooManyRedirects("30"), "could not be made (TooManyRedirects)"),
}


@every_request
@pytest.mark.parametrize("error", NEVER_SENT.values(), ids=NEVER_SENT)
def test_what_was_never_sent_is_sent_again(clock, ask, error):
    twilio, door = way(clock, error)

    ask(twilio)

    assert len(door.asked) == 2


@pytest.mark.parametrize("error", NEVER_SENT.values(), ids=NEVER_SENT)
def test_what_was_never_sent_cannot_have_taken_effect(clock, error):
    twilio, _ = way(clock, *[error] * 1000)

    trouble = trouble_of(create, twilio)

    assert not trouble.lost
    assert trouble.text == "Twilio's API cannot be reached"


@repeatable_request
@pytest.mark.parametrize("error", LOST.values(), ids=LOST)
def test_after_a_lost_answer_what_can_be_repeated_is_sent_again(clock, ask, error):
    twilio, door = way(clock, error)

    ask(twilio)

    assert len(door.asked) == 2


@pytest.mark.parametrize("error", LOST.values(), ids=LOST)
def test_after_a_lost_answer_no_address_is_created_blindly_again(clock, error):
    twilio, door = way(clock, error)

    trouble = trouble_of(create, twilio)

    assert trouble.lost
    assert trouble.status is None
    assert len(door.asked) == 1


def test_an_answer_that_is_cut_off_is_lost_for_requests_too(clock):
    """Over a real socket on this machine, since it is the library that names what happened."""
    listener = socket.create_server(("127.0.0.1", 0))

    def cut_off():
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(b'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"sid":')

    server = threading.Thread(target=cut_off)
    server.start()
    settings = Settings(
        account_sid=ACCOUNT, auth_token=TOKEN, api_url=f"http://127.0.0.1:{listener.getsockname()[1]}"
    )
    session = requests.Session()
    session.trust_env = False
    governor = connect(clock, Limits(in_flight=1), sessions=lambda: session)
    with listener, session:
        trouble = trouble_of(create, TwilioGateway(settings, clock, governor=governor))
        server.join()

    assert trouble.lost


@every_request
@pytest.mark.parametrize(("error", "said"), OUR_OWN.values(), ids=OUR_OWN)
def test_what_cannot_get_better_is_not_tried_again(clock, ask, error, said):
    twilio, door = way(clock, error)

    trouble = trouble_of(ask, twilio)

    assert said in trouble.text
    assert not trouble.lost
    assert len(door.asked) == 1


@every_request
@pytest.mark.parametrize("body", ["", "<html>Welcome</html>", "[]", "null", '"text"', "hello"])
def test_an_answer_that_is_not_json_is_not_twilios(clock, ask, body):
    twilio, _ = way(clock, answer(200, body))

    trouble = trouble_of(ask, twilio)

    assert "not Twilio's API (no JSON)" in trouble.text
    assert trouble.status is None
    assert body.strip('"[]') == "" or body not in trouble.text


@pytest.mark.parametrize("ask", [ask for name, ask in EVERYTHING.items() if name != "delete"])
@pytest.mark.parametrize("body", ["{", '{"sid": "PN', "{'sid': 1}", "{}{}"])
def test_json_that_breaks_off_is_no_answer_either(clock, ask, body):
    twilio, _ = way(clock, answer(200, body))

    assert trouble_of(ask, twilio).status is None


def test_a_list_of_something_else_is_no_answer_either(clock):
    twilio, _ = way(clock, answer(200, {"hello": "world"}))

    assert trouble_of(lambda _: twilio.numbers(), twilio).status is None


@pytest.mark.parametrize("body", ["", "<html>502</html>", "[1]", "null", "{", '{"code": "20003"}', "{}"])
@pytest.mark.parametrize("status", [400, 404, 418])
def test_a_refusal_that_is_not_json_is_told_by_its_status(clock, status, body):
    twilio, _ = way(clock, answer(status, body))

    trouble = trouble_of(EVERYTHING["fetch"], twilio)

    assert (trouble.text, trouble.status, trouble.code) == (f"HTTP {status}", status, None)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": "Authenticate", "code": 20003}, "Authenticate"),
        ({"type": "x", "title": "Bad", "detail": "The unit is missing", "status": 400, "code": 20003}, "The unit is missing"),
        ({"title": "Bad", "code": 20003}, "Bad"),
        ({"message": "", "code": 20003}, "HTTP 400"),
        ({"message": {"a": 1}, "code": 20003}, "{'a': 1}"),
    ],
)  # fmt: skip
def test_twilios_own_words_are_passed_on(clock, body, text):
    twilio, _ = way(clock, answer(400, body))

    trouble = trouble_of(EVERYTHING["fetch"], twilio)

    assert (trouble.text, trouble.code) == (text, 20003)


def test_a_list_is_read_to_its_last_page(clock):
    pages = [page([{**NUMBER, "sid": sid("PN", each)}], f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json?Page={each}") for each in (1, 2)]  # fmt: skip
    twilio, door = way(clock, *pages, page([{**NUMBER, "sid": sid("PN", 3)}]))

    assert [each.sid for each in twilio.numbers()] == [sid("PN", each) for each in (1, 2, 3)]
    assert [dict(parse_qsl(request.url.partition("?")[2])) for _, request in door.asked] == [
        {"PageSize": "1000"},
        {"Page": "1"},
        {"Page": "2"},
    ]


@pytest.mark.parametrize("status", [401, 403, 404, 400])
def test_a_list_that_is_refused_half_way_is_no_list(clock, status):
    twilio, _ = way(
        clock, page([NUMBER], "/2010-04-01/Accounts/x.json?Page=1"), refused(status, 1, "not this page")
    )

    trouble = trouble_of(EVERYTHING["list"], twilio)

    assert (trouble.status, trouble.code, trouble.text) == (status, 1, "not this page")


def test_a_list_goes_on_after_passing_trouble_with_a_page(clock):
    next_page = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json?Page=1"
    twilio, door = way(clock, page([NUMBER], next_page), answer(503), LOST["reset"], page([NUMBER]))

    assert len(twilio.numbers()) == 2
    assert len(door.asked) == 4


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_account_that_refuses_us_is_not_reachable(clock, status):
    assert not way(clock, refused(status))[0].reachable()


def test_an_account_that_answers_is_reachable(clock):
    assert way(clock)[0].reachable()


def test_whether_an_account_is_reachable_is_not_known_in_trouble(clock):
    twilio, _ = way(clock, *[answer(503)] * 1000)

    assert trouble_of(lambda _: twilio.reachable(), twilio).status == 503


@pytest.mark.parametrize(
    ("failure", "status"),
    [(refused(429, 20429, "slow down"), 429), (refused(503, None, "later"), 503), (LOST["reset"], None)],
    ids=["429", "503", "lost"],
)
def test_patience_ends_with_the_last_trouble(clock, failure, status):
    twilio, door = way(clock, *[failure] * 1000, patience=100, longest_pause=20)

    trouble = trouble_of(EVERYTHING["fetch"], twilio)

    assert trouble.status == status
    assert 100 <= door.times[-1] - door.times[0] <= 120
    assert len(door.asked) < 20


def test_without_patience_nothing_is_sent_twice(clock):
    twilio, door = way(clock, answer(503), patience=0)

    assert trouble_of(EVERYTHING["fetch"], twilio).status == 503
    assert len(door.asked) == 1


@pytest.mark.parametrize(
    "failures", [[refused(429)], [refused(429, Retry_After="9")]], ids=["", "Retry-After"]
)
def test_an_interruption_ends_the_pause_and_gives_the_way_free(clock, failures):
    twilio, door = way(clock, *failures, in_flight=1)

    def interrupt():
        clock.at_sleep = lambda: None
        raise Interrupted

    clock.at_sleep = interrupt
    with pytest.raises(Interrupted):
        twilio.number(DESK)

    assert twilio.number(DESK).sid == DESK
    assert len(door.asked) == 2


class CrowdedDoor(Door):
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
def test_never_more_than_the_limit_are_in_flight(clock, limit):
    door = CrowdedDoor(clock)

    def session():
        made = requests.Session()
        made.mount("https://", door)
        return made

    limits = Limits() if limit == 16 else Limits(in_flight=limit)
    twilio = TwilioGateway(SETTINGS, clock, governor=connect(clock, limits, sessions=session))
    crowd = Crowd()
    for _ in range(64):
        crowd.send(twilio.number, DESK)
    reached(lambda: door.inside == limit)
    door.open.set()

    assert {each.sid for each in crowd.outcomes()} == {DESK}
    assert door.most == limit


def test_trouble_does_not_use_up_the_way(clock):
    twilio, door = way(clock, in_flight=2)
    for failure in (refused(404), LOST["reset"], answer(200, "<html>"), ZeroDivisionError()):
        door.script = [failure] * 50
        for _ in range(5):
            with pytest.raises((GatewayError, ZeroDivisionError)):
                create(twilio)
    door.script.clear()

    assert create(twilio).sid == HOME


def test_a_summary_counts_each_try_by_its_kind(clock):
    twilio, _ = way(
        clock, refused(429), page([NUMBER], "/2010-04-01/Accounts/AC/IncomingPhoneNumbers.json?Page=1")
    )

    twilio.numbers()
    twilio.number(DESK)
    twilio.number(sid("PN", 2))
    twilio.set_emergency_address(DESK, HOME)
    create(twilio)
    twilio.delete_address(HOME)
    twilio.set_domain(sid("SD", 1), enabled=True)

    assert twilio.governor.requests_made == {
        "GET IncomingPhoneNumbers": 3,
        "GET IncomingPhoneNumbers/{sid}": 2,
        "POST IncomingPhoneNumbers/{sid}": 1,
        "POST Addresses": 1,
        "DELETE Addresses/{sid}": 1,
        "POST SIP/Domains/{sid}": 1,
    }


def test_a_summary_loses_no_count_among_threads(clock):
    twilio, _ = way(clock)
    crowd = Crowd()
    for _ in range(20):
        crowd.send(lambda: [twilio.number(DESK) for _ in range(20)])

    crowd.outcomes()

    assert twilio.governor.requests_made == {"GET IncomingPhoneNumbers/{sid}": 400}


def test_nothing_of_a_request_is_logged_but_its_kind(clock, caplog):
    caplog.set_level(logging.DEBUG)
    twilio, _ = way(clock, refused(429))

    create(twilio)

    assert [record.getMessage() for record in caplog.records] == ["POST Addresses"] * 2
