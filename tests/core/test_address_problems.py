"""What is said offline against an address: each thing under its own property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.rules.address_inputs import LOCATION, REQUIRED, on_correction_problems, problems
from support.fake_twilio import unhurried

US = {
    "customer_name": "Twilio",
    "street": "645 Harrison St",
    "street_secondary": "Ste 300",
    "city": "San Francisco",
    "region": "CA",
    "postal_code": "94105",
    "iso_country": "US",
    "friendly_name": "office",
}
CA = US | {"street": "101 King St W", "city": "Toronto", "region": "ON", "postal_code": "M5V 2T6", "iso_country": "CA"}  # fmt: skip
GB = US | {"street": "10 Downing St", "city": "London", "region": "Greater London", "postal_code": "SW1A 2AA", "iso_country": "GB"}  # fmt: skip
HOME = {"US": US, "CA": CA, "GB": GB}
PROPERTIES = (*LOCATION, "friendly_name")
STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"
).split()
PROVINCES = "AB BC MB NB NL NS NT NU ON PE QC SK YT".split()


def said(unknown=(), **changes):
    """What is said against the US address with these changes, by property."""
    return by_property(problems(US | changes, unknown))


def by_property(found):
    said = {}
    for problem in found:
        said.setdefault(problem.where, []).append(problem.what)
    return said


@pytest.mark.parametrize("country", HOME)
def test_nothing_is_said_against_a_good_address(country):
    assert problems(HOME[country]) == []


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_missing_is_named(name, nothing):
    reason = f"{name} is missing; Twilio needs it to validate the address."

    assert said(**{name: nothing}) == {name: [reason]}


def test_of_nothing_everything_required_is_missing():
    assert [problem.where for problem in problems({})] == list(REQUIRED)


@pytest.mark.parametrize("name", ["street_secondary", "friendly_name"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_unit_and_friendly_name_may_be_missing(name, nothing):
    assert said(**{name: nothing}) == {}


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (94105, "a number"),
        (94105.0, "a number"),
        (0, "a number"),
        (True, "True"),
        (False, "False"),
        (["CA"], "a list"),
        ([], "a list"),
        ({"code": "CA"}, "a mapping"),
    ],
)
def test_what_is_not_a_text_is_refused_by_its_kind(name, value, kind):
    assert said(**{name: value}) == {name: [f"{name} must be a text in quotes, not {kind}."]}


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("value", [None, "", 7, " & ", "x" * 99, object()])
def test_nothing_is_said_of_what_is_not_known_yet(name, value):
    assert name not in said([name], **{name: value})


def test_without_a_known_country_nothing_is_said_of_regions_and_postal_codes():
    assert said(["iso_country"], iso_country=object(), region="Kalifornien", postal_code="1") == {}


@pytest.mark.parametrize("name", ["customer_name", "street", "city", "friendly_name"])
@pytest.mark.parametrize("value", [" Main", "Main ", "Ma  in", "\tMain", "Main\n"])
def test_stray_blanks_are_refused_with_the_right_spelling(name, value):
    tidy = " ".join(value.split())

    assert f"{name} has stray blanks, which Twilio refuses; write {tidy!r}." in said(**{name: value})[name]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_text_of_blanks_alone_is_missing(name):
    [reason] = said(**{name: "   "})[name]

    assert reason == f"{name} is missing; Twilio needs it to validate the address."


@pytest.mark.parametrize("char", ["\x00", "\t", "\n", "\x7f", "\u200b", "\u202e", "\xa0", "\ud800"])
def test_control_characters_are_refused_without_being_printed(char):
    reasons = said(city=f"San{char}Francisco")["city"]

    assert reasons == ["city has control characters in it; retype it by hand."]


@pytest.mark.parametrize("name", ["customer_name", "street", "street_secondary", "city", "friendly_name"])
@pytest.mark.parametrize(
    ("value", "chars"), [("A & B", "&"), ("a@b", "@"), ("# 5", "#"), ("#1 @ A & B", "& @ #")]
)
def test_characters_that_emergency_services_refuse_are_named(name, value, chars):
    [reason] = said(**{name: value})[name]

    assert reason == (
        f"{name} must not contain {chars}, which emergency services refuse; spell it out or leave it away."
    )


@pytest.mark.parametrize("name", ["customer_name", "friendly_name"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("x" * 32, None),
        ("é" * 32, None),
        ("x" * 33, "{} has 33 characters; emergency addresses take at most 32."),
        ("日" * 21, None),
        ("日" * 22, "{} takes 66 bytes in UTF-8; Twilio takes at most 64."),
        ("日" * 33, "{} has 33 characters; emergency addresses take at most 32."),
    ],
)
def test_names_are_limited_in_characters_and_in_bytes(name, value, reason):
    assert said(**{name: value}) == ({name: [reason.format(name)]} if reason else {})


@pytest.mark.parametrize("name", ["street", "street_secondary", "city"])
def test_what_is_not_a_name_may_be_long(name):
    assert said(**{name: "x" * 200}) == {}


@pytest.mark.parametrize(
    ("street", "unit"),
    [
        ("645 Harrison St Suite 300", "Suite 300"),
        ("645 Harrison St, Ste. 300", "Ste. 300"),
        ("645 Harrison St,Apt 4B", "Apt 4B"),
        ("645 Harrison St apartment 4", "apartment 4"),
        ("645 Harrison St UNIT 12", "UNIT 12"),
        ("645 Harrison St Floor 3", "Floor 3"),
        ("645 Harrison St FL 3", "FL 3"),
        ("645 Harrison St Room 7", "Room 7"),
        ("645 Harrison St Rm 7", "Rm 7"),
        ("645 Harrison St Building C", "Building C"),
        ("645 Harrison St Bldg. C", "Bldg. C"),
    ],
)
def test_a_unit_in_the_street_is_sent_to_street_secondary(street, unit):
    assert said(street=street) == {
        "street": [
            f"street ends in a unit, {unit!r}; put that into street_secondary, or registration may be refused."
        ]
    }


@pytest.mark.parametrize(
    "street",
    [
        "645 Harrison St",
        "1 Unit",
        "1 Floor",
        "12 Suiteland Rd",
        "5 Room Service Rd",
        "7 Apthorp Ave 3",
        "9 Ste Genevieve Dr",
        "3 Unity 5",
    ],
)
def test_a_street_that_only_sounds_like_a_unit_is_let_through(street):
    assert said(street=street) == {}


@pytest.mark.parametrize(
    "street", ["120 Rue Ste Anne", "1255 Rue Ste. Catherine", "10 Floor Rd", "4 Building St"]
)
def test_a_street_that_is_named_like_a_unit_is_let_through(street):
    assert by_property(problems(CA | {"street": street})) == {}


@pytest.mark.parametrize("value", ["DE", "us", "USA", "U.S.", "Canada", "UK"])
def test_other_countries_are_refused(value):
    [reason] = said(iso_country=value)["iso_country"]

    assert reason == (
        f"iso_country must be one of US, CA, GB, not {value!r}: Twilio registers emergency addresses in no other "
        "country."
    )


@pytest.mark.parametrize("country", ["DE", "us", "Narnia"])
def test_of_another_countrys_region_and_postal_code_nothing_is_said(country):
    assert set(said(iso_country=country, region="Bayern", postal_code="D-80331")) == {"iso_country"}


@pytest.mark.parametrize("region", STATES)
def test_every_state_and_territory_is_known(region):
    assert said(region=region) == {}


@pytest.mark.parametrize("region", PROVINCES)
def test_every_province_is_known(region):
    assert problems(CA | {"region": region}) == []


@pytest.mark.parametrize(
    ("country", "noun", "region"),
    [
        *[("US", "state", region) for region in ("ca", "California", "ON", "XX", "UK")],
        *[("CA", "province", region) for region in ("on", "Ontario", "CA", "PQ", "NF")],
    ],
)
def test_another_region_is_refused(country, noun, region):
    assert by_property(problems(HOME[country] | {"region": region})) == {
        "region": [f"region must be the two-letter code of a {country} {noun} in capitals, not {region!r}."]
    }


@pytest.mark.parametrize("region", ["Greater London", "Kent", "CA", "x"])
def test_any_county_is_let_through(region):
    assert problems(GB | {"region": region}) == []


GOOD_CODES = [
    ("US", "00501"),
    ("US", "94105"),
    ("US", "94105-1804"),
    ("CA", "M5V 2T6"),
    ("CA", "M5V2T6"),
    ("CA", "m5v 2t6"),
    ("CA", "K1A 0W9"),
    ("GB", "SW1A 2AA"),
    ("GB", "SW1A2AA"),
    ("GB", "m1 1ae"),
    ("GB", "M60 1NW"),
    ("GB", "DN55 1PT"),
    ("GB", "EC1A 1BB"),
    ("GB", "IM1 1AA"),
]
BAD_CODES = [
    ("US", "9410"),
    ("US", "941051"),
    ("US", "94105 1804"),
    ("US", "941051804"),
    ("US", "94105-"),
    ("US", "94105-18"),
    ("US", "M5V 2T6"),
    ("US", "9410O"),
    ("CA", "94105"),
    ("CA", "D5V 2T6"),
    ("CA", "W5V 2T6"),
    ("CA", "M5O 2T6"),
    ("CA", "M5V-2T6"),
    ("CA", "M5V 2U6"),
    ("CA", "M5V"),
    ("GB", "94105"),
    ("GB", "SW1A"),
    ("GB", "2AA SW1A"),
    ("GB", "SW1A-2AA"),
    ("GB", "SWX1 2AA"),
    ("GB", "SW1A 2A"),
]


@pytest.mark.parametrize(("country", "code"), GOOD_CODES)
def test_a_postal_code_of_the_country_is_let_through(country, code):
    assert problems(HOME[country] | {"postal_code": code}) == []


@pytest.mark.parametrize(("country", "code"), BAD_CODES)
def test_another_postal_code_is_refused_with_an_example(country, code):
    example = {"US": "94105 or 94105-1804", "CA": "M5V 2T6", "GB": "SW1A 2AA"}[country]

    assert by_property(problems(HOME[country] | {"postal_code": code})) == {
        "postal_code": [f"postal_code {code!r} is not a {country} postal code; they look like {example}."]
    }


@pytest.mark.parametrize(("country", "code"), [("US", "٩٤١٠٥"), ("CA", "M٥V 2T6"), ("GB", "SW1A ٢AA")])
def test_digits_of_another_script_make_no_postal_code(country, code):
    assert "postal_code" in by_property(problems(HOME[country] | {"postal_code": code}))


def test_everything_is_said_at_once_and_each_under_its_property():
    found = said(
        customer_name="Ben & Jerry's of Burlington, Vermont ",
        street="645 Harrison St # 5",
        street_secondary=5,
        city=None,
        region="Calif",
        postal_code=94105,
        friendly_name="日" * 32,
    )

    assert {name: len(reasons) for name, reasons in found.items()} == {
        "customer_name": 3,
        "street": 1,
        "street_secondary": 1,
        "city": 1,
        "region": 1,
        "postal_code": 1,
        "friendly_name": 1,
    }
    assert all(reason.startswith(name) for name, reasons in found.items() for reason in reasons)


@unhurried
@given(
    st.dictionaries(
        st.sampled_from(PROPERTIES),
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(), st.lists(st.text()), st.just("US")),
    ),
    st.sets(st.sampled_from(PROPERTIES)),
)
def test_whatever_is_written_is_answered_with_problems_of_known_properties(values, unknown):
    for problem in problems(values, unknown):
        assert problem.where in PROPERTIES
        assert problem.where not in unknown
        assert problem.what.isprintable()


@pytest.mark.parametrize("value", [None, "cosmetic", "accept", "reject"])
def test_three_ways_to_take_a_correction_are_known(value):
    assert on_correction_problems(value) == []


@pytest.mark.parametrize("value", ["", "Accept", "yes", True, 1, ["accept"], {"on": "accept"}])
def test_another_way_is_refused_with_the_choices(value):
    [problem] = on_correction_problems(value)

    assert problem.where == "on_correction"
    assert problem.what == f"on_correction must be one of 'cosmetic', 'accept', 'reject', not {value!r}."
