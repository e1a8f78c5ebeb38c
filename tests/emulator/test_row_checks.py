"""Rows from a seed, the control API and Python are held against the same rules."""

from __future__ import annotations

import json

import pytest

from emulator.clients import KNOWN, refused
from twilio_emulator import ManualClock, Seed, World
from twilio_emulator.faults import Faults
from twilio_emulator.fields import ROWS

ADDRESS, NUMBER, DOMAIN = "AD" + "0" * 32, "PN" + "0" * 32, "SD" + "0" * 32
DESK = "+14155550100"


@pytest.fixture
def world():
    world = World(ManualClock())
    world.add_account()
    world.add_address(**KNOWN, sid=ADDRESS)
    world.add_number(DESK, sid=NUMBER)
    world.add_domain("scranton.sip.twilio.com", sid=DOMAIN)
    return world


def seeded(world, **content):
    Seed.parse(json.dumps(content), "seed").apply(world, Faults())


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"emergency_address_status": "registered"}, "cannot be registered without an emergency_address_sid"),
        ({"emergency_address_status": "pending-registration"}, "cannot be pending-registration without"),
        (
            {"emergency_address_sid": ADDRESS, "emergency_address_status": "unregistered"},
            "cannot be unregistered with an emergency_address_sid",
        ),
        ({"voice": None}, "voice must be true or false"),
        ({"voice": "true"}, "voice must be true or false, without quotes"),
        ({"sms_method": None}, "sms_method is one of GET, POST, not null"),
        ({"phone_number": DESK}, f"phone_number {DESK} exists already"),
        ({"phone_number": "+1415555"}, "phone_number must be a phone number in E.164"),
    ],
)
def test_number_in_a_seed_is_refused_and_nothing_is_added(world, row, sentence):
    before = world.numbers()

    with pytest.raises(ValueError, match=r"seed: ?numbers") as error:
        seeded(world, numbers=[{"phone_number": "+14155550101", **row}])

    assert sentence in str(error.value)
    assert world.numbers() == before


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, table in ROWS.items() for name, field in table.items() if name != "sid"]
)  # fmt: skip
def test_null_in_a_row_is_refused_or_never_shown_where_a_value_belongs(emulator, kind, name):
    rows = {"address": ("addresses", {}), "number": ("numbers", {}), "domain": ("domains", {})}
    content = {"phone_number": DESK} if kind == "number" else {}
    content |= KNOWN if kind == "address" else {}
    content |= {"domain_name": "a.sip.twilio.com"} if kind == "domain" else {}

    answer = emulator.control("POST", "/seed", json.dumps({rows[kind][0]: [{**content, name: None}]}))

    assert answer.status_code == (200 if ROWS[kind][name].nullable else 400)
    if answer.status_code == 200:
        # Every answer is held against Twilio's schema, which knows what may be null.
        paths = {"address": "Addresses", "number": "IncomingPhoneNumbers", "domain": "SIP/Domains"}
        assert emulator.ask("GET", f"/{paths[kind]}.json").status_code == 200


@pytest.mark.parametrize("name", ["region", "address_book", "account_sid", "auth_token", "registration",
                                  "switches", "faults", "accounts", "places", "numbers"])  # fmt: skip
def test_null_at_the_top_of_a_seed_is_refused(world, name):
    with pytest.raises(ValueError, match=f"seed: {name}"):
        seeded(world, **{name: None})


@pytest.mark.parametrize("content", ["[]", "false", "0", "''"])
def test_seed_that_is_no_mapping_is_refused(content):
    with pytest.raises(ValueError, match="seed must be a mapping of"):
        Seed.parse(content, "seed")
    with pytest.raises(ValueError, match="file: switches must be a mapping"):
        Seed.of_switches(content, "file")


@pytest.mark.parametrize("row", [{"accounts": [{"status": None}]}, {"api_keys": [{"kind": None}]},
                                 {"places": [{"street": "1 A ST", "city": "B", "region": "CA",
                                              "postal_code": "9", "iso_country": None}]}])  # fmt: skip
