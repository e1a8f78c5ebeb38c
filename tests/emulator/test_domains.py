"""SIP domains: two fields for emergencies, and the rest untouched."""

from __future__ import annotations

import pytest

from emulator.clients import refused


@pytest.fixture
def domain(emulator):
    return emulator.client.sip.domains.create(
        domain_name="scranton.sip.twilio.com",
        friendly_name="Scranton Office",
        voice_url="https://example.com/voice",
    )


def test_domain_is_created_listed_and_deleted(emulator, domain):
    assert [each.sid for each in emulator.client.sip.domains.list()] == [domain.sid]
    assert (domain.emergency_calling_enabled, domain.emergency_caller_sid) == (False, None)
    assert domain.delete()
    with refused(20404, 404):
        domain.fetch()


@pytest.mark.parametrize(
    "name", ["", "scranton.example.com", "a.b.sip.twilio.com", "sip.twilio.com", "a_b.sip.twilio.com"]
)
def test_domains_name_is_under_sip_twilio_com(emulator, name):
    with refused(21232):
        emulator.client.sip.domains.create(domain_name=name)


@pytest.mark.parametrize("enabled", [True, False])
def test_emergency_calling_is_switched_and_nothing_else_changes(emulator, domain, enabled):
    before = emulator.world.domain(domain.sid)

    domain.update(emergency_calling_enabled=enabled)

    after = emulator.world.domain(domain.sid)
    assert after == {**before, "emergency_calling_enabled": enabled}


def test_empty_caller_clears_it_and_an_absent_one_does_not(emulator, domain):
    domain.update(emergency_caller_sid=emulator.bound())

    assert domain.update(emergency_calling_enabled=True).emergency_caller_sid
    assert domain.update(emergency_caller_sid="").emergency_caller_sid is None


def test_caller_has_a_registered_address(emulator, domain):
    with refused(21231):
        domain.update(emergency_caller_sid=emulator.number())


def test_caller_is_a_number_of_the_account(emulator, domain):
    other = emulator.world.add_account()

    with refused(21231):
        domain.update(emergency_caller_sid=emulator.number(account_sid=other.sid))


def test_domain_that_is_refused_is_not_there(emulator):
    with refused(21231):
        emulator.client.sip.domains.create(domain_name="scranton.sip.twilio.com", emergency_caller_sid="PN0")

    assert emulator.world.domains() == []


def test_change_in_the_console_is_read_back(emulator, domain):
    emulator.world.set_domain(domain.sid, emergency_calling_enabled=True, friendly_name="Somebody else's")

    read = domain.fetch()

    assert (read.emergency_calling_enabled, read.friendly_name) == (True, "Somebody else's")
    assert emulator.world.history[-1].by == "others"
