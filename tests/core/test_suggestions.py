"""How the text of error 21629 is read, judged and shown, whatever is in it."""

from __future__ import annotations

import time
from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.model.address import LOCATION, Address
from pulumi_twilio_emergency.core.rules.address_inputs import problems
from pulumi_twilio_emergency.core.rules.address_normalization import acceptable_spelling
from pulumi_twilio_emergency.core.rules.suggestions import choose, comparison, proposals, why_asked
from support.address_book import BOOKS, CA, GB, US, slow_machine

DESIRED = replace(US, street="645 Harrison Street", street_secondary="Ste 300", city="San Francisco")
TEXT = "Failed to validate address. Check the suggested address."
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
VALUES = (
    st.text(
        st.characters(codec="ascii", exclude_characters=":|", categories=("L", "N", "P", "Z")), min_size=1
    )
    .map(lambda text: " ".join(text.replace(", ", ",").split()))
    .filter(bool)
)


def suggestion(address=US, *, names="FriendlyName: office, CustomerName: Twilio", **changes):
    """One suggestion as Twilio writes it."""
    values = {name: getattr(address, name) for name in FIELDS} | changes
    return f"{names}, " + ", ".join(f"{FIELDS[name]}: {value}" for name, value in values.items())


def read(message, desired=DESIRED):
    return proposals(message, desired)


def test_suggestion_in_twilios_documentation_is_read():
    message = (
        "Failed to validate address. Check the suggested address. | FriendlyName: Twilio, CustomerName: Twilio, "
        "Street: 645 HARRISON ST, Locality: SAN FRANCISCO, Region: CA, PostalCode: 94107, IsoCountry: US"
    )

    assert read(message) == [
        replace(DESIRED, street="645 HARRISON ST", city="SAN FRANCISCO", region="CA", postal_code="94107")
    ]


def test_customer_name_and_unit_are_not_taken_from_the_echo():
    [proposal] = read(f"{TEXT} | {suggestion(names='FriendlyName: x, CustomerName: Somebody Else')}")

    assert proposal.customer_name == DESIRED.customer_name
    assert proposal.street_secondary == DESIRED.street_secondary


def test_several_suggestions_come_in_twilios_order():
    streets = ["645 HARRISON ST", "645 N HARRISON AVE", "645 S HARRISON AVE"]
    message = " | ".join([TEXT, *(suggestion(street=street) for street in streets)])

    assert [proposal.street for proposal in read(message)] == streets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("street", "645 HARRISON ST, REAR"),
        ("street", "10 THE MEWS, HIGH STREET, OLD TOWN"),
        ("street", "514 PEACE & PLENTY LN"),
        ("street", 'THE "OLD" MILL\\N'),
        ("street", "1 REGIONAL RD, STREETSBORO"),
        ("street", "12:30 ST"),
        ("city", "WASHINGTON, DC"),
        ("city", "ST. MARY'S, UPPER"),
        ("city", "MONTRÉAL"),
        ("region", "GREATER LONDON, UK"),
    ],
)
def test_values_with_commas_and_odd_characters_are_kept_whole(name, value):
    [proposal] = read(f"{TEXT} | {suggestion(**{name: value})}")

    assert asdict(proposal) == asdict(replace(US, street_secondary="Ste 300")) | {name: value}


@pytest.mark.parametrize(
    "names",
    [
        "FriendlyName: , CustomerName: ",
        "FriendlyName: a, b, CustomerName: A, Inc.",
        "FriendlyName: a, Street: 1 FAKE ST, CustomerName: A, Inc.",
        "FriendlyName: a, CustomerName: A | B",
        "FriendlyName: a | b, CustomerName: c",
        "FriendlyName: a | Locality: b, CustomerName: c",
    ],
)
def test_odd_names_do_not_spill_into_the_location(names):
    [proposal] = read(f"{TEXT} | {suggestion(names=names)}")

    assert proposal == replace(US, street_secondary="Ste 300")


def test_mentioned_unit_is_read():
    [proposal] = read(f"{TEXT} | Street: 645 HARRISON ST, StreetSecondary: STE 400, City: OAKLAND")

    assert proposal == replace(DESIRED, street="645 HARRISON ST", street_secondary="STE 400", city="OAKLAND")


def test_blanks_are_not_needed_after_commas_and_colons():
    [proposal] = read(f"{TEXT} | Street:645 HARRISON ST,Locality:OAKLAND,Region:CA")

    assert proposal == replace(DESIRED, street="645 HARRISON ST", city="OAKLAND")


def test_blanks_within_a_value_are_read_as_one():
    [proposal] = read(f"{TEXT} | Street:  645  HARRISON\n ST , Locality: OAKLAND")

    assert proposal.street == "645 HARRISON ST"


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "street"])
def test_field_that_a_suggestion_omits_stays_as_desired(name):
    other = Address("Twilio", "1 MAIN ST", "", "OAKLAND", "NV", "94607", "CA")
    omitted = ", ".join(f"{key}: {getattr(other, each)}" for each, key in FIELDS.items() if each != name)
    expected = [replace(other, **{name: getattr(DESIRED, name), "street_secondary": "Ste 300"})]

    assert read(f"{TEXT} | {omitted}") == expected
    assert read(f"{TEXT} | {suggestion(other, **{name: ''})}") == expected


