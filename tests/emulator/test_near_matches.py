"""Near matches: what is corrected, what is only refused, and that nothing leads to another building."""

from __future__ import annotations

import pytest

from emulator.clients import HARRISON, refused
from twilio_emulator.address_book import LANDMARKS, AddressBook, Place

TOWER = {"street": "400 Broad St", "city": "Seattle", "region": "WA", "postal_code": "98109"}
CITY_HALL = {"street": "290 Bremner Blvd", "city": "Toronto", "region": "ON", "postal_code": "M5V 3L9"}
NEAR = {
    "city of the neighbour": {"city": "Oakland"},
    "another postal code": {"postal_code": "94607"},
    "a postal code with its four digits": {"postal_code": "94105-1804"},
    "a letter missing": {"street": "645 Harison St"},
    "a letter too many": {"street": "645 Harrrison St"},
    "a wrong letter": {"street": "645 Harrisom St"},
    "two letters swapped": {"street": "645 Harriosn St"},
    "spelled out": {"street": "645 HARRISON STREET"},
}
NOT_NEAR = {
    "another street": {"street": "645 Mission St"},
    "another house number": {"street": "646 Harrison St"},
    "another number and a typing error": {"street": "46 Harison St"},
    "another kind of street": {"street": "645 Harrison Ave"},
    "a direction": {"street": "645 N Harrison St"},
    "no kind of street": {"street": "645 Harrison"},
    "another state": {"region": "NY"},
    "a state spelled out": {"region": "California"},
    "city and postal code": {"city": "Oakland", "postal_code": "94607"},
    "a typing error and another city": {"street": "645 Harison St", "city": "Oakland"},
    "two typing errors": {"street": "645 Harisom St"},
    "a suite in the street": {"street": "645 Harrison St STE 200"},
    "a unit in the street": {"street": "645 Harrison St #200"},
    "another country": {"iso_country": "CA"},
}


def submit(emulator, changes, base=HARRISON, **more):
    return emulator.client.addresses.create(**{**HARRISON, **base, **changes}, **more)


@pytest.mark.parametrize("mode", ["strict", "open"])
@pytest.mark.parametrize("slip", NEAR)
def test_single_slip_is_corrected_to_the_same_building(emulator, mode, slip):
    emulator.world.addresses_known.mode = mode

    address = submit(emulator, NEAR[slip])

    assert (address.street, address.city, address.region, address.postal_code) == (
        "645 HARRISON ST",
        "SAN FRANCISCO",
        "CA",
        "94105",
    )


@pytest.mark.parametrize("slip", NEAR)
def test_single_slip_is_suggested_without_correction(emulator, slip):
    with refused(21629) as error:
        submit(emulator, NEAR[slip], auto_correct_address=False)

    assert "Street: 645 HARRISON ST, Locality: SAN FRANCISCO, " in error.value.msg


@pytest.mark.parametrize("auto_correct", [True, False])
@pytest.mark.parametrize("slip", NOT_NEAR)
def test_possible_other_building_is_not_corrected(emulator, slip, auto_correct):
    with refused(21628):
        submit(emulator, NOT_NEAR[slip], auto_correct_address=auto_correct)


@pytest.mark.parametrize("street", ["400 Pine St", "400 Bread St", "400 Broad Ave", "400 E Broad St"])
def test_short_name_has_no_typing_errors(emulator, street):
    with refused(21628):
        submit(emulator, {"street": street}, TOWER)


@pytest.mark.parametrize("slip", ["a state spelled out", "a suite in the street", "a unit in the street"])
def test_open_address_book_does_not_validate_a_bad_form(emulator, slip):
    emulator.world.addresses_known.mode = "open"

    with refused(21628):
        submit(emulator, NOT_NEAR[slip])


@pytest.mark.parametrize("street", ["645 Mission St", "646 Harrison St"])
def test_open_address_book_keeps_another_building_as_it_is(emulator, street):
    emulator.world.addresses_known.mode = "open"

    assert submit(emulator, {"street": street}).street == street.upper()


def test_update_is_not_corrected_to_another_building(emulator):
    address = submit(emulator, {})

    with refused(21628):
        address.update(street="645 Mission St")
    assert address.update(city="Oakland").city == "SAN FRANCISCO"


def test_numbered_streets_are_never_a_typing_error(emulator):
    with refused(21628):
        submit(
            emulator,
            {"street": "350 6th Ave", "city": "New York", "region": "NY", "postal_code": "10118"},
        )


@pytest.mark.parametrize(
    ("one", "other"),
    [("1 North St", "1 N St"), ("12 Avenue St", "12 Ave St"), ("5 Park Pl", "5 Park Plaza")],
)
def test_different_streets_have_different_forms(one, other):
    def form(street):
        return Place(street, "X", "CA", "94105", "US").normal()

    assert form(one) != form(other)


def test_no_landmark_is_near_another():
    book = AddressBook()

    for place in LANDMARKS:
        assert book.look_up(place).exact == place


def test_canadian_province_is_not_corrected(emulator):
    canadian = {**CITY_HALL, "iso_country": "CA"}

    assert submit(emulator, {"postal_code": "M5V 3L8"}, canadian).postal_code == "M5V 3L9"
    with refused(21628):
        submit(emulator, {"region": "BC"}, canadian)
    with refused(21628):
        submit(emulator, {"region": "Ontario"}, canadian)
