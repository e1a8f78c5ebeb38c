"""What a sites file says, and everything that is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_twilio_emergency.core.model.address import Address
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.sites.file import Checked, SitesFileError, check, load
from pulumi_twilio_emergency.sites.model import Site, SiteDomain, SiteNumber
from pulumi_twilio_emergency.sites.nodes import FileProblem, Position
from support.sites import BOSTON, BOSTON_CSV

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = "AC" + "0" * 32
ACME = Address("Acme Boston", "1 Main St", "Floor 3", "Boston", "MA", "02134", "US")


@pytest.fixture
def checked(tmp_path: Path):
    """Return what checks a text as a file of that name, and leaves its folder out of the lines."""

    def check_text(text: str | bytes, name: str = "sites.yaml") -> Checked:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = check(path)
        return Checked(name, found.sites, found.problems, found.advice)

    return check_text


def test_yaml_site_is_read_as_typed(checked):
    assert checked(BOSTON).sites.sites == (
        Site(
            "boston",
            ACME,
            numbers=(
                SiteNumber("+16175550100", Position(12, 9)),
                SiteNumber("+16175550101", Position(13, 9)),
            ),
            domains=(SiteDomain("acme.sip.twilio.com", "+16175550100", Position(16, 27)),),
            at=Position(2, 3),
        ),
    )


def test_csv_rows_of_one_site_are_the_same_site(checked):
    (site,) = checked(BOSTON_CSV, "sites.csv").sites
    assert (site.key, site.address) == ("boston", ACME)
    assert site.numbers == (
        SiteNumber("+16175550100", Position(2, 57)),
        SiteNumber("+16175550101", Position(3, 15)),
    )
    assert site.domains == (SiteDomain("acme.sip.twilio.com", "+16175550100", Position(2, 57)),)


def test_country_code_of_norway_and_leading_zeros_stay_text(checked):
    """NO, 02134 and 0x10 are values that YAML would turn into something else."""
    text = BOSTON.replace("Acme Boston", "NO").replace("Floor 3", "0x10")
    (site,) = checked(text).sites
    assert (site.address.customer_name, site.address.street_secondary, site.address.postal_code) == (
        "NO",
        "0x10",
        "02134",
    )


def test_optional_keys_reach_the_site(checked):
    text = BOSTON.replace(
        "      iso_country: US\n",
        "      iso_country: US\n      friendly_name: HQ\n      on_correction: reject\n    account_sid: "
        + ACCOUNT
        + "\n",
    )
    (site,) = checked(text).sites
    assert (site.friendly_name, site.on_correction, site.account_sid) == ("HQ", "reject", ACCOUNT)


def test_one_address_in_two_sites_is_allowed(checked):
    both = BOSTON + BOSTON.partition("\n")[2].partition("    numbers:")[0].replace("boston:", "annex:")
    assert [site.key for site in checked(both).sites] == ["boston", "annex"]


def test_problems_are_all_named_in_file_order(checked):
    text = """\
sites:
  boston:
    address:
      customer_name: Acme Boston
      street: 1 Main St
      city: Boston
      region: Massachusetts
      postal_code: 02134
      iso_country: US
    numbers:
      - +16175550100
      - 617-555-0101
      - +16175550100
    domains:
      - domain_name: Acme.sip.twilio.com
        emergency_caller: +16175550109
  ottawa:
    adress: {}
    numbers: +16135550123