def test_null_in_an_account_a_key_or_a_place_is_refused(world, row):
    with pytest.raises(ValueError, match="not null"):
        seeded(world, **row)


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        (f"/numbers/{NUMBER}", "phone_number", ""),
        (f"/numbers/{NUMBER}", "phone_number", "+14155550101"),
        (f"/numbers/{NUMBER}", "voice", ""),
        (f"/numbers/{NUMBER}", "emergency_address_sid", "AD" + "1" * 32),
        (f"/numbers/{NUMBER}", "capabilities", "voice"),
        (f"/numbers/{NUMBER}", "status", "registration-failure"),
        (f"/addresses/{ADDRESS}", "street", ""),
        (f"/numbers/{NUMBER}", "status", "registered"),
        (f"/domains/{DOMAIN}", "domain_name", ""),
        (f"/domains/{DOMAIN}", "domain_name", "BRANCH.sip.twilio.com"),
        (f"/addresses/{ADDRESS}", "iso_country", "UK"),
        (f"/addresses/{ADDRESS}", "emergency_enabled", ""),
    ],
)
def test_change_by_the_control_api_is_refused_and_nothing_changes(emulator, path, field, value):
    world = emulator.world
    emulator.address(sid=ADDRESS)
    emulator.number(sid=NUMBER)
    emulator.number("+14155550101")
    world.add_domain("scranton.sip.twilio.com", sid=DOMAIN)
    world.add_domain("Branch.sip.twilio.com")
    before = emulator.control("GET", "/state").json()

    answer = emulator.control("POST", path, {field: value})

    assert answer.status_code == 400
    assert answer.text.count("\n") == 1
    assert emulator.control("GET", "/state").json() == before
    assert emulator.ask("GET", "/IncomingPhoneNumbers.json").status_code == 200


def test_empty_field_by_the_control_api_is_cleared(emulator):
    sid = emulator.number(friendly_name="Desk", voice_application_sid="AP" + "0" * 32)

    for name in ("friendly_name", "voice_application_sid"):
        assert emulator.control("POST", f"/numbers/{sid}", {name: ""}).status_code == 204

    shown = emulator.ask("GET", f"/IncomingPhoneNumbers/{sid}.json").json()
    assert (shown["friendly_name"], shown["voice_application_sid"]) == (None, "")


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.add_domain("SCRANTON.sip.twilio.com"),
        lambda world: world.add_number(DESK),
        lambda world: world.set_number(world.add_number("+14155550101"), phone_number=DESK),
        lambda world: world.set_domain(world.add_domain("a.sip.twilio.com"), domain_name="Scranton.SIP.Twilio.com"),
        lambda world: seeded(world, domains=[{"domain_name": "b.sip.twilio.com"}, {"domain_name": "B.sip.twilio.com"}]),
    ],
)  # fmt: skip
def test_name_that_is_taken_is_refused_whatever_its_case(world, change):
    with pytest.raises(ValueError, match="exists already"):
        change(world)


def test_domain_name_in_capitals_is_taken_in_lower_case(emulator):
    created = emulator.client.sip.domains.create(domain_name="X.SIP.TWILIO.com")

    assert created.domain_name == "x.sip.twilio.com"
    with refused(21232):
        emulator.client.sip.domains.create(domain_name="x.sip.twilio.com")


def test_name_of_what_was_removed_or_renamed_is_free_again(world):
    world.remove(NUMBER)
    world.set_domain(DOMAIN, domain_name="branch.sip.twilio.com")

    world.add_number(DESK)
    world.add_domain("scranton.sip.twilio.com")


def test_address_of_a_number_is_registered_where_no_status_is_given(world):
    number = world.add_number("+14155550101", emergency_address_sid=ADDRESS)

    assert world.number(number)["emergency_address_status"] == "registered"


@pytest.mark.parametrize(
    ("address", "status"), [(None, "registered"), (None, "pending-registration"), (ADDRESS, "unregistered")]
)
def test_rebinding_to_a_contradiction_is_refused(world, address, status):
    with pytest.raises(ValueError, match=f"emergency_address_status cannot be {status} with"):
        world.rebind(NUMBER, address, status)


@pytest.mark.parametrize("status", ["registered", "pending-registration"])
def test_status_forced_on_a_number_without_an_address_is_refused(world, status):
    with pytest.raises(ValueError, match="without an emergency_address_sid"):
        world.force_status(NUMBER, status)


def test_pending_status_of_a_seed_stays(world):
    seeded(world, numbers=[{"phone_number": "+14155550101", "emergency_address_sid": ADDRESS,
                            "emergency_address_status": "pending-registration"}])  # fmt: skip
    world.clock.advance(3600)

    assert world.numbers()[-1]["emergency_address_status"] == "pending-registration"