@pytest.mark.parametrize(
    "message",
    [
        "",
        " | ",
        TEXT,
        "Street: 645 HARRISON ST, Locality: SAN FRANCISCO",
        f"{TEXT} | ",
        f"{TEXT} | no idea",
        f"{TEXT} | Locality: SAN FRANCISCO, Region: CA",
        f"{TEXT} | FriendlyName: x, CustomerName: y",
        f"{TEXT} | Street: , Locality: OAKLAND",
        f"{TEXT} | street: 645 HARRISON ST",
        f"{TEXT} |Street: 645 HARRISON ST",
        f"{TEXT} | The Street: 645 HARRISON ST",
        f"{TEXT} | HomeStreet: 645 HARRISON ST",
        f"{TEXT} | Street: 645 \x1b[2JHARRISON ST",
        f"{TEXT} | Street: 645 HARRISON ST, Locality: \ud800",
    ],
)
def test_text_without_readable_street_has_no_suggestion(message):
    assert read(message) == []


def test_readable_suggestion_is_kept_beside_an_unreadable_one():
    message = f"{TEXT} | rubbish | {suggestion()} | Region: CA"

    assert [proposal.street for proposal in read(message)] == ["645 HARRISON ST"]


@slow_machine
@given(PROSE)
def test_any_text_is_read_without_an_exception(message):
    for proposal in read(message):
        assert all(isinstance(value, str) for value in asdict(proposal).values())
        assert proposal.customer_name == DESIRED.customer_name
        assert proposal.street


@slow_machine
@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, VALUES)))
def test_suggestion_is_read_as_written(values):
    [proposal] = read(f"{TEXT} | {suggestion(**values)}")

    assert asdict(proposal) == asdict(DESIRED) | values


