"""Every answer is compared with what was asked: whatever is not an answer to it becomes one GatewayError."""

from __future__ import annotations

import contextlib
import copy
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.ports import GatewayError
from support.fake_twilio import ACCOUNT, HARRISON, sid, unhurried
from twilio_gateway.flaky_transport import (
    ACCOUNTS_PATH,
    ADDRESS,
    DESK,
    DOMAIN,
    EVERYTHING,
    HOME,
    LIST_PATH,
    MORE_READS,
    NUMBER,
    OWN,
    PHONES,
    READS,
    WRITES,
    ManualClock,
    answer,
    create,
    each,
    error_of,
    gateway,
    page,
    page_of_accounts,
    reached_gateway,
    refused,
)

EVERY_METHOD = EVERYTHING | MORE_READS
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
def clock():
    return ManualClock()


def assert_is_no_answer(error, *, write):
    assert error.text.startswith("what answered is not an answer to ")
    assert error.text.endswith("; is the API URL right?")
    assert (error.status, error.code, error.gone, error.transient) == (None, None, False, False)
    assert error.outcome_unknown is write


NOT_TWILIO = {
    "empty": "",
    "html": "<html>Welcome</html>",
    "list": "[]",
    "null": "null",
    "string": '"text"',
    "plain": "hello",
    "cut off": '{"sid": "PN',
    "two": "{}{}",
    "deep": DEEP,
    "deep object": '{"sid":' * 100_000,
    "empty object": "{}",
    "null sid": '{"sid": null}',
}


@each(EVERY_METHOD)
@pytest.mark.parametrize("body", NOT_TWILIO.values(), ids=NOT_TWILIO)
def test_success_of_another_server_is_no_answer(clock, ask, body):
    twilio, transport = gateway(clock)
    transport.always = lambda _: answer(200, body)

    error = error_of(ask, twilio)

    assert_is_no_answer(error, write=ask in WRITES.values())
    assert len(transport.asked) == 1


def test_deletion_answered_by_a_body_is_not_a_deletion(clock):
    """A server that answers 200 to everything has deleted nothing."""
    twilio, _ = reached_gateway(clock, answer(200, ADDRESS))

    assert_is_no_answer(error_of(WRITES["delete"], twilio), write=True)


def test_deletion_answered_by_a_server_without_this_account_is_not_a_deletion(clock):
    twilio, transport = gateway(clock)
    transport.always = lambda request: answer(204) if request.method == "DELETE" else answer(200, "<html>")

    error = error_of(WRITES["delete"], twilio)

    assert error.outcome_unknown


@pytest.mark.parametrize("ask", [READS["fetch"], WRITES["submit"], WRITES["clear"]])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sid": sid("PN", 2)}, "another object"),
        ({"sid": None}, "no SID"),
        ({"sid": HOME}, "no SID"),
        ({"sid": [DESK]}, "no SID"),
        ({"account_sid": sid("AC", 5)}, "another account"),
        ({"account_sid": None}, "no account_sid"),
        ({"account_sid": 5}, "account_sid"),
        ({"phone_number": None}, "no phone_number"),
        ({"phone_number": 14152000001}, "phone_number"),
        ({"emergency_address_sid": True}, "emergency_address_sid"),
        ({"emergency_address_sid": "AD1"}, "emergency_address_sid"),
        ({"emergency_address_sid": sid("PN", 1)}, "emergency_address_sid"),
        ({"emergency_address_status": 1}, "emergency_address_status"),
        ({"emergency_address_status": ["registered"]}, "emergency_address_status"),
        ({"emergency_address_status": "registered\ud800"}, "emergency_address_status"),
        ({"capabilities": []}, "capabilities"),
        ({"capabilities": {"voice": "yes"}}, "voice"),
        ({"capabilities": {"voice": 1}}, "voice"),
        ({"date_updated": 5}, "date_updated"),
    ],
)
def test_number_with_a_wrong_field_is_no_answer(clock, ask, change, reason):
    twilio, _ = reached_gateway(clock, answer(200, NUMBER | change))

    error = error_of(ask, twilio)

    assert_is_no_answer(error, write=ask is not READS["fetch"])
    assert reason in error.text


