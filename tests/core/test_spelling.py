"""When two spellings are the same place, and when they must not be."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.rules.address_inputs import LOCATION, Address
from pulumi_twilio_emergency.core.rules.address_normalization import (
    canonical,
    canonical_city,
    canonical_postal_code,
    canonical_street,
    canonical_unit,
)
from support.fake_twilio import HARRISON, unhurried

WORDS = st.sampled_from(
    "1 12-34 645 1/2 N NORTH S. SE SOUTHEAST Main HARRISON ST ST. STREET Street, AVE Avenue N.W. PL COURT "
    "BROADWAY WAY Saint Mount # Suite STE FLOOR 5 O'Farrell é ß ".split(" ")
)
LINES = st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=7).map(" ".join))
ADDRESSES = st.builds(Address, **{field.name: LINES for field in fields(Address)} | {"iso_country": st.sampled_from(["US", "us", "CA", "GB", ""])})  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("645 Harrison Street", "645 HARRISON ST"),
        ("645 Harrison St.", "645 HARRISON ST"),
        ("645   harrison  st", "645 HARRISON ST"),
        ("645 Harrison, St", "645 HARRISON ST"),
        ("350 Fifth Avenue", "350 FIFTH AV"),
        ("1 Dr Carlton B Goodlett Place", "1 DR CARLTON B GOODLETT PL"),
        ("24 Willie Mays Plaza", "24 WILLIE MAYS PLZ"),
        ("100 North Main Street", "100 N MAIN ST"),
        ("100 Main Street North", "100 MAIN ST N"),
        ("1600 Pennsylvania Avenue Northwest", "1600 PENNSYLVANIA AVE NW"),
        ("1600 Pennsylvania Ave N.W.", "1600 PENNSYLVANIA AVE NW"),
        ("100 East Capitol Street Southeast", "100 E CAPITOL ST SE"),
        ("5 Broadway South", "5 BROADWAY S"),
        ("1 O'Farrell Street", "1 OFARRELL ST"),
        ("12-34 Main Boulevard", "12-34 MAIN BLVD"),
    ],
)
def test_spelling_does_not_make_another_street(one, other):
    assert canonical_street(one) == canonical_street(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("645 HARRISON ST", "646 HARRISON ST"),
        ("645 HARRISON ST", "645 HARRISON AVE"),
        ("645 HARRISON ST", "645 HARRISON"),
        ("645 HARRISON ST", "HARRISON ST"),
        ("100 MAIN ST", "100 N MAIN ST"),
        ("100 MAIN ST N", "100 MAIN ST S"),
        ("100 N MAIN ST", "100 MAIN ST N"),
        ("100 N STREET", "100 NORTH STREET"),
        ("100 N ST NW", "100 NORTH ST NW"),
        ("100 E ST SE", "100 EAST ST SE"),
        ("100 NORTH BROADWAY ST", "100 BROADWAY ST"),
        ("12-34 MAIN ST", "1234 MAIN ST"),
        ("12 1/2 MAIN ST", "121/2 MAIN ST"),
        ("1 STREET RD", "1 ST RD"),
        ("1 COURT ST", "1 CT ST"),
    ],
)
def test_what_may_be_another_street_is_another(one, other):
    assert canonical_street(one) != canonical_street(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("100 N STREET, N.W.", "100 NORTH STREET, N.W."),
        ("100 N ST REAR", "100 NORTH ST REAR"),
        ("100 AVENUE N", "100 AVENUE NORTH"),
    ],
)
def test_a_letter_street_is_not_a_direction_whatever_follows_it(one, other):
    assert canonical_street(one) != canonical_street(other)


def test_a_point_within_a_number_is_no_punctuation():
    assert canonical_street("39.2 RD") != canonical_street("392 RD")


@pytest.mark.parametrize("street", ["100 N STREET", "100 NORTH STREET", "1 WAY", "WEST", "", "7"])
def test_a_direction_that_may_be_the_name_is_left_alone(street):
    assert canonical_street(street).split()[1:2] == [
        {"STREET": "ST"}.get(word, word) for word in street.split()[1:2]
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Suite 500", "STE 500"),
        ("Ste. 500", "ste 500"),
        ("Apartment 4B", "APT 4b"),
        ("Floor 3, Room 12", "FL 3 RM 12"),
        ("Suite #5", "STE # 5"),
        ("Building C", "BLDG C"),
        ("Department 9", "DEPT 9"),
        ("", "  "),
    ],
)
def test_spelling_does_not_make_another_unit(one, other):
    assert canonical_unit(one) == canonical_unit(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("STE 500", "STE 501"), ("STE 5", "FL 5"), ("STE 5", ""), ("STE 5", "5"), ("FL 3 RM 12", "RM 12 FL 3")],
)
def test_another_unit_is_another(one, other):
    assert canonical_unit(one) != canonical_unit(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("San Francisco", "SAN FRANCISCO"),
        ("St. Louis", "Saint Louis"),
        ("Fort Worth", "FT WORTH"),
        ("Mount Vernon", "Mt. Vernon"),
        ("Coeur d'Alene", "COEUR DALENE"),
    ],
)
def test_spelling_does_not_make_another_city(one, other):
    assert canonical_city(one) == canonical_city(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("SAN FRANCISCO", "SOUTH SAN FRANCISCO"), ("KANSAS CITY", "KANSAS"), ("MOUNTAIN", "MT")],
)
def test_another_city_is_another(one, other):
    assert canonical_city(one) != canonical_city(other)


@pytest.mark.parametrize(
    ("code", "country", "same"),
    [
        ("94105", "US", "94105"),
        ("94105-1804", "US", "94105"),
        ("94105-1804", "us", "94105"),
        ("m5v 2t6", "CA", "M5V2T6"),
        ("M5V2T6", "CA", "M5V2T6"),
        ("sw1a 2aa", "GB", "SW1A2AA"),
        ("SW1A2AA", "GB", "SW1A2AA"),
    ],
)
def test_a_postal_code_is_compared_without_blanks_and_without_the_last_four_of_a_zip(code, country, same):
    assert canonical_postal_code(code, country) == same


@pytest.mark.parametrize(("one", "other"), [("94105", "94107"), ("02134", "2134"), ("SW1A 2AA", "SW1A 2AB")])
def test_another_postal_code_is_another(one, other):
    assert canonical_postal_code(one, "GB") != canonical_postal_code(other, "GB")


@pytest.mark.parametrize("name", LOCATION)
def test_every_field_counts(name):
    other = replace(HARRISON, **{name: "7 ELSEWHERE RD"})

    assert not HARRISON.same_place_as(other)
    assert HARRISON.differences(other) == [name]


def test_a_typed_address_is_the_same_place_as_twilios_spelling_of_it():
    typed = Address("twilio ", "645 Harrison Street", "", "San  Francisco", "ca", "94105-1804", "us")

    assert typed.same_place_as(HARRISON)
    assert typed.differences(HARRISON) == []


def test_differences_come_in_the_order_of_the_fields():
    other = replace(HARRISON, postal_code="94107", city="OAKLAND", street="1 MAIN ST")

    assert HARRISON.differences(other) == ["street", "city", "postal_code"]


@unhurried
@given(ADDRESSES)
def test_the_canonical_spelling_is_its_own(address):
    assert canonical(canonical(address)) == canonical(address)


def test_blanks_around_a_country_do_not_decide_about_its_postal_code():
    address = replace(HARRISON, postal_code="94105-1804", iso_country=" US")

    assert canonical(canonical(address)) == canonical(address)


@unhurried
@given(ADDRESSES, ADDRESSES)
def test_being_the_same_place_goes_both_ways(one, other):
    assert one.same_place_as(one)
    assert one.same_place_as(other) == other.same_place_as(one) == (one.differences(other) == [])


@unhurried
@given(ADDRESSES, st.sampled_from([name for name in LOCATION if name != "iso_country"]))
def test_case_and_blanks_at_the_ends_never_make_another_place(address, name):
    value = getattr(address, name)
    assume(value.isascii())
    spelt = replace(address, **{name: f"  {value.swapcase()} "})

    assert address.same_place_as(spelt)


@unhurried
@given(LINES)
def test_a_canonical_street_has_neither_case_nor_stray_blanks(line):
    street = canonical_street(line)

    assert street == street.upper() == " ".join(street.split())
    assert not set(",'") & set(street)
