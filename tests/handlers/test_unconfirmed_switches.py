"""A SIP domain whose change was sent and could not be confirmed: state has it, and nothing says it was not changed."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.handlers.results import NotReady
from support.handler_commands import binding, sip_domain
from twilio_emulator import Fault


def test_created_switch_that_cannot_be_confirmed_is_kept_in_state(base):
    twilio, phones = base.twilio, sip_domain("lobby-phones")
    domain = twilio.world.add_domain("lobby.sip.twilio.com")
    twilio.faults.add(Fault("401", path=domain, method="GET", at=2))

    with pytest.raises(NotReady, match="was sent and could not be confirmed") as stop:
        twilio.command().up(phones, domain_sid=domain, emergency_caller_sid=base.number)

    assert "No registration was changed" not in str(stop.value)
    assert twilio.world.domain(domain)["emergency_calling_enabled"]
    assert phones.id == domain
    twilio.command().delete(phones)
    assert not twilio.world.domain(domain)["emergency_calling_enabled"]


def test_changed_caller_that_cannot_be_confirmed_is_in_state(base):
    twilio, lobby = base.twilio, binding("lobby")
    number = twilio.world.add_number("+14155550101")
    twilio.command().up(lobby, number_sid=number, address_sid=base.office.id)
    twilio.faults.add(Fault("401", path=base.domain, method="GET", at=2))

    with pytest.raises(NotReady, match="was sent and could not be confirmed"):
        twilio.command().up(base.phones, domain_sid=base.domain, emergency_caller_sid=number)

    assert twilio.world.domain(base.domain)["emergency_caller_sid"] == number
    assert base.phones.outputs["emergency_caller_sid"] == number
    plan = twilio.command().up(base.phones, domain_sid=base.domain, emergency_caller_sid=number)
    assert plan == "same"
