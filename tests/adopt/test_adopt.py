"""Adoption of a live account, on the real CLI: after the import, the first `up` writes nothing."""

from __future__ import annotations

import json
import pickle
import re
from typing import TYPE_CHECKING

import pulumi.dynamic.dynamic
import pytest

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.adopt import import_file
from support.command import run
from support.places import IN_BOSTON

if TYPE_CHECKING:
    from support.stack import Stack

SITES = 'from pulumi_twilio_emergency import EmergencySites\nEmergencySites("voice", file="sites.yaml")\n'
PROGRAM = "import adopted\n"
STATEMENTS = {"sites": SITES, "program": PROGRAM}


@pytest.mark.parametrize("function", ["address", "number_binding", "sip_domain", "site_numbers"])
def test_provider_pickle_is_what_pulumi_writes(function):
    assert import_file.provider_pickle(function) == pulumi.dynamic.dynamic.serialize_provider(
        getattr(providers, function)()
    )
    assert pickle.DEFAULT_PROTOCOL >= 4


@pytest.fixture
def seeded(twilio):
    """Return a Twilio with 500 registered numbers, three sites at one place, two domains, and three misfits."""
    world = twilio.world
    sites = [
        world.add_address(
            street="1 MAIN ST", friendly_name=f"site {index}", emergency_enabled=True, **IN_BOSTON
        )
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
    plain = world.add_address(street="2 MAIN ST", friendly_name="plain", emergency_enabled=False, **IN_BOSTON)
    world.add_number("+16173000002", emergency_address_sid=plain, emergency_address_status="registered")
    world.add_number("+16173000003")
    return twilio


def place(world, index: int, name: str, *phone_numbers: str) -> tuple[str, ...]:
    """Let numbers be registered at an address of their own, and return the SIDs, the address first."""
    address = world.add_address(
        street=f"{index} MAIN ST", friendly_name=name, emergency_enabled=True, **IN_BOSTON
    )
    bound = {"emergency_address_sid": address, "emergency_address_status": "registered"}
    return (address, *(world.add_number(each, **bound) for each in phone_numbers))


def shows(world, name: str, caller: str | None = None) -> str:
    """Let a SIP domain have emergency calling on."""
    return world.add_domain(name, emergency_calling_enabled=True, emergency_caller_sid=caller)


def writes(twilio) -> list:
    return [request for request in twilio.world.requests if request.method != "GET"]


def as_live(twilio) -> list:
    """Return all that is at Twilio and ours to change."""
    world = twilio.world
    names = ("sid", "friendly_name", "emergency_address_sid", "emergency_address_status", "street")
    names += ("emergency_calling_enabled", "emergency_caller_sid")
    return [
        {name: row.get(name) for name in names}
        for row in (*world.addresses(), *world.numbers(), *world.domains())
    ]


def imported(stack: Stack, program: str) -> None:
    stack.program(program)
    stack.run(
        "import", "--file", "import.json", "--generate-code=false", "--protect=false", "--yes", expect=0
    )


def has_nothing_to_do_and_writes_nothing(twilio, stack: Stack, before: list) -> None:
    stack.has_nothing_to_do()
    stack.up()
    stack.has_nothing_to_do()
    assert writes(twilio) == []
    assert as_live(twilio) == before


@pytest.mark.parametrize(
    ("form", "adopted", "domains", "left"),
    [("sites", "3 sites", "1 SIP domain", 3), ("program", "3 addresses", "2 SIP domains", 2)],
)
def test_account_of_500_numbers_is_adopted_without_a_write(
    seeded, stack, form, adopted, domains, left, report_counts
):
    stack.env["PULUMI_SKIP_CHECKPOINTS"] = "true"  # most of the time is the file backend's otherwise
    before = as_live(seeded)
    ended = run("adopt", "--format", form, env=seeded.env, cwd=stack.project)
    assert ended.code == 1, (
        "two numbers cannot be adopted, and a sites file has no place for a domain without caller"
    )
    assert f"Adopted: {adopted}, 500 numbers, {domains}." in ended.out
    assert ended.out.count("Not adopted: ") == left
    imported(stack, STATEMENTS[form])
    has_nothing_to_do_and_writes_nothing(seeded, stack, before)
    of_component = 2 if form == "sites" else 0
    assert len(stack.resources()) == of_component + 3 + 500 + int(domains[0])
    report_counts(
        f"adopted 500 numbers, 3 sites and {domains} with pulumi import; the first up sent no write"
    )


@pytest.mark.parametrize("form", ["sites", "program"])
def test_account_is_adopted_without_a_write(twilio, stack, form):
    world = twilio.world
    _, caller, _ = place(world, 1, "class", "+16172000000", "+16172000001")
    place(world, 2, 'it\'s "two" №: {x}\\', "+16172000002")
    place(world, 3, "class", "+16172000003")
    place(world, 4, "numbers", "+16172000004")  # as the part of EmergencySites that remembers them
    shows(world, "acme.sip.twilio.com", caller)
    if form == "program":
        shows(world, "own.sip.twilio.com")
    before = as_live(twilio)
    ended = run("adopt", "--format", form, env=twilio.env, cwd=stack.project)
    assert ended.code == 0
    imported(stack, STATEMENTS[form])
    has_nothing_to_do_and_writes_nothing(twilio, stack, before)
    stack.run("stack", "export", "--file", "state.json", expect=0)
    again = run(
        "adopt", "--force", "--format", form, "--state", "state.json", env=twilio.env, cwd=stack.project
    )
    assert again.out == (
        "5 numbers are managed by the stack already.\nThere is nothing to adopt; no file was written.\n"
    )
    stack.destroy()
    assert {each["emergency_address_status"] for each in world.numbers()} == {"unregistered"}
    assert world.addresses() == []


OFFICE = """\
office = EmergencyAddress("office", customer_name="Acme", street="1 Main St", city="Boston", region="MA",
    postal_code="02134", iso_country="US")
desk, lobby = (
    NumberEmergencyBinding(name, phone_number=number, address_sid=office.sid)
    for name, number in {"desk": "+16175550100", "lobby": "+16175550101"}.items()
)
"""


@pytest.fixture
def part(twilio, stack):
    """Return a stack that manages an address and two numbers of an account, which has more than these."""
    world = twilio.world
    sids = [world.add_number(f"+1617555010{digit}") for digit in (0, 1)]
    world.addresses_known.mode = "open"
    stack.program(OFFICE)
    stack.up()
    office = world.addresses()[0]["sid"]
    world.add_number("+16175550102", emergency_address_sid=office, emergency_address_status="registered")
    _, caller = place(world, 2, "salem", "+16175550110")
    place(world, 3, "office", "+16175550120")
    shows(world, "desk.sip.twilio.com", sids[0])
    shows(world, "own.sip.twilio.com")
    shows(world, "salem.sip.twilio.com", caller)
    world.requests.clear()
    return stack


def managed_urns(stack: Stack) -> dict[str, str]:
    return {each["urn"]: each.get("id") for each in stack.entries()}


def test_rest_of_a_stack_is_adopted_into_a_program(twilio, part):
    before, urns = as_live(twilio), managed_urns(part)
    env = {**part.env, "PYTHONPATH": ""}
    ended = run("adopt", "--format", "program", "--stack", "dev", env=env, cwd=part.project)
    assert (ended.code, ended.err) == (0, "")
    assert "2 numbers are managed by the stack already." in ended.out
    assert "Adopted: 2 addresses, 3 numbers, 3 SIP domains." in ended.out
    call = "adopted.declare(office_sid=..., desk_number_sid=...)"
    assert f"  2. In the program, with the outputs that it asks for: {call}\n" in ended.out
    called = call.replace("...", "office.sid", 1).replace("...", "desk.number_sid")
    imported(part, f"{OFFICE}{PROGRAM}{called}\n")
    has_nothing_to_do_and_writes_nothing(twilio, part, before)
    assert urns.items() <= managed_urns(part).items()
    assert len(part.resources()) == 3 + 2 + 3 + 3
    part.destroy()
    assert {each["emergency_address_status"] for each in twilio.world.numbers()} == {"unregistered"}
    assert twilio.world.addresses() == []


def test_rest_of_a_stack_is_adopted_into_a_sites_file(twilio, part):
    before, urns = as_live(twilio), managed_urns(part)
    part.run("stack", "export", "--file", "state.json", expect=0)
    ended = run("adopt", "--state", "state.json", env=twilio.env, cwd=part.project)
    assert ended.code == 1
    assert "Adopted: 2 sites, 2 numbers, 1 SIP domain." in ended.out
    own = re.search(
        r"Not adopted: own\.sip\.twilio\.com has no .*\n.*\nWrite (Sip\w+\(.*?\)) in the program", ended.out
    )
    assert "own.sip.twilio.com" not in (part.project / "sites.yaml").read_text()
    assert "+16175550102 shows AD" in ended.out, "its address is not one of the file"
    assert "Not adopted: desk.sip.twilio.com, because its emergency caller +1" in ended.out, (
        "its number is not one of the file"
    )
    imported(part, OFFICE + SITES)
    has_nothing_to_do_and_writes_nothing(twilio, part, before)
    assert urns.items() <= managed_urns(part).items()

    # What was left is declared as its remedy says.
    part.program(
        OFFICE
        + SITES
        + 'NumberEmergencyBinding("hall", phone_number="+16175550102", address_sid=office.sid)\n'
        + 'SipDomainEmergency("desk", domain_name="desk.sip.twilio.com", emergency_caller_sid=desk.number_sid)\n'
        + f"{own[1]}\n"
    )
    part.up()
    part.has_nothing_to_do()
    assert writes(twilio) == []
    assert as_live(twilio) == before


def test_number_at_a_site_of_the_stack_joins_its_file_without_a_write(twilio, stack):
    address, caller = place(twilio.world, 1, "boston", "+16172000000")
    assert run("adopt", env=twilio.env, cwd=stack.project).code == 0
    imported(stack, SITES)
    twilio.world.add_number(
        "+16172000001", emergency_address_sid=address, emergency_address_status="registered"
    )
    shows(twilio.world, "acme.sip.twilio.com", caller)
    before = as_live(twilio)
    stack.run("stack", "export", "--file", "state.json", expect=0)
    for form in STATEMENTS:
        words = ("adopt", "--force", "--format", form, "--state", "state.json")
        ended = run(*words, env=twilio.env, cwd=stack.project)
        assert ended.code == 1
        assert "+16172000001 shows " in ended.out
        assert "site boston of EmergencySites voice." in ended.out
        assert "Not adopted: acme.sip.twilio.com, because its emergency caller +1" in ended.out
    file = stack.project / "sites.yaml"
    file.write_text(
        file.read_text()
        + '      - "+16172000001"\n    domains:\n'
        + '      - domain_name: acme.sip.twilio.com\n        emergency_caller: "+16172000000"\n'
    )
    stack.up()
    stack.has_nothing_to_do()
    assert writes(twilio) == []
    assert as_live(twilio) == before


def test_second_adoption_is_a_second_component(twilio, stack):
    place(twilio.world, 1, "boston", "+16172000000")
    assert run("adopt", env=twilio.env, cwd=stack.project).code == 0
    imported(stack, SITES)
    place(twilio.world, 2, "salem", "+16172000001")
    before, kept = as_live(twilio), (stack.project / "sites.yaml").read_text()
    stack.run("stack", "export", "--file", "state.json", expect=0)
    words = ("adopt", "--force", "--state", "state.json")
    lost = run(*words, env=twilio.env, cwd=stack.project)
    assert lost.code == 3
    assert lost.err.startswith(
        "sites.yaml exists already, and the new one would not have what the stack manages"
    )
    taken = run(*words, "--file", "more.yaml", env=twilio.env, cwd=stack.project)
    assert taken.code == 3
    assert taken.err.startswith("The stack has EmergencySites voice already; nothing was written.\n")
    ended = run(*words, "--file", "more.yaml", "--name", "more", env=twilio.env, cwd=stack.project)
    assert ended.code == 0
    assert '  1. In the program: EmergencySites("more", file="more.yaml")\n' in ended.out
    assert (stack.project / "sites.yaml").read_text() == kept
    imported(stack, SITES + 'EmergencySites("more", file="more.yaml")\n')
    has_nothing_to_do_and_writes_nothing(twilio, stack, before)


def test_adopted_stack_moves_and_unbinds_like_any_other(twilio, stack):
    world = twilio.world
    place(world, 1, "site", *(f"+1617200000{digit}" for digit in range(3)))
    assert run("adopt", env=twilio.env, cwd=stack.project).code == 0
    imported(stack, SITES)
    text = (stack.project / "sites.yaml").read_text()
    (stack.project / "sites.yaml").write_text(text.replace('      - "+16172000002"\n', ""))
    stack.up()
    assert sorted(each["emergency_address_status"] for each in world.numbers()) == [
        "registered",
        "registered",
        "unregistered",
    ]
    stack.refresh()
    stack.has_nothing_to_do()
    stack.destroy()
    assert {each["emergency_address_status"] for each in world.numbers()} == {"unregistered"}


@pytest.mark.parametrize("form", ["sites", "program"])
def test_subaccount_is_adopted_under_its_account(twilio, stack, form):
    world = twilio.world
    other = world.add_account(parent=twilio.account_sid).sid
    address = world.add_address(
        account_sid=other, street="1 MAIN ST", friendly_name="site", emergency_enabled=True, **IN_BOSTON
    )
    bound = {"emergency_address_sid": address, "emergency_address_status": "registered"}
    caller = world.add_number("+16172000001", account_sid=other, **bound)
    world.add_domain(
        "acme.sip.twilio.com", account_sid=other, emergency_calling_enabled=True, emergency_caller_sid=caller
    )
    words = ("adopt", "--format", form, "--account-sid", other, "-d", ".")
    assert run(*words, env=twilio.env, cwd=stack.project).code == 0
    imported(stack, STATEMENTS[form])
    has_nothing_to_do_and_writes_nothing(twilio, stack, as_live(twilio))


# Files


@pytest.mark.parametrize(
    ("words", "there", "said"),
    [
        ([], ["sites.yaml"], "sites.yaml exists already; nothing was written.\nMove it away, or replace it "),
        ([], ["import.json"], "import.json exists already; nothing was written.\n"),
        ([], ["sites.schema.json"], "sites.schema.json exists already; nothing was written.\n"),
        (
            ["--format", "program"],
            ["adopted.py", "import.json"],
            "adopted.py, import.json exist already; nothing was written.\nMove them away, or replace them ",
        ),
        (["--format", "program", "--file", "more.py"], ["more.py"], "more.py exists already; "),
        (["--file", "more.yml"], ["more.yml"], "more.yml exists already; "),
    ],
)
def test_existing_files_are_replaced_on_demand_alone(twilio, tmp_path, words, there, said):
    place(twilio.world, 1, "boston", "+16172000000")
    for name in there:
        (tmp_path / name).write_text("mine")
    ended = run("adopt", *words, env=twilio.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(said)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(there)
    assert {(tmp_path / name).read_text() for name in there} == {"mine"}
    assert writes(twilio) == []
    assert run("adopt", *words, "--force", env=twilio.env, cwd=tmp_path).code == 0
    assert "mine" not in {(tmp_path / name).read_text() for name in there}


def test_existing_files_are_no_obstacle_where_there_is_nothing_to_adopt(twilio, tmp_path):
    _, number = place(twilio.world, 1, "boston", "+16172000000")
    binding = {"type": "a:b:NumberEmergencyBinding", "urn": "urn:x::desk", "id": number}
    (tmp_path / "state.json").write_text(json.dumps({"deployment": {"resources": [binding]}}))
    for name in ("sites.yaml", "import.json"):
        (tmp_path / name).write_text("mine")
    ended = run("adopt", "--state", "state.json", env=twilio.env, cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "There is nothing to adopt; no file was written."
    assert {(tmp_path / name).read_text() for name in ("sites.yaml", "import.json")} == {"mine"}


def test_advice_about_existing_files_is_the_one_that_works(twilio, tmp_path):
    """Without --force as with it: a file that may declare what the stack manages is not to be moved away."""
    place(twilio.world, 1, "boston", "+16172000000")
    binding = {"type": "a:b:NumberEmergencyBinding", "urn": "urn:x::desk", "id": "PN" + "1" * 32}
    (tmp_path / "state.json").write_text(json.dumps({"deployment": {"resources": [binding]}}))
    (tmp_path / "sites.yaml").write_text("mine")
    ended = run("adopt", "--state", "state.json", env=twilio.env, cwd=tmp_path)
    assert "Choose another name with --file." in ended.err
    assert "--force" not in ended.err


@pytest.mark.parametrize(("form", "file"), [("sites", "sites.yaml"), ("program", "adopted.py")])
def test_file_that_may_declare_what_the_stack_manages_is_never_replaced(twilio, tmp_path, form, file):
    place(twilio.world, 1, "boston", "+16172000000")
    binding = {"type": "a:b:NumberEmergencyBinding", "urn": "urn:x::desk", "id": "PN" + "1" * 32}
    (tmp_path / "state.json").write_text(json.dumps({"deployment": {"resources": [binding]}}))
    (tmp_path / file).write_text("mine")
    words = ("adopt", "--format", form, "--state", "state.json", "--force")
    ended = run(*words, env=twilio.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(
        f"{file} exists already, and the new one would not have what the stack manages"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((file, "state.json"))
    assert (tmp_path / file).read_text() == "mine"
    other = file.replace(".", "_more.")
    assert run(*words, "--file", other, env=twilio.env, cwd=tmp_path).code == 0


def test_schema_that_the_command_has_printed_is_no_obstacle(twilio, tmp_path):
    place(twilio.world, 1, "boston", "+16172000000")
    (tmp_path / "sites.schema.json").write_text(run("schema", "sites").out)
    assert run("adopt", env=twilio.env, cwd=tmp_path).code == 0


def test_one_of_each_is_said_in_the_singular(twilio, tmp_path):
    _, caller = place(twilio.world, 1, "boston", "+16172000000")
    shows(twilio.world, "acme.sip.twilio.com", caller)
    assert run("adopt", "-d", ".", env=twilio.env, cwd=tmp_path).out == (
        "Adopted: 1 site, 1 number, 1 SIP domain.\n"
        "Wrote sites.yaml, import.json, sites.schema.json.\n"
        "Next (with --yes, the import shows no prompt):\n"
        '  1. In the program: EmergencySites("voice", file="sites.yaml")\n'
        "  2. pulumi import --file import.json --generate-code=false --protect=false --yes\n"
        "  3. pulumi preview, which has nothing to do\n"
    )
    (tmp_path / "import.json").unlink()
    ended = run("adopt", "--format", "program", "--file", "__main__.py", env=twilio.env, cwd=tmp_path)
    assert ended.out == (
        "Adopted: 1 address, 1 number, 1 SIP domain.\n"
        "Wrote __main__.py, import.json.\n"
        "Next (with --yes, the import shows no prompt):\n"
        "  1. pulumi import --file import.json --generate-code=false --protect=false --yes\n"
        "  2. pulumi preview, which has nothing to do\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "program", "--name", "x"], "--name is for EmergencySites"),
        (["--file", "sub/sites.yaml"], "--file must be a file name that ends with .yaml."),
        (["--file", "sites.csv"], "--file must be a file name that ends with .yaml."),
        (["--format", "program", "--file", "adopted"], "--file must be a file name that ends with .py."),
        (["--format", "program", "--file", "my-numbers.py"], "Python could not import my-numbers.py."),
        (["--format", "program", "--file", "class.py"], "Python could not import class.py."),
        (["--state", "a", "--stack", "b"], "Give one of --state and --stack."),
        (
            ["--account-sid", "AC" + "1" * 32, "--account-sid", "AC" + "2" * 32],
            "Adopt one account at a time.",
        ),
    ],
)
def test_wrong_usage_exits_2_before_anything_is_read(twilio, tmp_path, words, said):
    ended = run("adopt", *words, env=twilio.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert said in " ".join(ended.err.split())
    assert twilio.world.requests == []


def test_state_file_that_is_none_is_said(twilio, tmp_path):
    assert run("adopt", "--state", "none.json", env=twilio.env, cwd=tmp_path).code == 3
    (tmp_path / "state.json").write_text("[]")
    ended = run("adopt", "--state", "state.json", env=twilio.env, cwd=tmp_path)
    assert ended.code == 3
    assert ended.err.startswith("state.json is not what `pulumi stack export` writes.\n")
    assert twilio.world.requests == []


def test_folder_that_is_not_there_is_said(twilio, tmp_path):
    place(twilio.world, 1, "boston", "+16172000000")
    ended = run("adopt", "-d", "none", env=twilio.env, cwd=tmp_path)
    assert ended.code == 3
    assert ended.err == "none/sites.yaml could not be written: No such file or directory.\n"
