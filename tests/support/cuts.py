"""One trouble at one request of a workflow after the other: the same command, run again, recovers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.convergence import invariants_after, invariants_at_rest
from support.workflows import runs

if TYPE_CHECKING:
    from support.convergence import Convergence
    from support.workflows import Workflow


@dataclass
class CutWorkflow:
    """
    A workflow that has run once without trouble, and can be run with it.

    Attributes:
        requests: How many it takes.
        tried: How often it was run with trouble.
        interrupted: How often trouble has ended the first run.

    """

    stack: Convergence
    workflow: Workflow
    requests: int = 0
    tried: int = 0
    interrupted: int = 0

    def __post_init__(self):
        invariants_at_rest(self.stack, self.workflow.before)
        self.stack.world.requests.clear()
        self._beginning = self.stack.remember()
        clean = runs(self.stack, self.workflow)
        assert clean.ok, clean.failures
        self.requests = self.stack.transport.count
        assert self.requests == len(self.stack.world.requests)
        self._created = self._addresses_created()
        invariants_at_rest(self.stack, self.workflow.after or [])

    def _addresses_created(self) -> int:
        return sum(each.kind == "created" and each.by == "api" for each in self.stack.world.history)

    def recovers(self, where: str, *, fault=None, request_timeout: float = 30.0, **trouble) -> None:
        """Run it with trouble, and again without; `fault` is Twilio's, anything else the transport's."""
        stack, workflow = self.stack, self.workflow
        stack.restore(self._beginning)
        if fault is not None:
            stack.faults.add(fault)
        stack.request_timeout = request_timeout
        self.tried += 1
        second = None
        first = runs(stack, workflow, **trouble)
        try:
            invariants_after(stack, first)
            stack.faults.clear()
            stack.request_timeout = 30.0
            second = runs(stack, workflow)
            assert second.ok, second.failures
            invariants_after(stack, second)
            invariants_at_rest(stack, workflow.after or [])
            assert self._addresses_created() == self._created, "no address is created twice"
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}\nfirst {first}\nsecond {second}") from error
        self.interrupted += not first.ok
