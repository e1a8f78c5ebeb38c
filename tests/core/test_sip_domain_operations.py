"""Switching a SIP domain's emergency calling: what differs is sent, and what is shown is confirmed."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.account.account import Account
from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord, Submissions
from pulumi_twilio_emergency.core.model.problem import (
    EmergencyError,
    InterruptedBeforeChange,
    Refused,
    Unconfirmed,
)
from pulumi_twilio_emergency.core.operations.sip_domain import DesiredEmergencyCalling, switch, switch_off
from pulumi_twilio_emergency.core.ports import GatewayError
from support.fake_twilio import FakeTwilio, Fault, domain, number, sid

SITE, DESK, LOBBY = sid("SD", 1), sid("PN", 1), sid("PN", 2)
OFF = DesiredEmergencyCalling(SITE, enabled=False, caller_sid=None)


class Site:
    """One SIP domain, and two numbers that may be its caller."""

    def __init__(self, caller_sid=None, *, enabled=False, desk="registered", unsafe=False):
        self.twilio = FakeTwilio(number(1, sid("AD", 1), desk), number(2, sid("AD", 2), "registered"))
        self.twilio.with_domains(domain(1, caller_sid, enabled=enabled))
        self.clock = self.twilio.clock
        self.account = Account(self.twilio, self.clock, unsafe=unsafe)

    def switch(self, *, enabled=True, caller_sid=DESK, seconds=60.0, is_new=False):
        desired = DesiredEmergencyCalling(SITE, enabled, caller_sid, is_new=is_new)
        return switch(self.account, desired, self.account.deadline(seconds))

    @property
    def now(self):
        return self.twilio.domains_by_sid[SITE]

    @property
    def state(self):
        return self.now.emergency_calling_enabled, self.now.emergency_caller_sid


@pytest.mark.parametrize(
    ("before", "desired", "sent"),
    [
        ((False, None), (True, DESK), [("domain", SITE, True, DESK)]),
        ((True, LOBBY), (True, DESK), [("domain", SITE, None, DESK)]),
        ((False, DESK), (True, DESK), [("domain", SITE, True, None)]),
        ((True, DESK), (False, None), [("domain", SITE, False, "")]),
        ((True, DESK), (True, None), [("domain", SITE, None, "")]),
        ((True, DESK), (True, DESK), []),
        ((False, None), (False, None), []),
    ],
)
def test_only_what_differs_is_sent(before, desired, sent):
    site = Site(before[1], enabled=before[0])

    shown = site.switch(enabled=desired[0], caller_sid=desired[1])

    assert site.twilio.writes == sent
    assert site.state == desired
    assert shown == site.now
    assert {each.scope.deadline for each in site.twilio.log} == {1_060.0}


@pytest.mark.parametrize("desk", ["pending-registration", "registration-failure", "unregistered"])
def test_caller_that_is_not_registered_is_refused(desk):
    site = Site(desk=desk)

    with pytest.raises(Refused, match="cannot be the emergency caller"):
        site.switch()

    assert site.twilio.writes == []


def test_caller_that_is_there_already_has_to_be_registered_where_state_does_not_know_of_it():
    site = Site(DESK, enabled=True, desk="unregistered")

    with pytest.raises(Refused, match="cannot be the emergency caller"):
        site.switch(is_new=True)

    assert site.switch() == site.now
    assert site.twilio.writes == []


def test_caller_of_a_domain_that_is_switched_off_is_not_looked_at():
    site = Site(DESK, enabled=True, desk="registration-failure")

    site.switch(enabled=False)

    assert site.state == (False, DESK)


def test_override_leaves_the_caller_to_twilio():
    with pytest.raises(GatewayError):
        Site(desk="unregistered", unsafe=True).switch()


def test_domain_list_from_before_the_change_is_not_believed():
    site = Site()
    site.account.domains.fresh()

    site.switch()

    assert site.account.domains.recent(60)[0].emergency_calling_enabled


def lagging(site, seconds):
    before, real = site.now, site.twilio.domain

    def fetch(domain_sid):
        seen = real(domain_sid)
        return before if site.clock.now < 1_000 + seconds else seen

    site.twilio.domain = fetch


def test_late_fetch_is_waited_for():
    site = Site()
    lagging(site, 5)

    assert site.switch().emergency_calling_enabled


@pytest.mark.parametrize(("seconds", "latest"), [(60, 1_010), (4, 1_004)])
def test_change_that_is_not_shown_is_unconfirmed(seconds, latest):
    site = Site()
    lagging(site, 1e9)

    with pytest.raises(Unconfirmed) as unconfirmed:
        site.switch(seconds=seconds)

    assert unconfirmed.value.problem.what == (
        "The change of site1.sip.twilio.com was sent and is not shown by Twilio; the last look showed emergency "
        "calling off with caller none."
    )
    assert site.clock.now <= latest


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST_BEFORE, Fault.TOO_MANY, Fault.NOT_FOUND])
def test_confirmation_that_fails_in_passing_is_repeated(fault):
    site = Site()
    site.twilio.faults[4] = fault

    assert site.switch().emergency_calling_enabled


@pytest.mark.parametrize("answer", [None, Fault.LOST_AFTER], ids=["answered", "lost"])
@pytest.mark.parametrize(
    ("fault", "said", "seconds"),
    [
        (Fault.UNAVAILABLE, "no usable answer from Twilio (20503): unavailable.", 10),
        (Fault.NOT_FOUND, "Twilio refused (20404): was not found.", 10),
        (Fault.UNAUTHORIZED, "Twilio does not accept the credentials any more (401).", 0),
        (Fault.REFUSED, "Twilio refused (20422): Invalid parameter.", 0),
    ],
)
def test_change_whose_confirmation_fails_for_good_is_unconfirmed(fault, said, seconds, answer):
    """The domain is on by then. What waiting cannot cure is said at once."""
    site = Site()
    site.twilio.lasting_fault = (4, fault)
    site.twilio.faults[3] = answer

    with pytest.raises(Unconfirmed) as unconfirmed:
        site.switch()

    assert site.state == (True, DESK)
    problem = unconfirmed.value.problem
    assert problem.what == f"The change of site1.sip.twilio.com was sent and could not be confirmed: {said}"
    assert problem.meaning == "What an emergency call from this domain would do now is not certain."
    assert problem.remedy.startswith("Correct the credentials") is (fault is Fault.UNAUTHORIZED)
    assert site.clock.now - 1_000 <= seconds
    assert (site.clock.now > 1_000) is (seconds > 0)


def test_last_look_that_could_be_read_is_told_beside_the_error_of_a_later_one():
    site = Site()
    lagging(site, 1e9)
    site.twilio.lasting_fault = (5, Fault.UNAUTHORIZED)

    with pytest.raises(Unconfirmed) as unconfirmed:
        site.switch()

    assert unconfirmed.value.problem.what.endswith(
        "any more (401). Before that, the last look showed emergency calling off with caller none."
    )


def test_lost_answer_that_took_effect_is_a_success():
    site = Site()
    site.twilio.faults[3] = Fault.LOST_AFTER

    assert site.switch() == site.now
    assert site.state == (True, DESK)


def test_lost_request_without_effect_is_raised_as_it_is():
    site = Site()
    site.twilio.faults[3] = Fault.LOST_BEFORE

    with pytest.raises(GatewayError) as error:
        site.switch()

    assert error.value.outcome_unknown


@pytest.mark.parametrize("place", [1, 2, 3])
def test_interruption_before_the_write_changes_nothing(place):
    site = Site()
    site.twilio.faults[place] = Fault.INTERRUPTED

    with pytest.raises(InterruptedBeforeChange) as interrupted:
        site.switch()

    assert "what they did before" in interrupted.value.problem.meaning
    assert site.twilio.writes == []


def test_change_that_was_sent_and_interrupted_is_looked_at():
    site = Site()
    site.twilio.faults[3] = Fault.SENT_AND_INTERRUPTED

    assert site.switch() == site.now
    assert site.state == (True, DESK)


def test_interruption_of_the_confirmation_is_unconfirmed():
    site = Site()
    lagging(site, 1e9)
    site.twilio.faults[4] = Fault.INTERRUPTED

    with pytest.raises(
        Unconfirmed, match=r"^Interrupted after the change of .* was sent, before it was confirmed; "
    ):
        site.switch()


def test_interruption_before_any_look_could_be_read_says_so():
    site = Site()
    site.twilio.faults[4] = Fault.UNAVAILABLE
    site.twilio.events[4] = lambda: setattr(site.clock, "interrupted", True)

    with pytest.raises(Unconfirmed, match="; the last look showed nothing that could be read"):
        site.switch()


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("place", range(1, 6))
def test_second_run_converges_whatever_happened_to_one_request(place, fault):
    site = Site()
    site.twilio.faults[place] = fault
    try:
        shown = site.switch()
    except (EmergencyError, GatewayError) as error:
        if isinstance(error, Refused) or (isinstance(error, GatewayError) and not error.outcome_unknown):
            assert site.state == (False, None), "what says that nothing was changed is true"
    else:
        assert shown == site.now
        assert site.state == (True, DESK)

    site.twilio.faults, site.clock.interrupted = {}, False
    site.switch()
    assert site.state == (True, DESK)


def test_switching_off_clears_both():
    site = Site(DESK, enabled=True)

    switch_off(site.account, OFF, site.account.deadline(60))

    assert site.state == (False, None)


def test_switching_off_a_domain_that_is_gone_is_done():
    site = Site()
    site.twilio.domains_by_sid.clear()

    switch_off(site.account, OFF, site.account.deadline(60))


def test_switching_off_a_domain_that_goes_meanwhile_is_done():
    site = Site(DESK, enabled=True)
    site.twilio.events[3] = site.twilio.domains_by_sid.clear

    switch_off(site.account, OFF, site.account.deadline(60))


def test_switching_off_that_cannot_be_confirmed_is_unconfirmed():
    site = Site(DESK, enabled=True)
    site.twilio.lasting_fault = (3, Fault.UNAUTHORIZED)

    with pytest.raises(Unconfirmed):
        switch_off(site.account, OFF, site.account.deadline(60))


def test_switching_off_raises_other_errors():
    site = Site(DESK, enabled=True)
    site.twilio.faults[1] = Fault.UNAUTHORIZED

    with pytest.raises(GatewayError):
        switch_off(site.account, OFF, site.account.deadline(60))


def test_domain_of_others_is_refused_and_stays_as_it_is():
    site = Site(DESK, enabled=True)
    desired = DesiredEmergencyCalling(SITE, enabled=True, caller_sid=LOBBY, is_ours=lambda _: False)

    with pytest.raises(Refused, match="which this stack did not set"):
        switch(site.account, desired, site.account.deadline(60))

    assert site.state == (True, DESK)


def test_domain_of_others_is_not_switched_off():
    site = Site(DESK, enabled=True)
    off = DesiredEmergencyCalling(SITE, enabled=False, caller_sid=None, is_ours=lambda _: False)

    with pytest.raises(Refused, match="which this stack did not set"):
        switch_off(site.account, off, site.account.deadline(60))

    assert site.state == (True, DESK)


@pytest.mark.parametrize(("caller", "enabled"), [(DESK, False), (None, True)])
def test_domain_that_is_off_or_without_a_caller_is_of_nobody(caller, enabled):
    site = Site(caller, enabled=enabled)
    desired = DesiredEmergencyCalling(SITE, enabled=True, caller_sid=LOBBY, is_ours=lambda _: False)
    switch(site.account, desired, site.account.deadline(60))

    assert site.state == (True, LOBBY)


def recorded_change():
    """Return a change of the caller, and what records it."""
    submissions = Submissions(MemorySubmissionRecord(), "urn:pulumi:dev::voice::t::phones", DESK)
    desired = DesiredEmergencyCalling(SITE, enabled=True, caller_sid=LOBBY, submissions=submissions)
    return desired, submissions


def test_caller_is_recorded_before_it_is_sent_and_withdrawn_when_refused():
    site = Site(DESK, enabled=True)
    desired, submissions = recorded_change()
    site.twilio.faults[3] = Fault.REFUSED

    with pytest.raises(GatewayError):
        switch(site.account, desired, site.account.deadline(60))
    assert not submissions.has(SITE, LOBBY)

    switch(site.account, desired, site.account.deadline(60))
    assert submissions.has(SITE, LOBBY)


def test_caller_that_was_not_sent_because_of_an_interruption_is_withdrawn():
    site = Site(DESK, enabled=True)
    desired, submissions = recorded_change()
    site.twilio.faults[3] = Fault.INTERRUPTED

    with pytest.raises(InterruptedBeforeChange):
        switch(site.account, desired, site.account.deadline(60))

    assert not submissions.has(SITE, LOBBY)
