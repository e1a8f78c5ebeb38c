"""Binding and unbinding a number: the order of requests, and the truth of what is said when it stops."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from pulumi_twilio_emergency.core.account.account import Account
from pulumi_twilio_emergency.core.model.problem import (
    EmergencyError,
    InterruptedBeforeChange,
    Refused,
    RolledBack,
    StillInUse,
    Unfinished,
)
from pulumi_twilio_emergency.core.operations import binding_texts
from pulumi_twilio_emergency.core.operations.binding import DesiredBinding, bind, unbind
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted, NotSent
from pulumi_twilio_emergency.core.request_scope import Urgency
from pulumi_twilio_emergency.twilio_gateway.errors import FinalError
from support.fake_twilio import FakeTwilio, Fault, domain, number, record, sid

DESK = sid("PN", 1)
OLD, NEW, THEIRS = sid("AD", 1), sid("AD", 2), sid("AD", 3)
MINUTES = 60.0


class Desk:
    """One number at Twilio, and the calls about it."""

    def __init__(self, address_sid=None, status="unregistered", *, unsafe=False, **fields):
        self.twilio = FakeTwilio(number(1, address_sid, status, **fields))
        self.twilio.with_addresses(record(1), record(2), record(3))
        self.clock = self.twilio.clock
        self.account = Account(self.twilio, self.clock, unsafe=unsafe)
        self.progress = []

    def bind(self, address_sid=NEW, *, seconds=30 * MINUTES, **more):
        desired = DesiredBinding(DESK, address_sid, **more)
        return bind(self.account, desired, self.account.deadline(seconds, self.progress.append))

    def unbind(self, *ours, seconds=30 * MINUTES, **more):
        return unbind(self.account, DESK, frozenset(ours), self.account.deadline(seconds), **more)

    @property
    def now(self):
        """The number as it truly is."""
        self.twilio._settle()
        return self.twilio.truth[DESK]

    @property
    def writes(self):
        return [(before, after) for _, before, after in self.twilio.writes]

    @property
    def requests(self):
        return [each.what for each in self.twilio.log]


def registered(address_sid=OLD, **more):
    return Desk(address_sid, "registered", **more)


def parts_of(error):
    lines = [error.problem.what, error.problem.meaning, error.problem.remedy]
    assert all(line.endswith(".") for line in lines), lines
    assert "None" not in str(error)
    return lines


# The plain course


def test_create_costs_three_requests_and_looks():
    desk = Desk()
    desk.twilio.takes = 0.5
    desk.account.remember(record(2))

    result = desk.bind()

    assert result.number.covered
    assert (result.changed, result.uncovered_seconds) == (True, 0.0)
    assert result.registered_at == desk.clock.time()
    assert desk.requests == [DESK, f"{DESK} -> {NEW}", DESK]  # fetch, POST, one look


def test_change_clears_waits_submits_waits():
    desk = registered()

    result = desk.bind(ours=frozenset({OLD}))

    assert desk.writes == [(OLD, None), (None, NEW)]
    assert desk.now.emergency_address_sid == NEW
    assert desk.now.covered
    assert 10 <= result.uncovered_seconds <= 20


def test_number_that_is_registered_already_costs_one_fetch():
    desk = registered(NEW)
    desk.account.remember(record(2))

    result = desk.bind()

    assert (result.changed, result.uncovered_seconds, desk.requests) == (False, 0.0, [DESK])
    assert result.registered_at == desk.clock.time()


def test_registration_under_way_is_waited_for():
    desk = Desk(NEW, "pending-registration")
    desk.twilio.events[3] = lambda: desk.twilio.set(DESK, "registered")

    assert desk.bind().changed is False
    assert desk.writes == []


def test_without_waiting_the_call_ends_when_submitted():
    desk = Desk()

    result = desk.bind(wait=False)

    assert result.number.emergency_address_status == "pending-registration"
    assert (result.registered_at, result.changed) == (None, True)
    assert desk.clock.slept == []


def test_without_waiting_a_registration_under_way_is_left_alone():
    desk = Desk(NEW, "pending-registration")
    desk.account.remember(record(2))

    assert desk.bind(wait=False).registered_at is None
    assert desk.requests == [DESK]


def test_without_waiting_a_registration_that_is_there_at_once_is_confirmed():
    desk = Desk()
    desk.account.remember(record(2))
    submitted = desk.twilio._register
    desk.twilio._register = lambda was, address_sid: (
        submitted(was, address_sid),
        desk.twilio.set(DESK, "registered"),
    )

    assert desk.bind(wait=False).registered_at is not None
    assert desk.requests == [DESK, f"{DESK} -> {NEW}", DESK]


def test_failed_registration_of_an_earlier_run_is_cleared_first():
    desk = Desk(NEW, "registration-failure")

    result = desk.bind()

    assert desk.writes == [(NEW, None), (None, NEW)]
    assert result.uncovered_seconds == 0.0


def test_unregistration_that_failed_is_tried_again():
    desk = Desk(None, "unregistration-failure")

    assert desk.bind().number.covered
    assert desk.writes == [(None, None), (None, NEW)]


def test_gap_of_an_earlier_run_counts():
    desk = Desk()

    result = desk.bind(uncovered_since=desk.clock.time() - 100)

    assert 105 <= result.uncovered_seconds <= 110


@pytest.mark.parametrize("set_back", [3600.0, 1e9])
def test_clock_that_is_set_back_makes_no_negative_gap(set_back):
    desk = registered()
    since = desk.clock.time() + set_back

    def set_the_clock_back():
        desk.clock.wall -= set_back

    desk.twilio.events[3] = set_the_clock_back
    assert 0 <= desk.bind(ours=frozenset({OLD})).uncovered_seconds <= 20

    other = Desk()
    assert 0 <= other.bind(uncovered_since=since).uncovered_seconds <= 10


def test_progress_is_reported_while_waiting():
    desk = Desk()

    desk.bind()

    assert {each.number.emergency_address_status for each in desk.progress} == {"pending-registration"}


# Who goes first


def test_requests_of_an_uncovered_number_go_first():
    desk = registered()

    desk.bind(ours=frozenset({OLD}))

    urgencies = [(each.what, each.scope.urgency) for each in desk.twilio.log]
    clear = urgencies.index((f"{DESK} -> None", Urgency.ENTERING_GAP))
    assert {urgency for _, urgency in urgencies[:clear]} == {Urgency.ORDINARY}
    assert {urgency for _, urgency in urgencies[clear + 1 :]} == {Urgency.LEAVING_GAP}


def test_unbinding_hurries_nobody():
    desk = registered()

    desk.unbind(OLD)

    assert {each.scope.urgency for each in desk.twilio.log if not each.write} == {Urgency.ORDINARY}


@pytest.mark.parametrize(
    "call", [lambda desk: desk.bind(seconds=77), lambda desk: desk.unbind(OLD, seconds=77)]
)
def test_every_request_knows_the_deadline(call):
    desk = registered(NEW)

    call(desk)

    assert {each.scope.deadline for each in desk.twilio.log} == {1_000.0 + 77}


# Guards


@pytest.mark.parametrize(
    ("desk", "how", "said"),
    [
        pytest.param(registered(THEIRS), {}, "is bound to another address", id="theirs"),
        pytest.param(Desk(THEIRS, "pending-registration"), {}, "another address", id="theirs, pending"),
        pytest.param(Desk(voice=False), {}, "no voice capability", id="no voice"),
        pytest.param(Desk(phone_number="+14165550100"), {}, "is", id="another country"),
    ],
)
def test_guard_speaks_before_anything_is_written(desk, how, said):
    with pytest.raises(Refused) as refused:
        desk.bind(**how)

    assert said in refused.value.problem.what
    assert desk.writes == []


@pytest.mark.parametrize(
    ("how", "unsafe"),
    [
        pytest.param({"take_over": True}, False, id="take_over"),
        pytest.param({"ours": frozenset({THEIRS})}, False, id="ours"),
        pytest.param({"previous": THEIRS}, False, id="previous"),
        pytest.param({"is_ours": lambda address_sid: address_sid == THEIRS}, False, id="proven ours"),
        pytest.param({}, True, id="override"),
    ],
)
def test_address_that_may_be_let_go_is_cleared(how, unsafe):
    desk = registered(THEIRS, unsafe=unsafe)

    assert desk.bind(**how).number.covered
    assert desk.writes == [(THEIRS, None), (None, NEW)]


def test_whether_an_address_is_ours_is_asked_only_of_a_stranger():
    asked = []

    for desk in (Desk(), registered(NEW), registered(OLD)):
        desk.bind(ours=frozenset({OLD}), is_ours=asked.append)
    with pytest.raises(Refused):
        registered(THEIRS).bind(is_ours=asked.append)

    assert asked == [THEIRS]


def test_address_of_others_on_its_way_out_is_waited_for():
    desk = Desk(None, "pending-unregistration")
    desk.twilio.truth[DESK] = replace(desk.now, emergency_address_sid=THEIRS)
    desk.twilio.events[5] = lambda: desk.twilio.set(DESK, "unregistered", emergency_address_sid=None)

    assert desk.bind().number.covered
    assert desk.writes == [(None, NEW)]


# Somebody else binds the number while we wait


def console_binds(desk, address_sid, status="registered"):
    def act():
        desk.twilio.set(DESK, status, emergency_address_sid=address_sid)

    return act


@pytest.mark.parametrize(
    ("start", "place"),
    # Between the fetch and the clear of a change nobody can tell: Twilio has no conditional write.
    [*[("create", place) for place in range(2, 12)], *[("change", place) for place in range(4, 12)]],
)
def test_binding_of_others_during_ours_is_left_and_named(start, place):
    """Whoever binds the number meanwhile keeps it: only what we submitted, or were allowed to, is cleared."""
    desk = Desk() if start == "create" else registered()
    desk.twilio.events[place] = console_binds(desk, THEIRS)
    try:
        desk.bind(ours=frozenset({OLD}))
    except (Refused, Unfinished, GatewayError) as stop:
        error = stop
    else:
        assert place > len(desk.requests), "it came after the end"
        return

    assert desk.now.emergency_address_sid == THEIRS
    assert desk.now.covered
    assert (THEIRS, None) not in desk.writes
    assert THEIRS in str(error) or isinstance(error, GatewayError)
    if isinstance(error, Unfinished):
        assert error.number == desk.now
        assert error.foreign_address_sid in {THEIRS, None}
        parts_of(error)


def test_address_of_others_that_comes_back_is_refused():
    desk = Desk(None, "pending-unregistration")
    desk.twilio.events[4] = console_binds(desk, THEIRS)

    with pytest.raises(Refused, match="is bound to another address"):
        desk.bind()

    assert desk.writes == []


@pytest.mark.parametrize("place", [3, 4, 5, 99])
def test_only_one_of_two_racing_creates_succeeds(place):
    """Without take_over the loser stops, and the winner stays."""
    desk = Desk()
    rival = Account(desk.twilio, desk.clock)
    results = []

    def race():
        desk.twilio.events.clear()
        try:
            results.append(bind(rival, DesiredBinding(DESK, OLD), rival.deadline(600)))
        except (Refused, Unfinished) as error:
            results.append(error)

    desk.twilio.events[place] = race
    try:
        results.append(desk.bind())
    except (Refused, Unfinished, GatewayError) as error:
        results.append(error)
    if len(results) == 1:
        race()

    winners = [each for each in results if not isinstance(each, Exception)]
    assert len(winners) == 1
    assert winners[0].number == desk.now
    assert desk.now.covered


def test_same_program_twice_at_once_ends_registered():
    """A killed run may still settle what its successor waits for: every state is judged anew."""
    desk = registered()
    desk.twilio.events[3] = console_binds(desk, NEW)

    result = desk.bind(ours=frozenset({OLD}))

    assert result.number.covered
    assert desk.clock.now - 1_000.0 < 5 * MINUTES


# A registration that fails


def test_failed_registration_of_a_create_is_cleared_again():
    desk = Desk()
    desk.twilio.outcomes[NEW] = "registration-failure"

    with pytest.raises(Unfinished) as stop:
        desk.bind()

    what, meaning, remedy = parts_of(stop.value)
    assert what == f"+14152000001 could not be registered at {NEW}: Twilio reports registration-failure."
    assert meaning.startswith("+14152000001 is unregistered.")
    assert remedy.endswith("Then run `pulumi up` again.")
    assert desk.writes == [(None, NEW), (NEW, None)]
    assert stop.value.number == desk.now


@pytest.mark.parametrize("which", [0, 1])
def test_refusal_after_a_try_that_took_effect_is_looked_at_and_goes_on(which):
    """A conflict, say, with the very request whose answer was lost."""
    undisturbed, desk = registered(), registered()
    undisturbed.bind(ours=frozenset({OLD}))
    places = [place for place, each in enumerate(undisturbed.twilio.log, 1) if each.write]
    desk.twilio.faults[places[which]] = Fault.LOST_AND_REFUSED

    assert desk.bind(ours=frozenset({OLD})).number.covered
    assert desk.now.emergency_address_sid == NEW
    assert desk.writes == undisturbed.writes


def test_rollback_whose_answer_is_lost_claims_to_know_nothing():
    desk, lost = registered(), []
    desk.twilio.outcomes[NEW] = "registration-failure"

    def lose(what):
        if what == f"{DESK} -> {OLD}":
            lost.append(what)
            raise Fault.LOST_AFTER.error()
        if lost:
            raise Fault.UNAVAILABLE.error()

    desk.twilio.before = lose
    with pytest.raises(Unfinished) as stop:
        desk.bind(ours=frozenset({OLD}))

    assert "What came of the last request is not known. Last seen: " in stop.value.problem.meaning
    assert "Count it as not covered until it has been checked again." in stop.value.problem.meaning


def test_failed_registration_of_a_change_is_rolled_back():
    desk = registered()
    desk.twilio.outcomes[NEW] = "registration-failure"

    with pytest.raises(RolledBack) as back:
        desk.bind(ours=frozenset({OLD}))

    assert desk.now.emergency_address_sid == OLD
    assert desk.now.covered
    assert f"The previous address, {OLD}, is registered again" in parts_of(back.value)[1]
    assert "uncovered for" in back.value.problem.meaning


def test_previous_address_of_an_earlier_run_is_put_back():
    desk = Desk(NEW, "registration-failure")
    desk.twilio.outcomes[NEW] = "registration-failure"

    with pytest.raises(RolledBack) as back:
        desk.bind(previous=OLD)

    assert desk.now.emergency_address_sid == OLD
    assert "was uncovered." in back.value.problem.meaning


def test_both_failures_are_said_and_the_domains_that_rely_on_it():
    desk = registered()
    desk.twilio.with_domains(domain(1, DESK), domain(2, DESK, enabled=False), domain(3, sid("PN", 2)))
    desk.twilio.outcomes |= {NEW: "registration-failure", OLD: "registration-failure"}

    with pytest.raises(Unfinished) as stop:
        desk.bind(ours=frozenset({OLD}))

    what, meaning, _ = parts_of(stop.value)
    assert what.splitlines() == [
        f"+14152000001 could not be registered at {NEW}: Twilio reports registration-failure.",
        f"The previous address, {OLD}, could not be put back: Twilio reports registration-failure.",
    ]
    assert meaning.startswith(f"+14152000001 is registration-failure at {OLD}.")
    assert "the emergency caller of site1.sip.twilio.com:" in meaning
    assert "site2" not in meaning
    assert "site3" not in meaning
    assert stop.value.uncovered_since is not None


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.NOT_FOUND, Fault.UNAVAILABLE, Fault.REFUSED])
@pytest.mark.parametrize("lasting", [False, True])
def test_submission_that_is_refused_brings_the_previous_address_back(fault, lasting):
    desk = registered()
    submissions = itertools.count(1)

    def refuse(what):
        if what == f"{DESK} -> {NEW}" or (lasting and what == f"{DESK} -> {OLD}"):
            next(submissions)
            raise fault.error()

    desk.twilio.before = refuse
    with pytest.raises(Unfinished if lasting else RolledBack) as stop:
        desk.bind(ours=frozenset({OLD}))

    parts_of(stop.value)
    assert "could not be registered at" in stop.value.problem.what
    assert desk.now.covered is not lasting
    if fault is Fault.UNAUTHORIZED:
        assert "credentials" in str(stop.value)
        assert "Lost contact" not in str(stop.value)
    if lasting:
        assert f"The previous address, {OLD}, could not be put back" in stop.value.problem.what
        assert next(submissions) == 3


def test_submission_that_something_before_twilio_stops_is_not_called_a_refusal_of_twilio():
    desk = registered()

    def stop(what):
        if what == f"{DESK} -> {NEW}":
            raise FinalError("a proxy asks for a user name and password")

    desk.twilio.before = stop
    with pytest.raises(RolledBack) as back:
        desk.bind(ours=frozenset({OLD}))

    what, _, remedy = parts_of(back.value)
    assert what.endswith("no usable answer from Twilio: a proxy asks for a user name and password.")
    assert remedy == "Correct that first."


def test_refused_submission_of_a_create_is_raised_as_it_is():
    desk = Desk()
    desk.twilio.faults[3] = Fault.REFUSED

    with pytest.raises(GatewayError) as refused:
        desk.bind()

    assert refused.value.code == 20422
    assert desk.now.emergency_address_sid is None


def test_rollback_that_somebody_else_prevents_says_so():
    desk = registered()
    desk.twilio.outcomes[NEW] = "registration-failure"

    def act(what):
        if what == f"{DESK} -> {OLD}":
            console_binds(desk, THEIRS)()

    desk.twilio.before = act
    with pytest.raises(Unfinished) as stop:
        desk.bind(ours=frozenset({OLD}))

    assert desk.now.emergency_address_sid == THEIRS
    assert desk.now.covered
    assert f"is registered at {THEIRS}" in stop.value.problem.meaning
    assert stop.value.foreign_address_sid == THEIRS
    assert f"could not be put back: somebody else has bound the number to {THEIRS} meanwhile." in str(
        stop.value
    )


def test_rollback_that_runs_out_of_time_says_so():
    desk = registered()
    desk.twilio.outcomes |= {NEW: "registration-failure", OLD: None}

    with pytest.raises(Unfinished, match="time ran out while the number was pending-registration"):
        desk.bind(ours=frozenset({OLD}), seconds=60)


def test_rollback_that_is_interrupted_writes_nothing_new():
    desk = registered()
    desk.twilio.outcomes[NEW] = "registration-failure"

    def interrupt(waited):
        if waited.number.emergency_address_sid == NEW and waited.seconds > 2:
            desk.twilio.before = lambda _what: setattr(desk.clock, "interrupted", True)

    account = desk.account
    desired = DesiredBinding(DESK, NEW, ours=frozenset({OLD}))
    with pytest.raises(Unfinished) as stop:
        bind(account, desired, account.deadline(600, interrupt))

    assert "interrupted" in str(stop.value).lower()
    assert desk.writes == [(OLD, None), (None, NEW)]
    assert stop.value.number == desk.now


# Time, errors, and Ctrl-C


def test_number_that_does_not_become_free_is_given_up():
    desk = registered()
    desk.twilio.outcomes[""] = "unregistration-failure"

    with pytest.raises(Unfinished, match="was cleared and stays unregistration-failure") as stop:
        desk.bind(ours=frozenset({OLD}))

    parts_of(stop.value)
    assert len(desk.writes) == 2


@pytest.mark.parametrize(
    ("phone_number", "time"), [("+14152000001", "up to 30 minutes"), ("+442071234567", "up to 72 hours")]
)
def test_time_that_runs_out_is_said_with_how_long_it_may_take(phone_number, time):
    desk = Desk(phone_number=phone_number)
    desk.twilio.addresses[NEW] = record(2, iso_country="GB" if "+44" in phone_number else "US")
    desk.twilio.outcomes[NEW] = None

    with pytest.raises(Unfinished) as stop:
        desk.bind(seconds=600)

    what, meaning, remedy = parts_of(stop.value)
    assert what == f"{phone_number} is still pending-registration after 10 min."
    assert meaning == "Until Twilio reports registered, count it as not covered."
    assert time in remedy
    assert desk.clock.now == pytest.approx(1_600)


def test_time_that_runs_out_is_said_as_the_limit_and_not_as_the_seconds_of_the_last_wait():
    desk = registered()
    desk.twilio.outcomes[NEW] = None
    real = desk.twilio.set_emergency_address

    def slow(number_sid, address_sid):
        desk.clock.now += 299 if address_sid else 0
        return real(number_sid, address_sid)

    desk.twilio.set_emergency_address = slow
    with pytest.raises(Unfinished, match="is still pending-registration after 5 min"):
        desk.bind(ours=frozenset({OLD}), seconds=300)


def lose_contact(desk, when):
    """Let no request through any more once the number is as it is asked for."""

    def fail(_what):
        if when(desk.now):
            raise GatewayError("Twilio's API cannot be reached")

    desk.twilio.before = fail


LOST_FOR_GOOD = (
    "every look for the last 10 min has failed: no usable answer from Twilio: Twilio's API cannot be reached."
)


def test_wait_of_which_no_look_succeeds_does_not_say_that_the_number_is_still_pending():
    desk = Desk()
    desk.twilio.outcomes[NEW] = None
    lose_contact(desk, lambda seen: seen.emergency_address_sid == NEW)

    with pytest.raises(Unfinished) as stop:
        desk.bind(seconds=600)

    what, meaning, remedy = parts_of(stop.value)
    assert what == (
        f"Lost contact with Twilio: {LOST_FOR_GOOD} Last seen: +14152000001 is pending-registration at {NEW}."
    )
    assert meaning == "Count it as not covered until it has been checked again."
    assert remedy.startswith("Run `pulumi up` again to go on from here")


def test_unbinding_of_which_no_look_succeeds_says_so():
    desk = registered()
    desk.twilio.outcomes[""] = None
    lose_contact(desk, lambda seen: seen.emergency_address_sid is None)

    with pytest.raises(Unfinished) as stop:
        desk.unbind(OLD, seconds=600)

    what, _, remedy = parts_of(stop.value)
    assert what.startswith(f"Lost contact with Twilio: {LOST_FOR_GOOD}")
    assert remedy.startswith("Run the same command again to go on from here")


def test_rollback_of_which_no_look_succeeds_says_so():
    desk = registered()
    desk.twilio.outcomes |= {NEW: "registration-failure", OLD: None}
    lose_contact(desk, lambda _seen: (None, OLD) in desk.writes)

    with pytest.raises(Unfinished) as stop:
        desk.bind(ours=frozenset({OLD}), seconds=600)

    what, meaning, _ = parts_of(stop.value)
    assert (
        f"The previous address, {OLD}, could not be put back: time ran out, and every look for the last "
        in what
    )
    assert what.endswith("has failed: no usable answer from Twilio: Twilio's API cannot be reached.")
    assert meaning.startswith("Last seen: +14152000001 is pending-registration")


def test_fetch_that_lags_for_ever_is_said_as_seen():
    desk = registered()
    real = desk.twilio.number

    def lagging(number_sid):
        seen = real(number_sid)
        if (None, NEW) in desk.writes:
            return replace(seen, emergency_address_sid=OLD, emergency_address_status="registered")
        return seen

    desk.twilio.number = lagging
    with pytest.raises(Unfinished) as stop:
        desk.bind(ours=frozenset({OLD}), seconds=60)

    assert parts_of(stop.value)[0] == (
        f"+14152000001 is registered at {OLD}. {NEW}, which was submitted, is not shown by Twilio yet."
    )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.UNAUTHORIZED, "Twilio stopped accepting these credentials (401)"),
        (Fault.NOT_FOUND, "is no longer in this account"),
    ],
)
def test_error_that_waiting_cannot_cure_is_said_at_once(fault, said):
    desk = registered()
    desk.twilio.lasting_fault = (4, fault)

    with pytest.raises(Unfinished) as stop:
        desk.bind(ours=frozenset({OLD}))

    assert said in parts_of(stop.value)[0]
    assert desk.clock.now - 1_000.0 < 10


@pytest.mark.parametrize("call", ["bind", "change", "unbind"])
def test_interruption_after_a_lost_write_that_is_not_shown_does_not_say_that_nothing_was_changed(call):
    """It may still be carried out."""
    desk = Desk() if call == "bind" else registered()
    start = desk.now

    def lose(what):
        if "->" in what:
            desk.clock.interrupted = True
            raise Interrupted from Fault.LOST_BEFORE.error()

    desk.twilio.before = lose
    with pytest.raises(Unfinished) as stop:
        desk.unbind(OLD) if call == "unbind" else desk.bind(ours=frozenset({OLD}))

    assert desk.now == start
    what, meaning, _ = parts_of(stop.value)
    assert "what came of the last request is not known: the connection broke" in what
    assert meaning == "Count it as not covered until it has been checked again."


@pytest.mark.parametrize("again", [None, Fault.UNAVAILABLE], ids=["shown", "not readable"])
@pytest.mark.parametrize("call", ["bind", "change", "unbind"])
def test_one_404_while_waiting_is_not_taken_for_gone(call, again):
    undisturbed = passing_404(call, 0, again)
    first = next(place for place, each in enumerate(undisturbed.twilio.log, 1) if each.write)
    # Before the first write a 404 ends the call, and nothing was changed.
    looks = [
        place for place, each in enumerate(undisturbed.twilio.log, 1) if place > first and not each.write
    ]
    assert len(looks) > 2
    for place in looks:
        assert passing_404(call, place, again).now == undisturbed.now


def passing_404(call, place, again):
    """Return a desk after a call of which one answer, and perhaps the look after it, failed."""
    desk = Desk() if call == "bind" else registered()
    desk.twilio.faults |= {place: Fault.NOT_FOUND, **({place + 1: again} if place and again else {})}
    result = desk.unbind(OLD) if call == "unbind" else desk.bind(ours=frozenset({OLD}))
    assert (result if call == "unbind" else result.number) == desk.now
    return desk


def test_credentials_refused_when_a_404_is_looked_at_again_are_said():
    desk = registered()
    desk.twilio.faults |= {4: Fault.NOT_FOUND, 5: Fault.UNAUTHORIZED}

    with pytest.raises(Unfinished, match="stopped accepting these credentials"):
        desk.unbind(OLD)


def test_404_of_a_write_proves_nothing_where_a_fetch_shows_the_number():
    desk = registered()
    desk.twilio.faults[3] = Fault.NOT_FOUND

    with pytest.raises(GatewayError) as error:
        desk.unbind(OLD)

    assert not error.value.gone
    assert desk.now.covered


def test_404_of_a_write_proves_nothing_where_the_fetch_fails():
    desk = registered()
    desk.twilio.faults |= {3: Fault.NOT_FOUND, 4: Fault.UNAVAILABLE}

    with pytest.raises(GatewayError) as error:
        desk.unbind(OLD)

    assert not error.value.gone


def test_clear_that_is_refused_after_a_first_one_is_said_in_twilios_words():
    desk = registered()
    desk.twilio.outcomes[""] = "unregistration-failure"
    clears = itertools.count()

    def refuse(what):
        if what.endswith("None") and next(clears):
            raise Fault.REFUSED.error()

    desk.twilio.before = refuse
    with pytest.raises(Unfinished, match=r"^The change stopped half-way: Twilio refused \(20422\): Invalid"):
        desk.bind(ours=frozenset({OLD}))


def test_clear_that_is_answered_503_for_good_after_a_first_one_is_lost_contact():
    desk = registered()
    desk.twilio.outcomes[""] = "unregistration-failure"
    clears = itertools.count()

    def fail(what):
        if what.endswith("None") and next(clears):
            raise Fault.UNAVAILABLE.error()

    desk.twilio.before = fail
    with pytest.raises(Unfinished, match=r"^Lost contact with Twilio: unavailable\. Last seen: "):
        desk.bind(ours=frozenset({OLD}))


def test_request_that_was_not_sent_is_not_called_lost_contact():
    desk = registered()
    desk.twilio.outcomes[""] = "unregistration-failure"
    clears = itertools.count()

    def fail(what):
        if what.endswith("None") and next(clears):
            raise NotSent("The time limit passed.")

    desk.twilio.before = fail
    with pytest.raises(Unfinished, match=r"^Stopped at the time limit: The time limit passed\. Last seen: "):
        desk.bind(ours=frozenset({OLD}))


def test_submission_whose_answer_and_look_are_lost_is_kept_in_state():
    desk = Desk()
    desk.twilio.lasting_fault = (3, Fault.UNAVAILABLE)

    with pytest.raises(Unfinished):
        desk.bind()


def test_number_that_is_gone_when_submitting_is_raised_as_it_is():
    desk = Desk()
    desk.twilio.events[3] = desk.twilio.truth.clear

    with pytest.raises(GatewayError) as gone:
        desk.bind()

    assert gone.value.gone


def test_domains_that_cannot_be_listed_are_not_named():
    desk = Desk()
    desk.twilio.outcomes[NEW] = None
    desk.twilio.domains = lambda: (_ for _ in ()).throw(Fault.UNAVAILABLE.error())

    with pytest.raises(Unfinished) as stop:
        desk.bind(seconds=30)

    assert "emergency caller" not in str(stop.value)


SCENARIOS = {
    "create": (None, "unregistered"),
    "change": (OLD, "registered"),
    "failed before": (NEW, "registration-failure"),
    "under way": (NEW, "pending-registration"),
    "leaving": (None, "pending-unregistration"),
}
ENDINGS = {"registers": "registered", "fails": "registration-failure"}


def desk_of(scenario, ending="registers"):
    desk = Desk(*SCENARIOS[scenario])
    desk.twilio.outcomes[NEW] = ENDINGS[ending]
    if desk.now.emergency_address_status == "pending-registration":
        desk.twilio._start(DESK, ENDINGS[ending], NEW)
    if desk.now.emergency_address_status == "pending-unregistration":
        desk.twilio._start(DESK, "unregistered", OLD)
    return desk


def outcome_of(desk):
    try:
        return desk.bind(
            ours=frozenset({OLD}), previous=OLD if desk.now.emergency_address_sid == OLD else None
        )
    except (EmergencyError, GatewayError) as error:
        return error


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_invariants_hold_after_any_fault_of_one_request(scenario, ending, fault):
    """
    Each request in turn is interrupted, lost or refused: what is said is so, and a second run converges.
    """
    for place in range(1, requests_of(scenario, ending) + 2):
        desk = desk_of(scenario, ending)
        desk.twilio.faults[place] = fault
        start = desk.now

        outcome = outcome_of(desk)

        invariants_hold(desk, start, outcome)
        if fault is Fault.INTERRUPTED and place <= len(desk.requests):
            nothing_was_written_after(desk, place)
        converges(desk)


@pytest.mark.parametrize("fault", [each for each in Fault if not each.value.startswith("the operator")])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_invariants_hold_when_twilio_fails_for_good(scenario, fault):
    for place in range(1, requests_of(scenario, "registers") + 2):
        desk = desk_of(scenario)
        desk.twilio.lasting_fault = (place, fault)
        start = desk.now

        outcome = outcome_of(desk)

        invariants_hold(desk, start, outcome)
        assert desk.clock.now <= 1_000 + 30 * MINUTES + 1, "the deadline bounds the whole call"
        converges(desk)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_invariants_hold_when_a_pause_is_interrupted(scenario, ending):
    for sleep in range(25):
        interrupt_in_pause(scenario, ending, sleep)


def requests_of(scenario, ending):
    """Count the requests of an undisturbed course."""
    desk = desk_of(scenario, ending)
    outcome_of(desk)
    return len(desk.requests)


def interrupt_in_pause(scenario, ending, sleep):
    desk = desk_of(scenario, ending)
    start, writes_at = desk.now, []

    def interrupt():
        if len(desk.clock.slept) == sleep + 1:
            desk.clock.interrupted = True
            writes_at.append(len(desk.writes))

    desk.clock.at_sleep = interrupt
    outcome = outcome_of(desk)

    invariants_hold(desk, start, outcome)
    assert not writes_at or len(desk.writes) == writes_at[0], "nothing is written after an interruption"
    converges(desk)


def invariants_hold(desk, start, outcome):
    assert all(before in {None, OLD, NEW} for before, after in desk.writes if after is None)
    if start.covered and (OLD, None) not in desk.writes:
        assert desk.now == start, "a number that was not cleared stays registered"
    if isinstance(outcome, EmergencyError):
        parts_of(outcome)
    if isinstance(outcome, (InterruptedBeforeChange, Refused)):
        assert desk.writes == []
    elif isinstance(outcome, RolledBack):
        assert desk.now.covered
        assert desk.now.emergency_address_sid == OLD
    elif isinstance(outcome, GatewayError):
        assert desk.writes == [] or desk.now.emergency_address_sid in {None, start.emergency_address_sid}
    elif not isinstance(outcome, Exception):
        assert outcome.number == desk.now
        assert desk.now.covered
        assert desk.now.emergency_address_sid == NEW


@pytest.mark.parametrize("place", [1, 2])
def test_read_that_is_interrupted_ends_the_call_before_anything_is_changed(place):
    """The gateway also pauses between tries of a read."""
    desk = registered()
    desk.twilio.before = lambda _what: place == len(desk.twilio.log) and interrupted()

    with pytest.raises(InterruptedBeforeChange) as interruption:
        desk.bind(ours=frozenset({OLD}))

    assert DESK in parts_of(interruption.value)[0]
    assert desk.now.covered


def test_write_that_was_sent_and_interrupted_is_looked_at():
    """Where not even a look is answered, nobody says that nothing was changed."""
    desk = registered()
    desk.twilio.faults |= {3: Fault.SENT_AND_INTERRUPTED, 4: Fault.UNAVAILABLE}

    with pytest.raises(Unfinished) as stop:
        desk.bind(ours=frozenset({OLD}))

    assert "what came of the last request is not known" in parts_of(stop.value)[0]
    assert stop.value.uncovered_since is None or stop.value.uncovered_since


def test_unbinding_whose_first_read_is_interrupted_changes_nothing():
    desk = registered()
    desk.twilio.before = lambda _what: interrupted()

    with pytest.raises(InterruptedBeforeChange):
        desk.unbind(OLD)

    assert desk.now.covered


def interrupted():
    raise Interrupted


def nothing_was_written_after(desk, place):
    sent = [each for each in desk.twilio.log[place - 1 :] if each.write]
    assert len(sent) <= 1, "at most the one that the gateway refused"
    assert len(desk.writes) <= sum(each.write for each in desk.twilio.log[: place - 1])


def converges(desk):
    """Whatever one run has left, the next one ends registered."""
    desk.clock.interrupted, desk.clock.at_sleep = False, lambda: None
    desk.twilio.faults, desk.twilio.lasting_fault = {}, None
    desk.twilio.outcomes[NEW] = "registered"

    result = desk.bind(ours=frozenset({OLD}))

    assert result.number == desk.now
    assert desk.now.covered
    assert desk.now.emergency_address_sid == NEW


# Unbinding


@pytest.mark.parametrize("status", ["registered", "pending-registration", "registration-failure"])
def test_unbinding_clears_and_waits(status):
    desk = Desk(OLD, status)

    left = desk.unbind(OLD)

    assert (left.emergency_address_sid, left.emergency_address_status) == (None, "unregistered")
    assert desk.writes == [(OLD, None)]


@pytest.mark.parametrize(
    ("address_sid", "status"), [(None, "unregistered"), (None, ""), (THEIRS, "registered")]
)
def test_unbinding_leaves_what_is_not_ours(address_sid, status):
    desk = Desk(address_sid, status)

    assert desk.unbind(OLD) == desk.now
    assert desk.writes == []


def test_unbinding_a_number_that_is_gone_is_done():
    desk = registered()
    desk.twilio.truth.clear()

    assert desk.unbind(OLD) is None


def test_unbinding_a_number_that_goes_meanwhile_is_done():
    desk = registered()
    desk.twilio.events[4] = desk.twilio.truth.clear

    assert desk.unbind(OLD) is None


def test_unbinding_an_emergency_caller_is_refused():
    desk = registered()
    desk.twilio.with_domains(domain(1, DESK))

    with pytest.raises(Refused, match=r"site1\.sip\.twilio\.com"):
        desk.unbind(OLD)

    assert desk.writes == []


@pytest.mark.parametrize(
    ("unsafe", "listed"),
    [
        pytest.param(True, [domain(1, DESK)], id="override"),
        pytest.param(False, [domain(1, DESK, enabled=False)], id="switched off"),
        pytest.param(False, [], id="gone since"),
    ],
)
def test_unbinding_looks_at_each_domain_itself(unsafe, listed):
    desk = registered(unsafe=unsafe)
    desk.twilio.with_domains(*listed)
    desk.twilio.domains = lambda: [domain(1, DESK)]

    assert desk.unbind(OLD).emergency_address_sid is None


def test_binding_of_others_during_an_unbinding_is_left():
    desk = registered()
    desk.twilio.events[5] = console_binds(desk, THEIRS)

    left = desk.unbind(OLD)

    assert left == desk.now
    assert desk.now.covered


@pytest.mark.parametrize("begins", [OLD, THEIRS])
def test_unbinding_also_takes_off_what_is_proven_ours(begins):
    desk = registered(begins)
    asked = []
    if begins == OLD:
        desk.twilio.events[5] = console_binds(desk, THEIRS)

    left = desk.unbind(OLD, is_ours=lambda address_sid: asked.append(address_sid) is None)

    assert (left.emergency_address_sid, asked) == (None, [THEIRS])
    assert (THEIRS, None) in desk.writes


def test_proven_ours_address_of_an_emergency_caller_is_not_taken_off():
    desk = registered(THEIRS)
    desk.twilio.with_domains(domain(1, DESK))

    with pytest.raises(StillInUse):
        desk.unbind(OLD, is_ours=lambda _: True)

    assert desk.writes == []


@pytest.mark.parametrize(
    ("fault", "begins", "said"),
    [
        (Fault.UNAUTHORIZED, OLD, Unfinished),
        (Fault.UNAUTHORIZED, THEIRS, GatewayError),
        (Interrupted, OLD, Unfinished),
        (Interrupted, THEIRS, InterruptedBeforeChange),
    ],
)
def test_question_whose_address_it_is_does_not_hide_what_was_cleared_before_it(fault, begins, said):
    desk = registered(begins)
    if begins == OLD:
        desk.twilio.events[5] = console_binds(desk, THEIRS)

    def fail(_address_sid):
        raise Interrupted if fault is Interrupted else fault.error()

    with pytest.raises(said):
        desk.unbind(OLD, is_ours=fail)

    assert desk.writes == ([(OLD, None)] if begins == OLD else [])


def test_number_that_is_gone_when_its_address_is_asked_about_counts_as_unbound():
    desk = registered(THEIRS)

    assert desk.unbind(OLD, is_ours=lambda _: desk.twilio.truth.clear() is None) is None


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("place", range(1, 8))
def test_unbinding_tells_the_truth_whatever_happens_to_one_request(fault, place):
    desk = registered()
    desk.twilio.faults[place] = fault
    error = None
    try:
        desk.unbind(OLD)
    except (EmergencyError, GatewayError) as stop:
        error = stop

    if isinstance(error, Unfinished):
        assert desk.writes == [(OLD, None)]
        parts_of(error)
    elif error is not None:
        assert desk.writes == []
        assert desk.now.covered
    desk.twilio.faults, desk.clock.interrupted = {}, False
    desk.unbind(OLD)
    assert desk.now.emergency_address_sid is None


def test_unbinding_that_runs_out_of_time_can_be_resumed():
    desk = registered()
    desk.twilio.outcomes[""] = None

    with pytest.raises(Unfinished) as stop:
        desk.unbind(OLD, seconds=60)

    assert parts_of(stop.value) == [
        "+14152000001 is still pending-unregistration after 1 min.",
        "Count it as not covered.",
        "Run the same command again to keep waiting; nothing needs undoing.",
    ]


def test_refusal_that_never_left_this_process_is_not_called_an_answer_of_twilio():
    text = binding_texts.registration_failed(number(), NEW, NotSent("The turn did not come in time"))

    assert text.endswith("could not be registered at " + NEW + ": The turn did not come in time.")
