"""How the text of error 21629 is read, whatever is in it."""

from __future__ import annotations

import time
from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.rules.address_inputs import Address, comparison
from pulumi_twilio_emergency.core.rules.address_normalization import suggestions
from support.fake_twilio import HARRISON, unhurried

WISH = replace(HARRISON, street="645 Harrison Street", street_secondary="Ste 300", city="San Francisco")
SAID = "Failed to validate address. Check the suggested address."
FIELDS = {
    "street": "Street",
    "city": "Locality",
    "region": "Region",
    "postal_code": "PostalCode",
    "iso_country": "IsoCountry",
}
KEYS = ["FriendlyName", "CustomerName", "Street", "StreetSecondary", "Locality", "City", *FIELDS.values()]
PROSE = st.lists(
    st.sampled_from([" | ", ", ", ": ", ":", ",", "|", " ", "\n", *KEYS, "645 HARRISON ST"])
    | st.text(max_size=5)
).map("".join)
VALUES = st.text(st.characters(codec="ascii", exclude_characters=":|", categories=("L", "N", "P", "Z"))).map(
    lambda text: " ".join(text.replace(", ", ",").split())
)


def proposal(*, names="FriendlyName: office, CustomerName: Twilio", **changes):
    """A proposal in Twilio's words."""
    values = {name: getattr(HARRISON, name) for name in FIELDS} | changes
    return f"{names}, " + ", ".join(f"{FIELDS[name]}: {value}" for name, value in values.items())


def test_the_suggestion_of_twilios_documentation_is_read():
    message = (
        "Failed to validate address. Check the suggested address. | FriendlyName: office, CustomerName: Twilio, "
        "Street: 645 HARRISON ST, Locality: SAN FRANCISCO, Region: CA, PostalCode: 94107, IsoCountry: US"
    )

    assert suggestions(message, WISH) == [
        replace(WISH, street="645 HARRISON ST", city="SAN FRANCISCO", region="CA", postal_code="94107")
    ]


def test_the_name_and_the_unit_stay_the_operators():
    [read] = suggestions(f"{SAID} | {proposal(names='FriendlyName: x, CustomerName: Somebody Else')}", WISH)

    assert read.customer_name == WISH.customer_name
    assert read.street_secondary == WISH.street_secondary


def test_several_suggestions_come_in_twilios_order():
    streets = ["645 HARRISON ST", "645 N HARRISON AVE", "645 S HARRISON AVE"]
    message = " | ".join([SAID, *(proposal(street=street) for street in streets)])

    assert [read.street for read in suggestions(message, WISH)] == streets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("street", "645 HARRISON ST, REAR"),
        ("street", "10 THE MEWS, HIGH STREET, OLD TOWN"),
        ("city", "WASHINGTON, DC"),
        ("city", "ST. MARY'S, UPPER"),
        ("region", "GREATER LONDON, UK"),
        ("street", "1 REGIONAL RD, STREETSBORO"),
        ("street", "12:30 ST"),
    ],
)
def test_values_may_hold_commas(name, value):
    [read] = suggestions(f"{SAID} | {proposal(**{name: value})}", WISH)

    assert asdict(read) == asdict(replace(HARRISON, street_secondary="Ste 300")) | {name: value}


@pytest.mark.parametrize(
    "names",
    [
        "FriendlyName: , CustomerName: ",
        "FriendlyName: a, b, CustomerName: A, Inc.",
        "FriendlyName: a, Street: 1 FAKE ST, CustomerName: A, Inc.",
        "FriendlyName: a, CustomerName: A | B",
        "FriendlyName: a | Locality: b, CustomerName: c",
    ],
)
def test_odd_names_do_not_spill_into_the_place(names):
    [read] = suggestions(f"{SAID} | {proposal(names=names)}", WISH)

    assert read == replace(HARRISON, street_secondary="Ste 300")


def test_the_unit_is_taken_where_it_is_mentioned_after_all():
    [read] = suggestions(f"{SAID} | Street: 645 HARRISON ST, StreetSecondary: STE 300, City: OAKLAND", WISH)

    assert read == replace(WISH, street="645 HARRISON ST", street_secondary="STE 300", city="OAKLAND")


