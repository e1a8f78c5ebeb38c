"""`twilio-emergency audit` against a running Twilio: what it reports, and that it only reads."""

from __future__ import annotations

import csv
import json
import os
import stat
import time
from pathlib import Path

import jsonschema
import pytest

from pulumi_twilio_emergency.audit.exports import schema
from support.accounts import sid
from support.command import run
from support.places import IN_BOSTON
from support.sites import BOSTON


@pytest.fixture
def account(twilio_emulator):
    """Return a Twilio with a covered, an uncovered and a failed number, and a domain without caller."""
    world = twilio_emulator.world
    address = world.add_address(street="1 MAIN ST", emergency_enabled=True, **IN_BOSTON)
    bound = {"emergency_address_sid": address, "emergency_address_status": "registered"}
    world.add_number("+16175550100", **bound)
    world.add_number("+16175550101")
    world.add_number("+16175550102", **{**bound, "emergency_address_status": "registration-failure"})
    world.add_domain("acme.sip.twilio.com", emergency_calling_enabled=True)
    yield twilio_emulator
    assert {request.method for request in world.requests} <= {"GET"}


def test_table_names_who_is_not_covered(account):
    ended = run("audit", env={**account.env, "COLUMNS": "120"})
    assert ended.code == 1
    assert ended.out.startswith("1 of 3 numbers covered, 1 failed, 1 not covered.\n")
    assert "+16175550101" in ended.out
    assert "\x1b" not in ended.out
    assert ended.err == ""


def test_one_number_is_said_in_the_singular(twilio_emulator):
    twilio_emulator.world.add_number("+16175550100")
    assert run("audit", env=twilio_emulator.env).out.startswith("0 of 1 number covered, 1 not covered.\n")


LONG_DOMAIN = "emergency-calls-of-the-boston-office.sip.twilio.com"


@pytest.mark.parametrize("width", [80, 100, 120, 160])
@pytest.mark.parametrize("declared", [True, False])
def test_no_width_breaks_a_number_a_sid_or_a_name(twilio_emulator, tmp_path, width, declared):
    world = twilio_emulator.world
    world.add_domain(LONG_DOMAIN, emergency_calling_enabled=True)
    address = world.add_address(street="1 MAIN ST", emergency_enabled=True, **IN_BOSTON)
    number = world.add_number("+16175550100")
    state = state_of(("voice-+16175550100", "+16175550100")) if declared else {"deployment": {}}
    (tmp_path / "state.json").write_text(json.dumps(state))
    words = ["audit", "--state", "state.json"] if declared else ["audit"]
    ended = run(*words, env={**twilio_emulator.env, "COLUMNS": str(width)}, cwd=tmp_path)
    for text in ("+16175550100", number, address, LONG_DOMAIN, *(["voice-+16175550100"] if declared else [])):
        assert text in ended.out
        assert ended.out.count(text[:-1]) == ended.out.count(text), f"{text} is broken"
    assert max(map(len, ended.out.splitlines())) <= width


def state_of(*bindings: tuple[str, str]) -> dict:
    """Return an exported state with bindings: names of resources, and their numbers."""
    resources = [
        {"type": "a:b:NumberEmergencyBinding", "urn": f"urn:x::{name}", "outputs": {"phone_number": number}}
        for name, number in bindings
    ]
    return {"deployment": {"resources": resources}}


@pytest.mark.parametrize(("option", "name"), [("--sites", "Site"), ("--state", "Resource")])
@pytest.mark.parametrize("form", ["table", "html"])
def test_column_is_named_by_what_declares_a_number(account, tmp_path, form, option, name):
    (tmp_path / "sites.yaml").write_text(BOSTON)
    (tmp_path / "state.json").write_text(json.dumps(state_of(("desk", "+16175550101"))))
    file = {"--sites": "sites.yaml", "--state": "state.json"}[option]
    ended = run("audit", option, file, "--format", form, env={**account.env, "COLUMNS": "140"}, cwd=tmp_path)
    head = ended.out.splitlines()[2] if form == "table" else ended.out
    named = {each for each in ("Site", "Resource") if f" {each} " in head or f'"{each}"' in head}
    assert named == {name}


@pytest.mark.parametrize("width", [20, 40, 79, 80, 200])
def test_table_fits_the_width(account, width):
    ended = run("audit", env={**account.env, "COLUMNS": str(width)})
    assert max(map(len, ended.out.splitlines())) <= width


def test_json_is_valid_by_the_printed_schema(account):
    ended = run("audit", "--format", "json", env=account.env)
    printed = json.loads(run("schema", "audit").out)
    assert printed == schema()
    jsonschema.validate(json.loads(ended.out), printed)
    assert [each["code"] for each in json.loads(ended.out)["findings"]] == [
        "number-uncovered",
        "registration-failed",
        "domain-without-caller",
    ]


