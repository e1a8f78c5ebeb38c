"""Every request of every workflow is cut, before and after it took effect; the same command recovers."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import pytest

import pulumi_twilio_emergency as provider
from support.cuts import CutWorkflow
from support.workflows import WORKFLOWS, stack_before
from twilio_emulator import Fault

# What meets the k-th request of a run: a fault at Twilio, or the end of the network or of the process.
TROUBLES = {
    "cut before": lambda k: {"fault": Fault("cut-before", at=k)},
    "cut after": lambda k: {"fault": Fault("cut-after", at=k)},
    "503 and processed": lambda k: {"fault": Fault("503", at=k, processed=True)},
    "no network from it on": lambda k: {"gone_from": k},
    "answer lost, and no network any more": lambda k: {"gone_from": k, "answer_lost": True},
    "killed after": lambda k: {"kill_after": k},
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
    cut = CutWorkflow(stack_before(WORKFLOWS[name]), WORKFLOWS[name])
    for what, trouble in TROUBLES.items():
        for k in range(1, cut.requests + 1):
            cut.recovers(f"{what} request {k}", **trouble(k))
    counts = f"{cut.requests} requests x {len(TROUBLES)} troubles = {cut.tried} cases, {cut.interrupted} interrupted"
    report_counts(f"{name}: {counts}")
    assert cut.tried == cut.requests * len(TROUBLES)
    assert cut.interrupted >= cut.requests, "every kill interrupts its run"