def test_state_of_one_world_is_a_seed_of_another(emulator):
    emulator.bound(emulator.address())
    emulator.unbind(emulator.bound(emulator.world.addresses()[0]["sid"], "+14155550101"))
    state = emulator.control("GET", "/state").json()
    other = World(ManualClock())
    other.add_account(emulator.account.sid)

    for kind, add in (("addresses", other.add_address), ("numbers", other.add_number)):
        for row in state[kind]:
            add(**row)

    assert (other.addresses(), other.numbers()) == (state["addresses"], state["numbers"])


@pytest.mark.parametrize("position", ["empty", "null"])
def test_state_and_python_show_what_the_api_shows(emulator, position):
    emulator.switches.cleared_sid = position
    bound, never = emulator.bound(emulator.address()), emulator.number("+14155550101")
    cleared = emulator.bound(emulator.world.addresses()[0]["sid"], "+14155550102")
    emulator.unbind(cleared)
    emulator.world.add_domain("scranton.sip.twilio.com")
    state = emulator.control("GET", "/state").json()

    for path, kind, read in (
        ("IncomingPhoneNumbers", "numbers", emulator.world.number),
        ("Addresses", "addresses", emulator.world.address),
        ("SIP/Domains", "domains", emulator.world.domain),
    ):
        for row in state[kind]:
            body = emulator.ask("GET", f"/{path}/{row['sid']}.json").json()
            assert {name: row[name] for name in body} == body
            assert {name: read(row["sid"])[name] for name in body} == body
    assert {each["sid"] for each in state["numbers"]} == {bound, never, cleared}


def test_state_of_one_emulator_is_a_seed_of_another_over_http(emulator):
    emulator.bound(emulator.address())
    emulator.world.add_domain("scranton.sip.twilio.com")
    state = emulator.control("GET", "/state").json()
    emulator.control("POST", "/reset")
    emulator.world.add_account(emulator.account.sid, emulator.account.auth_token)
    rows = {kind: state[kind] for kind in ("addresses", "numbers", "domains")}

    assert emulator.control("POST", "/seed", json.dumps(rows)).status_code == 200

    assert emulator.control("GET", "/state").json() == state


STATUSES = [
    ({"emergency_address_sid": ADDRESS}, "registered"),
    (
        {"emergency_address_sid": ADDRESS, "emergency_address_status": "registration-failure"},
        "registration-failure",
    ),
    ({"emergency_address_sid": None}, "unregistered"),
    (
        {"emergency_address_sid": None, "emergency_address_status": "pending-unregistration"},
        "pending-unregistration",
    ),
]


@pytest.mark.parametrize("before", [None, ADDRESS])
@pytest.mark.parametrize(("given", "status"), STATUSES)
def test_status_follows_the_emergency_address_by_every_way_in(emulator, before, given, status):
    emulator.address(sid=ADDRESS)
    python, http = emulator.number(), emulator.number("+14155550101")
    for sid in (python, http):
        emulator.world.rebind(sid, before)
    form = {name.replace("emergency_address_status", "status"): value or "" for name, value in given.items()}

    emulator.world.set_number(python, **given)
    assert emulator.control("POST", f"/numbers/{http}", form).status_code == 204
    seeded = emulator.world.add_number("+14155550102", **given)

    assert [emulator.status(sid) for sid in (python, http, seeded)] == [status] * 3
    shown = [emulator.world.number(sid)["emergency_address_sid"] or None for sid in (python, http, seeded)]
    assert shown == [given["emergency_address_sid"]] * 3


def test_regulatory_address_is_another_field(emulator):
    address, number = emulator.address(), emulator.number()

    assert emulator.control("POST", f"/numbers/{number}", {"address_sid": address}).status_code == 204

    shown = emulator.ask("GET", f"/IncomingPhoneNumbers/{number}.json").json()
    assert (shown["address_sid"], shown["emergency_address_sid"]) == (address, None)


def test_address_that_a_number_requires_cannot_be_deleted(emulator):
    address, number = emulator.address(), emulator.number()
    emulator.client.incoming_phone_numbers(number).update(address_sid=address)

    for position in ("21625", "20409", "deleted"):
        emulator.switches.delete_of_used_address = position
        with refused(21625):
            emulator.client.addresses(address).delete()

    emulator.client.incoming_phone_numbers(number).update(address_sid="")
    assert emulator.client.addresses(address).delete()


