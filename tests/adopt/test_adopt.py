"""Adoption of a live account, on the real CLI: after the import, the first `up` writes nothing."""

from __future__ import annotations

import dataclasses
import json
import pickle
from typing import TYPE_CHECKING

import pulumi.dynamic.dynamic
import pytest

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.adopt import files
from pulumi_twilio_emergency.adopt.plan import plan
from pulumi_twilio_emergency.sites.file import check
from support.accounts import OWN, domain, number, record, sid
from support.command import run

if TYPE_CHECKING:
    from support.stack import Stack

PLACE = {
    "customer_name": "Acme",
    "city": "BOSTON",
    "region": "MA",
    "postal_code": "02134",
    "iso_country": "US",
}
PROGRAM = 'from pulumi_twilio_emergency import EmergencySites\nEmergencySites("voice", file="sites.yaml")\n'
A1, A2 = sid("AD", 1), sid("AD", 2)


def adopted(numbers=(), addresses=(), domains=(), managed=()):
    return plan(list(numbers), {each.sid: each for each in addresses}, list(domains), managed)


@pytest.mark.parametrize("function", ["address", "number_binding", "sip_domain", "site_numbers"])
def test_provider_pickle_is_what_pulumi_writes(function):
    assert files.provider_pickle(function) == pulumi.dynamic.dynamic.serialize_provider(
        getattr(providers, function)()
    )
    assert pickle.DEFAULT_PROTOCOL >= 4


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
    ],
)
def test_number_that_cannot_be_adopted_is_named_with_a_remedy(live, address, reason):
    made = adopted([live], [address])
    assert made.sites == []
    (problem,) = made.left
    assert reason in problem.what
    assert problem.remedy


def test_unbound_numbers_and_unused_addresses_are_left_without_a_word():
    made = adopted([number(1)], [record(1)])
    assert (made.sites, made.left) == ([], [])


def test_domain_follows_its_caller_and_is_named_without_it():
    on, off, stray = domain(1, caller=sid("PN", 1)), domain(2, on=False), domain(3, caller=sid("PN", 9))
    made = adopted([number(1, A1)], [record(1)], [on, off, stray])
    assert made.sites[0].domains == (on,)
    assert ["acme-3.sip.twilio.com" in problem.what for problem in made.left] == [True]


def test_number_of_a_stack_is_left_to_that_stack():
    numbers = [number(1, A1), number(2, A1), number(3, A2)]
    made = adopted(numbers, [record(1), record(2)], managed={A1, sid("PN", 1)})
    assert [site.record.sid for site in made.sites] == [A2]
    assert made.managed == 1
    assert "which the stack manages already" in made.left[0].what


def test_sites_of_one_name_get_keys_of_their_own(tmp_path):
    names = [record(index, street="1 Main St") for index in (1, 2, 3)]
    same = [dataclasses.replace(each, friendly_name="Büro №1: null") for each in names]
    made = adopted([number(index, sid("AD", index)) for index in (1, 2, 3)], same)
    assert [site.key for site in made.sites] == ["b-ro-1-null", "b-ro-1-null-2", "b-ro-1-null-3"]
    path = tmp_path / "sites.yaml"
    path.write_text(files.sites_yaml(made.sites, OWN))
    assert check(path).problems == ()
    assert check(path).sites.phone_numbers == [f"+1617200000{index}" for index in (1, 2, 3)]


@pytest.fixture
def seeded(twilio):
    """Return a Twilio with 500 registered numbers, three sites at one place, two domains, and three misfits."""
    world = twilio.world
    sites = [
        world.add_address(street="1 MAIN ST", friendly_name=f"site {index}", emergency_enabled=True, **PLACE)
        for index in range(3)
    ]
    callers = [
        world.add_number(
            f"+1617{2_000_000 + index}",
            emergency_address_sid=sites[index % 3],
            emergency_address_status="registered",
        )
        for index in range(500)
    ]
    world.add_domain("acme.sip.twilio.com", emergency_calling_enabled=True, emergency_caller_sid=callers[0])
    world.add_domain("own.sip.twilio.com", emergency_calling_enabled=True)
    world.add_number(
        "+16173000001", emergency_address_sid=sites[0], emergency_address_status="registration-failure"
    )
    plain = world.add_address(street="2 MAIN ST", friendly_name="plain", emergency_enabled=False, **PLACE)
    world.add_number("+16173000002", emergency_address_sid=plain, emergency_address_status="registered")
    world.add_number("+16173000003")
    return twilio


