"""What each of Twilio's words amounts to; only `registered` is coverage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_twilio_emergency.core.model.status import STATUSES, Phase, status_of
from support.fake_twilio import number, sid, unhurried

DOCUMENTED = {
    "registered": Phase.COVERED,
    "pending-registration": Phase.WAITING,
    "registration-failure": Phase.FAILED,
    "unregistered": Phase.UNCOVERED,
    "pending-unregistration": Phase.WAITING,
    "unregistration-failure": Phase.FAILED,
}


def test_six_documented_statuses_are_known():
    assert {name: status.phase for name, status in STATUSES.items()} == DOCUMENTED


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_status_says_what_it_means_and_what_to_do(name):
    status = status_of(name)

    assert status.name == name
    assert status.meaning.endswith(".")
    assert status.remedy.endswith(".")


@pytest.mark.parametrize("name", [None, ""])
def test_empty_status_is_unregistered(name):
    assert status_of(name) is STATUSES["unregistered"]


@unhurried
@given(st.text(min_size=1).filter(lambda name: name not in STATUSES))
def test_unknown_status_is_waited_on_and_never_counted_as_covered(name):
    status = status_of(name)

    assert status.name == name
    assert status.phase is Phase.WAITING
    assert "not covered" in status.meaning


@pytest.mark.parametrize("name", ["Registered", "registered ", "REGISTERED"])
def test_word_resembling_registered_is_not_coverage(name):
    assert status_of(name).phase is not Phase.COVERED


@pytest.mark.parametrize("name", [*DOCUMENTED, "", "something-new"])
@pytest.mark.parametrize("address_sid", [None, sid("AD", 1)])
def test_number_is_covered_only_when_registered_and_bound(name, address_sid):
    covered = number(address_sid=address_sid, status=name).covered

    assert covered is (name == "registered" and address_sid is not None)
