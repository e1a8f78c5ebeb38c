"""The next step of a number, as one table: what Twilio shows, what is desired, what was done, what to do."""

from __future__ import annotations

import itertools

import pytest

from pulumi_twilio_emergency.core.model.status import STATUSES
from pulumi_twilio_emergency.core.rules.next_step import Memory, Step, next_step
from support.fake_twilio import number, sid

DESIRED, OURS, THEIRS = sid("AD", 1), sid("AD", 2), sid("AD", 3)
UNKNOWN_WORD = "registration-paused"
SIDS = {"no SID": None, "desired SID": DESIRED, "our SID": OURS, "their SID": THEIRS}
NOTHING, SUBMITTED, CLEARED_TWICE = Memory(), Memory(submitted=True), Memory(cleared=2)

DONE, CLEAR, SUBMIT, FAILED, LEAVE, STUCK = (
    Step.DONE, Step.CLEAR, Step.SUBMIT, Step.FAILED, Step.LEAVE, Step.STUCK,
)  # fmt: skip
REGISTERED, UNREGISTERED = Step.AWAIT_REGISTERED, Step.AWAIT_UNREGISTERED

# fmt: off
TO_AN_ADDRESS = {
    #                           no SID        desired SID   our SID       their SID
    "registered":              (UNREGISTERED, DONE,         CLEAR,        LEAVE),
    "pending-registration":    (SUBMIT,       REGISTERED,   CLEAR,        LEAVE),
    "registration-failure":    (SUBMIT,       CLEAR,        CLEAR,        LEAVE),
    "unregistered":            (SUBMIT,       SUBMIT,       CLEAR,        LEAVE),
    "pending-unregistration":  (UNREGISTERED, UNREGISTERED, UNREGISTERED, UNREGISTERED),
    "unregistration-failure":  (CLEAR,        CLEAR,        CLEAR,        LEAVE),
    None:                      (SUBMIT,       SUBMIT,       CLEAR,        LEAVE),
    UNKNOWN_WORD:              (SUBMIT,       REGISTERED,   CLEAR,        LEAVE),
}
AFTER_SUBMITTING = {
    #                           no SID        desired SID   our SID       their SID
    "registered":              (UNREGISTERED, DONE,         REGISTERED,   LEAVE),
    "pending-registration":    (REGISTERED,   REGISTERED,   REGISTERED,   LEAVE),
    "registration-failure":    (REGISTERED,   FAILED,       REGISTERED,   LEAVE),
    "unregistered":            (REGISTERED,   REGISTERED,   REGISTERED,   LEAVE),
    "pending-unregistration":  (UNREGISTERED, UNREGISTERED, UNREGISTERED, UNREGISTERED),
    "unregistration-failure":  (CLEAR,        FAILED,       REGISTERED,   LEAVE),
    None:                      (REGISTERED,   REGISTERED,   REGISTERED,   LEAVE),
    UNKNOWN_WORD:              (REGISTERED,   REGISTERED,   REGISTERED,   LEAVE),
}
AFTER_CLEARING_TWICE = {
    #                           no SID        desired SID   our SID       their SID
    "registered":              (UNREGISTERED, DONE,         UNREGISTERED, LEAVE),
    "pending-registration":    (SUBMIT,       REGISTERED,   STUCK,        LEAVE),
    "registration-failure":    (SUBMIT,       STUCK,        STUCK,        LEAVE),
    "unregistered":            (SUBMIT,       SUBMIT,       STUCK,        LEAVE),
    "pending-unregistration":  (UNREGISTERED, UNREGISTERED, UNREGISTERED, UNREGISTERED),
    "unregistration-failure":  (STUCK,        STUCK,        STUCK,        LEAVE),
    None:                      (SUBMIT,       SUBMIT,       STUCK,        LEAVE),
    UNKNOWN_WORD:              (SUBMIT,       REGISTERED,   STUCK,        LEAVE),
}
TO_NONE = {
    #                           no SID        (none)        our SID       their SID
    "registered":              (UNREGISTERED, None,         CLEAR,        LEAVE),
    "pending-registration":    (DONE,         None,         CLEAR,        LEAVE),
    "registration-failure":    (DONE,         None,         CLEAR,        LEAVE),
    "unregistered":            (DONE,         None,         CLEAR,        LEAVE),
    "pending-unregistration":  (UNREGISTERED, None,         UNREGISTERED, UNREGISTERED),
    "unregistration-failure":  (CLEAR,        None,         CLEAR,        LEAVE),
    None:                      (DONE,         None,         CLEAR,        LEAVE),
    UNKNOWN_WORD:              (DONE,         None,         CLEAR,        LEAVE),
}
# fmt: on
TABLES = {
    "to an address": (TO_AN_ADDRESS, DESIRED, NOTHING),
    "after submitting": (AFTER_SUBMITTING, DESIRED, SUBMITTED),
    "after clearing twice": (AFTER_CLEARING_TWICE, DESIRED, CLEARED_TWICE),
    "to none": (TO_NONE, None, NOTHING),
}
ROWS = [
    pytest.param(status, SIDS[place], desired, memory, step, id=f"{name}, {status}, {place}")
    for name, (table, desired, memory) in TABLES.items()
    for status, row in table.items()
    for place, step in zip(SIDS, row, strict=True)
    if step is not None
]
STATUS_WORDS = [*STATUSES, None, "", UNKNOWN_WORD]
MEMORIES = [
    Memory(submitted=submitted, cleared=cleared) for submitted in (False, True) for cleared in range(4)
]


@pytest.mark.parametrize(("status", "address_sid", "desired", "memory", "step"), ROWS)
def test_next_step_follows_from_state_and_memory(status, address_sid, desired, memory, step):
    assert next_step(number(address_sid=address_sid, status=status), desired, {OURS}, memory) is step


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_every_status(table):
    assert set(TABLES[table][0]) == {*STATUSES, None, UNKNOWN_WORD}


@pytest.mark.parametrize("status", STATUS_WORDS)
@pytest.mark.parametrize("desired", [DESIRED, None])
def test_invariants_hold_for_every_state_and_memory(desired, status):
    """Nothing is submitted over an address, nothing foreign is cleared, only registered is done."""
    for address_sid, memory in itertools.product(SIDS.values(), MEMORIES):
        seen = number(address_sid=address_sid, status=status)

        step = next_step(seen, desired, {OURS}, memory)

        held = status in {"registered", "pending-unregistration", "unregistration-failure"}
        done = (seen.covered and address_sid == desired) or (desired, address_sid) == (None, None)
        assert step is not SUBMIT or (address_sid in {None, desired} and not held and not memory.submitted)
        assert step is not CLEAR or (address_sid in {None, OURS, desired} and memory.cleared < 2)
        assert step is not CLEAR or not (seen.covered and address_sid == desired)
        assert step is not DONE or done
        assert step is next_step(seen, desired, {OURS}, memory), "it is pure"


@pytest.mark.parametrize("step", Step)
def test_only_the_two_awaiting_steps_wait(step):
    assert step.waits is step.name.startswith("AWAIT")