# What Twilio's parameters are held against

PLACE = {"CustomerName": "Twilio", "Street": "645 Harrison St", "City": "San Francisco", "Region": "CA",
         "PostalCode": "94105", "IsoCountry": "US", "EmergencyEnabled": "true"}  # fmt: skip


@pytest.mark.parametrize("value", ["", "true", "TRUE"])
def test_empty_auto_correction_corrects(emulator, value):
    answer = emulator.ask("POST", "/Addresses.json", data={**PLACE, "AutoCorrectAddress": value})

    assert (answer.status_code, answer.json()["street"]) == (201, "645 HARRISON ST")


@pytest.mark.parametrize("country", ["UK", "EU", "XX", "us", "USA", ""])
def test_country_that_is_not_in_iso_3166_is_refused(emulator, country):
    answer = emulator.ask("POST", "/Addresses.json", data={**PLACE, "IsoCountry": country})

    assert (answer.status_code, answer.json()["code"]) == (400, 21238)


@pytest.mark.parametrize(
    ("parameter", "status", "code"),
    [
        ({"TrunkSid": "TK1"}, 422, 20423),
        ({"AddressSid": "AD" + "1" * 32}, 422, 20423),
        ({"VoiceReceiveMode": "video"}, 422, 20422),
        ({"VoiceApplicationSid": "AP1"}, 400, 22108),
        ({"SmsApplicationSid": "AP1"}, 400, 22108),
        ({"FriendlyName": ""}, 400, 20002),
        ({"FriendlyName": "n" * 65}, 400, 20002),
    ],
)
def test_wrong_parameter_of_a_number_has_its_documented_code(emulator, parameter, status, code):
    answer = emulator.ask("POST", f"/IncomingPhoneNumbers/{emulator.number()}.json", data=parameter)

    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)


@pytest.mark.parametrize("number", ["+1415555", "+141555501000", "+1415555010\u0663", "+0155550100"])
def test_number_that_cannot_be_is_not_bought(emulator, number):
    with refused(21421):
        emulator.client.incoming_phone_numbers.create(phone_number=number)


@pytest.mark.parametrize("sid", ["x", "AD" + "1" * 32, ""])
def test_emergency_address_at_purchase_is_ignored(emulator, sid):
    bought = emulator.client.incoming_phone_numbers.create(phone_number=DESK, emergency_address_sid=sid)

    assert bought.emergency_address_sid is None


def test_trunk_and_voice_application_replace_each_other(emulator):
    number = emulator.client.incoming_phone_numbers(emulator.number())
    trunk, application = "TK" + "1" * 32, "AP" + "1" * 32

    assert number.update(trunk_sid=trunk).trunk_sid == trunk
    assert number.update(voice_application_sid=application).trunk_sid is None
    assert number.update(trunk_sid=trunk).voice_application_sid == ""


@pytest.mark.parametrize(
    ("street", "city", "known"),
    [
        ("1234 RUE STE CATHERINE O", "MONTREAL", True),
        ("5 APARTMENT LN", "MONTREAL", True),
        ("1 NOWHERETON RD", "MONTREAL", True),
        ("1 UNIT ST", "MONTREAL", True),
        ("1 NOWHERE RD", "MONTREAL", False),
        ("1 MAIN ST STE 100", "MONTREAL", False),
        ("1 MAIN ST SUITE B", "MONTREAL", False),
        ("1 MAIN ST APT #5", "MONTREAL", False),
        ("1 MAIN ST FLOOR", "MONTREAL", False),
        ("1 MAIN ST 2ND FLOOR", "MONTREAL", False),
        ("1 MAIN ST #5", "MONTREAL", False),
    ],
)
def test_open_address_book_tells_a_street_from_a_unit(emulator, street, city, known):
    emulator.world.addresses_known.mode = "open"
    form = {
        **PLACE,
        "Street": street,
        "City": city,
        "Region": "QC",
        "IsoCountry": "CA",
        "PostalCode": "H3A 0G4",
    }

    assert emulator.ask("POST", "/Addresses.json", data=form).status_code == (201 if known else 400)


def test_number_that_was_never_bound_shows_both_emergency_fields_in_python(world):
    shown = world.number(NUMBER)

    assert (shown["emergency_address_sid"], shown["emergency_address_status"]) == (None, "unregistered")
