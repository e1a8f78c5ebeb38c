"""The remedies that depend on Pulumi's CLI: config, locks, renames, imports, other accounts."""

from __future__ import annotations

import json
import re
import time

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from docs.documents import ROOT, Document
from docs.remedies import executes
from engine.invariants import nothing_is_in_force
from pulumi_twilio_emergency import providers
from support.processes import plugins_of
from twilio_emulator import Fault, Pace

OPERATIONS = Document(ROOT / "docs" / "operations.md")
DESK = "+14155550100"
OFFICE = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US"{more})
"""
BINDING = 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)\n'
PROGRAM = OFFICE.format(more="") + BINDING
YES = ("--yes", "--skip-preview")


@executes("pulumi config set", "--secret", "pulumi up")
def test_missing_credentials_are_set_as_the_message_says(twilio, stack):
    values = {"TWILIO_ACCOUNT_SID": "twilio:accountSid", "TWILIO_AUTH_TOKEN": "twilio:authToken"}
    stack.program(OFFICE.format(more=""))
    for variable in values:
        stack.env.pop(variable)
    for variable, key in values.items():
        said = stack.up(expect=1).errors
        command = re.search(rf"`pulumi (config set {key}) \.\.\.( --secret)?`", said)
        assert command, said
        stack.run(*command[1].split(), twilio.env[variable], *(command[2] or "").split(), expect=0)
    ran = stack.up()
    assert "not a secret" not in ran.text
    assert twilio.env["TWILIO_AUTH_TOKEN"] not in stack.everything_on_disk()


@executes("pulumi config set --secret", "--secret")
def test_plain_token_is_made_a_secret_by_the_command_that_the_warning_names(twilio, stack):
    token = stack.env.pop("TWILIO_AUTH_TOKEN")
    stack.run("config", "set", "--plaintext", "twilio:authToken", token, expect=0)
    stack.program(OFFICE.format(more=""))
    command = re.search(r"`pulumi (config set --secret twilio:authToken)`", stack.up().text)
    assert token in stack.state_file.read_text()
    stack.run(*command[1].split(), token, expect=0)
    assert "is not a secret" not in stack.up().text
    assert token not in stack.state_file.read_text()


@executes("--run-program", "pulumi refresh --run-program", "pulumi destroy --run-program", "pulumi up")
def test_rotated_token_in_config_is_seen_with_run_program_or_after_up(twilio, stack):
    del stack.env["TWILIO_AUTH_TOKEN"]
    _rotate(twilio, stack, "1" * 32)
    twilio.world.add_number(DESK)
    stack.program(PROGRAM)
    stack.up()
    _rotate(twilio, stack, "2" * 32)
    assert "`pulumi up` first, or add --run-program" in stack.refresh(expect=1).errors
    stack.up()
    stack.refresh()
    _rotate(twilio, stack, "3" * 32)
    stack.refresh("--run-program")
    _rotate(twilio, stack, "4" * 32)
    assert "`pulumi up` first, or add --run-program" in stack.destroy(expect=1).errors
    stack.destroy("--run-program")
    nothing_is_in_force(twilio.world)


def _rotate(twilio, stack, token):
    twilio.world.accounts[twilio.account_sid].auth_token = token
    stack.run("config", "set", "--secret", "twilio:authToken", token, expect=0)


@executes("pulumi cancel", "pulumi up", "pulumi refresh --clear-pending-creates", "pulumi destroy")
def test_killed_first_up_is_recovered_by_cancel_up_and_destroy(twilio, stack):
    twilio.world.add_number(DESK)
    twilio.world.pace(registration=Pace.after(3))
    stack.program(PROGRAM)
    running = stack.start("up", *YES)
    running.says("desk creating (0s) pending-registration", within=60)
    running.kill()
    running.ended()
    give_up = time.monotonic() + 20
    while plugins_of(twilio.url):
        assert time.monotonic() < give_up, "the plugin ends with its engine"
        time.sleep(0.1)
    stack.run("cancel", "--yes", expect=0)
    twilio.world.pace(registration=Pace.at_once(), unregistration=Pace.at_once())
    stack.up()
    stack.refresh("--clear-pending-creates")
    assert "pending" not in stack.preview("--expect-no-changes").diagnostics
    stack.destroy()
    nothing_is_in_force(twilio.world)


@executes("aliases")
def test_rename_with_an_alias_costs_no_request(twilio, stack):
    twilio.world.add_number(DESK)
    stack.program(PROGRAM)
    stack.up()
    before = len(twilio.world.requests)
    stack.program(OPERATIONS.program("renamed") + BINDING)
    stack.up()
    assert set(stack.resources()) == {"headquarters", "desk"}
    assert [each for each in twilio.world.requests[before:] if each.method != "GET"] == []


@executes("pulumi import --file")
def test_existing_address_is_imported_with_its_numbers_uninterrupted(twilio, stack):
    world = twilio.world
    existing = world.add_address(
        customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO", region="CA",
        postal_code="94105", iso_country="US", friendly_name="Headquarters",
    )  # fmt: skip
    world.add_number(DESK, emergency_address_sid=existing, emergency_address_status="registered")
    file = json.loads(OPERATIONS.json("import"))
    [entry] = file["resources"]
    entry["id"] = entry["outputs"]["sid"] = existing
    entry["outputs"]["account_sid"] = twilio.account_sid
    for values in (entry["inputs"], entry["outputs"]):
        values["__provider"] = serialize_provider(providers.address())
        values["friendly_name"] = "Headquarters"
    (stack.project / "import.json").write_text(json.dumps(file))
    command = re.search(r"^\$ pulumi (import .*)$", OPERATIONS.text, re.MULTILINE)[1]
    stack.run(*command.split(), expect=0)
    stack.program(OFFICE.format(more=', friendly_name="Headquarters"') + BINDING)
    planned = stack.preview()
    assert "replace" not in planned.text
    assert "uncovered" not in planned.text
    stack.up()
    assert stack.outputs("office")["sid"] == existing
    assert [each.path for each in world.requests if each.method != "GET"] == []
    stack.has_nothing_to_do()


@executes("an explicit provider")
def test_second_account_is_reached_by_an_explicit_provider(twilio, stack):
    east = twilio.world.add_account()
    stack.program(OPERATIONS.program("several-accounts"))
    stack.run("config", "set", "east:accountSid", east.sid, expect=0)
    stack.run("config", "set", "--secret", "east:authToken", east.auth_token, expect=0)
    stack.run("config", "set", "east:apiUrl", twilio.url, expect=0)
    stack.up()
    assert stack.outputs("office")["account_sid"] == east.sid
    assert len(twilio.world.addresses(east.sid)) == 1
    assert east.auth_token not in stack.everything_on_disk()


@executes("pulumi state delete")
def test_resource_made_in_a_wrong_account_is_taken_out_of_state_as_the_message_says(twilio, stack):
    wrong = twilio.world.add_account()
    env = {"TWILIO_ACCOUNT_SID": wrong.sid, "TWILIO_AUTH_TOKEN": wrong.auth_token}
    stack.program(OFFICE.format(more=""))
    stack.up(env=env)
    said = stack.up(expect=1).errors
    command = re.search(r"`pulumi (state delete) '(.+?)'`", said)
    assert command, said
    twilio.world.remove(stack.outputs("office")["sid"])
    stack.run(*command[1].split(), command[2], "--yes", expect=0)
    stack.up()
    assert stack.outputs("office")["account_sid"] == twilio.account_sid


@executes("Correct that resource and run `pulumi up` again", "take it out of the program")
@pytest.mark.parametrize("remedy", ["correct it", "take it out"])
def test_old_resource_of_a_failed_successor_is_settled_by_the_next_up(twilio, stack, remedy):
    number = twilio.world.add_number(DESK)
    stack.program(PROGRAM)
    stack.up()
    stack.program(OFFICE.format(more="") + BINDING.replace('"desk"', '"front"'))
    twilio.faults.add(Fault("401", method="GET", path="IncomingPhoneNumbers/PN"))
    said = stack.up("--continue-on-error", expect=1).errors
    assert "Correct that resource and run `pulumi up` again; or take it out of the program" in said
    assert twilio.world.number(number)["emergency_address_status"] == "registered"
    twilio.faults.clear()
    if remedy == "take it out":
        stack.program(OFFICE.format(more=""))
    stack.up()
    registered = twilio.world.number(number)["emergency_address_status"] == "registered"
    assert registered is (remedy == "correct it")
    assert set(stack.resources()) == ({"office", "front"} if registered else {"office"})
    stack.has_nothing_to_do()