@pytest.mark.parametrize(("fail_on", "code"), [("critical", 1), ("warning", 1), ("notice", 1), ("never", 0)])
def test_exit_code_is_by_fail_on(account, fail_on, code):
    assert run("audit", "--fail-on", fail_on, env=account.env).code == code


def test_warnings_pass_where_only_critical_fails(twilio_emulator):
    twilio_emulator.world.add_domain("acme.sip.twilio.com", emergency_calling_enabled=True)
    assert run("audit", env=twilio_emulator.env).code == 0
    assert run("audit", "--fail-on", "warning", env=twilio_emulator.env).code == 1


def test_sites_file_is_compared(account, tmp_path):
    (tmp_path / "sites.yaml").write_text(BOSTON)
    ended = run("audit", "--sites", "sites.yaml", "--format", "json", env=account.env, cwd=tmp_path)
    found = json.loads(ended.out)
    assert found["compared_with"] == "sites.yaml"
    assert {each["code"] for each in found["findings"] if each["site"] == "boston"} >= {
        "bound-elsewhere",
        "declared-not-bound",
        "domain-without-caller",
    }


def test_number_at_another_address_than_declared_is_counted_by_itself(twilio_emulator, tmp_path):
    world = twilio_emulator.world
    place = {**IN_BOSTON, "customer_name": "Acme Boston", "street_secondary": "FLOOR 3"}
    for digit, street in enumerate(["9 OTHER ST", "1 MAIN ST"]):
        address = world.add_address(street=street, **place)
        world.add_number(
            f"+1617555010{digit}", emergency_address_sid=address, emergency_address_status="registered"
        )
    (tmp_path / "sites.yaml").write_text(BOSTON)
    words = ["audit", "--sites", "sites.yaml"]
    ended = run(*words, env=twilio_emulator.env, cwd=tmp_path)
    assert ended.out.startswith("1 of 2 numbers covered, 1 registered at another address than declared.\n")
    answer = json.loads(run(*words, "--format", "json", env=twilio_emulator.env, cwd=tmp_path).out)
    assert (answer["coverage"]["covered"], answer["coverage"]["wrong-address"]) == (1, 1)


def test_number_that_stays_pending_is_overdue_by_its_last_update(twilio_emulator):
    world = twilio_emulator.world
    address = world.add_address(street="1 MAIN ST", **IN_BOSTON)
    bound = {"emergency_address_sid": address, "emergency_address_status": "pending-registration"}
    for digit, minutes in enumerate((29, 31)):
        world.add_number(f"+1617555010{digit}", updated=time.time() - 60 * minutes, **bound)
    found = json.loads(run("audit", "--format", "json", env=twilio_emulator.env).out)["findings"]
    assert [(each["code"], each["subject"]) for each in found] == [
        ("registration-overdue", "+16175550101"),
        ("registration-pending", "+16175550100"),
    ]


