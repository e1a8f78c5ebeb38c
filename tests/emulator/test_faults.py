"""Trouble by declaration: when it strikes, what the client sees, and whether the request took effect."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioException

from emulator.clients import HARRISON, KNOWN, refused
from twilio_emulator import Fault, Faults, InProcessAdapter, ManualClock, RealClock, World, create_app
from twilio_emulator.messages import Request


def create(emulator):
    return emulator.client.addresses.create(**HARRISON)


def created(emulator):
    return len(emulator.world.addresses())


def post(emulator):
    form = {"PhoneNumber": "+14155550100"}
    return emulator.ask("POST", "/IncomingPhoneNumbers.json", data=form)


# Cut connections


@pytest.mark.parametrize(("side", "took_effect"), [("before", 0), ("after", 1)])
def test_connection_is_cut_before_or_after_the_request_took_effect(emulator, side, took_effect):
    emulator.faults.add(f"cut {side}=1")

    with pytest.raises(requests.ConnectionError):
        create(emulator)

    assert created(emulator) == took_effect
    (record,) = emulator.world.requests
    assert (record.outcome, record.status, record.took_effect) == (f"cut-{side}", None, bool(took_effect))
    assert create(emulator).sid, "only the first is cut"


def test_deletion_that_was_cut_afterwards_is_done(emulator):
    address = emulator.address()
    emulator.faults.add("cut after=1")

    with pytest.raises(requests.ConnectionError):
        emulator.client.addresses(address).delete()

    with refused(20404, 404):
        emulator.client.addresses(address).delete()


def test_repeated_cuts_are_before_and_after_in_turn(emulator):
    emulator.faults.add("cut every=2")

    for cut in [False, True] * 4:
        if cut:
            with pytest.raises(requests.ConnectionError):
                create(emulator)
        else:
            create(emulator)

    assert emulator.outcomes == ["answered", "cut-before", "answered", "cut-after"] * 2
    assert created(emulator) == 6


# Refusals


@pytest.mark.parametrize(("kind", "code"), [("429", 20429), ("500", 20500), ("503", 20503)])
def test_refused_request_takes_no_effect(emulator, kind, code):
    emulator.faults.add(f"{kind} at=1")

    with refused(code, int(kind)):
        create(emulator)

    assert created(emulator) == 0
    assert emulator.outcomes == [kind]
    assert not emulator.world.requests[0].took_effect


@pytest.mark.parametrize(("kind", "code"), [("500", 20500), ("503", 20503)])
def test_processed_one_took_effect_all_the_same(emulator, kind, code):
    emulator.faults.add(f"{kind} at=1 processed")

    with refused(code, int(kind)):
        create(emulator)

    assert created(emulator) == 1
    assert emulator.outcomes == [f"{kind}-after"]
    assert emulator.world.requests[0].took_effect


@pytest.mark.parametrize("kind", ["429", "500", "503"])
@pytest.mark.parametrize(
    ("option", "header"), [("", None), ("retry-after=2", "2"), ("retry-after=0.5", "0.5")]
)
def test_refusal_may_say_when_to_come_back(emulator, kind, option, header):
    emulator.faults.add(f"{kind} at=1 {option}")

    answer = post(emulator)

    assert (answer.status_code, answer.headers.get("Retry-After")) == (int(kind), header)
    assert set(answer.json()) == {"code", "message", "more_info", "status"}


def test_helper_library_cannot_read_a_refused_list(emulator):
    emulator.faults.add("429 at=1")

    with pytest.raises(TwilioException, match="Unable to fetch page"):
        emulator.client.addresses.list()


# Slowness and lag


def test_slow_answer_takes_time_of_the_emulators_clock(emulator):
    emulator.faults.add("slow seconds=2.5 every=2")
    before = emulator.clock.now()

    durations = [post(emulator).headers["Twilio-Request-Duration"] for _ in range(4)]

    assert durations == ["0.000", "2.500"] * 2
    assert emulator.clock.now() - before == 5


def test_slow_answer_takes_real_time_on_the_real_clock(emulator):
    emulator.world.clock = RealClock()
    emulator.faults.add("slow seconds=0.05")
    began = time.monotonic()

    assert post(emulator).elapsed >= timedelta(0)
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("emulator", ["over a socket"], indirect=True)
def test_client_may_lose_patience(emulator):
    emulator.world.clock = RealClock()
    emulator.faults.add("slow seconds=0.2")

    with pytest.raises(requests.Timeout):
        emulator.session.get(emulator.url + "/2010-04-01/Accounts/AC1.json", timeout=0.05)


def test_lists_lag_and_fetches_do_not(emulator):
    numbers = emulator.client.incoming_phone_numbers
    old, address = emulator.number(), emulator.address()
    emulator.clock.advance(60)
    emulator.faults.add("lag seconds=5")
    emulator.bind(old, address)
    new = emulator.number("+14155550101")
    gone = emulator.client.addresses(address)

    def listed():
        return [(each.sid, each.emergency_address_status) for each in numbers.list()]

    assert emulator.status(old) == "registered"
    assert listed() == [(old, "unregistered")]
    emulator.clock.advance(4)
    assert listed() == [(old, "unregistered")]
    emulator.clock.advance(2)
    assert listed() == [(old, "registered"), (new, "unregistered")]

    emulator.unbind(old)
    gone.delete()
    assert [each.sid for each in emulator.client.addresses.list()] == [address]
    emulator.clock.advance(6)
    assert emulator.client.addresses.list() == []


def test_busy_row_is_not_lost_from_a_lagging_list(emulator):
    number = emulator.number()
    emulator.clock.advance(60)
    emulator.faults.add("lag seconds=5")
    for turn in range(20):
        emulator.client.incoming_phone_numbers(number).update(friendly_name=f"turn {turn}")

    assert [each.friendly_name for each in emulator.client.incoming_phone_numbers.list()] == [
        "(415) 555-0100"
    ]


# Too many at a time


def test_more_at_a_time_than_the_cap_are_refused(emulator):
    arrived, leave = threading.Event(), threading.Event()

    def linger():
        arrived.set()
        assert leave.wait(10)

    emulator.faults.add(Fault("do", at=1, action=linger))
    emulator.faults.add("cap requests=1 retry-after=1")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(emulator.sign_in().api.accounts(emulator.account.sid).fetch)
        assert arrived.wait(10)
        second = emulator.ask("GET", ".json")
        leave.set()
        assert first.result().status == "active"

    assert (second.status_code, second.json()["code"], second.headers["Retry-After"]) == (429, 20429, "1")
    assert second.headers["Twilio-Concurrent-Requests"] == "2"
    assert emulator.app.most_in_flight == 2
    assert emulator.ask("GET", ".json").status_code == 200
    assert emulator.outcomes == ["answered", "429", "answered"], "in the order of arrival"


def test_cap_is_used_up_by_those_it_refuses():
    faults = Faults("cap requests=1 times=1")

    assert [faults.meet("GET", "/", in_flight).refuse is not None for in_flight in (1, 1, 2, 2)] == [
        False,
        False,
        True,
        False,
    ]


# What others do meanwhile


def test_somebody_acts_just_before_a_request_is_answered(emulator):
    number = emulator.bound()
    emulator.faults.before(2, lambda: emulator.world.force_status(number, "registration-failure"))

    assert [emulator.status(number) for _ in range(3)] == ["registered"] + ["registration-failure"] * 2


def test_somebody_acts_just_after_a_request_took_effect(emulator):
    number = emulator.bound()
    emulator.faults.after(2, lambda: emulator.world.rebind(number, None))

    assert [emulator.status(number) for _ in range(3)] == ["registered"] * 2 + ["unregistered"]


def test_address_vanishes_between_two_requests(emulator):
    number, address = emulator.number(), create(emulator)
    emulator.faults.before(1, lambda: emulator.world.remove(address.sid))

    with refused(22109):
        emulator.bind(number, address.sid)


# Whom it meets


@pytest.mark.parametrize(
    ("fault", "struck"),
    [
        ("429 at=2", [2]),
        ("429 every=3", [3, 6]),
        ("429 every=1 times=2", [1, 2]),
        ("429 every=2 times=1", [2]),
        ("429 share=1", [1, 2, 3, 4, 5, 6]),
        ("429 at=1 method=POST", [2]),
        ("429 every=1 method=post", [2, 4, 6]),
        ("429 every=1 path=Addresses$", [1, 2, 3, 4]),
        ("429 every=2 path=Addresses$ method=GET", [3]),
        ("429 at=1 path=/AC[0-9a-f]{32}/Incoming", [5]),
        ("429 every=1 method=DELETE", []),
    ],
)
def test_fault_counts_those_that_it_matches(emulator, fault, struck):
    emulator.faults.add(fault)

    statuses = [
        emulator.ask(method, path, data=data).status_code
        for path, data in [("/Addresses", KNOWN), ("/Addresses", KNOWN), ("/IncomingPhoneNumbers", {})]
        for method in ("GET", "POST")
    ]

    assert [index for index, status in enumerate(statuses, 1) if status == 429] == struck


def test_faults_meet_the_same_request_together(emulator):
    for fault in ("slow seconds=1", "slow seconds=2", "429 at=1", "500 at=1", "cut after=2"):
        emulator.faults.add(fault)
    before = emulator.clock.now()

    assert post(emulator).status_code == 429
    with pytest.raises(requests.ConnectionError):
        post(emulator)

    assert emulator.clock.now() - before == 6
    assert len(emulator.world.numbers()) == 1


def test_trouble_can_be_ended(emulator):
    emulator.faults.add("503 every=1")
    assert post(emulator).status_code == 503

    emulator.faults.clear()

    assert post(emulator).status_code == 201


def test_share_strikes_by_chance_and_the_same_way_every_time(emulator):
    def struck(seed):
        faults = Faults("429 share=0.3", seed=seed)
        return [faults.meet("GET", "/", 1).refuse is not None for _ in range(1000)]

    assert struck(1) == struck(1) != struck(2)
    assert 250 < sum(struck(1)) < 350

    emulator.faults.add("429 share=0.3")
    assert [emulator.ask("GET", ".json").status_code == 429 for _ in range(20)] == struck(1)[:20]


# How it is written


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("cut before=3", Fault("cut-before", at=3)),
        ("cut after=3", Fault("cut-after", at=3)),
        ("cut every=7", Fault("cut", every=7)),
        ("cut share=0.01", Fault("cut", share=0.01)),
        ("429 every=5 retry-after=1", Fault("429", every=5, retry_after=1.0)),
        ("500 at=2 processed", Fault("500", at=2, processed=True)),
        ("503 share=0.1 times=3", Fault("503", share=0.1, times=3)),
        ("slow seconds=0.5", Fault("slow", seconds=0.5)),
        ("lag seconds=5 method=get path=Addresses", Fault("lag", seconds=5, method="GET", path="Addresses")),
        ("cap requests=8", Fault("cap", requests=8)),
        ("cap requests=8 per-account", Fault("cap", requests=8, per_account=True)),
        ("cut middle=2", Fault("cut-middle", at=2)),
        ("reset after=2", Fault("reset-after", at=2)),
        ("504 at=2 processed", Fault("504", at=2, processed=True)),
        ("lag seconds=5 of=fetches", Fault("lag", seconds=5, of="fetches")),
        ("stale every=2", Fault("stale", every=2)),
    ],
)
def test_fault_is_written_in_words(text, fault):
    assert Fault.parse(text) == fault


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "kind ''"),
        ("explode at=1", "kind 'explode'"),
        ("do at=1", "kind 'do'"),
        ("cut", "at=, every= or share= is missing"),
        ("429", "at=, every= or share= is missing"),
        ("500 processed", "at=, every= or share= is missing"),
        ("slow every=2", "seconds= is missing"),
        ("lag", "seconds= is missing"),
        ("cap", "requests= is missing"),
        ("429 at=1 processed", "a 429 is never processed"),
        ("429 evry=2", "there is no evry="),
        ("429 before=2", "there is no before="),
        ("429 every=two", "'two' is not a whole number"),
        ("429 every=0", "every= is 1 or more"),
        ("429 share=7", "share= is between 0 and 1"),
        ("429 share=nan", "share= is between 0 and 1"),
        ("429 share=often", "could not convert string to float: 'often'"),
        ("429 at=1 seconds=2", "a 429 takes no seconds="),
        ("slow seconds=-1", "seconds are a number from 0 to 3200000000"),
        ("slow seconds=nan", "seconds are a number from 0 to 3200000000"),
        ("slow seconds=inf", "seconds are a number from 0 to 3200000000"),
        ("lag seconds=1e30", "seconds are a number from 0 to 3200000000"),
        ("429 at=1 retry-after=nan", "seconds are a number from 0 to 3200000000"),
        ("401 at=1 retry-after=1", "a 401 takes no retry-after="),
        ("cut at=1", "a cut takes no at="),
        ("lag seconds=3 at=1", "a lag takes no at="),
        ("lag seconds=3 share=0.5", "a lag takes no share="),
        ("cap requests=1 at=1", "a cap takes no at="),
        ("cap requests=1 share=0.5", "a cap takes no share="),
        ("cap requests=1 every=2", "a cap takes no every="),
        ("429 every=2 of=reads", "a 429 takes no of="),
        ("500 at=1 every=2", "at=, every= and share= exclude each other"),
        ("reset after=1 at=2", "after= excludes at=, every= and share="),
        ("cut before=1 every=2", "before= excludes at=, every= and share="),
        ("reset at=1", "before= or after= is missing"),
        ("429 at=9999999999", "at= is 1 or more, and 1000000000 at most"),
        ("429 at=\u0663", "is not a whole number"),
        ("slow seconds=1 processed", "a slow is never processed"),
        ("401 at=1 processed", "a 401 is never processed"),
        ("cut before=1 after=2", "before= and after= exclude each other"),
        ("reset every=2", "before= or after= is missing"),
        ("429 at=1 at=2", "an option is named twice"),
        ("429 at=1 method=PATCH", "'PATCH' is not one of GET, POST, DELETE"),
        ("lag seconds=1 of=everything", "'everything' is not one of lists, fetches, reads"),
        ("stale", "at=, every= or share= is missing"),
        ("429 every=2 path=(", "missing )"),
    ],
)
def test_unreadable_fault_is_answered_with_the_grammar(text, reason):
    with pytest.raises(ValueError, match="is not a fault") as error:
        Fault.parse(text)

    first, *grammar = str(error.value).splitlines()
    assert first.startswith(f"{text!r} is not a fault (")
    assert reason in first
    assert [line.split()[0] for line in grammar[:-1]] == [
        "cut",
        "reset",
        "401",
        "429",
        "500",
        "slow",
        "lag",
        "cap",
        "stale",
    ]


# What came later


def test_lag_never_hides_what_was_there_when_it_was_declared(emulator):
    number = emulator.number()

    emulator.faults.add("lag seconds=60")

    assert [each.sid for each in emulator.client.incoming_phone_numbers.list()] == [number]


def test_lag_that_was_declared_before_the_app_counts_from_its_start():
    world = World(ManualClock())
    account = world.add_account()
    number = world.add_number("+14155550100")
    app = create_app(world, Faults("lag seconds=60 of=reads"))
    session = requests.Session()
    session.mount("http://emulator.invalid", InProcessAdapter(app))

    answer = session.get(
        f"http://emulator.invalid/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers/{number}.json",
        auth=(account.sid, account.auth_token),
    )

    assert answer.json()["sid"] == number


@pytest.mark.parametrize(
    ("of", "fetched", "listed"),
    [
        ("lists", "registered", "unregistered"),
        ("fetches", "unregistered", "registered"),
        ("reads", *["unregistered"] * 2),
    ],
)
def test_fetches_lists_or_both_lag(emulator, of, fetched, listed):
    number, address = emulator.number(), emulator.address()
    emulator.faults.add(f"lag seconds=5 of={of}")
    emulator.bind(number, address)

    assert emulator.status(number) == fetched
    assert [each.emergency_address_status for each in emulator.client.incoming_phone_numbers.list()] == [
        listed
    ]
    emulator.clock.advance(5)
    assert emulator.status(number) == "registered"


def test_removed_row_is_still_fetched_while_fetches_lag(emulator):
    address = emulator.address()
    emulator.faults.add("lag seconds=5 of=fetches")
    emulator.client.addresses(address).delete()

    assert emulator.client.addresses(address).fetch().sid == address
    emulator.clock.advance(6)
    with refused(20404, 404):
        emulator.client.addresses(address).fetch()


@pytest.mark.parametrize("kind", ["502", "504"])
@pytest.mark.parametrize("processed", ["", "processed"])
def test_gateway_refuses_in_html(emulator, kind, processed):
    emulator.faults.add(f"{kind} at=1 {processed}")

    answer = post(emulator)

    assert (answer.status_code, answer.headers["Content-Type"]) == (int(kind), "text/html;charset=utf-8")
    assert answer.text.startswith("<html>")
    assert len(emulator.world.numbers()) == (1 if processed else 0)


def test_credentials_stop_working_in_mid_run(emulator):
    emulator.faults.add("401 at=2")

    assert [emulator.ask("GET", ".json").status_code for _ in range(3)] == [200, 401, 200]


def test_cap_counts_each_account_by_itself():
    faults = Faults("cap requests=1 per-account")

    assert faults.meet("GET", "/", 5, 1).refuse is None
    assert faults.meet("GET", "/", 5, 2).refuse is not None


def test_accounts_are_counted_apart(emulator):
    other = emulator.world.add_account()
    arrived, leave = threading.Event(), threading.Event()

    def linger():
        arrived.set()
        assert leave.wait(10)

    emulator.faults.add(Fault("do", at=1, action=linger))
    emulator.faults.add("cap requests=1 per-account")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(emulator.sign_in().api.accounts(emulator.account.sid).fetch)
        assert arrived.wait(10)
        theirs, ours = emulator.ask_as(other, "GET", ".json"), emulator.ask("GET", ".json")
        leave.set()
        assert first.result().status == "active"

    assert (theirs.status_code, ours.status_code) == (200, 429)


@pytest.mark.parametrize("way", ["faults", "reset"])
def test_chance_begins_anew_after_a_reset(emulator, way):
    def struck():
        emulator.faults.add("503 share=0.5")
        statuses = [emulator.app.answer(Request("GET", "/x.json")).status for _ in range(40)]
        if way == "reset":
            emulator.control("POST", "/reset")
        else:
            emulator.control("DELETE", "/faults")
        return statuses

    first = struck()

    assert struck() == first
    assert len(set(first)) == 2


def test_wrong_option_of_a_fault_in_python_is_refused():
    with pytest.raises(ValueError, match=r"^a lag takes no at=$"):
        Fault("lag", seconds=3, at=1)