@pytest.mark.parametrize(
    ("ask", "record"),
    [
        (MORE_READS["address"], ADDRESS | {"street": 5}),
        (MORE_READS["address"], ADDRESS | {"emergency_enabled": "false"}),
        (MORE_READS["address"], ADDRESS | {"sid": sid("AD", 2)}),
        (create, ADDRESS | {"sid": None}),
        (create, ADDRESS | {"sid": DESK}),
        (create, ADDRESS | {"account_sid": sid("AC", 5)}),
        (WRITES["rename"], ADDRESS | {"sid": sid("AD", 2)}),
        (MORE_READS["domain"], DOMAIN | {"domain_name": None}),
        (MORE_READS["domain"], DOMAIN | {"emergency_calling_enabled": "false"}),
        (MORE_READS["domain"], DOMAIN | {"emergency_caller_sid": "nobody"}),
        (WRITES["switch"], DOMAIN | {"sid": sid("SD", 2)}),
    ],
)
def test_address_or_domain_with_a_wrong_field_is_no_answer(clock, ask, record):
    twilio, _ = reached_gateway(clock, answer(200, record))

    assert_is_no_answer(error_of(ask, twilio), write=ask in WRITES.values())


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("emergency_address_sid", "", lambda number: number.emergency_address_sid is None),
        ("emergency_address_sid", None, lambda number: number.emergency_address_sid is None),
        ("emergency_address_status", "", lambda number: number.emergency_address_status == "unregistered"),
        ("emergency_address_status", None, lambda number: number.emergency_address_status == "unregistered"),
        (
            "emergency_address_status",
            "brand-new",
            lambda number: number.emergency_address_status == "brand-new",
        ),
        ("capabilities", None, lambda number: not number.voice),
        ("capabilities", {}, lambda number: not number.voice),
    ],
)
def test_number_with_an_empty_optional_field_is_read(clock, field, value, read):
    twilio, _ = reached_gateway(clock, answer(200, NUMBER | {field: value}))

    assert read(twilio.number(DESK))


NOON = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("date_updated", "changed_at"),
    [
        ("Wed, 25 Nov 2026 12:00:00 +0000", NOON),
        ("Wed, 25 Nov 2026 13:00:00 +0100", NOON),
        ("Wed, 25 Nov 2026 12:00:00 -0000", NOON),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("2026-11-25T12:00:00Z", None),
        ("Wed, 25 Nov 99999999999999999999 12:00:00 +0000", None),
    ],
)
def test_date_of_the_last_change_is_read_where_there_is_one(clock, date_updated, changed_at):
    twilio, _ = reached_gateway(clock, answer(200, NUMBER | {"date_updated": date_updated}))

    read = twilio.number(DESK).changed_at

    assert read == changed_at
    assert read is None or read.utcoffset() in {timedelta(0), timedelta(hours=1)}


def test_numbers_that_differ_in_the_date_alone_are_equal(clock):
    twilio, _ = reached_gateway(
        clock, answer(200, NUMBER), answer(200, NUMBER | {"date_updated": "Wed, 25 Nov 2026 12:00:00 +0000"})
    )

    assert twilio.number(DESK) == twilio.number(DESK)


@pytest.mark.parametrize("bad", ["None", "", None, "PN1", HOME, f"{DESK}/..", f"{DESK}?x", 5])
@pytest.mark.parametrize(
    "ask",
    [
        lambda twilio, bad: twilio.number(bad),
        lambda twilio, bad: twilio.set_emergency_address(bad, HOME),
        lambda twilio, bad: twilio.address(bad if bad != HOME else DESK),
        lambda twilio, bad: twilio.rename_address(bad if bad != HOME else DESK, "x"),
        lambda twilio, bad: twilio.delete_address(bad if bad != HOME else DESK),
        lambda twilio, bad: twilio.domain(bad),
        lambda twilio, bad: twilio.set_domain(bad, enabled=True),
        lambda twilio, bad: twilio.set_emergency_address(DESK, bad if bad not in {HOME, None} else DESK),
        lambda twilio, bad: twilio.set_domain(PHONES, caller_sid=bad or "None"),
    ],
)
def test_request_without_a_sid_is_not_sent(clock, ask, bad):
    twilio, transport = reached_gateway(clock)

    error = error_of(lambda twilio: ask(twilio, bad), twilio)

    assert not error.transient
    assert not error.outcome_unknown
    assert transport.asked == []


