"""Deletes that Pulumi sends together, since nothing in the program says that one relies on the other."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.model.problem import EmergencyError


@pytest.fixture
def meanwhile(base, monkeypatch):
    """Return what has something done while a call waits: once, or never."""

    def arrange(work):
        waiting = [work]

        def sleep(seconds):
            base.twilio.clock.advance(seconds)
            if waiting:
                waiting.pop()()

        monkeypatch.setattr(base.twilio.clock, "sleep", sleep)
        return waiting

    return arrange


def test_binding_waits_for_the_domain_that_is_deleted_with_it(base, meanwhile):
    command = base.twilio.command()
    command.run.ownership.begin_delete(base.domain)
    meanwhile(lambda: command.delete(base.phones))

    command.delete(base.desk)
    command.delete(base.office)

    assert base.is_taken_down()


def test_binding_waits_for_a_domain_whose_delete_begins_a_moment_later(base, meanwhile):
    command = base.twilio.command()
    meanwhile(lambda: command.delete(base.phones))

    command.delete(base.desk)

    assert base.twilio.coverage(base.number) == (None, "unregistered")


def test_address_waits_for_the_binding_that_is_deleted_with_it(base, meanwhile):
    command = base.twilio.command()
    command.delete(base.phones)
    meanwhile(lambda: command.delete(base.desk))

    command.delete(base.office)

    assert base.is_taken_down()


@pytest.mark.parametrize("name", ["desk", "office"])
def test_what_stays_in_use_is_refused_after_a_moment(base, name):
    """The domain, or the number, is not deleted."""
    command, began = base.twilio.command(), base.twilio.clock.monotonic()
    with pytest.raises(EmergencyError, match=r"emergency caller of|still the emergency address of"):
        command.delete(getattr(base, name))

    assert base.twilio.clock.monotonic() - began < 5
    assert base.is_in_force()


def test_delete_of_the_user_that_has_failed_is_waited_for_no_longer(base):
    """What relies on the object has ended its delete, and is there still."""
    command = base.twilio.command()
    command.run.ownership.begin_delete(base.domain)
    command.run.ownership.end_delete(base.domain)
    with pytest.raises(EmergencyError, match="--continue-on-error"):
        command.delete(base.desk)

    assert base.is_in_force()
