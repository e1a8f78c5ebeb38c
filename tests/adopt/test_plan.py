"""What of an account can be adopted, what cannot and why, and what is left to the stack that has it."""

from __future__ import annotations

import dataclasses
import time

import pytest

from pulumi_twilio_emergency.adopt.managed import ADDRESS, BINDING, DOMAIN, Managed, ManagedResource, of_state
from pulumi_twilio_emergency.adopt.plan import for_sites_file, plan
from pulumi_twilio_emergency.adopt.sites_file import sites_yaml
from pulumi_twilio_emergency.sites.file import check
from support.accounts import OWN, domain, number, record, sid

A1, A2 = sid("AD", 1), sid("AD", 2)
P1, P2, P9 = sid("PN", 1), sid("PN", 2), sid("PN", 9)


def adopted(numbers=(), addresses=(), domains=(), managed=None):
    return plan(list(numbers), {each.sid: each for each in addresses}, list(domains), managed or Managed())


def stack_with(*resources: ManagedResource, components=()) -> Managed:
    return Managed({each.sid: each for each in resources}, frozenset(components))


@pytest.mark.parametrize(
    ("live", "address", "reason"),
    [
        (number(1, A1, "pending-registration"), record(1), "is pending-registration"),
        (number(1, A1, "registration-failure"), record(1), "is registration-failure"),
        (number(1, A1), record(2), "which is not an address of this account"),
        (number(1, A1), record(1, enabled=False), "which is not an emergency address"),
        (number(1, A1), record(1, iso_country="CA"), "is a US number"),
        (number(1, A1, phone_number="+4930901820"), record(1), "is a number of DE"),
        (number(1, A1), record(1, customer_name="A" * 40), "could not be declared as it is: customer_name"),
        (number(1, A1), record(1, city=""), "could not be declared as it is: city"),
        (number(1, A1), dataclasses.replace(record(1), friendly_name=" "), "which has no friendly name"),
    ],
)
def test_number_that_cannot_be_adopted_is_named_with_a_remedy(live, address, reason):
    made = adopted([live], [address])
    assert made.is_empty
    (problem,) = made.left
    assert reason in problem.what
    assert problem.remedy


def test_unbound_numbers_and_unused_addresses_are_left_without_a_word():
    made = adopted([number(1)], [record(1)])
    assert (made.is_empty, made.left) == (True, ())


def test_puerto_rican_number_fits_an_address_there():
    live = number(1, A1, phone_number="+17872000001")
    place = record(1, iso_country="PR", region="PR", postal_code="00901")
    assert adopted([live], [place]).numbers == [live]


def test_british_address_without_county_keeps_its_empty_region(tmp_path):
    live = number(1, A1, phone_number="+442079460100")
    place = record(1, iso_country="GB", region="", city="London", postal_code="SW1A 2AA")
    made = adopted([live], [place])
    (tmp_path / "sites.yaml").write_text(sites_yaml(made.sites, None))
    found = check(tmp_path / "sites.yaml")
    assert found.problems == ()
    assert found.sites.sites[0].address == place.address


def test_domain_follows_its_caller_and_is_named_without_it():
    on, off, stray = domain(1, caller=P1), domain(2, on=False), domain(3, caller=P9)
    made = adopted([number(1, A1)], [record(1)], [on, off, stray])
    assert made.sites[0].domains == (on,)
    assert [problem.what for problem in made.left] == [
        f"acme-3.sip.twilio.com, because its emergency caller {P9} is not adopted."
    ]


@pytest.mark.parametrize("numbers", [[], [number(1, A1), number(2, A2)]])
def test_domain_without_caller_is_for_a_program_alone(numbers):
    """Under a site of the file, the removal of that site would switch it off for everybody."""
    made = adopted(numbers, [record(1), record(2)], [domain(1)])
    assert made.domains == (domain(1),)
    file = for_sites_file(made)
    assert (file.all_domains, file.sites) == ([], made.sites)
    (problem,) = file.left
    assert (
        problem.what == "acme-1.sip.twilio.com has no emergency caller, so it belongs to no site of a file."
    )
    assert (
        'SipDomainEmergency("acme-1.sip.twilio.com", domain_name="acme-1.sip.twilio.com")' in problem.remedy
    )


def test_sites_of_one_name_get_keys_of_their_own(tmp_path):
    names = [record(index, street="1 Main St") for index in (1, 2, 3)]
    same = [dataclasses.replace(each, friendly_name="Büro №1: null") for each in names]
    made = adopted([number(index, sid("AD", index)) for index in (1, 2, 3)], same)
    assert [site.key for site in made.sites] == ["b-ro-1-null", "b-ro-1-null-2", "b-ro-1-null-3"]
    path = tmp_path / "sites.yaml"
    path.write_text(sites_yaml(made.sites, OWN))
    assert check(path).problems == ()
    assert check(path).sites.phone_numbers == [f"+1617200000{index}" for index in (1, 2, 3)]


@pytest.mark.parametrize(
    "name",
    [
        '"',
        "\\",
        "a: b # c",
        "\u2028x",
        "\u202ex",
        "x\ue000",
        "x\U000e0001",
        "{{x}}",
        "- x",
        "null",
        "\U0001f3e2",
    ],
)
def test_friendly_name_is_read_from_the_file_as_it_is_on_file(tmp_path, name):
    made = adopted([number(1, A1)], [dataclasses.replace(record(1), friendly_name=name)])
    path = tmp_path / "sites.yaml"
    path.write_text(sites_yaml(made.sites, None), encoding="utf-8")
    assert check(path).problems == ()
    assert check(path).sites.sites[0].friendly_name == name


