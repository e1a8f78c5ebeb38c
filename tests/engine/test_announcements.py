"""A gap is announced before it opens, and only then; preview says what `up` will surely meet."""

from __future__ import annotations

import pytest

from engine.conftest import DOMAIN, NUMBERS, PROGRAM, program
from twilio_emulator import Pace

OFFICE = PROGRAM.partition("desk =")[0]
ELSE = {"customer_name": "Else", "street": "1 A ST", "city": "B", "region": "CA", "postal_code": "9",
        "iso_country": "US"}  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "edited"),
    [
        ('iso_country="US"', 'iso_country="US", friendly_name="Another name"'),
        pytest.param("SAN FRANCISCO", "San Francisco", marks=pytest.mark.slow),
        pytest.param('iso_country="US"', 'iso_country="US", on_correction="reject"', marks=pytest.mark.slow),
    ],
    ids=["friendly_name", "spelling", "on_correction"],
)
def test_change_that_uncovers_nobody_announces_no_gap(covered, edit, edited):
    covered.stack.program(PROGRAM.replace(edit, edited))
    planned = covered.stack.preview()
    assert "uncovered" not in planned.text, planned.text
    assert "NumberEmergencyBinding" not in planned.text.partition("Diagnostics")[0].replace(
        "unchanged", ""
    ) or ("update" not in planned.text.partition("NumberEmergencyBinding")[2].splitlines()[0])
    before = covered.moment()
    ran = covered.stack.up()
    assert "uncovered" not in ran.text
    covered.judge(before, ran)
    covered.stack.has_nothing_to_do()


def test_preview_of_a_refresh_announces_no_gap(covered):
    """What others changed is shown; a preview of `refresh` brings about nothing."""
    foreign = covered.world.add_address(**ELSE)
    desk = covered.stack.outputs("desk")["number_sid"]
    covered.world.rebind(desk, foreign)
    ran = covered.stack.run("refresh", "--preview-only", expect=0)
    assert "uncovered" not in ran.text, ran.text


def test_take_over_of_a_registered_number_is_announced_in_preview_and_up(twilio, stack):
    world = twilio.world
    number = world.add_number(NUMBERS[0])
    world.rebind(number, world.add_address(**ELSE))
    stack.program(
        OFFICE
        + 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid, take_over=True)'
    )
    for ran in (stack.preview(), stack.up()):
        assert any(NUMBERS[0] in line and "uncovered" in line for line in ran.errors.splitlines()), ran.text
    assert world.number(number)["emergency_address_status"] == "registered"


@pytest.mark.parametrize("name", [pytest.param("desk", marks=pytest.mark.slow), "lobby"])
def test_gap_by_delete_before_replace_is_announced_in_preview(covered, name):
    covered.stack.program(program(**{name: "delete_before_replace=True"}))
    covered.stack.up()
    planned = covered.stack.preview("--replace", covered.stack.urn(name), expect=None)
    number = covered.stack.outputs(name)["phone_number"]
    assert any(number in line and "uncovered" in line for line in planned.errors.splitlines()), planned.text


def test_number_of_somebody_else_is_found_by_the_first_preview(twilio, stack):
    world = twilio.world
    foreign = world.add_address(**ELSE)
    world.rebind(world.add_number(NUMBERS[0]), foreign)
    stack.program(
        OFFICE + 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)'
    )
    planned = stack.preview(expect=1)
    assert foreign in planned.errors, planned.text
    assert "take_over" in planned.errors


def test_domain_that_does_not_exist_is_found_by_preview(twilio, stack):
    stack.program(f'SipDomainEmergency("phones", domain_name="{DOMAIN}")')
    planned = stack.preview(expect=None)
    assert DOMAIN in planned.errors, planned.text


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"TWILIO_REGION": "ie1"}, "us1"),
        pytest.param(
            {"TWILIO_API_URL": "http://proxy.example.com"}, "proxy.example.com", marks=pytest.mark.slow
        ),
        pytest.param(
            {"TWILIO_MAX_CONCURRENT_REQUESTS": "none"}, "axConcurrentRequests", marks=pytest.mark.slow
        ),
    ],
    ids=["region", "http elsewhere", "maxConcurrentRequests"],
)
def test_settings_that_up_refuses_are_said_in_preview(twilio, stack, env, words):
    stack.program(OFFICE)
    planned = stack.preview(expect=None, env=env)
    assert words in planned.errors, planned.text
    assert stack.up(expect=1, env=env).errors.count(words)


def test_address_of_another_account_is_found_by_preview(twilio, stack):
    world = twilio.world
    world.add_number(NUMBERS[0])
    sub = world.add_account(parent=twilio.account_sid)
    foreign = world.add_address(account_sid=sub.sid, **ELSE)
    stack.program(f'NumberEmergencyBinding("desk", phone_number="{NUMBERS[0]}", address_sid="{foreign}")')
    planned = stack.preview(expect=None)
    assert foreign in planned.errors, planned.text


def test_failed_change_of_a_callers_address_names_the_number_and_the_domain(covered):
    """Neither the new nor the old address registers: the domain goes on with a caller that is not covered."""
    covered.world.pace(registration=Pace.failing(0.2))
    covered.stack.program(PROGRAM.replace("645", "650"))
    planned = covered.stack.preview()
    assert any(DOMAIN in line for line in planned.errors.splitlines()), planned.text
    ran = covered.stack.up(expect=1)
    assert NUMBERS[0] in ran.errors
    assert DOMAIN in ran.errors, ran.text
    covered.world.pace(registration=Pace.after(0.2))
    covered.converges_by_up()


def test_registration_that_nobody_waits_for_is_said_and_seen_by_the_next_refresh(twilio, stack):
    world = twilio.world
    number = world.add_number(NUMBERS[0])
    world.pace(registration=Pace.never())
    stack.program(
        OFFICE
        + 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid, wait_for_registration=False)'
    )
    ran = stack.up()
    assert NUMBERS[0] in ran.errors, ran.text
    assert "covered" in ran.errors
    assert stack.outputs("desk")["emergency_address_status"] == "pending-registration"
    world.force_status(number, "registered")
    stack.refresh()
    assert stack.outputs("desk")["emergency_address_status"] == "registered"
    assert stack.outputs("desk")["registered_at"]
    stack.has_nothing_to_do()