# Lists


def test_list_is_read_to_its_last_page(clock):
    pages = [page([{**NUMBER, "sid": sid("PN", n)}], f"{LIST_PATH}?Page={n}") for n in (1, 2)]
    twilio, transport = reached_gateway(clock, *pages, page([{**NUMBER, "sid": sid("PN", 3)}]))

    assert [number.sid for number in twilio.numbers()] == [sid("PN", n) for n in (1, 2, 3)]
    assert [request.url.partition("?")[2] for _, request in transport.asked] == [
        "PageSize=1000",
        "Page=1",
        "Page=2",
    ]


def test_row_on_two_pages_is_listed_once(clock):
    """A row moves to the next page when another one is added meanwhile."""
    twilio, _ = reached_gateway(clock, page([NUMBER], f"{LIST_PATH}?Page=1"), page([NUMBER]))

    assert [number.sid for number in twilio.numbers()] == [DESK]


def test_numbers_come_page_by_page_and_each_once(clock):
    second = page([NUMBER, NUMBER | {"sid": sid("PN", 2)}])
    twilio, transport = reached_gateway(clock, page([NUMBER], f"{LIST_PATH}?Page=1"), second)

    numbers = twilio.each_number()

    assert next(numbers).sid == DESK
    assert len(transport.asked) == 1
    assert [each.sid for each in numbers] == [sid("PN", 2)]
    assert len(transport.asked) == 2


SUB, OTHER = sid("AC", 6), sid("AC", 7)


def account_row(own: str, owner: str = ACCOUNT, status: str = "active"):
    return {"sid": own, "owner_account_sid": owner, "status": status}


def test_accounts_are_the_own_one_and_its_subaccounts(clock):
    """The key of a parent lists the parent and all its subaccounts, whichever account is asked."""
    rows = [
        account_row(OTHER, OTHER),
        account_row(SUB, status="suspended"),
        OWN,
        account_row(sid("AC", 8), OTHER),
    ]
    twilio, transport = gateway(clock, page_of_accounts(rows))

    assert [(each.sid, each.status, each.active) for each in twilio.accounts()] == [
        (ACCOUNT, "active", True),
        (SUB, "suspended", False),
    ]
    assert [request.path_url for _, request in transport.asked] == [f"{ACCOUNTS_PATH}?PageSize=1000"]
    assert twilio.governor.requests_made == {"GET Accounts": 1}


def test_accounts_are_read_to_the_last_page(clock):
    pages = page_of_accounts([OWN], f"{ACCOUNTS_PATH}?Page=1"), page_of_accounts([account_row(SUB)])
    twilio, _ = gateway(clock, *pages)

    assert [each.sid for each in twilio.accounts()] == [ACCOUNT, SUB]


@pytest.mark.parametrize(
    "frame",
    [
        {"accounts": []},
        {"accounts": [account_row(OTHER, OTHER)]},
        {"accounts": [OWN, account_row("AC5")]},
        {"accounts": [OWN | {"status": None}]},
        {"accounts": [OWN | {"owner_account_sid": "AC5"}]},
        {"uri": LIST_PATH},
        {"accounts": None},
    ],
    ids=["nothing", "not the own one", "no SID", "no status", "no owner", "another list", "no list"],
)
def test_list_of_accounts_with_a_wrong_frame_or_row_is_no_answer(clock, frame):
    twilio, _ = gateway(clock, page_of_accounts(**frame) if "uri" in frame else answer(
        200, {"uri": ACCOUNTS_PATH, "next_page_uri": None, **frame}
    ))  # fmt: skip

    assert_is_no_answer(error_of(MORE_READS["accounts"], twilio), write=False)


