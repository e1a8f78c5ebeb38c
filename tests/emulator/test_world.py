"""The Python API: what is wrong is named, what is old is forgotten, and a reset is a new beginning."""

from __future__ import annotations

import pytest
import requests

from emulator.clients import KNOWN
from twilio_emulator import (
    Fault,
    InProcessAdapter,
    ManualClock,
    Pace,
    RealClock,
    Seed,
    Switches,
    World,
    create_app,
    serve,
)
from twilio_emulator.faults import Faults
from twilio_emulator.records import Event, Record


@pytest.fixture
def world():
    world = World(ManualClock())
    world.add_account()
    return world


ADDRESS = "AD" + "0" * 32
NUMBER = "PN" + "0" * 32


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda world: world.add_number("banana"), "phone_number must be a phone number in E.164"),
        (lambda world: world.add_number(None), "phone_number is missing"),
        (lambda world: world.add_number("+14155550100", colour="red"), "colour is not a field here"),
        (lambda world: world.add_number("+14155550100", voice="maybe"), "voice must be true or false"),
        (lambda world: world.add_number("+14155550100", sid=ADDRESS), "sid must be PN and 32 hexadecimal"),
        (
            lambda world: world.add_number("+14155550100", address_sid=ADDRESS),
            f"address_sid {ADDRESS} is not an",
        ),
        (
            lambda world: world.add_number("+14155550100", account_sid="AC1"),
            "account_sid AC1 is not an account",
        ),
        (lambda world: world.add_domain("example.com"), "domain_name must be a name under sip.twilio.com"),
        (
            lambda world: world.add_domain("a.sip.twilio.com", emergency_caller_sid=NUMBER),
            "is not a number of",
        ),
        (
            lambda world: world.add_address(**{**KNOWN, "iso_country": "us"}),
            "iso_country must be a country's two letters",
        ),
        (lambda world: world.add_address(customer_name="A", street="B"), "city is missing"),
        (lambda world: world.set_address(world.add_address(**KNOWN), street=""), "street must not be empty"),
        (lambda world: world.set_address(world.add_address(**KNOWN), city=None), "city must be a text"),
        (lambda world: world.add_address(**{**KNOWN, "street": 1}), "street must be a text in quotes, not 1"),
        (lambda world: world.add_account(status="asleep"), "status is one of active, suspended, closed"),
        (lambda world: world.add_account(parent="AC" + "0" * 32), "is not an account here"),
        (lambda world: world.add_account("nobody"), "sid must be AC and 32 hexadecimal digits, not 'nobody'"),
        (lambda world: world.add_api_key(kind="restricted"), "kind is one of standard, main"),
        (lambda world: world.knows("1 A ST", "B", "", "9"), "region is missing"),
        (lambda world: setattr(world.switches, "direct_swap", "maybe"), "switch direct_swap is one of"),
        (lambda world: setattr(world.switches, "direct_flight", "x"), "there is no switch 'direct_flight'"),
        (lambda _: Switches(direct_swap="maybe"), "switch direct_swap is one of"),
        (lambda world: world.clock.advance(-1), "a clock advances by 0 or more seconds"),
        (lambda world: world.clock.advance(float("nan")), "a clock advances by 0 or more seconds"),
        (lambda world: world.clock.advance("3"), "a clock advances by 0 or more seconds"),
        (lambda _: RealClock().advance(3), "this emulator runs on real time"),
        (lambda _: ManualClock("now"), "now is a Unix time in seconds"),
        (lambda _: ManualClock(float("inf")), "now is a Unix time in seconds"),
        (lambda _: World(seed=3), "seed must be a text"),
        (lambda _: World(kept=0), "kept must be a whole number from 1"),
        (lambda world: world.pace(registration="soon"), "'soon' is not a pace; write one of"),
        (lambda world: world.pace(unregistration=3), "3 is not a pace; write one of"),
        (
            lambda world: world.pace_for(world.add_domain("b.sip.twilio.com"), registration="never"),
            "is a SIP domain",
        ),
        (lambda _: Pace.after("3"), "seconds are a number from 0"),
        (lambda _: Pace.after(-1), "seconds are a number from 0"),
        (lambda _: Pace.failing(float("nan")), "seconds are a number from 0"),
        (lambda _: Pace.after_reads(1.5), "reads are a whole number"),
        (lambda _: Pace(()), "stages are one Stage or more"),
        (lambda _: Pace(("done",)), "stages are one Stage or more"),
        (lambda _: Pace.parse("after 99999999999999s"), "is not a pace"),
        (lambda _: Pace.parse("after 9999999999s"), "is not a pace (seconds are a number from 0"),
        (lambda world: setattr(world, "region", "mars"), "region is one of us1,"),
        (lambda world: setattr(world, "region", None), "region is one of us1,"),
        (lambda world: setattr(world.addresses_known, "mode", "banana"), "mode is one of strict, open"),
        (lambda world: world.addresses_known.suggest("1 A ST"), "must be a Place each"),
        (lambda world: world.knows(1, "B", "CA", "9"), "street must be a text in quotes"),
        (
            lambda world: world.knows("1 A ST", "B", "CA", "9", iso_country="UK"),
            "is one of US, CA, GB, not 'UK'",
        ),
        (lambda world: world.add_number("+14155550100", created="x"), "created must be a Unix time"),
        (lambda world: world.add_number("+14155550100", running="x"), "running is one of"),
        (
            lambda world: world.add_number("+14155550100", account_sid=["AC1"]),
            "account_sid ['AC1'] is not an",
        ),
        (lambda world: world.add_api_key(kind=None), "kind is one of standard, main, not null"),
        (lambda world: world.add_account(status=None), "status is one of active"),
        (lambda world: world.add_account(auth_token="two\nlines"), "auth_token must be a text of one line"),
        (lambda world: world.set_account(next(iter(world.accounts)), status=None), "status is one of active"),
        (lambda _: Faults(None), "None is neither a Fault nor the text of one"),
        (lambda _: Fault("429", processed=True), "a 429 is never processed"),
        (lambda _: Fault("429", per_account=True), "a 429 is never per-account"),
        (lambda _: Fault("429", path="["), "path= is not a regular expression"),
        (lambda _: Fault("429", path=3), "path= is not a regular expression"),
        (lambda _: Fault("429", method="BREW"), "method= is one of GET, POST, DELETE"),
        (lambda _: Fault("429", at=1.5), "at= is 1 or more"),
        (lambda _: Fault("429", at=True), "at= is 1 or more"),
        (lambda _: Fault("429", every=0), "every= is 1 or more"),
        (lambda _: Fault("slow", seconds="3"), "seconds are a number from 0"),
        (lambda _: Fault("lag", of="all"), "of= is one of lists, fetches, reads"),
        (lambda _: Fault("do", at=1), "action is something to call"),
        (lambda _: Fault(["429"]), "kind ['429']"),
        (lambda _: Faults().before(0, print), "at= is 1 or more"),
        (lambda _: Faults().after(1, None), "action is something to call"),
        (lambda world: serve(world, host=""), "host is missing"),
        (lambda world: serve(world, port="80"), "port is a whole number from 0 to 65535"),
        (lambda world: serve(world, port=70000), "port is a whole number from 0 to 65535"),
        (lambda _: serve("world"), "a World or an app is served"),
        (lambda _: create_app("world"), "an app is of a World and of Faults"),
        (lambda world: create_app(world, "429 at=1"), "an app is of a World and of Faults"),
        (lambda _: World(3), "clock must be a ManualClock"),
        (lambda _: Seed.parse(None, "seed"), "seed must be a text, not null"),
        (
            lambda world: world.force_status(world.add_number("+14155550100"), 3, unknown=True),
            "must be a text",
        ),
        (
            lambda world: world.force_status(world.add_number("+14155550100"), "", unknown=True),
            "must not be empty",
        ),
        (lambda _: Fault("429", share=7), "share= is between 0 and 1"),
        (lambda _: Fault("explode"), "kind 'explode'"),
    ],
)
def test_wrong_value_is_named(world, wrong, sentence):
    with pytest.raises(ValueError) as error:
        wrong(world)

    assert sentence in str(error.value)