def test_sites_file_with_problems_is_not_compared(account, tmp_path):
    (tmp_path / "sites.yaml").write_text("sites: {}\nsits: {}\n")
    ended = run("audit", "--sites", "sites.yaml", env=account.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert "sites.yaml:2:1: sits: unknown key" in ended.err


@pytest.mark.parametrize("option", ["--sites", "--state"])
def test_file_that_cannot_be_read_exits_3(account, tmp_path, option):
    ended = run("audit", option, "missing.yaml", env=account.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert "No such file or directory" in ended.err


@pytest.mark.parametrize("form", ["table", "json", "csv", "html"])
def test_output_goes_to_a_file(account, tmp_path, form):
    ended = run("audit", "--format", form, "-o", "report", env=account.env, cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (1, "", "Wrote report.\n")
    assert "+16175550101" in (tmp_path / "report").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_output_to_a_dash_goes_to_the_screen(account, tmp_path):
    ended = run("audit", "--format", "json", "-o", "-", env=account.env, cwd=tmp_path)
    assert (ended.code, ended.err, list(tmp_path.iterdir())) == (1, "", [])
    assert json.loads(ended.out)["numbers"]


@pytest.mark.parametrize("output", [".", "..", "folder"])
def test_output_to_a_folder_is_wrong_usage(account, tmp_path, output):
    (tmp_path / "folder").mkdir()
    ended = run("audit", "-o", output, env=account.env, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert f"Invalid value for '--output' / '-o': File '{output}' is a directory." in ended.err
    assert account.world.requests == []


def test_output_that_cannot_be_written_is_said(account, tmp_path):
    ended = run("audit", "-o", "none/report", env=account.env, cwd=tmp_path)
    assert (ended.code, ended.err) == (3, "none/report could not be written: No such file or directory.\n")


def test_missing_credentials_are_said():
    ended = run("audit")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("Twilio's account SID is not set.")


def test_wrong_credentials_are_said_and_stay_secret(account):
    ended = run("audit", env={**account.env, "TWILIO_AUTH_TOKEN": "wrong-secret"})
    assert ended.code == 3
    assert "Twilio does not accept the credentials (20003)." in ended.err
    assert "wrong-secret" not in ended.out + ended.err


def test_account_that_cannot_be_reached_is_said():
    env = {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "x",
        "TWILIO_API_URL": "https://127.0.0.1:1",
    }
    ended = run("audit", env=env)
    assert ended.code == 3
    assert ended.err.startswith("No answer from Twilio")
    assert ended.err.endswith("Nothing is reported, since a part would look like all.\n")


def test_subaccount_is_read_with_the_parents_credentials(account):
    other = account.world.add_account(parent=account.account_sid).sid
    ended = run("audit", "--account-sid", other, "--format", "json", env=account.env)
    assert ended.code == 0
    assert json.loads(ended.out)["accounts"] == [other]


@pytest.fixture
def company(account):
    """Return the same with four subaccounts: with a covered number, empty, suspended, closed."""
    world = account.world
    branch = world.add_account(sid=sid("AC", 1), parent=account.account_sid).sid
    address = world.add_address(street="2 MAIN ST", account_sid=branch, **IN_BOSTON)
    world.add_number(
        "+16175550200",
        account_sid=branch,
        emergency_address_sid=address,
        emergency_address_status="registered",
    )
    for digit, status in ((2, "active"), (3, "suspended"), (4, "closed")):
        world.add_account(sid=sid("AC", digit), parent=account.account_sid, status=status)
    world.add_number("+16175550300", account_sid=sid("AC", 3))
    world.add_account()
    return account


def test_all_subaccounts_are_read_and_those_that_cannot_be_are_named(company):
    ended = run("audit", "--all-subaccounts", env={**company.env, "COLUMNS": "120"})
    assert ended.code == 1
    lines = ended.out.splitlines()
    assert lines[0] == "2 of 4 numbers covered, 1 failed, 1 not covered. 2 accounts not read."
    assert [line for line in lines if line.startswith("AC")] == [
        f"{company.account_sid}: 1 of 3 numbers covered, 1 failed, 1 not covered.",
        f"{sid('AC', 1)}: 1 of 1 number covered.",
        f"{sid('AC', 2)}: 0 of 0 numbers covered.",
        f"{sid('AC', 3)}: not read, suspended.",
        f"{sid('AC', 4)}: not read, closed.",
    ]
    assert "A suspended account can place no calls." in ended.out
    read = [request.path for request in company.world.requests]
    assert len(read) == 1 + 3 * 3
    assert read[0] == "/Accounts"


def test_subaccounts_are_told_apart_in_every_format(company):
    words = ["audit", "--all-subaccounts", "--format"]
    answer = json.loads(run(*words, "json", env=company.env).out)
    jsonschema.validate(answer, schema())
    assert answer["accounts"] == [company.account_sid, sid("AC", 1), sid("AC", 2)]
    assert answer["accounts_not_read"] == [
        {"sid": sid("AC", 3), "status": "suspended"},
        {"sid": sid("AC", 4), "status": "closed"},
    ]
    assert answer["coverage_by_account"][sid("AC", 1)]["covered"] == 1
    rows = list(csv.DictReader(run(*words, "csv", env=company.env).out.splitlines()))
    assert [row["code"] for row in rows if row["account_sid"] == sid("AC", 4)] == ["account-not-read"]
    page = run(*words, "html", env=company.env).out
    assert "By account" in page
    assert f"Not read: {sid('AC', 3)} (suspended), {sid('AC', 4)} (closed)" in page


def test_declaration_in_a_suspended_subaccount_is_critical(company, tmp_path):
    declared = BOSTON.replace("    address:", f"    account_sid: {sid('AC', 3)}\n    address:")
    (tmp_path / "sites.yaml").write_text(declared)
    words = ["audit", "--all-subaccounts", "--sites", "sites.yaml", "--format", "json"]
    found = json.loads(run(*words, env=company.env, cwd=tmp_path).out)["findings"]
    assert {each["subject"]: each["severity"] for each in found if each["code"] == "account-not-read"} == {
        sid("AC", 3): "critical",
        sid("AC", 4): "notice",
    }


def test_subaccount_reads_itself(company):
    branch = company.world.accounts[sid("AC", 1)]
    env = {**company.env, "TWILIO_ACCOUNT_SID": branch.sid, "TWILIO_AUTH_TOKEN": branch.auth_token}
    ended = run("audit", "--all-subaccounts", env=env)
    assert ended.out == "1 of 1 number covered.\nNothing was found.\n"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("standard", "Twilio does not let this API key list the subaccounts."),
        ("main", f"Twilio does not let this API key read subaccount {sid('AC', 1)}."),
    ],
)
def test_api_key_is_no_way_to_the_subaccounts_and_that_is_said(company, kind, what):
    key, secret = company.world.add_api_key(company.account_sid, kind=kind)
    env = {**company.env, "TWILIO_AUTH_TOKEN": "", "TWILIO_API_KEY": key, "TWILIO_API_SECRET": secret}
    ended = run("audit", "--all-subaccounts", env=env)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(what)
    assert "Use the account's auth token (TWILIO_AUTH_TOKEN, without TWILIO_API_KEY)" in ended.err
    assert secret not in ended.err


@pytest.mark.parametrize(
    "env",
    [
        {"TWILIO_AUTH_TOKEN": "wrong-secret"},
        {"TWILIO_AUTH_TOKEN": "", "TWILIO_API_KEY": sid("SK", 1), "TWILIO_API_SECRET": "wrong-secret"},
    ],
    ids=["token", "key"],
)
def test_wrong_credentials_are_said_to_be_wrong_and_not_to_be_a_key(company, env):
    ended = run("audit", "--all-subaccounts", env={**company.env, **env})
    assert ended.code == 3
    assert ended.err.startswith("Twilio does not accept the credentials (20003).")


def test_subaccount_that_fails_half_way_is_named_and_nothing_is_reported(company):
    company.faults.before(5, lambda: company.world.set_account(sid("AC", 1), status="suspended"))
    ended = run("audit", "--all-subaccounts", env=company.env)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(
        f"Account {sid('AC', 1)} could not be read. The Twilio account is not active (20005)."
    )
    assert ended.err.endswith("Nothing is reported, since a part would look like all.\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--account-sid", "AC1"],
        ["--all-subaccounts", "--account-sid", sid("AC", 1)],
        ["--sites", "a", "--state", "b"],
        ["--fail-on", "x"],
        ["--format", "xml"],
        ["extra"],
    ],
)
def test_wrong_usage_exits_2_before_anything_is_read(account, words):
    assert run("audit", *words, env=account.env).code == 2
    assert account.world.requests == []