def test_list_of_accounts_does_not_prove_that_the_account_is_reached(clock):
    """It is about whose credentials these are: a 404 for an object takes the proof still."""
    twilio, transport = gateway(clock)
    twilio.accounts()
    transport.script = [refused(404, 20404), refused(404, 20404)]

    assert not error_of(READS["fetch"], twilio).gone


@pytest.mark.parametrize("status", [401, 403, 404, 400])
def test_list_that_is_refused_half_way_is_an_error(clock, status):
    twilio, _ = reached_gateway(
        clock, page([NUMBER], f"{LIST_PATH}?Page=1"), refused(status, 1, "not this page")
    )

    error = error_of(READS["list"], twilio)

    assert (error.status, error.code, error.text) == (status, 1, "not this page")


def test_list_goes_on_after_a_passing_failure_of_a_page(clock):
    rows = [NUMBER], [NUMBER | {"sid": sid("PN", 2)}]
    twilio, transport = reached_gateway(
        clock, page(rows[0], f"{LIST_PATH}?Page=1"), answer(503), page(rows[1])
    )

    assert len(twilio.numbers()) == 2
    assert len(transport.asked) == 3


WRONG_PAGES = {
    "no rows": {"incoming_phone_numbers": None},
    "rows are an object": {"incoming_phone_numbers": {}},
    "rows are strings": {"incoming_phone_numbers": ["PN"]},
    "row of another account": {"incoming_phone_numbers": [NUMBER | {"account_sid": sid("AC", 5)}]},
    "row of another kind": {"incoming_phone_numbers": [ADDRESS]},
    "row of a wrong type": {"incoming_phone_numbers": [NUMBER | {"phone_number": 5}]},
    "no uri": {"uri": None},
    "uri of a wrong type": {"uri": 5},
    "uri of another account": {"uri": f"/2010-04-01/Accounts/{sid('AC', 5)}/IncomingPhoneNumbers.json"},
    "uri of another list": {"uri": f"/2010-04-01/Accounts/{ACCOUNT}/Addresses.json"},
    "next page of a wrong type": {"next_page_uri": 1},
    "next page is an object": {"next_page_uri": {"a": 1}},
}


@pytest.mark.parametrize("frame", WRONG_PAGES.values(), ids=WRONG_PAGES)
def test_list_with_a_wrong_frame_or_row_is_no_answer(clock, frame):
    twilio, _ = reached_gateway(clock, page([NUMBER], **frame))

    assert_is_no_answer(error_of(READS["list"], twilio), write=False)


def test_list_that_does_not_say_whether_it_goes_on_is_no_answer(clock):
    frame = {"uri": LIST_PATH, "incoming_phone_numbers": [NUMBER]}
    twilio, _ = reached_gateway(clock, answer(200, frame))

    assert_is_no_answer(error_of(READS["list"], twilio), write=False)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example.com/2010-04-01/x",
        "//evil.example.com/x",
        "http://api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://user@api.twilio.com/x",
        "https://api.twilio.com.evil.example.com/x",
        "https://[::1/x",
        "@evil.example.com/x",
        "evil",
        "ftp://api.twilio.com/x",
    ],
)
def test_next_page_elsewhere_is_refused_and_never_asked_for(clock, uri):
    """The credentials would go with the request."""
    twilio, transport = reached_gateway(clock, page([NUMBER], uri))

    error = error_of(READS["list"], twilio)

    assert_is_no_answer(error, write=False)
    assert "another host" in error.text
    assert len(transport.asked) == 1


@pytest.mark.parametrize(
    "origin", ["https://api.twilio.com", "https://api.twilio.com:443", "HTTPS://API.twilio.com"]
)
def test_next_page_on_the_same_host_may_be_absolute(clock, origin):
    second = page([NUMBER | {"sid": sid("PN", 2)}])
    twilio, _ = reached_gateway(clock, page([NUMBER], f"{origin}{LIST_PATH}?Page=1"), second)

    assert len(twilio.numbers()) == 2


def test_meta_next_page_url_is_ignored(clock):
    twilio, transport = reached_gateway(
        clock, page([NUMBER], meta={"next_page_url": "https://evil.example.com/"})
    )

    assert len(twilio.numbers()) == 1
    assert len(transport.asked) == 1


