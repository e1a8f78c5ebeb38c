"""One trouble at one request of a workflow after the other: the same command, run again, recovers."""

from __future__ import annotations

from dataclasses import dataclass, field
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
        methods: Those of its requests, in order.
        tried: How often it was run with trouble.
        interrupted: How often trouble has ended the first run.

    """

    stack: Convergence
    workflow: Workflow
    methods: list[str] = field(default_factory=list)
    tried: int = 0
    interrupted: int = 0

    def __post_init__(self):
        invariants_at_rest(self.stack, self.workflow.before)
        self.stack.world.requests.clear()
        self._beginning = self.stack.remember()
        clean = runs(self.stack, self.workflow)
        assert clean.ok, clean.failures
        self.methods = [each.method for each in self.stack.world.requests]
        assert self.requests == self.stack.transport.count
        self._created = self._addresses_created()
        invariants_at_rest(self.stack, self.workflow.after or [])

    def _addresses_created(self) -> int:
        return sum(each.kind == "created" and each.by == "api" for each in self.stack.world.history)

    @property
    def requests(self) -> int:
        """How many requests it takes."""
        return len(self.methods)

    def recovers(self, where: str, *, fault=None, fails: bool = True, **trouble) -> None:
        """
        Run it with trouble, and again without.

        Args:
            where: Names the trouble and the request.
            fault: Twilio's trouble; anything else is the transport's.
            fails: Whether the trouble may fail the first run.
            trouble: What the transport calls its own.

        """
        stack, workflow = self.stack, self.workflow
        stack.restore(self._beginning)
        if fault is not None:
            stack.faults.add(fault)
        self.tried += 1
        second = None
        first = runs(stack, workflow, **trouble)
        struck = fault is not None or stack.transport.struck
        try:
            invariants_after(stack, first)
            assert struck, "the trouble has met nothing"
            assert fails or first.ok, "trouble with one connection fails no command"
            assert self._addresses_created() <= self._created, "no address is created twice"
            stack.faults.clear()
            second = runs(stack, workflow)
            assert second.ok, second.failures
            invariants_after(stack, second)
            invariants_at_rest(stack, workflow.after or [])
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}\nfirst {first}\nsecond {second}") from error
        self.interrupted += not first.ok