@pytest.fixture
def number(world):
    return world.add_number("+14155550100")


def test_sid_of_a_row_cannot_be_changed(world, number):
    with pytest.raises(ValueError, match=r"^sid is not a field here; "):
        world.set_number(number, sid="PN0")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda world, number: world.force_status(number, "done"), "emergency_address_status is one of"),
        (lambda world, number: world.rebind(number, ADDRESS), "emergency_address_sid AD0"),
        (lambda world, number: world.rebind(number, number), "emergency_address_sid must be AD and 32"),
        (lambda world, number: world.rebind(number, None, "done"), "emergency_address_status is one of"),
        (lambda world, number: world.set_number(number, colour="red"), "colour is not a field here"),
        (lambda world, _: world.add_number("+14155550100"), "+14155550100 exists already"),
        (lambda world, number: world.add_number("+14155550101", sid=number), "exists already"),
    ],
)
def test_wrong_field_of_a_number_is_named_and_changes_nothing(world, number, wrong, sentence):
    before = world.number(number)

    with pytest.raises(ValueError) as error:
        wrong(world, number)

    assert sentence in str(error.value)
    assert (world.number(number), len(world.numbers())) == (before, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda world, _: world.number(NUMBER),
        lambda world, number: world.address(number),
        lambda world, _: world.rebind(NUMBER, None),
        lambda world, _: world.force_status(NUMBER, "registered"),
        lambda world, number: world.set_domain(number, secure=True),
        lambda world, _: world.remove(NUMBER),
        lambda world, _: world.pace_for(NUMBER, registration=Pace.never()),
        lambda world, number: world.set_account(number, status="active"),
    ],
)
def test_sid_that_is_not_there_or_of_another_kind_is_a_key_error(world, number, call):
    with pytest.raises(KeyError):
        call(world, number)


