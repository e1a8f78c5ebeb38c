"""
Every remedy that a message prints as a command, an option or an argument is executed, and works.

Each test is a row: a situation, the message that it leads to, the remedy, and that it works. What a remedy is
made of stands in `executes`; `test_every_remedy_is_in_a_row` compares that with the messages in the source.
Most rows need no process; in `test_remedies_on_the_cli` are those that depend on Pulumi's CLI.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from docs.messages import commands, documented_commands
from docs.remedies import ELSEWHERE, EXECUTED, executes
from pulumi_twilio_emergency.handlers.address import AddressHandler
from support.convergence import Convergence, address, binding, domain, invariants_at_rest
from support.small_engine import SmallEngine
from twilio_emulator import Fault, Pace

DESK, LOBBY, DOMAIN = "+14155550100", "+14155550101", "example.sip.twilio.com"
OFFICE = address("office", "across")
PROGRAM = [OFFICE, binding("desk", DESK, "office")]


@pytest.fixture
def stack():
    stack = Convergence()
    for number in (DESK, LOBBY):
        stack.world.add_number(number)
    stack.world.add_domain(DOMAIN)
    return stack


def sid_of(stack, phone_number):
    return next(row["sid"] for row in stack.world.numbers() if row["phone_number"] == phone_number)


def failure(ran, name):
    """Return what the operator reads of a resource that failed."""
    assert name in ran.failures, ran
    return ran.failures[name]


def works(stack, program):
    ran = stack.up(program)
    assert ran.ok, ran.failures
    invariants_at_rest(stack, program)


# Numbers of somebody else's


@executes("TWILIO_EMERGENCY_ALLOW_UNSAFE=1")
def test_address_and_binding_renamed_together_are_refused_and_move_with_the_override(stack):
    works(stack, PROGRAM)
    before = stack.world.number(sid_of(stack, DESK))["emergency_address_sid"]
    renamed = [address("headquarters", "across"), binding("front-desk", DESK, "headquarters")]

    assert "aliases" in failure(stack.up(renamed), "front-desk")

    stack.unsafe = True
    works(stack, renamed)
    assert stack.world.number(sid_of(stack, DESK))["emergency_address_sid"] != before


@executes("take_over=True")
def test_number_bound_elsewhere_moves_with_take_over(stack):
    stack.world.rebind(sid_of(stack, DESK), stack.others_address)
    said = failure(stack.up(PROGRAM), "desk")
    assert "take_over=True" in said
    works(stack, [OFFICE, binding("desk", DESK, "office", take_over=True)])


@executes("TWILIO_EMERGENCY_ALLOW_UNSAFE=1")
def test_number_bound_elsewhere_moves_with_the_override(stack):
    stack.world.rebind(sid_of(stack, DESK), stack.others_address)
    assert "TWILIO_EMERGENCY_ALLOW_UNSAFE=1" in failure(stack.up(PROGRAM), "desk")
    stack.unsafe = True
    works(stack, PROGRAM)


@executes("TWILIO_EMERGENCY_ALLOW_UNSAFE=1")
def test_numbers_that_state_has_lost_are_taken_back_with_the_override_and_no_write(stack):
    """What `retain_on_delete` or `pulumi state delete` has left in force looks just like this."""
    stack.up(PROGRAM)
    kept = stack.in_state("office").id
    for name in ("desk", "office"):
        stack.engine.state.remove(stack.in_state(name))
    assert "`TWILIO_EMERGENCY_ALLOW_UNSAFE=1 pulumi up` takes the address back as it is" in "\n".join(
        stack.preview(PROGRAM).failures.values()
    )
    before, stack.unsafe = len(stack.world.requests), True
    works(stack, PROGRAM)
    assert stack.in_state("office").id == kept
    assert [each.path for each in stack.world.requests[before:] if each.method != "GET"] == []


@executes("pulumi refresh", "pulumi up")
def test_number_changed_in_the_console_is_bound_back_by_refresh_and_up(stack):
    stack.up(PROGRAM)
    stack.world.rebind(sid_of(stack, DESK), stack.others_address)
    stack.clock.advance(120)
    said = "\n".join(stack.preview(PROGRAM).warnings)
    assert "`pulumi refresh` takes it into state; the next `pulumi up` binds the number" in said
    stack.refresh()
    works(stack, PROGRAM)


@executes("take_over=True")
def test_number_bound_by_others_during_the_wait_moves_with_take_over(stack):
    number = sid_of(stack, DESK)
    stack.world.pace(registration=Pace.after(30))
    ran = stack.up(PROGRAM, others_at=9, others=lambda: stack.world.rebind(number, stack.others_address))
    if ran.ok:  # it came after the last look
        pytest.fail(f"nobody interfered: {stack.transport.count} requests")
    assert "take_over=True" in failure(ran, "desk")
    stack.world.pace(registration=Pace.at_once())
    works(stack, [OFFICE, binding("desk", DESK, "office", take_over=True)])


# Waiting


@executes("custom_timeouts", "pulumi up")
def test_registration_past_its_limit_is_awaited_by_up_or_with_more_time(stack):
    stack.world.pace(registration=Pace.after(100))
    slow = [OFFICE, binding("desk", DESK, "office", timeout=10)]
    said = failure(stack.up(slow), "desk")
    assert "Run `pulumi up` again to keep waiting" in said
    assert "custom_timeouts allows more time" in said
    works(stack, [OFFICE, binding("desk", DESK, "office", timeout=600)])


@executes("pulumi refresh")
def test_number_left_pending_is_shown_registered_by_refresh(stack):
    stack.world.pace(registration=Pace.after(100))
    program = [OFFICE, binding("desk", DESK, "office", wait_for_registration=False)]
    assert "`pulumi refresh` shows when it is registered" in "\n".join(stack.up(program).warnings)
    stack.clock.advance(200)
    stack.refresh()
    assert stack.in_state("desk").outputs["emergency_address_status"] == "registered"


@executes("pulumi up")
def test_failed_registration_is_tried_again_by_up(stack):
    stack.world.pace(registration=Pace.failing(1))
    said = failure(stack.up(PROGRAM), "desk")
    assert "Then run `pulumi up` again" in said
    stack.world.pace(registration=Pace.at_once())
    works(stack, PROGRAM)


@executes("pulumi up", "Run the same command again")
@pytest.mark.parametrize("k", range(1, 9))
def test_interrupted_run_goes_on_with_the_same_command(stack, k):
    stack.world.pace(registration=Pace.after(20))
    ran = stack.up(PROGRAM, interrupt_at=k)
    said = "\n".join(ran.failures.values())
    assert re.search(r"again|The next `pulumi up` will", said) or not ran.failures
    works(stack, PROGRAM)


@executes("Run the same command again")
@pytest.mark.parametrize("k", range(1, 6))
def test_interrupted_destroy_goes_on_with_the_same_command(stack, k):
    stack.up(PROGRAM)
    stack.destroy(interrupt_at=k)
    assert stack.destroy().ok
    invariants_at_rest(stack, [])


@executes("pulumi up")
@pytest.mark.parametrize("k", range(1, 9))
def test_run_that_lost_the_network_goes_on_with_up(stack, k):
    stack.up(PROGRAM, gone_from=k, answer_lost=True)
    works(stack, PROGRAM)


# State and Twilio differ


@executes("pulumi up")
def test_number_not_registered_as_in_state_is_fixed_by_up(stack):
    stack.up(PROGRAM)
    stack.world.rebind(sid_of(stack, DESK), None, "unregistered")
    stack.clock.advance(120)
    assert "`pulumi up` registers it again" in "\n".join(stack.preview(PROGRAM).warnings)
    works(stack, PROGRAM)


@executes("pulumi up")
def test_domain_not_as_in_state_is_fixed_by_up(stack):
    program = [*PROGRAM, domain("phones", DOMAIN, "desk")]
    stack.up(program)
    stack.world.set_domain(stack.in_state("phones").id, emergency_calling_enabled=False)
    stack.clock.advance(120)
    assert "`pulumi up` sets it as the program says" in "\n".join(stack.preview(program).warnings)
    works(stack, program)


@executes("pulumi refresh")
def test_number_that_is_gone_leaves_state_by_refresh(stack):
    stack.up(PROGRAM)
    stack.world.remove(sid_of(stack, DESK))
    stack.clock.advance(120)
    ran = stack.preview(PROGRAM)
    assert "Run `pulumi refresh`" in "\n".join([*ran.warnings, *ran.failures.values()])
    stack.refresh()
    assert stack.in_state("desk") is None
    works(stack, [OFFICE])


@executes("pulumi refresh")
def test_number_released_during_the_wait_leaves_state_by_refresh(stack):
    stack.world.pace(registration=Pace.after(30))
    ran = stack.up(PROGRAM, others_at=9, others=lambda: stack.world.remove(sid_of(stack, DESK)))
    assert "Run `pulumi refresh`, and remove the binding" in failure(ran, "desk")
    stack.refresh()
    works(stack, [OFFICE])


@executes("pulumi refresh")
def test_address_deleted_outside_pulumi_is_created_again_after_refresh(stack):
    stack.up(PROGRAM)
    number, gone = sid_of(stack, DESK), stack.in_state("office").id
    stack.world.rebind(number, None, "unregistered")
    stack.world.remove(gone)
    stack.clock.advance(120)
    new = [OFFICE, binding("lobby", LOBBY, "office")]
    assert "run `pulumi refresh` first" in failure(stack.up(new), "lobby")
    stack.refresh()
    works(stack, new)


@executes("run the same command again")
def test_address_that_is_listed_and_not_fetched_stays_in_state_until_it_is_shown(stack):
    stack.faults.add(Fault("lag", seconds=30, of="fetches"))
    stack.up([OFFICE])
    made = stack.in_state("office").id
    said = "\n".join(stack.refresh().failures.values())
    assert "Wait a minute, and run the same command again" in said
    assert stack.in_state("office").id == made
    stack.clock.advance(60)
    assert stack.refresh().ok
    assert stack.in_state("office").id == made


@executes("pulumi refresh", "pulumi up")
def test_address_changed_in_the_console_is_changed_back_by_refresh_and_up(stack):
    stack.up(PROGRAM)
    number, changed = sid_of(stack, DESK), stack.in_state("office").id
    stack.world.set_address(changed, street="1 DR CARLTON B GOODLETT PL", postal_code="94102")
    renamed = [replace(OFFICE, inputs={**OFFICE.inputs, "friendly_name": "annex"}), PROGRAM[1]]
    said = failure(stack.up(renamed), "office")
    assert "Run `pulumi refresh`, which shows the change, and then `pulumi up`, which undoes it" in said
    stack.refresh()
    works(stack, renamed)
    at = stack.addresses[stack.world.number(number)["emergency_address_sid"]]
    assert at["street"] == OFFICE.inputs["street"]


# Addresses


@executes("on_correction='accept'", "paste")
@pytest.mark.parametrize("remedy", ["accept", "paste"])
def test_suggestion_is_taken_by_accepting_or_pasting_it(stack, remedy):
    typed = {**OFFICE.inputs, "postal_code": "94107"}
    said = failure(stack.up([replace(OFFICE, inputs=typed)]), "office")
    assert "paste it into the program; on_correction='accept' takes any single suggestion" in said
    if remedy == "accept":
        assert stack.up([replace(OFFICE, inputs={**typed, "on_correction": "accept"})]).ok
    else:
        pasted = dict(re.findall(r"^\s*(\w+)='(.*)',", said, re.MULTILINE))
        works(stack, [replace(OFFICE, inputs={**typed, **pasted})])
    assert [row["postal_code"] for row in stack.addresses.values()] == ["94105"]


@executes("iso_country='US'")
def test_territory_is_written_as_a_region_of_the_us(stack):
    """Twilio documents neither; so the advice is a warning, and its remedy must pass our own checks."""
    typed = {**OFFICE.inputs, "iso_country": "PR", "region": "PR", "city": "SAN JUAN", "postal_code": "00901"}
    ran = stack.up([replace(OFFICE, inputs=typed)])
    assert "as the region of iso_country='US'" in "\n".join(ran.warnings)
    stack.world.knows(
        street=typed["street"], city="SAN JUAN", region="PR", postal_code="00901", iso_country="US"
    )
    works(stack, [replace(OFFICE, inputs={**typed, "iso_country": "US"})])


@executes("pulumi up", "pulumi destroy")
def test_address_that_a_killed_run_has_bound_is_removed_by_up_and_destroy(stack):
    beginning = stack.remember()
    stack.up(PROGRAM)
    writes = [k for k, each in enumerate(stack.world.requests, 1) if each.method == "POST"]
    stack.restore(beginning)
    assert stack.up(PROGRAM, kill_after=writes[-1]).killed
    said = failure(stack.destroy(), "office")
    assert "`pulumi up` and then `pulumi destroy` leave nothing" in said
    works(stack, PROGRAM)
    assert stack.destroy().ok
    invariants_at_rest(stack, [])


@executes("Bind those numbers to another address")
def test_address_in_use_by_others_is_deleted_when_they_have_left_it(stack):
    stack.up([OFFICE])
    stack.world.rebind(sid_of(stack, LOBBY), stack.in_state("office").id)
    said = failure(stack.destroy(), "office")
    assert "Bind those numbers to another address" in said
    stack.world.rebind(sid_of(stack, LOBBY), stack.others_address)
    assert stack.destroy().ok
    assert stack.addresses == {}


@executes("pulumi state delete", "another friendly_name")
def test_address_shared_by_two_stacks_is_separated_by_state_delete_and_another_name(stack):
    """Another name alone would only rename the shared address."""
    stack.up(PROGRAM)
    first, stack.engine = stack.engine, SmallEngine(stack.process)
    stack.unsafe = True
    assert "Took over" in "\n".join(stack.up([OFFICE]).warnings)
    stack.unsafe = False
    stack.engine.state.remove(stack.in_state("office"))  # `pulumi state delete`
    named = [replace(OFFICE, inputs={**OFFICE.inputs, "friendly_name": "annex"})]
    assert stack.up(named).ok
    assert stack.in_state("office").id != first.current("office").id
    assert stack.destroy().ok
    stack.engine = first
    works(stack, PROGRAM)


@executes("pulumi up")
def test_address_whose_answer_was_lost_is_replaced_by_up(stack):
    beginning = stack.remember()
    stack.up([OFFICE])
    create = next(k for k, each in enumerate(stack.world.requests, 1) if each.method == "POST")
    stack.restore(beginning)
    said = failure(stack.up([OFFICE], gone_from=create, answer_lost=True), "office")
    assert "Run `pulumi up` again: it creates the address, and then deletes that one" in said
    works(stack, [OFFICE])


# Domains, and resources that belong together


@executes("number_sid of its binding")
def test_caller_that_is_not_registered_is_passed_by_its_binding(stack):
    number = sid_of(stack, DESK)
    alone = domain("phones", DOMAIN, emergency_caller_sid=number)
    said = failure(stack.up([alone]), "phones")
    assert "Pass number_sid of its NumberEmergencyBinding" in said
    works(stack, [*PROGRAM, domain("phones", DOMAIN, "desk")])


@executes("TWILIO_EMERGENCY_ALLOW_UNSAFE=1", "another caller first")
@pytest.mark.parametrize("remedy", ["another caller", "override"])
def test_caller_of_a_domain_is_unbound_after_another_caller_or_with_the_override(stack, remedy):
    both = [*PROGRAM, binding("lobby", LOBBY, "office")]
    stack.up(both)
    theirs = stack.world.add_domain(
        "other.sip.twilio.com", emergency_calling_enabled=True, emergency_caller_sid=sid_of(stack, DESK)
    )
    without = [OFFICE, both[-1]]
    said = failure(stack.up(without), "desk")
    assert "First give that domain another registered emergency caller" in said
    if remedy == "another caller":
        stack.world.set_domain(theirs, emergency_caller_sid=sid_of(stack, LOBBY))
        stack.clock.advance(120)
    else:
        assert "TWILIO_EMERGENCY_ALLOW_UNSAFE=1" in said
        stack.unsafe = True
    assert stack.up(without).ok
    assert stack.world.number(sid_of(stack, DESK))["emergency_address_sid"] == ""


@executes("Did you mean")
def test_misspelt_domain_is_switched_under_the_suggested_name(stack):
    said = failure(stack.up([*PROGRAM, domain("phones", "exampel.sip.twilio.com", "desk")]), "phones")
    meant = re.search(r"Did you mean (.+?)\?", said)[1]
    works(stack, [*PROGRAM, domain("phones", meant, "desk")])


@executes("remove one of the two")
def test_number_declared_twice_is_settled_by_removing_one(stack):
    ran = stack.up([*PROGRAM, binding("lobby", DESK, "office")])
    assert "Remove one of the two resources" in "\n".join(ran.failures.values())
    works(stack, PROGRAM)


@executes("see that one's error first")
def test_binding_without_its_address_waits_for_the_address(stack):
    nothing = binding("desk", DESK, "office")
    ran = stack.up([replace(nothing, inputs={"phone_number": DESK})])
    assert "see that one's error first" in failure(ran, "desk")
    works(stack, PROGRAM)


# Accounts and settings


@executes("account_sid")
def test_subaccount_is_reached_by_naming_it(stack):
    parent = dict(stack.config)
    sub = stack.world.add_account(parent=parent["twilio:accountSid"])
    number = stack.world.add_number("+14155550133", account_sid=sub.sid)
    stack.config.update({"twilio:accountSid": sub.sid, "twilio:authToken": sub.auth_token})
    program = [OFFICE, binding("desk", "+14155550133", "office")]
    assert stack.up(program).ok
    stack.config.update(parent)
    said = "\n".join(stack.up(program).failures.values())
    assert f'set account_sid="{sub.sid}" on the resource' in said
    named = [replace(each, inputs={**each.inputs, "account_sid": sub.sid}) for each in program]
    assert stack.up(named).ok
    assert stack.world.number(number)["emergency_address_status"] == "registered"


@executes("PULUMI_DYNAMIC_TRACEBACK=1")
def test_traceback_of_a_bug_is_shown_by_its_switch(stack, monkeypatch):
    def broken(*_):
        raise KeyError("a bug")

    monkeypatch.setattr(AddressHandler, "create", broken)
    said = failure(stack.up([OFFICE]), "office")
    assert "set PULUMI_DYNAMIC_TRACEBACK=1" in said
    assert "Traceback" not in said
    monkeypatch.setenv("PULUMI_DYNAMIC_TRACEBACK", "1")
    assert "Traceback" in failure(stack.up([OFFICE]), "office")
    monkeypatch.undo()
    works(stack, [OFFICE])


# The table


def test_every_remedy_is_in_a_row(report_counts):
    """A remedy that no row executes may not work."""
    from docs import test_remedies_on_the_cli

    assert test_remedies_on_the_cli.__doc__
    recommended = {**documented_commands(), **commands()}
    missing = {each: where for each, where in recommended.items() if each not in {*EXECUTED, *ELSEWHERE}}
    assert missing == {}
    report_counts(
        f"remedies: {len(recommended)} in messages and documents, "
        f"{len({test for tests in EXECUTED.values() for test in tests})} rows"
    )


def test_remedies_that_other_tests_execute_are_there():
    for remedy, (file, words) in ELSEWHERE.items():
        assert words in file.read_text(), remedy