# What a stack manages


def test_number_of_a_stack_is_left_to_that_stack():
    numbers = [number(1, A1), number(2, A1), number(3, A2)]
    managed = stack_with(ManagedResource(A1, ADDRESS, "office"), ManagedResource(P1, BINDING, "desk"))
    made = adopted(numbers, [record(1), record(2)], managed=managed)
    assert [site.record.sid for site in made.sites] == [A2]
    assert made.managed == 1
    assert [(each.address.name, each.numbers) for each in made.additions] == [("office", (numbers[1],))]
    file = for_sites_file(made, managed)
    assert file.numbers == [numbers[2]]
    assert file.left[0].what == f"+16172000002 shows {A1}, EmergencyAddress office of the stack."


def test_number_at_a_site_of_the_stack_is_left_to_its_sites_file():
    managed = stack_with(ManagedResource(A1, ADDRESS, "voice-boston", "voice"), components=["voice"])
    made = adopted([number(1, A1), number(2, A1)], [record(1)], managed=managed)
    assert made.is_empty
    assert made.left[0].what == (
        f"+16172000001, +16172000002 show {A1}, site boston of EmergencySites voice."
    )


def test_domain_that_shows_a_number_of_the_stack_is_for_a_program_alone():
    managed = stack_with(ManagedResource(P1, BINDING, "desk"))
    made = adopted([number(1, A1)], [record(1)], [domain(1, caller=P1)], managed)
    assert made.domains == (domain(1, caller=P1),)
    assert made.callers[P1].name == "desk"
    file = for_sites_file(made, managed)
    assert file.is_empty
    assert "is NumberEmergencyBinding desk of the stack." in file.left[0].what


def test_domain_that_shows_a_number_of_a_site_is_left_to_its_sites_file():
    managed = stack_with(ManagedResource(P1, BINDING, "voice-+16172000001", "voice"), components=["voice"])
    made = adopted([number(1, A1)], [record(1)], [domain(1, caller=P1)], managed)
    assert made.is_empty
    assert "belongs to EmergencySites voice." in made.left[0].what


def test_domain_of_the_stack_is_left_out():
    managed = stack_with(ManagedResource(sid("SD", 1), DOMAIN, "phones"))
    made = adopted([number(1, A1)], [record(1)], [domain(1, caller=P1)], managed)
    assert (made.all_domains, made.left) == ([], ())


def test_names_of_the_stack_are_not_taken_again():
    managed = stack_with(ManagedResource(A2, ADDRESS, "site-1"))
    assert adopted([number(1, A1)], [record(1)], managed=managed).sites[0].key == "site-1-2"


@pytest.mark.parametrize(
    ("managed", "name"),
    [
        (ManagedResource(P9, BINDING, "+16172000001"), "+16172000001"),
        (ManagedResource(sid("SD", 9), DOMAIN, "acme-1.sip.twilio.com"), "acme-1.sip.twilio.com"),
    ],
)
def test_object_whose_name_stands_for_an_earlier_one_is_named(managed, name):
    made = adopted([number(1, A1)], [record(1)], [domain(1)], stack_with(managed))
    (problem,) = made.left
    assert problem.what.startswith(name)
    assert managed.sid in problem.what
    assert name not in {each.phone_number for each in made.numbers} | {
        each.domain_name for each in made.all_domains
    }


def test_large_account_is_planned_in_moments():
    many = range(1, 20_001)
    managed = stack_with(*(ManagedResource(sid("PN", index), BINDING, f"desk-{index}") for index in many))
    numbers = [number(index, A1) for index in (*many, *(index + 20_000 for index in many))]
    began = time.monotonic()
    made = adopted(numbers, [record(1)], managed=managed)
    assert time.monotonic() - began < 20
    assert (made.managed, len(made.numbers)) == (20_000, 20_000)


def test_state_tells_children_of_sites_from_the_programs_own():
    sites = "urn:pulumi:dev::shop::twilio-emergency:index:EmergencySites::voice"
    nested = "urn:pulumi:dev::shop::my:index:Office$twilio-emergency:index:EmergencySites::branch"
    office = "urn:pulumi:dev::shop::my:index:Office::headquarters"
    address = "pulumi-python:dynamic/twilio:EmergencyAddress"
    binding = "pulumi-python:dynamic/twilio:NumberEmergencyBinding"

    def resource(type_token, name, sid_, parent="", **more):
        return {"type": type_token, "urn": f"urn::x::t::{name}", "id": sid_, "parent": parent, **more}

    exported = [
        {"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"},
        {"type": "twilio-emergency:index:EmergencySites", "urn": sites},
        resource(address, "voice-boston", A1, sites),
        resource(address, "branch-salem", A2, nested),
        resource(binding, "desk", P1, office),
        resource(binding, "old", P2, delete=True),
    ]
    managed = of_state({"deployment": {"resources": exported}})
    assert managed.components == {"voice"}
    assert {each.name: each.component for each in managed.resources.values()} == {
        "voice-boston": "voice",
        "branch-salem": "branch",
        "desk": "",
    }
    assert managed.resources[A1].site == "boston"


@pytest.mark.parametrize("deployment", [{}, {"resources": None}, {"resources": []}])
def test_empty_stack_manages_nothing(deployment):
    assert of_state({"deployment": deployment}) == Managed()
