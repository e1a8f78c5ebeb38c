"""Ctrl-C while any request of any workflow is under way: nothing new begins, and whatever follows converges."""

from __future__ import annotations

import pytest

from support.convergence import (
    Convergence,
    address,
    binding,
    domain,
    invariants_at_rest,
    invariants_of_the_record,
)
from support.workflows import DESK, DOMAIN, WORKFLOWS, Workflow, runs, stack_before

EDITED = [
    address("office", "empire", city="New York"),
    binding("desk", DESK, "office"),
    domain("phones", DOMAIN, "desk"),
]
A_WHILE = 600.0


def follow_ups(workflow: Workflow):
    """Return what an operator may run next, by name: the program, or None for `destroy`."""
    return {
        "the same": workflow.after,
        "reverted": workflow.before,
        "edited": EDITED,
        "destroy": None,
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_interruption_at_any_request_begins_nothing_new_and_every_follow_up_converges(name, report_counts):
    workflow = WORKFLOWS[name]
    stack = stack_before(workflow)
    beginning = stack.remember()
    assert runs(stack, workflow).ok
    requests = stack.transport.count
    tried = 0
    for k in range(1, requests + 1):
        for what, program in follow_ups(workflow).items():
            for pause in (0.0, A_WHILE) if what in {"the same", "destroy"} else (0.0,):
                tried += 1
                stack.restore(beginning)
                try:
                    _called_off(stack, workflow, k)
                    stack.clock.advance(pause)
                    _converges(stack, workflow, program)
                except AssertionError as error:
                    raise AssertionError(
                        f"request {k} of {requests}, then {what} after {pause} s: {error}"
                    ) from error
    report_counts(f"{name}: interrupted at each of {requests} requests, {tried} follow-ups")
    assert tried == requests * 6


def _called_off(stack: Convergence, workflow: Workflow, k: int) -> None:
    before = _registered(stack)
    ran = runs(stack, workflow, interrupt_at=k)
    assert stack.transport.written_after == [], "nothing is written after the request in hand"
    invariants_of_the_record(stack)
    for sid in before - _registered(stack):
        cleared = any(
            event.sid == sid and event.by == "api" and "emergency_address_sid" in event.detail
            for event in stack.world.history[-20:]
        )
        assert cleared, f"{sid} was registered, was not being cleared, and is not registered any more"
    if not ran.ok:
        assert ran.failures or ran.skipped


def _registered(stack: Convergence) -> set[str]:
    return {
        row["sid"] for row in stack.world.numbers() if row.get("emergency_address_status") == "registered"
    }


def _converges(stack: Convergence, workflow: Workflow, program) -> None:
    ran = stack.destroy() if program is None else stack.up(program)
    if program is None and not ran.ok:
        ran = stack.destroy()
    if program is None and not ran.ok:
        # What the interrupted run began may be in no state: `up` finds it again, as the message says.
        ran = stack.up(workflow.after or workflow.before)
        assert ran.ok, ran.failures
        ran = stack.destroy()
    assert ran.ok, (ran.failures, ran.warnings)
    invariants_at_rest(stack, program or [])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_address_bound_by_others_at_any_request_is_never_cleared(name, report_counts):
    """What was true before a wait is looked at again after it: only what this stack submitted is cleared."""
    workflow = WORKFLOWS[name]
    stack = stack_before(workflow)
    desk = next(row["sid"] for row in stack.world.numbers() if row["phone_number"] == DESK)
    beginning = stack.remember()
    assert runs(stack, workflow).ok
    requests = stack.transport.count
    theirs = stack.others_address
    tried = 0
    for k in range(1, requests + 1):
        stack.restore(beginning)
        ran = runs(stack, workflow, others_at=k, others=lambda: stack.world.rebind(desk, theirs))
        if stack.transport.met_by_others.startswith("POST") and desk in stack.transport.met_by_others:
            continue  # the write was on its way when they changed it: nobody could have known
        tried += 1
        try:
            assert stack.world.number(desk)["emergency_address_sid"] == theirs, ran
            ran = stack.up(workflow.after or [])
            assert stack.world.number(desk)["emergency_address_sid"] == theirs, ran
            invariants_of_the_record(stack)
        except AssertionError as error:
            raise AssertionError(f"request {k} of {requests}: {error}") from error
    report_counts(f"{name}: somebody else binds the number at {tried} of {requests} requests")
    assert tried > 0


def test_number_of_a_killed_create_that_is_declared_no_more_stays_registered_until_it_is_declared_again():
    """State never knew of it: `up` has nothing to take down, and only the delete of its address tells."""
    stack = Convergence()
    number = stack.world.add_number(DESK)
    office = [address("office", "across")]
    program = [*office, binding("desk", DESK, "office")]
    assert stack.up(office).ok
    for k in range(1, 20):
        assert not stack.up(program, kill_after=k).ok
        if stack.world.number(number).get("emergency_address_sid"):
            break

    assert stack.up(office).ok
    assert stack.world.number(number).get("emergency_address_sid"), "nothing in state says that it is to go"
    refused = stack.up([])
    assert DESK in refused.failures["office"]

    assert stack.up(program).ok
    assert stack.up(office).ok
    assert stack.world.number(number)["emergency_address_sid"] == ""
    invariants_at_rest(stack, office)