def test_state_file_is_compared(account, tmp_path):
    state = Path(__file__).parents[1] / "state" / "0.1.0" / "registered.json"
    (tmp_path / "state.json").write_text(json.dumps(json.loads(state.read_text())["state"]))
    declared_account = json.loads(state.read_text())["account_sid"]
    ended = run("audit", "--state", "state.json", env=account.env, cwd=tmp_path)
    assert ended.code == 3, "the state's account is not one that these credentials reach"
    assert declared_account not in ended.out


def test_stack_is_exported_with_the_cli_on_path(account, tmp_path):
    exported = {"deployment": {"resources": [
        {"type": "pulumi-python:dynamic/twilio:NumberEmergencyBinding", "urn": "urn:pulumi:dev::p::t::desk",
         "outputs": {"phone_number": "+16175550101", "address_sid": "AD" + "1" * 32}},
    ]}}  # fmt: skip
    fake = tmp_path / "pulumi"
    fake.write_text(f"#!/bin/sh\necho \"$@\" > {tmp_path}/words\ncat <<'EOF'\n{json.dumps(exported)}\nEOF\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    env = {**account.env, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    ended = run("audit", "--stack", "dev", "--format", "json", env=env)
    assert (tmp_path / "words").read_text() == "stack export --stack dev\n"
    found = json.loads(ended.out)
    assert found["compared_with"] == "stack dev"
    assert ("declared-not-bound", "desk") in {(each["code"], each["site"]) for each in found["findings"]}
    fake.write_text("#!/bin/sh\necho 'error: no stack named dev' >&2\nexit 255\n")
    ended = run("audit", "--stack", "dev", env=env)
    assert ended.code == 3
    assert "error: no stack named dev" in ended.err
    missing = run("audit", "--stack", "dev", env={**account.env, "PATH": str(tmp_path / "none")})
    assert missing.err.startswith("The Pulumi CLI is not on PATH.")


def test_numbers_take_one_list_per_thousand(twilio_emulator):
    for index in range(2_500):
        twilio_emulator.world.add_number(f"+1617{2_000_000 + index}")
    ended = run("audit", "--format", "json", env=twilio_emulator.env)
    assert len(json.loads(ended.out)["numbers"]) == 2_500
    assert [request.method for request in twilio_emulator.world.requests] == ["GET"] * 5
