"""Which resource of a run holds which object of Twilio's."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.account.ownership import Claims
from support.fake_twilio import Crowd, sid

OLD, NEW, THIRD = (f"urn:pulumi:dev::site::Binding::{name}" for name in ("old", "new", "third"))
DESK, LOBBY = sid("PN", 1), sid("PN", 2)
HOME, ACROSS = sid("AD", 1), sid("AD", 2)


@pytest.fixture
def claims():
    return Claims()


def test_at_first_nobody_holds_anything(claims):
    assert claims.holder(DESK) is None
    assert claims.held() == set()
    assert claims.taken_from(OLD) == set()
    assert claims.left_at(HOME) == set()
    assert not claims.replaced_blindly(OLD)


def test_whoever_came_last_holds_it(claims):
    claims.hold(DESK, OLD)
    claims.hold(DESK, NEW)

    assert claims.holder(DESK) == NEW
    assert claims.held() == {DESK}


def test_what_is_released_is_nobodys(claims):
    claims.hold(DESK, OLD)
    claims.release(DESK, OLD)

    assert claims.holder(DESK) is None
    assert claims.held() == set()


def test_a_late_release_takes_nothing_from_the_new_holder(claims):
    claims.hold(DESK, OLD)
    claims.hold(DESK, NEW)
    claims.release(DESK, OLD)

    assert claims.holder(DESK) == NEW


def test_releasing_what_nobody_holds_is_nothing(claims):
    claims.release(DESK, OLD)

    assert claims.holder(DESK) is None


def test_what_is_held_cannot_be_changed_from_outside(claims):
    claims.hold(DESK, OLD)
    claims.held().clear()
    claims.taken_from(NEW).clear()

    assert claims.held() == {DESK}
    assert claims.taken_from(NEW) == {DESK}


def test_a_create_may_not_take_what_others_hold(claims):
    claims.hold(HOME, OLD)
    claims.hold(ACROSS, NEW)

    assert claims.taken_from(OLD) == {ACROSS}
    assert claims.taken_from(NEW) == {HOME}
    assert claims.taken_from(THIRD) == {HOME, ACROSS}


def test_a_replacement_may_not_take_the_one_it_replaces(claims):
    claims.seen_in_state(OLD, HOME)
    claims.hold(HOME, OLD)

    assert claims.taken_from(OLD) == {HOME}


def test_an_object_that_was_held_once_is_free_after_its_release(claims):
    claims.hold(HOME, OLD)
    claims.release(HOME, OLD)

    assert claims.taken_from(NEW) == set()


def test_what_is_in_anothers_state_alone_is_not_taken(claims):
    claims.seen_in_state(OLD, HOME)

    assert claims.taken_from(NEW) == set()


def test_a_replacement_is_blind_where_the_id_was_never_told(claims):
    claims.seen_in_state(OLD)

    assert claims.replaced_blindly(OLD)
    assert not claims.replaced_blindly(NEW)
    assert claims.taken_from(OLD) == set()


@pytest.mark.parametrize("ids", [(HOME,), (None, HOME), (HOME, None), ("", HOME), (HOME, "")])
def test_an_id_once_told_is_remembered(claims, ids):
    for id_ in ids:
        claims.seen_in_state(OLD, id_)

    assert not claims.replaced_blindly(OLD)
    assert claims.taken_from(OLD) == {HOME}


def test_the_latest_id_is_the_one_in_state(claims):
    claims.seen_in_state(OLD, HOME)
    claims.seen_in_state(OLD, ACROSS)

    assert claims.taken_from(OLD) == {ACROSS}


def test_numbers_that_were_left_are_known_by_their_address(claims):
    claims.leave(DESK, HOME)
    claims.leave(LOBBY, HOME)
    assert claims.left_at(HOME) == {DESK, LOBBY}

    claims.leave(LOBBY, ACROSS)
    assert (claims.left_at(HOME), claims.left_at(ACROSS)) == ({DESK}, {LOBBY})


def test_a_crowd_loses_no_claim(claims):
    def come_and_go(place):
        for each in range(50):
            claims.hold(sid("PN", place * 50 + each), f"urn:{place}")
            claims.held()
            claims.taken_from(OLD)

    crowd = Crowd()
    for place in range(20):
        crowd.send(come_and_go, place)

    assert crowd.outcomes() == [None] * 20
    assert len(claims.held()) == 1000
