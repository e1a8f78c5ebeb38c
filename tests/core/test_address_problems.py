"""What is refused offline, what is advised, what is missing: each under its own property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.model.address import LOCATION, REQUIRED
from pulumi_twilio_emergency.core.model.countries import COUNTRIES, TERRITORIES, country_of_address
from pulumi_twilio_emergency.core.rules.address_inputs import (
    advice,
    missing,
    on_correction_problems,
    problems,
)
from support.address_book import slow_machine

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
CA = US | {
    "street": "101 King St W",
    "city": "Toronto",
    "region": "ON",
    "postal_code": "M5V 2T6",
    "iso_country": "CA",
}
GB = US | {"city": "London", "region": "Greater London", "postal_code": "SW1A 2AA", "iso_country": "GB"}
GOOD = {"US": US, "CA": CA, "GB": GB}
PROPERTIES = (*LOCATION, "friendly_name")
STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS GU MP PR VI"
).split()
PROVINCES = "AB BC MB NB NL NS NT NU ON PE QC SK YT".split()
MAY_FAIL = "Twilio advises against it: validation or registration may fail."
UNSURE = "Validation or registration may fail."


def refused(unknown=(), secret=(), *, base=US, **changes):
    """The texts of what is refused, by property; what is refused is not advised about as well."""
    values = base | changes
    found = by_property(problems(values, unknown, secret))
    assert not set(found) & set(by_property(advice(values, unknown, secret)))
    return found


def advised(unknown=(), secret=(), *, base=US, **changes):
    """The texts of what is advised where nothing is refused, by property."""
    values = base | changes
    assert problems(values, unknown, secret) == []
    return by_property(advice(values, unknown, secret))


def by_property(found):
    texts = {}
    for problem in found:
        texts.setdefault(problem.where, []).append(str(problem))
    return texts


@pytest.mark.parametrize("country", GOOD)
def test_good_address_has_no_problem_and_no_advice(country):
    assert advised(base=GOOD[country]) == {}
    assert missing(GOOD[country]) == []


@pytest.mark.parametrize("name", PROPERTIES)
def test_absent_property_is_no_problem_during_check(name):
    assert refused(**{name: None}) == {}
    assert problems({}) == advice({}) == []


@pytest.mark.parametrize("name", REQUIRED)
def test_absent_required_property_is_missing_for_create(name):
    text = f"{name} is missing.\nTwilio needs it to validate the address."

    assert by_property(missing(US | {name: None})) == {name: [text]}
    assert missing(US | {name: None}, [name]) == []


def test_of_no_properties_all_required_ones_are_missing_in_order():
    assert [problem.where for problem in missing({})] == list(REQUIRED)


def test_missing_british_region_is_requested_with_override():
    [problem] = missing(GB | {"region": None})

    assert problem.remedy == "Give the county, or region='' if the address has none."


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", ["", "   ", "\t"])
def test_empty_required_text_is_refused_and_not_missing(name, value):
    assert refused(**{name: value}) == {name: [f"{name} is empty.\nTwilio needs it to validate the address."]}
    assert missing(US | {name: value}) == []


@pytest.mark.parametrize("value", ["", " "])
def test_empty_british_region_is_accepted(value):
    text = "region is empty.\nTwilio documents it as required.\nIf Twilio refuses it, give the county."

    assert advised(base=GB, region=value) == {"region": [text]}


def test_empty_region_is_no_problem_while_country_is_unknown():
    assert advised(["iso_country"], region="", iso_country=object()) == {}


@pytest.mark.parametrize("name", ["street_secondary", "friendly_name"])
def test_unit_and_friendly_name_may_be_empty(name):
    assert advised(**{name: ""}) == advised(**{name: "  "}) == {}


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
def test_value_of_wrong_type_is_refused_with_type_named(name, value, kind):
    assert refused(**{name: value}) == {name: [f"{name} must be a string in quotes, not {kind}."]}
    assert refused(secret=[name], **{name: value}) == {name: [f"{name} must be a string in quotes."]}


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("value", [None, "", 7, " & ", "x" * 99, object()])
def test_unknown_value_has_no_problem(name, value):
    values = US | {name: value}

    assert name not in by_property(
        problems(values, [name]) + advice(values, [name]) + missing(values, [name])
    )


def test_regions_and_postal_codes_of_an_unknown_country_are_let_through():
    assert advised(["iso_country"], iso_country=object(), region="Kalifornien", postal_code="1") == {}


@pytest.mark.parametrize("name", ["customer_name", "street", "city", "friendly_name"])
@pytest.mark.parametrize("value", [" Main", "Main ", "Ma  in"])
def test_needless_spaces_are_advised_against_with_the_right_spelling(name, value):
    tidy = " ".join(value.split())
    what = f"{name} has leading, trailing or double spaces.\n{MAY_FAIL}"

    assert advised(**{name: value}) == {name: [f"{what}\nWrite {tidy!r}."]}
    assert advised(secret=[name], **{name: value}) == {name: [f"{what}\nRemove them."]}


@pytest.mark.parametrize("char", ["\x00", "\t", "\n", "\x1b", "\x7f", "\x9b", "\ud800"])
def test_control_characters_are_refused_without_being_printed(char):
    assert refused(city=f"San{char}Francisco") == {
        "city": ["city contains control characters.\nRetype it by hand."],
    }


@pytest.mark.parametrize("char", ["\u200b", "\u202e", "\xa0", "\u2028"])
def test_invisible_characters_are_advised_against(char):
    text = f"city contains invisible characters.\n{MAY_FAIL}\nRetype it by hand."

    assert advised(city=f"San{char}Francisco") == {"city": [text]}


@pytest.mark.parametrize("name", ["customer_name", "street", "street_secondary", "city", "friendly_name"])
@pytest.mark.parametrize(
    ("value", "chars"), [("A & B", "&"), ("a@b", "@"), ("# 5", "#"), ("#1 @ A & B", "& @ #")]
)
def test_unwelcome_characters_are_named(name, value, chars):
    assert advised(**{name: value}) == {
        name: [f"{name} contains {chars}.\n{MAY_FAIL}\nSpell it out or leave it out."]
    }


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
    assert refused(**{name: value}) == ({name: [reason.format(name)]} if reason else {})


@pytest.mark.parametrize("name", ["street", "street_secondary", "city"])
def test_other_texts_may_be_long(name):
    assert advised(**{name: "x" * 200}) == {}


@pytest.mark.parametrize(
    ("street", "unit"),
    [
        ("645 Harrison St Suite 300", "Suite 300"),
        ("645 HARRISON ST STE 300", "STE 300"),
        ("645 Harrison St, Ste. 300", "Ste. 300"),
        ("645 Harrison St,Apt 4B", "Apt 4B"),
        ("645 Harrison St apartment 4", "apartment 4"),
        ("645 Harrison St UNIT 12", "UNIT 12"),
        ("645 Harrison St Floor 3", "Floor 3"),
        ("645 Harrison St FL 3", "FL 3"),
        ("645 Harrison St Room 7", "Room 7"),
        ("645 Harrison St Building C", "Building C"),
        ("645 Harrison St Bldg. C", "Bldg. C"),
    ],
)
def test_unit_in_street_is_directed_to_street_secondary(street, unit):
    text = "street ends in a unit{}.\n" + MAY_FAIL + "\nPut it into street_secondary."

    assert advised(street=street) == {"street": [text.format(f", {unit!r}")]}
    assert advised(secret=["street"], street=street) == {"street": [text.format("")]}


@pytest.mark.parametrize(
    "street",
    [
        "645 Harrison St",
        "12809 RM 620",
        "12809 N RM 620",
        "1 Unit",
        "12 Suiteland Rd",
        "5 Room Service Rd",
        "7 Apthorp Ave 3",
        "9 Ste Genevieve Dr",
        "3 Unity 5",
        "120 Rue Ste Anne",
        "1255 Rue Ste. Catherine",
        "10 Floor Rd",
        "4 Building St",
    ],
)
def test_street_that_resembles_unit_is_accepted(street):
    assert advised(street=street) == {}


@pytest.mark.parametrize("value", ["DE", "Canada", "U.S.", "JE"])
def test_other_countries_are_refused(value):
    what = "iso_country must be one of US, CA, GB"
    remedy = "Twilio registers emergency addresses in no other country."

    assert refused(iso_country=value) == {"iso_country": [f"{what}, not {value!r}.\n{remedy}"]}
    assert refused(secret=["iso_country"], iso_country=value) == {"iso_country": [f"{what}.\n{remedy}"]}


@pytest.mark.parametrize(
    ("value", "meant"), [("us", "US"), (" US", "US"), ("USA", "US"), ("ca", "CA"), ("UK", "GB"), ("gb", "GB")]
)
def test_misspelt_country_is_refused_with_right_code(value, meant):
    what = "iso_country must be a two-letter code of ISO 3166 in capitals"

    assert refused(iso_country=value) == {"iso_country": [f"{what}, not {value!r}.\nWrite {meant!r}."]}
    assert refused(secret=["iso_country"], iso_country=value) == {
        "iso_country": [f"{what}.\nWrite one of US, CA, GB."],
    }


@pytest.mark.parametrize("value", sorted(TERRITORIES))
def test_territory_as_country_is_accepted_with_alternative_named(value):
    """Twilio lists Puerto Rico among its locales, and documents registration for three countries only."""
    text = (
        "iso_country {} may not take registered addresses.\nTwilio documents US, CA, GB only.\n"
        "If Twilio refuses it, write the territory as the region of iso_country='US'."
    )

    assert advised(iso_country=value) == {"iso_country": [text.format(repr(value))]}
    assert advised(secret=["iso_country"], iso_country=value) == {
        "iso_country": [text.format("of a US territory")]
    }
    assert country_of_address(value) == "US"


@pytest.mark.parametrize("value", COUNTRIES)
def test_country_has_emergency_services_of_same_name(value):
    assert country_of_address(value) == value


@pytest.mark.parametrize("meant", ["USA", "us", " US "])
def test_other_fields_are_judged_by_the_country_that_is_meant(meant):
    """One round of corrections is enough."""
    values = {"iso_country": meant, "region": "Mass", "postal_code": "2134"}

    assert set(refused(**values)) == {"iso_country", "region"}
    assert set(by_property(advice(US | values))) == {"postal_code"}
    assert set(refused(iso_country="UK", region="")) == {"iso_country"}


@pytest.mark.parametrize("country", ["DE", "Narnia"])
def test_region_and_postal_code_of_a_refused_country_are_let_through(country):
    values = US | {"iso_country": country, "region": "Bayern", "postal_code": "D-80331"}

    assert set(by_property(problems(values) + advice(values))) == {"iso_country"}


@pytest.mark.parametrize("region", STATES)
def test_every_state_and_territory_is_known(region):
    assert advised(region=region) == {}


@pytest.mark.parametrize("region", PROVINCES)
def test_every_province_is_known(region):
    assert advised(base=CA, region=region) == {}


@pytest.mark.parametrize("region", ["ca", "California", "Calif", " CA", "C", "CAL", "ČA"])
def test_spelled_out_state_is_refused(region):
    what = "region must be the two-letter code of a state in capitals"
    remedy = "Twilio does not validate an address whose state is spelled out."

    assert refused(region=region) == {"region": [f"{what}, not {region!r}.\n{remedy}"]}
    assert refused(secret=["region"], region=region) == {"region": [f"{what}.\n{remedy}"]}


@pytest.mark.parametrize(
    ("country", "noun", "region"),
    [
        *[("US", "state", region) for region in ("ON", "XX", "UK", "FM")],
        *[("CA", "province", region) for region in ("on", "Ontario", "CA", "PQ", "NF")],
    ],
)
def test_another_region_is_advised_against(country, noun, region):
    what = f"region should be the two-letter code of a {noun} in capitals"

    assert advised(base=GOOD[country], region=region) == {"region": [f"{what}, not {region!r}.\n{UNSURE}"]}
    assert advised(secret=["region"], base=GOOD[country], region=region) == {"region": [f"{what}.\n{UNSURE}"]}


@pytest.mark.parametrize("region", ["Greater London", "Kent", "CA", "x"])
def test_any_county_is_let_through(region):
    assert advised(base=GB, region=region) == {}


GOOD_CODES = {
    "US": ["00501", "94105", "94105-1804"],
    "CA": ["M5V 2T6", "M5V2T6", "m5v 2t6", "K1A 0W9"],
    "GB": ["SW1A 2AA", "SW1A2AA", "m1 1ae", "M60 1NW", "DN55 1PT", "EC1A 1BB", "IM1 1AA"],
}
ODD_CODES = {
    "US": "9410|941051|94105 1804|941051804|94105-|94105-18|M5V 2T6|9410O|٩٤١٠٥".split("|"),
    "CA": "94105|D5V 2T6|W5V 2T6|M5O 2T6|M5V-2T6|M5V 2U6|M5V|M٥V 2T6".split("|"),
    "GB": "94105|SW1A|2AA SW1A|SW1A-2AA|SWX1 2AA|SW1A 2A|SW1A ٢AA".split("|"),
}
EXAMPLES = {"US": "94105 or 94105-1804", "CA": "M5V 2T6", "GB": "SW1A 2AA"}


@pytest.mark.parametrize(
    ("country", "code"), [(country, code) for country in GOOD for code in GOOD_CODES[country]]
)
def test_postal_code_of_country_is_accepted(country, code):
    assert advised(base=GOOD[country], postal_code=code) == {}


@pytest.mark.parametrize(
    ("country", "code"), [(country, code) for country in GOOD for code in ODD_CODES[country]]
)
def test_another_postal_code_is_advised_against_with_an_example(country, code):
    what = f"postal_code should look like {EXAMPLES[country]}"

    assert advised(base=GOOD[country], postal_code=code) == {
        "postal_code": [f"{what}, not {code!r}.\n{UNSURE}"]
    }
    assert advised(secret=["postal_code"], base=GOOD[country], postal_code=code) == {
        "postal_code": [f"{what}.\n{UNSURE}"],
    }


def test_all_problems_come_at_once_and_each_under_its_property():
    values = US | {
        "customer_name": "Ben & Jerry's of Burlington, Vermont ",
        "street": " 645 Harrison St # 5",
        "street_secondary": 5,
        "city": "",
        "region": "Calif",
        "postal_code": 94105,
        "friendly_name": "日" * 32,
    }

    assert [problem.where for problem in problems(values)] == [
        "customer_name",
        "street_secondary",
        "city",
        "region",
        "postal_code",
        "friendly_name",
    ]
    assert [problem.where for problem in advice(values)] == ["street", "street"]


ANY_VALUES = st.dictionaries(
    st.sampled_from(PROPERTIES),
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(),
        st.text(),
        st.lists(st.text()),
        st.sampled_from(["US", "GB", "us", "PR", "1 A ST STE 5", " Calif"]),
    ),
)


@slow_machine
@given(ANY_VALUES, st.sets(st.sampled_from(PROPERTIES)))
def test_any_values_are_answered_with_problems_of_known_properties(values, unknown):
    for problem in problems(values, unknown) + advice(values, unknown) + missing(values, unknown):
        assert problem.where in PROPERTIES
        assert problem.where not in unknown
        assert problem.what.startswith(problem.where)
        assert all(part.isprintable() for part in (problem.what, problem.meaning, problem.remedy))


@slow_machine
@given(
    st.dictionaries(
        st.sampled_from(PROPERTIES), st.sampled_from(["", "! ", " ", "&", "#", "\x00", " STE 9"])
    ),
)
def test_secret_values_are_never_quoted(suffixes):
    """Each text carries a mark that no message may show."""
    values = {name: f"Zq{suffix}Zq9" for name, suffix in suffixes.items()}

    for problem in problems(values, secret=PROPERTIES) + advice(values, secret=PROPERTIES):
        assert "zq" not in str(problem).lower()


@pytest.mark.parametrize("value", [None, "cosmetic", "accept", "reject"])
def test_three_values_of_on_correction_are_known(value):
    assert on_correction_problems(value) == []


@pytest.mark.parametrize("value", ["", "Accept", "yes", True, 1, ["accept"], {"on": "accept"}])
def test_another_on_correction_is_refused_with_the_choices(value):
    [problem] = on_correction_problems(value)

    assert problem.where == "on_correction"
    assert problem.what == f"on_correction must be one of 'cosmetic', 'accept', 'reject', not {value!r}."


def test_secret_on_correction_is_not_quoted():
    [problem] = on_correction_problems("yes", secret=["on_correction"])

    assert problem.what == "on_correction must be one of 'cosmetic', 'accept', 'reject'."