@pytest.mark.parametrize("loop", [1, 2, 5])
def test_next_page_that_was_already_read_is_an_error(clock, loop):
    twilio, transport = reached_gateway(clock)
    count = iter(range(100))
    transport.always = lambda _: page([NUMBER], f"{LIST_PATH}?Page={next(count) % loop}")

    error = error_of(READS["list"], twilio)

    assert "already read" in error.text
    assert len(transport.asked) <= loop + 1


def test_list_that_never_ends_is_cut_by_time(clock):
    twilio, transport = reached_gateway(clock, list_time=60)
    count = iter(range(10_000))

    def endless(_):
        clock.now += 1
        return page([NUMBER], f"{LIST_PATH}?Page={next(count)}")

    transport.always = endless

    error_of(READS["list"], twilio)

    assert 59 <= len(transport.asked) <= 61


def test_filters_of_lists_are_applied_to_what_was_answered(clock):
    """A server that ignores the filter must not make another address look like ours."""
    others = [ADDRESS | {"sid": sid("AD", 2), "friendly_name": "office 2"}, ADDRESS]
    twilio, transport = reached_gateway(clock, page(others, resource="Addresses"))

    assert [record.sid for record in twilio.addresses_called("office")] == [HOME]
    assert "FriendlyName=office" in transport.asked[0][1].url

    more = [NUMBER | {"sid": sid("PN", 2), "phone_number": "+141520000011"}, NUMBER]
    transport.script = [page(more)]
    assert [number.sid for number in twilio.numbers_called("+14152000001")] == [DESK]


# Whatever answers

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([DESK, HOME, ACCOUNT]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
RECORDS = [
    NUMBER,
    ADDRESS,
    DOMAIN,
    {"uri": LIST_PATH, "next_page_uri": None, "incoming_phone_numbers": [NUMBER]},
    {
        "uri": LIST_PATH.replace("IncomingPhoneNumbers", "Addresses"),
        "next_page_uri": None,
        "addresses": [ADDRESS],
    },
    {"code": 20404, "status": 404, "message": "no"},
]


@st.composite
def nearly_right_bodies(draw):
    """Draw what Twilio would answer, with some of it replaced, at any depth."""
    body = copy.deepcopy(draw(st.sampled_from(RECORDS)))
    for _ in range(draw(st.integers(1, 3))):
        inner = body
        while True:
            key = draw(st.sampled_from(sorted(inner))) if isinstance(inner, dict) else 0
            deeper = inner[key]
            if not deeper or not isinstance(deeper, dict | list) or draw(st.booleans()):
                break
            inner = deeper
        inner[key] = draw(JSON)
    return json.dumps(body)


BODIES = (
    nearly_right_bodies()
    | JSON.map(json.dumps)
    | st.text()
    | st.sampled_from([DEEP, *map(json.dumps, RECORDS)])
)


@settings(unhurried, max_examples=150)
@given(st.sampled_from([200, 201, 204, 202, 301, 400, 401, 404, 429, 503]), BODIES)
def test_any_body_to_any_request_brings_a_record_or_a_gateway_error(status, body):
    for ask in EVERY_METHOD.values():
        clock = ManualClock()
        twilio, transport = gateway(clock, patience=0)
        text = body.encode("utf-8", "replace").decode()
        transport.always = lambda _, text=text: answer(status, text)
        with contextlib.suppress(GatewayError):
            ask(twilio)
        for _, request in transport.asked:
            assert "/None" not in request.url


@settings(unhurried, max_examples=100)
@given(st.text(alphabet=st.characters()), st.text(alphabet=st.characters(categories=["Cs", "Lu", "Cc"])))
def test_any_address_is_created_or_brings_a_gateway_error(street, name):
    twilio, _ = gateway(ManualClock())

    with contextlib.suppress(GatewayError):
        twilio.create_address(HARRISON.__class__(**{**_fields(), "street": street}), name)


def _fields():
    return {name: getattr(HARRISON, name) for name in HARRISON.__slots__}
