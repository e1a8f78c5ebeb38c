"""A refresh takes what Twilio shows into state; an audit against the stack finds the difference all the same."""

from __future__ import annotations

import json

from engine.conftest import DOMAIN, NUMBERS, PROGRAM
from support.command import run


def codes(stack, twilio) -> set[tuple[str, str]]:
    """Return codes and subjects of what an audit against the stack finds and declares wrong."""
    ended = run(
        "audit", "--stack", "dev", "--format", "json", env={**stack.env, **twilio.env}, cwd=stack.project
    )
    assert ended.out, ended.err
    return {(each["code"], each["subject"]) for each in json.loads(ended.out)["findings"]}


def test_what_others_have_changed_is_found_before_and_after_a_refresh(twilio, stack):
    world = twilio.world
    sids = [world.add_number(name) for name in NUMBERS]
    domain = world.add_domain(DOMAIN)
    stack.program(PROGRAM)
    stack.up()
    elsewhere = world.add_address(
        customer_name="Acme", street="1 MAIN ST", city="BOSTON", region="MA", postal_code="02134",
        iso_country="US", emergency_enabled=True,
    )  # fmt: skip
    world.set_number(sids[0], emergency_address_sid=elsewhere)
    world.set_domain(domain, emergency_caller_sid=sids[1])
    drift = {("bound-elsewhere", NUMBERS[0]), ("domain-other-caller", DOMAIN)}
    assert drift <= codes(stack, twilio)
    stack.refresh()
    assert drift <= codes(stack, twilio)

    world.set_domain(domain, emergency_calling_enabled=False)
    stack.refresh()
    assert ("domain-off", DOMAIN) in codes(stack, twilio)

    stack.up()
    assert {code for code, _ in codes(stack, twilio)} <= {"number-uncovered", "address-unused"}