def test_blanks_are_not_needed_after_commas_and_colons():
    [read] = suggestions(f"{SAID} | Street:645 HARRISON ST,Locality:OAKLAND,Region:CA", WISH)

    assert read == replace(WISH, street="645 HARRISON ST", city="OAKLAND")


@pytest.mark.parametrize("missing", [name for name in FIELDS if name != "street"])
def test_what_a_suggestion_does_not_mention_stays_as_wished(missing):
    other = Address("Twilio", "1 MAIN ST", "", "OAKLAND", "NV", "94607", "CA")
    text = ", ".join(f"{word}: {getattr(other, name)}" for name, word in FIELDS.items() if name != missing)

    [read] = suggestions(f"{SAID} | {text}", WISH)

    expected = {name: getattr(other, name) for name in FIELDS} | {missing: getattr(WISH, missing)}
    assert asdict(read) == asdict(WISH) | expected


@pytest.mark.parametrize(
    "message",
    [
        "",
        " | ",
        SAID,
        "Street: 645 HARRISON ST, Locality: SAN FRANCISCO",
        f"{SAID} | ",
        f"{SAID} | no idea",
        f"{SAID} | Locality: SAN FRANCISCO, Region: CA",
        f"{SAID} | FriendlyName: x, CustomerName: y",
        f"{SAID} | street: 645 HARRISON ST",
        f"{SAID} |Street: 645 HARRISON ST",
        f"{SAID} | The Street: 645 HARRISON ST",
        f"{SAID} | HomeStreet: 645 HARRISON ST",
    ],
)
def test_without_a_street_there_is_no_suggestion(message):
    assert suggestions(message, WISH) == []


def test_what_can_be_read_is_kept_beside_what_cannot():
    message = f"{SAID} | rubbish | {proposal()} | Region: CA"

    assert [read.street for read in suggestions(message, WISH)] == ["645 HARRISON ST"]


def test_an_empty_street_is_proposed_as_such_and_is_nobodys_place():
    [read] = suggestions(f"{SAID} | Street: , Locality: OAKLAND", WISH)

    assert read.street == ""
    assert not read.same_place_as(WISH)


@unhurried
@given(PROSE)
def test_no_text_whatever_breaks_the_reading(message):
    for read in suggestions(message, WISH):
        assert all(isinstance(value, str) for value in asdict(read).values())
        assert read.customer_name == WISH.customer_name


@unhurried
@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, VALUES)))
def test_what_is_proposed_is_what_is_read(values):
    [read] = suggestions(f"{SAID} | {proposal(**values)}", WISH)

    assert asdict(read) == asdict(WISH) | values


@pytest.mark.parametrize(
    "part",
    ["Street: ", ", ", " | Street: x", "Street", ", Street", ",Region:", " ", "Street: a, Region: b, "],
)
def test_a_long_hostile_text_takes_no_time(part):
    message = f"{SAID} | " + part * (200_000 // len(part))

    began = time.process_time()
    suggestions(message, WISH)

    assert time.process_time() - began < 5


def test_a_comparison_can_be_pasted_and_shows_what_was_written():
    proposed = replace(WISH, street="645 HARRISON ST", postal_code="94107")

    text = comparison(WISH, proposed)

    assert eval(f"dict({text}\n)") == asdict(proposed)
    assert [line for line in text.splitlines() if "#" in line] == [
        "  street='645 HARRISON ST',  # you wrote '645 Harrison Street'",
        "  postal_code='94107',  # you wrote '94105'",
    ]


def test_a_comparison_leaves_out_what_neither_has():
    assert "street_secondary" not in comparison(HARRISON, HARRISON)


@unhurried
@given(st.builds(Address, **{field.name: st.text(max_size=12) for field in fields(Address)}))
def test_no_suggestion_breaks_out_of_the_comparison(proposed):
    text = comparison(WISH, proposed)

    assert eval(f"dict({text}\n)").items() <= asdict(proposed).items()
    assert all(line.startswith("  ") for line in text.split("\n"))
