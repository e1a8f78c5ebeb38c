"""What a stack has set at Twilio, as evidence after a kill: what counts, and what does not."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.account.submissions import NONE, MemorySubmissionRecord, Submissions

URN = "urn:pulumi:dev::voice::pulumi-python:dynamic/twilio:NumberEmergencyBinding::desk"
DESK, LOBBY, OFFICE, BRANCH, OFFICE_BEFORE = "PN1", "PN2", "AD1", "AD2", "AD0"


@pytest.fixture
def record():
    return MemorySubmissionRecord()


@pytest.fixture
def submissions(record):
    return Submissions(record, URN, OFFICE_BEFORE)


def test_submission_counts_for_the_same_object_and_value_alone(submissions):
    submissions.note(DESK, OFFICE)

    assert submissions.has(DESK, OFFICE)
    assert not submissions.has(DESK, BRANCH)
    assert not submissions.has(LOBBY, OFFICE)


def test_submission_counts_for_every_resource_of_the_stack(submissions, record):
    submissions.note(DESK, OFFICE)

    assert Submissions(record, URN.replace("desk", "front-desk"), OFFICE_BEFORE).has(DESK, OFFICE)


@pytest.mark.parametrize("other", [URN.replace("dev", "prod"), URN.replace("voice", "shop"), ""])
def test_submission_of_another_stack_is_no_evidence(submissions, record, other):
    submissions.note(DESK, OFFICE)

    assert not Submissions(record, other, OFFICE_BEFORE).has(DESK, OFFICE)


def test_submission_counts_until_another_one_follows(submissions):
    """Whoever has put the number back to the earlier address, it was not this stack."""
    submissions.note(DESK, OFFICE)
    submissions.note(DESK, BRANCH)

    assert not submissions.has(DESK, OFFICE)
    assert submissions.has(DESK, BRANCH)


def test_submission_counts_again_when_the_next_one_is_refused(submissions):
    submissions.note(DESK, OFFICE)
    submissions.note(DESK, BRANCH)
    submissions.withdraw(DESK, BRANCH)

    assert submissions.has(DESK, OFFICE)


@pytest.mark.parametrize("in_state", [OFFICE, BRANCH, None])
def test_submission_is_no_evidence_once_state_has_moved_on(submissions, record, in_state):
    """The checkpoint was written after all, or another machine has changed it since."""
    submissions.note(DESK, OFFICE)

    assert not Submissions(record, URN, in_state).has(DESK, OFFICE)


def test_submission_of_a_resource_that_is_not_in_state_counts_while_it_is_not(record):
    Submissions(record, URN, None).note(DESK, OFFICE)

    assert Submissions(record, URN, None).has(DESK, OFFICE)
    assert not Submissions(record, URN, BRANCH).has(DESK, OFFICE)


def test_refused_submission_is_no_evidence_until_it_is_sent_again(submissions):
    submissions.note(DESK, OFFICE)
    submissions.withdraw(DESK, OFFICE)
    assert not submissions.has(DESK, OFFICE)

    submissions.note(DESK, OFFICE)
    assert submissions.has(DESK, OFFICE)


@pytest.mark.parametrize("before", [OFFICE_BEFORE, None])
def test_last_submission_counts_for_an_object_that_is_in_state_elsewhere(record, before):
    """A resource was renamed: what state says of its object is under the old name, and is not shown."""
    Submissions(record, URN, before).note(DESK, OFFICE)
    renamed = Submissions(record, URN.replace("desk", "front-desk"), None)

    assert renamed.has_last(DESK, OFFICE)
    assert not renamed.has_last(DESK, BRANCH)
    assert not renamed.has_last(LOBBY, OFFICE)


def test_submission_before_the_last_does_not_count(submissions, record):
    submissions.note(DESK, OFFICE)
    submissions.note(DESK, BRANCH)
    assert not submissions.has_last(DESK, OFFICE)

    submissions.withdraw(DESK, BRANCH)
    assert submissions.has_last(DESK, OFFICE)


def test_cleared_value_is_recorded_too(submissions, record):
    submissions.note(DESK, None)

    assert submissions.has(DESK, None)
    assert [entry["value"] for entry in record.entries()] == [NONE]


def test_resource_whose_stack_is_not_shown_records_nothing(record):
    Submissions(record, "", None).note(DESK, OFFICE)

    assert list(record.entries()) == []
