"""Every request of every workflow is cut, before and after it took effect; the same command recovers."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import pytest

import pulumi_twilio_emergency as provider
from support.convergence import invariants_at_rest, invariants_of_the_record
from support.workflows import WORKFLOWS, runs, stack_before
from twilio_emulator import Fault

# What meets the k-th request of a run: a fault at Twilio, or the end of the network or of the process.
TROUBLES = {
    "cut before": lambda k: (Fault("cut-before", at=k), {}),
    "cut after": lambda k: (Fault("cut-after", at=k), {}),
    "503 and processed": lambda k: (Fault("503", at=k, processed=True), {}),
    "no network from it on": lambda k: (None, {"gone_from": k}),
    "answer lost, and no network any more": lambda k: (None, {"gone_from": k, "answer_lost": True}),
    "killed after": lambda k: (None, {"kill_after": k}),
}


def test_provider_modules_hold_no_state_but_the_process_object():
    """What a command learns is in its Run, so a new command knows nothing of the last one."""
    modules = [import_module(each.name) for each in walk_packages(provider.__path__, f"{provider.__name__}.")]
    state = {
        f"{module.__name__.partition('.')[2]}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if not name.startswith("__")
        and name.upper() != name
        and getattr(type(value), "__module__", "").startswith(provider.__name__)
        and not isinstance(value, type)
        # Constants, and the commands of the command line with their table.
        and type(value).__name__ not in {"Status", "Country", "Problem", "_Commands", "Command"}
    }
    assert state == {"hosts.dynamic.process._current"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_trouble_at_any_request_of_a_workflow_is_overcome_by_the_same_command(name, report_counts):
    workflow = WORKFLOWS[name]
    stack = stack_before(workflow)
    invariants_at_rest(stack, workflow.before)
    stack.world.requests.clear()
    beginning = stack.remember()

    clean = runs(stack, workflow)
    assert clean.ok, clean.failures
    requests = stack.transport.count
    assert requests == len(stack.world.requests)
    invariants_at_rest(stack, workflow.after or [])

    tried = interrupted = 0
    for what, trouble in TROUBLES.items():
        for k in range(1, requests + 1):
            tried += 1
            interrupted += _recovers(stack, workflow, beginning, trouble(k), f"{what} request {k}")
    counts = f"{requests} requests x {len(TROUBLES)} troubles = {tried} cases, {interrupted} interrupted"
    report_counts(f"{name}: {counts}")
    assert tried == requests * len(TROUBLES)
    assert interrupted >= requests, "every kill interrupts its run"


def _recovers(stack, workflow, beginning, trouble, where) -> bool:
    stack.restore(beginning)
    fault, at_the_door = trouble
    if fault is not None:
        stack.faults.add(fault)
    try:
        first = runs(stack, workflow, **at_the_door)
        invariants_of_the_record(stack)
        stack.faults.clear()
        second = runs(stack, workflow)
        assert second.ok, second.failures
        invariants_at_rest(stack, workflow.after or [])
    except AssertionError as error:
        raise AssertionError(f"{where}: {error}\nfirst {first}\nsecond {locals().get('second')}") from error
    return not first.ok
