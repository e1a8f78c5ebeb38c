"""Addresses: what is validated, how it is answered, what an address allows afterwards."""

from __future__ import annotations

import pytest

from emulator.clients import ACROSS, DOWNING, HARRISON, KNOWN, refused
from twilio_emulator import Pace
from twilio_emulator.address_book import LANDMARKS, Place

SPELLINGS = {
    "as the page writes it": {"street": "645 Harrison St.", "city": "San Francisco"},
    "in words": {"street": "645 harrison street", "city": "san francisco"},
    "with spaces": {"street": " 645  Harrison St ", "city": "San  Francisco"},
    "misspelt": {"street": "645 Harison St"},
    "with another ZIP code": {"postal_code": "94107"},
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOT_THERE = {"street": "1 Nowhere Road", "city": "Atlantis"}


def place(address):
    return address.street, address.city, address.region, address.postal_code, address.iso_country


AS_STORED = ("645 HARRISON ST", "SAN FRANCISCO", "CA", "94105", "US")


@pytest.mark.parametrize("auto_correct", [True, False])
def test_exact_address_is_stored(emulator, auto_correct):
    address = emulator.client.addresses.create(**KNOWN, auto_correct_address=auto_correct)

    assert place(address) == AS_STORED
    assert place(emulator.client.addresses(address.sid).fetch()) == AS_STORED
    assert (address.emergency_enabled, address.validated, address.verified) == (True, False, False)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "auto_correct", [{}, {"auto_correct_address": True}], ids=["by default", "asked for"]
)
def test_near_miss_is_silently_corrected(emulator, spelling, auto_correct):
    address = emulator.client.addresses.create(**{**HARRISON, **SPELLINGS[spelling]}, **auto_correct)

    assert place(address) == AS_STORED


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_near_miss_is_refused_with_the_documented_suggestion(emulator, spelling):
    with refused(21629) as error:
        emulator.client.addresses.create(**{**HARRISON, **SPELLINGS[spelling]}, auto_correct_address=False)

    assert error.value.msg == (
        "Unable to create record: Failed to validate address. Check the suggested address. | "
        "FriendlyName: Twilio, CustomerName: Twilio, Street: 645 HARRISON ST, Locality: SAN FRANCISCO, "
        "Region: CA, PostalCode: 94105, IsoCountry: US"
    )
    assert emulator.world.addresses() == []


def test_several_suggestions_stand_one_after_the_other(emulator):
    emulator.world.addresses_known.suggest(
        Place("647 Harrison St", "San Francisco", "CA", "94105", "US"), *LANDMARKS[:2]
    )

    with refused(21629) as error:
        emulator.client.addresses.create(
            **{**HARRISON, "street": "647 Harrison St"}, auto_correct_address=False
        )

    suggestions = error.value.msg.split(" | ")[1:]
    assert [each.split("Street: ")[1].split(",")[0] for each in suggestions] == [
        "645 HARRISON ST",
        "650 HARRISON ST",
    ]


@pytest.mark.parametrize("country", ["us", "USA", "U1", "Germany"])
@pytest.mark.parametrize("emergency", [True, False])
def test_country_is_two_capital_letters(emulator, country, emergency):
    with refused(21238):
        emulator.client.addresses.create(
            **{**HARRISON, "iso_country": country, "emergency_enabled": emergency}
        )


@pytest.mark.parametrize("auto_correct", [True, False])
def test_unknown_address_is_refused(emulator, auto_correct):
    with refused(21628):
        emulator.client.addresses.create(**{**HARRISON, **NOT_THERE}, auto_correct_address=auto_correct)

    assert emulator.world.addresses() == []


def test_address_that_is_not_for_emergencies_is_stored_as_it_came(emulator):
    address = emulator.client.addresses.create(**{**HARRISON, **NOT_THERE, "emergency_enabled": False})

    assert (address.street, address.city, address.emergency_enabled) == ("1 Nowhere Road", "Atlantis", False)


def test_enabling_emergencies_later_validates_then(emulator):
    plain = {**HARRISON, "emergency_enabled": False}
    good = emulator.client.addresses.create(**plain)
    bad = emulator.client.addresses.create(**{**plain, **NOT_THERE})

    assert place(good.update(emergency_enabled=True)) == AS_STORED
    with refused(21628):
        bad.update(emergency_enabled=True)


def test_every_landmark_is_known(emulator):
    names = ("street", "city", "region", "postal_code", "iso_country")

    for known in LANDMARKS:
        spelt = {name: getattr(known, name) for name in names}
        address = emulator.client.addresses.create(**{**HARRISON, **spelt}, auto_correct_address=False)
        assert place(address) == tuple(spelt.values())


def test_place_becomes_known_in_its_own_spelling(emulator):
    emulator.world.knows("7 WHARF RD", "BRISTOL", "AVON", "BS1 1AA", iso_country="GB")
    spelt = {"street": "7 Wharf Road", "city": "Bristol", "region": "Avon", "postal_code": "bs11aa"}

    address = emulator.client.addresses.create(**{**DOWNING, **spelt})

    assert place(address) == ("7 WHARF RD", "BRISTOL", "AVON", "BS1 1AA", "GB")


@pytest.mark.parametrize(
    ("street", "found"), [("12 Elm Avenue", "12 ELM AVE"), ("12 Nowhere St", None), ("Elm", None)]
)
def test_open_address_book_knows_whatever_has_a_house_number(emulator, street, found):
    emulator.world.addresses_known.mode = "open"
    elsewhere = {**HARRISON, "street": street, "city": "Springfield", "postal_code": "62701"}

    if found:
        assert emulator.client.addresses.create(**elsewhere).street == found
    else:
        with refused(21628):
            emulator.client.addresses.create(**elsewhere)