def test_record_forgets_the_oldest():
    record = Record(100)

    for k in range(1000):
        record.add(Event(0, "changed", "PN1", {}, "api", k))

    assert 100 <= len(record) <= 111
    assert [each.order for each in record] == list(range(1000 - len(record), 1000))


def test_emulator_that_runs_for_long_does_not_grow():
    world = World(ManualClock(), kept=50)
    account = world.add_account()
    app = create_app(world)
    address = world.add_address(**KNOWN)
    sessions = requests.Session()
    sessions.mount("http://emulator.invalid", InProcessAdapter(app))
    base = f"http://emulator.invalid/2010-04-01/Accounts/{account.sid}"
    for index in range(1500):
        created = sessions.post(
            f"{base}/SIP/Domains.json",
            data={"DomainName": f"d{index}.sip.twilio.com"},
            auth=(account.sid, account.auth_token),
        ).json()
        sessions.delete(f"{base}/SIP/Domains/{created['sid']}.json", auth=(account.sid, account.auth_token))
        world.set_address(address, friendly_name=f"turn {index}")

    assert len(world.requests) <= 56
    assert len(world.history) <= 56
    assert len(world._rows) <= 1001
    assert len(world._rows[address].versions) <= 17


def test_reset_is_a_new_beginning(world, number):
    world.switches.cleared_sid = "null"
    world.region = "ie1"
    world.addresses_known.mode = "open"
    world.clock.advance(5)

    world.reset()
    account = world.add_account()

    assert account.sid == "AC1c4ea4b9c6cdb0ca9394aface2bff127"
    assert world.add_number("+14155550100") == number, "with the same SIDs"
    assert (world.switches, world.region, world.addresses_known.mode) == (Switches(), "us1", "strict")
    assert len(world.history) == 1


def test_seed_is_added_whole_or_not_at_all(world, number):
    seed = Seed.parse(
        "places: [{street: 1 A ST, city: B, region: CA, postal_code: '9'}]\n"
        "numbers: [{phone_number: '+14155550101'}, {phone_number: '+14155550100'}]",
        "seed",
    )
    history = len(world.history)

    with pytest.raises(ValueError, match=r"^seed: numbers\[1\]: phone_number \+14155550100 exists already$"):
        seed.apply(world, Faults())

    assert [each["sid"] for each in world.numbers()] == [number]
    assert len(world.history) == history
    assert all(place.street != "1 A ST" for place in world.addresses_known._places.values())
    assert world.add_number("+14155550101")


def test_number_that_is_leaving_keeps_the_address_in_use(world, number):
    address = world.add_address(**KNOWN)
    world.rebind(number, address)
    world.rebind(number, None, "pending-unregistration")

    assert [row.sid for row in world.users_of(address, world.number(number)["account_sid"])] == [number]


def test_reads_are_those_of_the_number_itself(emulator):
    emulator.world.pace(registration=Pace.after_reads(2))
    number = emulator.number()
    emulator.bind(number, emulator.address())
    domain = emulator.client.sip.domains(emulator.world.add_domain("a.sip.twilio.com"))
    emulator.switches.unregistered_caller = "accepted"

    for _ in range(5):
        domain.update(emergency_caller_sid=number)

    assert [emulator.status(number) for _ in range(2)] == ["pending-registration", "registered"]


def test_rows_of_the_state_can_be_added_to_another_world(emulator):
    emulator.bound()
    emulator.world.add_domain("scranton.sip.twilio.com")
    state = emulator.control("GET", "/state").json()
    copy = World(ManualClock())
    copy.add_account(emulator.account.sid)

    for kind, add in (
        ("addresses", copy.add_address),
        ("numbers", copy.add_number),
        ("domains", copy.add_domain),
    ):
        for row in state[kind]:
            add(**row)

    assert (copy.addresses(), copy.numbers(), copy.domains()) == (
        state["addresses"],
        state["numbers"],
        state["domains"],
    )


def test_pace_in_words_is_taken_by_python(world):
    number = world.add_number("+14155550100")

    world.pace(registration="never", unregistration="at once")
    world.pace_for(number, registration="failing")


def test_manual_clock_stops_at_the_end_of_all_dates(world):
    while world.clock.now() < 250e9:
        world.clock.advance(3.2e9)

    with pytest.raises(ValueError, match="a clock stops at the end of the year 9999"):
        world.clock.advance(3.2e9)
    world.clock.sleep(3.2e9)
    app = create_app(world)
    with requests.Session() as session:
        session.mount("http://emulator.invalid", InProcessAdapter(app))
        (account,) = world.accounts.values()
        url = f"http://emulator.invalid/2010-04-01/Accounts/{account.sid}/Addresses.json"
        world.add_address(**KNOWN)
        assert session.get(url, auth=(account.sid, account.auth_token)).status_code == 200
