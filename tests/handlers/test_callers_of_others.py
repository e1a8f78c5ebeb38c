"""A SIP domain whose emergency caller somebody else has set: what is changed is said."""

from __future__ import annotations

import pytest

from support.handler_commands import sip_domain

THEIRS = "+14155550177"


@pytest.fixture
def theirs(base):
    """A registered number of somebody else's."""
    world = base.twilio.world
    return world.add_number(
        THEIRS, emergency_address_sid=base.office.id, emergency_address_status="registered"
    )


@pytest.mark.parametrize("refreshed", [False, True])
def test_domain_with_another_caller_when_deleted_is_switched_off_and_both_are_said(base, theirs, refreshed):
    base.twilio.world.set_domain(base.domain, emergency_caller_sid=theirs)
    command = base.twilio.command()
    if refreshed:
        command.refresh(base.phones)
    command.delete(base.phones)

    row = base.twilio.world.domain(base.domain)
    assert (row["emergency_calling_enabled"], row["emergency_caller_sid"]) == (False, None)
    said = (
        f"example.sip.twilio.com had emergency caller {theirs}, which this resource had not set. "
        "Emergency calls from the domain are off now."
    )
    assert command.warnings(base.phones) == ([] if refreshed else [said])


def test_domain_with_its_own_caller_when_deleted_is_switched_off_without_a_warning(base):
    command = base.twilio.command()
    command.delete(base.phones)

    assert command.warnings(base.phones) == []


def test_domain_that_is_on_already_when_declared_is_said_to_get_another_caller(base, theirs):
    domain = base.twilio.world.add_domain(
        "theirs.sip.twilio.com", emergency_calling_enabled=True, emergency_caller_sid=theirs
    )
    command, phones = base.twilio.command(), sip_domain("other")
    command.preview(phones, domain_sid=domain, emergency_caller_sid=base.number)

    said = (
        f"theirs.sip.twilio.com already has emergency calling on, with emergency caller {theirs}. "
        "This resource replaces that setting."
    )
    assert command.warnings(phones) == [said]


def test_domain_that_is_on_already_when_declared_with_the_same_caller_is_adopted_silently(base):
    command, phones = base.twilio.command(), sip_domain("other")
    command.preview(phones, domain_sid=base.domain, emergency_caller_sid=base.number)

    assert command.warnings(phones) == []