def writes(twilio) -> list:
    return [request for request in twilio.world.requests if request.method != "GET"]


def imported(stack: Stack) -> None:
    stack.program(PROGRAM)
    stack.run(
        "import", "--file", "import.json", "--generate-code=false", "--protect=false", "--yes", expect=0
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_account_of_500_numbers_is_adopted_without_a_write(seeded, stack, report_counts):
    ended = run("adopt", env=seeded.env, cwd=stack.project)
    assert ended.code == 1, "three things cannot be adopted"
    assert "Adopted: 3 sites, 500 numbers, 2 SIP domains." in ended.out
    assert ended.out.count("Not adopted: ") == 2
    imported(stack)
    stack.has_nothing_to_do()
    stack.up()
    stack.has_nothing_to_do()
    assert writes(seeded) == []
    assert len(stack.resources()) == 1 + 1 + 3 + 500 + 2
    report_counts(
        "adopted 500 numbers, 3 sites and 2 SIP domains with pulumi import; the first up sent no write"
    )
    again = run("adopt", "--force", "--state", "state.json", env=seeded.env, cwd=stack.project)
    assert again.code == 3, "there is no such file"
    stack.run("stack", "export", "--file", "state.json", expect=0)
    again = run("adopt", "--force", "--state", "state.json", env=seeded.env, cwd=stack.project)
    assert "500 numbers are managed by the stack already." in again.out
    assert "There is nothing to adopt; no file was written." in again.out


def test_adopted_stack_moves_and_unbinds_like_any_other(twilio, stack):
    world = twilio.world
    address = world.add_address(street="1 MAIN ST", friendly_name="site", emergency_enabled=True, **PLACE)
    for digit in range(3):
        bound = {"emergency_address_sid": address, "emergency_address_status": "registered"}
        world.add_number(f"+1617200000{digit}", **bound)
    assert run("adopt", env=twilio.env, cwd=stack.project).code == 0
    imported(stack)
    text = (stack.project / "sites.yaml").read_text()
    (stack.project / "sites.yaml").write_text(text.replace('      - "+16172000002"\n', ""))
    stack.up()
    assert sorted(each["emergency_address_status"] for each in world.numbers()) == [
        "registered",
        "registered",
        "unregistered",
    ]
    stack.run("refresh", "--yes", "--skip-preview", expect=0)
    stack.has_nothing_to_do()
    stack.run("destroy", "--yes", "--skip-preview", expect=0)
    assert {each["emergency_address_status"] for each in world.numbers()} == {"unregistered"}


def test_existing_files_are_not_replaced(twilio, tmp_path):
    (tmp_path / "sites.yaml").write_text("mine")
    ended = run("adopt", env=twilio.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err == "There already: sites.yaml.\nMove that, or pass --force.\n"
    assert (tmp_path / "sites.yaml").read_text() == "mine"


def test_subaccount_is_adopted_under_its_account(twilio, tmp_path):
    world = twilio.world
    other = world.add_account(parent=twilio.account_sid).sid
    address = world.add_address(
        account_sid=other, street="1 MAIN ST", friendly_name="site", emergency_enabled=True, **PLACE
    )
    bound = {"emergency_address_sid": address, "emergency_address_status": "registered"}
    world.add_number("+16172000001", account_sid=other, **bound)
    assert run("adopt", "--account-sid", other, "-d", ".", env=twilio.env, cwd=tmp_path).code == 0
    assert check(tmp_path / "sites.yaml").sites.sites[0].account_sid == other
    resources = json.loads((tmp_path / "import.json").read_text())["resources"]
    assert {
        each["inputs"]["account_sid"] for each in resources if each.get("id", "")[:2] in {"AD", "PN"}
    } == {other}
    assert writes(twilio) == []
