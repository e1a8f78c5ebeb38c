"""The next step on a number's way, as one table: what is there, what is wanted, what to do."""

from __future__ import annotations

import itertools

import pytest

from pulumi_twilio_emergency.core.operations.binding import Step, next_step
from pulumi_twilio_emergency.core.model.status import STATUSES
from support.fake_twilio import number, sid

WANTED, OTHER = sid("AD", 1), sid("AD", 2)
UNKNOWN_WORD = "registration-paused"
PLACES = {"no SID": None, "wanted SID": WANTED, "other SID": OTHER}

DONE, CLEAR, SUBMIT = Step.DONE, Step.CLEAR, Step.SUBMIT
REGISTERED, UNREGISTERED = Step.AWAIT_REGISTERED, Step.AWAIT_UNREGISTERED

# fmt: off
TO_AN_ADDRESS = {
    #                           no SID        wanted SID    other SID
    "registered":              (UNREGISTERED, DONE,         CLEAR),
    "pending-registration":    (SUBMIT,       REGISTERED,   CLEAR),
    "registration-failure":    (SUBMIT,       CLEAR,        CLEAR),
    "unregistered":            (SUBMIT,       SUBMIT,       CLEAR),
    "pending-unregistration":  (UNREGISTERED, UNREGISTERED, UNREGISTERED),
    "unregistration-failure":  (CLEAR,        CLEAR,        CLEAR),
    None:                      (SUBMIT,       SUBMIT,       CLEAR),
    UNKNOWN_WORD:              (SUBMIT,       REGISTERED,   CLEAR),
}
TO_NONE = {
    #                           no SID        any SID
    "registered":              (UNREGISTERED, CLEAR),
    "pending-registration":    (DONE,         CLEAR),
    "registration-failure":    (DONE,         CLEAR),
    "unregistered":            (DONE,         CLEAR),
    "pending-unregistration":  (UNREGISTERED, UNREGISTERED),
    "unregistration-failure":  (CLEAR,        CLEAR),
    None:                      (DONE,         CLEAR),
    UNKNOWN_WORD:              (DONE,         CLEAR),
}
# fmt: on

TABLE = [
    *[
        (status, place, WANTED, step)
        for status, row in TO_AN_ADDRESS.items()
        for place, step in zip(PLACES, row, strict=True)
    ],
    *[
        (status, place, None, row[place != "no SID"])
        for status, row in TO_NONE.items()
        for place in ("no SID", "other SID")
    ],
]


@pytest.mark.parametrize(("status", "place", "wanted", "step"), TABLE)
def test_the_next_step_follows_from_the_number_alone(status, place, wanted, step):
    assert next_step(number(address_sid=PLACES[place], status=status), wanted) is step


def test_the_table_has_every_status():
    assert set(TO_AN_ADDRESS) == set(TO_NONE) == {*STATUSES, None, UNKNOWN_WORD}


@pytest.mark.parametrize("address_sid", PLACES.values())
@pytest.mark.parametrize("wanted", [None, WANTED])
def test_an_empty_status_is_no_status(address_sid, wanted):
    assert next_step(number(address_sid=address_sid, status=""), wanted) is next_step(
        number(address_sid=address_sid, status=None), wanted
    )


@pytest.mark.parametrize(("status", "address_sid"), [*itertools.product(TO_AN_ADDRESS, PLACES.values())])
def test_nothing_is_submitted_while_the_emergency_service_may_hold_an_address(status, address_sid):
    held = address_sid == OTHER or status in {
        "registered",
        "pending-unregistration",
        "unregistration-failure",
    }

    step = next_step(number(address_sid=address_sid, status=status), WANTED)

    assert step is not SUBMIT or not held


@pytest.mark.parametrize(("status", "address_sid"), [*itertools.product(TO_AN_ADDRESS, PLACES.values())])
def test_only_a_registered_number_at_its_address_is_done(status, address_sid):
    step = next_step(number(address_sid=address_sid, status=status), WANTED)

    assert (step is DONE) == (status == "registered" and address_sid == WANTED)


@pytest.mark.parametrize(("status", "address_sid"), [*itertools.product(TO_AN_ADDRESS, [WANTED, OTHER])])
def test_a_number_with_an_address_is_never_free_of_it(status, address_sid):
    assert next_step(number(address_sid=address_sid, status=status), None) in {CLEAR, UNREGISTERED}
