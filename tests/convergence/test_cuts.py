"""Every request of every workflow is cut, before and after it took effect; the same command heals it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

import pytest

from pulumi_twilio_emergency import resources
from support.convergence import Rehearsal, address, binding, domain, laws_at_rest, laws_of_the_record
from twilio_emulator import Fault, Pace

DESK, LOBBY, DOMAIN = "+14155550100", "+14155550101", "example.sip.twilio.com"

OFFICE, ANNEX = address("office"), address("annex", "across")
DESK_AT_OFFICE, LOBBY_AT_OFFICE = binding("desk", DESK, "office"), binding("lobby", LOBBY, "office")
PHONES = domain("phones", DOMAIN, "desk")


@dataclass
class Workflow:
    """From one program to another; None stands for `pulumi destroy`."""

    before: list
    after: list | None


SITE = [OFFICE, DESK_AT_OFFICE, PHONES]
WORKFLOWS = {
    "register an address, a number and a domain": Workflow([], SITE),
    "move an address, with its numbers": Workflow(
        [OFFICE, DESK_AT_OFFICE, LOBBY_AT_OFFICE, PHONES],
        [address("office", "hall"), DESK_AT_OFFICE, LOBBY_AT_OFFICE, PHONES],
    ),
    "move a number to another address": Workflow([*SITE, ANNEX], [OFFICE, ANNEX, binding("desk", DESK, "annex"), PHONES]),
    "remove a binding": Workflow([*SITE, LOBBY_AT_OFFICE], SITE),
    "remove an address with its binding": Workflow([*SITE, ANNEX, binding("lobby", LOBBY, "annex")], SITE),
    "switch a domain on": Workflow([OFFICE, DESK_AT_OFFICE], SITE),
    "switch a domain off": Workflow(SITE, [OFFICE, DESK_AT_OFFICE, domain("phones", DOMAIN, enabled=False)]),
    "let a domain go": Workflow(SITE, [OFFICE, DESK_AT_OFFICE]),
    "change the caller of a domain": Workflow([*SITE, LOBBY_AT_OFFICE], [OFFICE, DESK_AT_OFFICE, LOBBY_AT_OFFICE, domain("phones", DOMAIN, "lobby")]),
    "replace the caller of a domain by another number": Workflow(SITE, [OFFICE, binding("desk", LOBBY, "office"), PHONES]),
    "rename an address at Twilio": Workflow(SITE, [address("office", friendly_name="Head office"), DESK_AT_OFFICE, PHONES]),
    "rename a binding in the program": Workflow(SITE, [OFFICE, binding("reception", DESK, "office"), domain("phones", DOMAIN, "reception")]),
    "rename an address in the program": Workflow(SITE, [address("headquarters"), binding("desk", DESK, "headquarters"), PHONES]),
    "rename a domain in the program": Workflow(SITE, [OFFICE, DESK_AT_OFFICE, domain("telephones", DOMAIN, "desk")]),
    "tear everything down": Workflow([*SITE, LOBBY_AT_OFFICE], None),
}  # fmt: skip

# What meets the k-th request of a run: a fault at Twilio, or the end of the network or of the process.
TROUBLES = {
    "cut before": lambda k: (Fault("cut-before", at=k), {}),
    "cut after": lambda k: (Fault("cut-after", at=k), {}),
    "503 and processed": lambda k: (Fault("503", at=k, processed=True), {}),
    "no network from it on": lambda k: (None, {"gone_from": k}),
    "answer lost, and no network any more": lambda k: (None, {"gone_from": k, "answer_lost": True}),
    "killed after": lambda k: (None, {"kill_after": k}),
}


def test_a_process_remembers_nothing_but_what_is_forgotten_before_each_command():
    rooms = [import_module(each.name) for each in iter_modules(resources.__path__, f"{resources.__name__}.")]
    memory = {
        f"{room.__name__.rpartition('.')[2]}.{name}"
        for room in rooms
        for name, value in vars(room).items()
        if not name.startswith("__")
        and name.upper() != name
        and (isinstance(value, dict | list | set) or type(value).__module__ == room.__name__)
    }
    assert memory == {"claims.claims", "gaps.gaps", "connection._connections", "connection._onlookers"}


def runs(rehearsal, workflow, **trouble):
    if workflow.after is None:
        return rehearsal.destroy(**trouble)
    return rehearsal.up(workflow.after, **trouble)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_whatever_meets_any_request_of_a_workflow_the_same_command_heals_it(name, proof):
    workflow = WORKFLOWS[name]
    rehearsal = Rehearsal()
    world = rehearsal.world
    for number in (DESK, LOBBY):
        world.add_number(number)
    world.add_domain(DOMAIN)
    if workflow.before:
        assert rehearsal.up(workflow.before).ok
        laws_at_rest(rehearsal, workflow.before)
    world.pace(registration=Pace.after(2), unregistration=Pace.after(1))
    world.requests.clear()
    beginning = rehearsal.remember()

    clean = runs(rehearsal, workflow)
    assert clean.ok, clean.failures
    requests = rehearsal.door.count
    assert requests == len(world.requests)
    laws_at_rest(rehearsal, workflow.after or [])

    tried = interrupted = 0
    for what, trouble in TROUBLES.items():
        for k in range(1, requests + 1):
            tried += 1
            interrupted += _heals(rehearsal, workflow, beginning, trouble(k), f"{what} request {k}")
    counts = f"{requests} requests x {len(TROUBLES)} troubles = {tried} journeys, {interrupted} interrupted"
    proof(f"{name}: {counts}")
    assert tried == requests * len(TROUBLES)
    assert interrupted >= requests, "every kill interrupts its run"


def _heals(rehearsal, workflow, beginning, trouble, where) -> bool:
    rehearsal.restore(beginning)
    fault, at_the_door = trouble
    if fault is not None:
        rehearsal.faults.add(fault)
    try:
        first = runs(rehearsal, workflow, **at_the_door)
        laws_of_the_record(rehearsal)
        rehearsal.faults.clear()
        second = runs(rehearsal, workflow)
        assert second.ok, second.failures
        laws_at_rest(rehearsal, workflow.after or [])
    except AssertionError as error:
        raise AssertionError(f"{where}: {error}\nfirst {first}\nsecond {locals().get('second')}") from error
    return not first.ok