@pytest.mark.parametrize(
    "part",
    ["Street: ", ", ", " | Street: x", "Street", ", Street", ",Region:", " ", "Street: a, Region: b, "],
)
def test_long_hostile_text_is_parsed_quickly(part):
    message = f"{TEXT} | " + part * (200_000 // len(part))

    began = time.process_time()
    read(message)

    assert time.process_time() - began < 5


NEAR = replace(DESIRED, street="645 HARRISON ST", city="SAN FRANCISCO")
FAR = replace(DESIRED, street="645 N HARRISON ST")


@pytest.mark.parametrize(
    ("proposed", "on_correction", "chosen"),
    [
        ([NEAR], "cosmetic", NEAR),
        ([FAR, NEAR], "cosmetic", NEAR),
        ([NEAR, replace(NEAR, city="san francisco")], "cosmetic", NEAR),
        ([NEAR, replace(NEAR, postal_code="94105-1111")], "cosmetic", None),
        ([FAR], "cosmetic", None),
        ([], "cosmetic", None),
        ([FAR], "accept", FAR),
        ([FAR, replace(FAR, city="SAN FRANCISCO")], "accept", FAR),
        ([NEAR, FAR], "accept", None),
        ([], "accept", None),
        ([NEAR], "reject", None),
    ],
)
def test_suggestion_is_chosen_only_if_no_other_fits(proposed, on_correction, chosen):
    assert choose(DESIRED, proposed, on_correction) == chosen


def test_two_zips_that_fit_equally_are_not_chosen_between():
    """Each is acceptable for the ZIP without them, and they are two buildings."""
    proposed = [replace(NEAR, postal_code=f"94105-{last}") for last in ("1111", "2222")]

    assert all(acceptable_spelling(DESIRED, each) for each in proposed)
    assert choose(DESIRED, proposed, "cosmetic") is None


@pytest.mark.parametrize("book", BOOKS)
def test_no_entry_of_the_address_book_is_chosen_for_another(book):
    entries = BOOKS[book][:40]

    for desired in entries:
        others = [each for each in entries if each != desired]
        assert choose(desired, others, "cosmetic") is None
        assert all(choose(desired, [each], "cosmetic") is None for each in others)


def pasted(text):
    return eval(f"dict({text}\n)")


def test_comparison_can_be_pasted_and_shows_declared_values():
    proposal = replace(DESIRED, street="645 HARRISON ST", postal_code="94107")

    text = comparison(DESIRED, proposal)

    assert pasted(text) == asdict(proposal)
    assert [line for line in text.splitlines() if "#" in line] == [
        "  street='645 HARRISON ST',  # you wrote '645 Harrison Street'",
        "  postal_code='94107',  # you wrote '94105'",
    ]


def test_comparison_marks_letter_case_only_where_nothing_else_differs():
    desired = replace(DESIRED, city="San Francisco", street="645 Harrison St")
    case_only = replace(desired, city="SAN FRANCISCO")

    both = comparison(desired, replace(case_only, postal_code="94107"))

    assert [line for line in both.splitlines() if "#" in line] == [
        "  postal_code='94107',  # you wrote '94105'"
    ]
    assert (
        "  city='SAN FRANCISCO',  # you wrote 'San Francisco'" in comparison(desired, case_only).splitlines()
    )


def test_comparison_omits_unit_that_neither_has():
    assert "street_secondary" not in comparison(US, US)


def test_comparison_shows_dropped_unit():
    text = comparison(DESIRED, replace(DESIRED, street_secondary=""))

    assert "  street_secondary='',  # you wrote 'Ste 300'" in text.splitlines()


@pytest.mark.parametrize("region", ["KENT", ""])
def test_comparison_keeps_region_that_suggestion_lacks(region):
    desired = replace(GB, region=region)

    assert pasted(comparison(desired, replace(GB, region="")))["region"] == region


@slow_machine
@given(st.builds(Address, **{field.name: st.text(max_size=12) for field in fields(Address)}))
def test_no_suggestion_breaks_out_of_the_comparison(proposal):
    text = comparison(DESIRED, proposal)
    required = {name: value for name, value in asdict(proposal).items() if value}

    assert pasted(text).items() >= required.items()
    assert all(line.startswith("  ") and line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("secret", LOCATION)
def test_comparison_with_secret_input_shows_no_value(secret):
    desired = Address("Nakatomi", "1 Alpha St", "Ste 77", "Betaville", "XR", "55555", "ZC")
    proposal = Address("Nakatomi", "2 GAMMA AVE", "Ste 77", "DELTATOWN", "YQ", "66666", "VC")

    text = comparison(desired, proposal, {secret, "friendly_name"})

    assert text.splitlines() == [
        "  another street, city, region, postal_code, iso_country",
        f"  Values are not shown, since {secret} is secret. To see them, send the address to Twilio's",
        "  Addresses API with AutoCorrectAddress=false: the text of error 21629 has them.",
    ]


def test_several_secret_inputs_are_named_in_order():
    text = comparison(US, US, {"city", "street"})

    assert text.startswith(
        "  another spelling\n  Values are not shown, since street, city are secret. To see them"
    )


def test_secret_friendly_name_does_not_hide_location():
    assert pasted(comparison(DESIRED, NEAR, {"friendly_name"})) == asdict(NEAR)


@pytest.mark.parametrize(
    ("desired", "suggested", "reason"),
    [
        (
            "12 RUE DE L'EGLISE",
            "12 RUE DE L’ÉGLISE",
            "Accents, apostrophes and hyphens can tell streets apart",
        ),
        ("12 O'FARRELL ST", "12 OFARRELL ST", "Accents, apostrophes and hyphens can tell streets apart"),
        ("12 RUE ST PIERRE", "12 RUE ST-PIERRE", "Accents, apostrophes and hyphens can tell streets apart"),
        ("100 EAST 1700 SOUTH", "100 E 1700 S", "`N ST` and `NORTH ST` can be two streets"),
        ("100 MAIN ST", "101 MAIN ST", ""),
        ("100 MAIN ST", "100 Main St.", ""),
    ],
)
def test_rejected_suggestion_is_explained(desired, suggested, reason):
    said = why_asked(replace(US, street=desired), replace(US, street=suggested))

    assert said == (f"{reason}, so {said.partition(', so ')[2]}" if reason else "")
    assert said.endswith(" not changed without asking.") or not reason


SUGGESTED_STREETS = (
    "514 PEACE & PLENTY LN",
    "STATE HIGHWAY #50",
    "645 HARRISON ST STE 300",
    "12809 RM 620",
    "100 E 1700 S",
    "12 1/2 MAIN ST",
    "12 RUE DE L'ÉGLISE",
    "1 A@B ST",
    "X" * 200,
)


@pytest.mark.parametrize("desired", [US, CA, GB, replace(GB, region="KENT")])
@pytest.mark.parametrize("street", SUGGESTED_STREETS)
@pytest.mark.parametrize("region", [None, ""])
@pytest.mark.parametrize("postal_code", [None, "94105-1804", "M5V2T6", "SW1A2AA", "X"])
def test_pasted_suggestion_passes_check(desired, street, region, postal_code):
    """Twilio knows its own suggestion, so nothing of it is refused here."""
    changes = {"street": street, "region": region, "postal_code": postal_code}
    given_changes = {name: value for name, value in changes.items() if value is not None}
    [proposal] = read(f"{TEXT} | {suggestion(desired, **given_changes)}", desired)

    assert problems(pasted(comparison(desired, proposal))) == []


@slow_machine
@given(
    st.fixed_dictionaries({name: st.text() for name in ("street", "city", "postal_code")}),
    st.sampled_from([US, CA, GB]),
)
def test_any_suggestion_that_can_be_read_passes_our_own_check(values, desired):
    for proposal in read(f"{TEXT} | {suggestion(desired, **values)}", desired):
        found = problems(asdict(proposal))
        # A hostile value may hold another key, as in "x, Region: y"; what then is refused is that key.
        assert {problem.where for problem in found} <= {"region", "iso_country"} & {
            name for name in LOCATION if f"{FIELDS.get(name)}:" in "".join(values.values())
        }
