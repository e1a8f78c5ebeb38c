"""The workflows that the convergence tests put through every trouble: from one program to another."""

from __future__ import annotations

from dataclasses import dataclass

from support.convergence import Convergence, address, binding, domain
from twilio_emulator import Pace

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


def stack_before(workflow: Workflow, **options) -> Convergence:
    """Return a stack whose Twilio knows the numbers and the domain, with the first program in force."""
    stack = Convergence(**options)
    for number in (DESK, LOBBY):
        stack.world.add_number(number)
    stack.world.add_domain(DOMAIN)
    if workflow.before:
        ran = stack.up(workflow.before)
        assert ran.ok, ran.failures
    stack.world.pace(registration=Pace.after(2), unregistration=Pace.after(1))
    stack.world.requests.clear()
    return stack


def runs(stack: Convergence, workflow: Workflow, **trouble):
    """Run the command that leads to the second program."""
    if workflow.after is None:
        return stack.destroy(**trouble)
    return stack.up(workflow.after, **trouble)