"""
    found = checked(text)
    assert found.sites is None
    assert [(each.at.line, each.at.column, each.path) for each in found.problems] == [
        (7, 15, "sites.boston.address.region"),
        (12, 9, "sites.boston.numbers[1]"),
        (13, 9, "sites.boston.numbers[2]"),
        (15, 22, "sites.boston.domains[0].domain_name"),
        (16, 27, "sites.boston.domains[0].emergency_caller"),
        (18, 5, "sites.ottawa.adress"),
        (19, 14, "sites.ottawa.numbers"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            "    address:",
            "    adress:",
            "sites.yaml:3:5: sites.boston.adress: unknown key 'adress'; did you mean address?",
            id="misspelled",
        ),
        pytest.param(
            "postal_code",
            "zip",
            "sites.yaml:9:7: sites.boston.address.zip: unknown key 'zip'; did you mean postal_code?",
            id="other-word",
        ),
        pytest.param(
            "postal_code",
            "postalCode",
            "sites.yaml:9:7: sites.boston.address.postalCode: unknown key 'postalCode'; did you mean postal_code?",
            id="camel-case",
        ),
        pytest.param(
            "- +16175550101",
            "- 6175550101",
            "sites.yaml:13:9: sites.boston.numbers[1]: '6175550101' is not a phone number in E.164; write it like +16175550101",
            id="no-plus",
        ),
        pytest.param(
            "- +16175550101",
            "- 1.6175550101E+10",
            "sites.yaml:13:9: sites.boston.numbers[1]: '1.6175550101E+10' is not a phone number in E.164; a spreadsheet has rounded it; format the column as text and enter the number again",
            id="rounded",
        ),
        pytest.param(
            "- +16175550101",
            "- +4930901820",
            "sites.yaml:13:9: sites.boston.numbers[1]: +4930901820 is a number of DE; Twilio registers emergency addresses for US, CA, GB only; remove it, or use a number of a country with registration",
            id="germany",
        ),
        pytest.param(
            "- +16175550101",
            "- +442071838750",
            "sites.yaml:13:9: sites.boston.numbers[1]: +442071838750 is a GB number, and the site's address is in US; move the number to a site in its country",
            id="other-country",
        ),
        pytest.param(
            "- +16175550101",
            "- +16175550100",
            "sites.yaml:13:9: sites.boston.numbers[1]: +16175550100 is in sites.boston already, in line 12; keep it in one place",
            id="twice",
        ),
        pytest.param(
            "caller: +16175550100",
            "caller: +16175550109",
            "sites.yaml:16:27: sites.boston.domains[0].emergency_caller: +16175550109 is not a number of this file; add it to the numbers of a site, so that it has an address",
            id="foreign-caller",
        ),
        pytest.param(
            "Floor 3",
            "null",
            "sites.yaml:6:25: sites.boston.address.street_secondary: null is not a text; leave the key out, or put the value in quotes",
            id="null",
        ),
        pytest.param(
            "Floor 3",
            "[Floor 3]",
            "sites.yaml:6:25: sites.boston.address.street_secondary: must be a single value, not a list; write one text",
            id="list",
        ),
        pytest.param(
            "  boston:",
            "  bos ton:",
            "sites.yaml:2:3: sites.bos ton: 'bos ton' cannot be the key of a site; use letters, digits, point, hyphen and underscore; 100 at most",
            id="site-key",
        ),
        pytest.param(
            "    numbers:",
            "    account_sid: AC1\n    numbers:",
            "sites.yaml:11:18: sites.boston.account_sid: 'AC1' is not an account SID; write AC and 32 hexadecimal digits",
            id="account",
        ),
        pytest.param(
            "    numbers:",
            "    boss: x\n    numbers:",
            "sites.yaml:11:5: sites.boston.boss: unknown key 'boss'; there are: address, numbers, domains, account_sid",
            id="nothing-like-it",
        ),
    ],
)
def test_one_mistake_is_one_line(checked, old, new, line):
    assert checked(BOSTON.replace(old, new, 1)).lines == [line]


def test_site_without_address_is_a_problem(checked):
    assert checked("sites:\n  boston:\n    numbers: []\n").lines == [
        "sites.yaml:2:3: sites.boston: address is missing; add `address:`"
    ]


def test_emergency_caller_of_another_account_is_a_problem(checked):
    other = BOSTON.replace("boston:", "annex:").replace("acme.sip", "annex.sip")
    other = other.replace("+16175550100", "+16175550102").replace("+16175550101", "+16175550103")
    other = other.replace("caller: +16175550102", "caller: +16175550100")
    both = BOSTON + other.partition("\n")[2] + f"    account_sid: {ACCOUNT}\n"
    (line,) = checked(both).lines
    assert line.partition(": sites.")[2] == (
        "annex.domains[0].emergency_caller: +16175550100 is a number of another account than the domain's; "
        "name a number of the same account"
    )


def test_load_raises_with_every_problem_in_its_text(tmp_path):
    path = tmp_path / "sites.yaml"
    path.write_text(BOSTON.replace("Acme Boston", "A" * 33).replace("+16175550101", "617"))
    with pytest.raises(SitesFileError) as raised:
        load(path)
    first, *rest = str(raised.value).splitlines()
    assert first == f"{path} has 2 problems; nothing was read from it."
    assert [line.split(": ")[1] for line in rest] == [
        "sites.boston.address.customer_name",
        "sites.boston.numbers[1]",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            BOSTON_CSV.replace("postal_code", "postcode", 1),
            "sites.csv:1:56: postcode: unknown column 'postcode'; did you mean postal_code?",
            id="column",
        ),
        pytest.param(
            BOSTON_CSV.replace(",region", "", 1)
            .replace(",MA", "")
            .replace("boston,,,,,,,,", "boston,,,,,,,"),
            "sites.csv:1:1: the first row lacks the columns region; name the columns in the first row: site, "
            "customer_name, street, street_secondary, city, region, postal_code, iso_country, friendly_name, "
            "on_correction, account_sid, phone_number, domain_name",
            id="missing-column",
        ),
        pytest.param(
            BOSTON_CSV.replace("customer_name", "site"),
            "sites.csv:1:6: site: the column site is there twice; keep one",
            id="column-twice",
        ),
        pytest.param(
            BOSTON_CSV.replace("boston,,", "boston,Acme Annex,"),
            "sites.csv:3:8: sites.boston.address.customer_name: 'Acme Annex' here, and 'Acme Boston' in line 2; "
            "a site has one address: make them the same, or give this row another site",
            id="two-addresses",
        ),
        pytest.param(
            BOSTON_CSV.replace("boston,,,,,,,,+16175550101,", "boston,,,,,,,,+16175550101"),
            "sites.csv:3:1: the row has 9 fields, and the first row names 10 columns; add or remove fields",
            id="short-row",
        ),
        pytest.param(
            BOSTON_CSV.replace("boston,,", ",,"),
            "sites.csv:3:1: site: the row says no site; repeat the key of the site",
            id="no-site",
        ),
        pytest.param(
            BOSTON_CSV.replace("1 Main St", '"1 Main" St'),
            "sites.csv:2:20: a quote opens or closes in the middle of a field; put the entire field in quotes, "
            """and write "" for a quote in it. Nothing after it was read""",
            id="quote",
        ),
        pytest.param(
            BOSTON_CSV.replace("+16175550101", "+16175550100"),
            "sites.csv:3:15: sites.boston.numbers[1]: +16175550100 is in sites.boston already, in line 2; "
            "keep it in one place",
            id="twice",
        ),
    ],
)
def test_one_mistake_in_a_table_is_one_line(checked, text, line):
    assert checked(text, "sites.csv").lines == [line]


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_spreadsheet_dialects_are_the_same_table(checked, delimiter, end):
    text = BOSTON_CSV.replace(",", delimiter).replace("\n", end)
    assert checked(text, "sites.csv").sites == checked(BOSTON_CSV, "sites.csv").sites


def test_line_breaks_in_quoted_fields_keep_positions_right(checked):
    text = BOSTON_CSV.replace("Floor 3", '"Floor ""3""\nleft"').replace("+16175550101", "1")
    assert [(each.at, each.path) for each in checked(text, "sites.csv").problems] == [
        (Position(2, 30), "sites.boston.address.street_secondary"),
        (Position(4, 15), "sites.boston.numbers[1]"),
    ]


def test_row_without_number_declares_a_domain_without_caller(checked):
    text = BOSTON_CSV + "boston,,,,,,,,,annex.sip.twilio.com\n"
    (site,) = checked(text, "sites.csv").sites
    assert site.domains[1] == SiteDomain("annex.sip.twilio.com", None, Position(4, 16))


def test_advice_is_a_warning_and_the_file_is_used(checked):
    found = checked(BOSTON.replace("1 Main St", "1 Main St Suite 4"))
    assert found.sites is not None
    (line,) = found.lines
    assert line.startswith("sites.yaml:5:15: warning: sites.boston.address.street: ")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (
            "street: #5 Main St",
            "sites.yaml:5:14: sites.boston.address.street: street is missing; an unquoted # begins a comment in YAML: put the value in quotes if that belongs to it",
        ),
        (
            "street: 1 Main St #5",
            "sites.yaml:5:15: warning: sites.boston.address.street: '#5' is a comment in YAML and is not part of street; an unquoted # begins a comment in YAML: put the value in quotes if that belongs to it",
        ),
    ],
)
def test_unquoted_hash_in_an_address_is_named_as_a_comment(checked, typed, line):
    assert checked(BOSTON.replace("street: 1 Main St", typed)).lines == [line]


def test_unit_lost_in_a_comment_is_a_warning(checked):
    found = checked(BOSTON.replace("Floor 3", "#5"))
    assert found.problems == ()
    assert [each.path for each in found.advice] == ["sites.boston.address.street_secondary"]


@pytest.mark.parametrize("typed", ["1 Main St  # head office", '"1 Main St #5"', "1 Main St#5"])
def test_comment_with_a_blank_and_hash_within_a_value_are_not_taken_for_a_lost_value(checked, typed):
    assert not any("comment in YAML" in line for line in checked(BOSTON.replace("1 Main St", typed)).lines)


@pytest.mark.parametrize(
    ("remedy", "line"),
    [
        ("Keep it in one place.", "is wrong; keep it in one place"),
        ("Twilio takes 20 at most.", "is wrong; Twilio takes 20 at most"),
    ],
)
def test_remedy_goes_on_in_lower_case_unless_it_begins_with_a_name(remedy, line):
    assert FileProblem(Position(1, 1), "", Problem("is wrong.", remedy=remedy)).sentence == line