@pytest.mark.parametrize("name", ["friendly_name", "customer_name"])
def test_names_of_emergency_addresses_have_32_characters(emulator, name):
    fitting = emulator.client.addresses.create(**{**HARRISON, name: "n" * 32})
    plain = emulator.client.addresses.create(**{**HARRISON, name: "n" * 33, "emergency_enabled": False})

    assert (getattr(fitting, name), getattr(plain, name)) == ("n" * 32, "n" * 33)
    with refused(21238):
        emulator.client.addresses.create(**{**HARRISON, name: "n" * 33})
    with refused(21238):
        fitting.update(**{name: "n" * 33})


@pytest.mark.parametrize("name", ["CustomerName", "Street", "City", "Region", "PostalCode", "IsoCountry"])
def test_six_fields_are_required_in_every_country(emulator, name):
    form = {
        "CustomerName": "Twilio",
        "Street": "1 Main St",
        "City": "Dublin",
        "Region": "Leinster",
        "PostalCode": "D01",
        "IsoCountry": "IE",
    }

    for value in (None, "", "  "):
        answer = emulator.ask("POST", "/Addresses.json", data={**form, name: value})
        assert (answer.status_code, answer.json()["code"]) == (400, 21238)
        assert name in answer.json()["message"]
    assert emulator.ask("POST", "/Addresses.json", data=form).status_code == 201


@pytest.mark.parametrize("country", ["DE", "AU"])
def test_emergency_addresses_are_for_three_countries(emulator, country):
    with refused(21628):
        emulator.client.addresses.create(**{**HARRISON, "iso_country": country})


def test_update_changes_what_it_names_and_validates_the_rest_with_it(emulator):
    address = emulator.client.addresses.create(**KNOWN, street_secondary="Floor 1")

    moved = address.update(street="650 Harrison Street", street_secondary="Floor 2")

    assert (moved.street, moved.street_secondary, moved.city) == (
        "650 HARRISON ST",
        "Floor 2",
        "SAN FRANCISCO",
    )
    with refused(21629):
        address.update(street="645 Harrison Street", auto_correct_address=False)
    with refused(21628):
        address.update(**NOT_THERE)
    assert emulator.world.address(address.sid)["street"] == "650 HARRISON ST"


def test_empty_name_is_cleared_and_an_absent_one_stays(emulator):
    address = emulator.client.addresses.create(**KNOWN, street_secondary="Floor 1")

    emulator.ask(
        "POST", f"/Addresses/{address.sid}.json", data="StreetSecondary=&PostalCode=94105", headers=FORM
    )

    assert emulator.world.address(address.sid)["street_secondary"] is None
    assert emulator.world.address(address.sid)["friendly_name"] == "Twilio"


def test_country_cannot_be_changed(emulator):
    address = emulator.address()

    answer = emulator.ask("POST", f"/Addresses/{address}.json", data={"IsoCountry": "CA"})

    assert (answer.status_code, answer.json()["code"]) == (400, 21238)


def test_address_is_deleted_once_nobody_uses_it(emulator):
    address = emulator.address()
    number = emulator.bound(address)
    emulator.world.pace(unregistration=Pace.after(5))

    with refused(21625):
        emulator.client.addresses(address).delete()
    emulator.unbind(number)
    with refused(21625):
        emulator.client.addresses(address).delete()
    emulator.clock.advance(5)

    assert emulator.client.addresses(address).delete()
    with refused(20404, 404):
        emulator.client.addresses(address).fetch()
    with refused(20404, 404):
        emulator.client.addresses(address).delete()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["first", "second", "third"]),
        ({"friendly_name": "second"}, ["second"]),
        ({"customer_name": "Twilio"}, ["first", "third"]),
        ({"iso_country": "GB"}, ["third"]),
        ({"emergency_enabled": True}, ["first", "third"]),
        ({"emergency_enabled": False}, ["second"]),
        ({"customer_name": "Twilio", "iso_country": "US"}, ["first"]),
        ({"friendly_name": "sec"}, []),
    ],
    ids=str,
)
def test_lists_are_filtered(emulator, wanted, found):
    emulator.address(friendly_name="first")
    emulator.address(ACROSS, friendly_name="second", customer_name="Acme", emergency_enabled=False)
    emulator.address(DOWNING, friendly_name="third")

    assert [each.friendly_name for each in emulator.client.addresses.list(**wanted)] == found


def test_dependent_numbers_are_those_of_regulation_and_not_of_emergencies(emulator):
    address = emulator.address()
    emulator.bound(address)
    regulated = emulator.number("+14155550101", address_sid=address)

    rows = emulator.client.addresses(address).dependent_phone_numbers.list()

    assert [row.sid for row in rows] == [regulated]
    raw = emulator.ask("GET", f"/Addresses/{address}/DependentPhoneNumbers.json").json()
    assert "emergency_address_status" not in raw["dependent_phone_numbers"][0]


@pytest.mark.parametrize("region", ["ie1", "au1"])
def test_outside_us1_there_is_no_emergency_work(emulator, region):
    number, domain = emulator.number(), emulator.world.add_domain("scranton.sip.twilio.com")
    emulator.world.region = region

    with refused(22402):
        emulator.client.addresses.create(**HARRISON)
    with refused(22402):
        emulator.unbind(number)
    with refused(22402):
        emulator.client.sip.domains(domain).update(emergency_calling_enabled=True)
    emulator.client.incoming_phone_numbers(number).update(friendly_name="other work goes on")
