"""One command, from its first call to its last: everything that its calls share."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.ownership import Ownership
from pulumi_twilio_emergency.core.account.slots import Slots
from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord
from pulumi_twilio_emergency.core.request_scope import current_scope
from pulumi_twilio_emergency.session.coverage_gaps import CoverageGaps
from pulumi_twilio_emergency.session.interruption import Interruption, SystemClock
from pulumi_twilio_emergency.session.session import TwilioSession

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_twilio_emergency.core.account.ownership import Ledger
    from pulumi_twilio_emergency.core.account.submissions import SubmissionRecord
    from pulumi_twilio_emergency.core.ports import Clock
    from pulumi_twilio_emergency.session.reporter import Reporter
    from pulumi_twilio_emergency.twilio_gateway import Governor, Limits, Settings


class Run:
    """
    What the calls of one command share. A process has one; a test makes its own.

    Attributes:
        settings: Credentials and endpoint.
        twilio: The accounts that these credentials reach.
        ownership: Which resource stands for which Twilio object.
        submitted: What stacks have set at Twilio from this machine, whether or not state knows of it.
        gaps: The numbers that this command leaves without coverage for a while.
        reporter: The screen.
        interruption: The operator's request to stop.
        state_may_be_lost: State is written only when a command ends.

    """

    def __init__(
        self,
        settings: Settings,
        reporter: Reporter,
        *,
        interruption: Interruption | None = None,
        clock: Clock | None = None,
        ledger: Ledger | None = None,
        submitted: SubmissionRecord | None = None,
        state_may_be_lost: bool = False,
        limits: Limits | None = None,
        govern: Callable[[Clock, Limits | None], Governor] | None = None,
    ) -> None:
        """
        Prepare a command. Nothing is sent yet.

        Args:
            settings: Credentials and endpoint; nothing is demanded of them here.
            reporter: The screen.
            interruption: Who hears Ctrl-C; a new one by default.
            clock: Time; real time that ends with the interruption by default.
            ledger: Where evidence of ownership is kept; this process's memory by default.
            submitted: Where it is kept what was submitted; this process's memory by default.
            state_may_be_lost: State is written when a command ends (PULUMI_SKIP_CHECKPOINTS): after a kill,
                what the command did is at Twilio and not in state.
            limits: How hard to try; as the settings say by default.
            govern: Makes the HTTP client; for tests without a socket.

        """
        self.settings = settings
        self.reporter = reporter
        self.interruption = interruption or Interruption()
        self.clock: Clock = clock or SystemClock(self.interruption)
        self.state_may_be_lost = state_may_be_lost
        self.ownership = Ownership(ledger)
        self.submitted: SubmissionRecord = submitted or MemorySubmissionRecord()
        self.gaps = CoverageGaps(reporter)
        self.twilio = TwilioSession(
            settings, self.clock, reporter, limits=limits, govern=govern, record=self.submitted
        )
        self._lock = threading.Lock()
        self._checked: set[str] = set()
        self._declared: set[str] = set()
        self._objects: dict[str, Slots] = {}

    @contextlib.contextmanager
    def alone_with(self, sid: str) -> Iterator[None]:
        """
        Let one call at a time decide about an object, and act on it.

        The engine may create one resource and delete another for the same object at once: who comes second
        then sees what the first has done, and the evidence that it left.
        """
        with self._lock:
            turn = self._objects.setdefault(sid, Slots(1, self.clock))
        with turn.held(current_scope().urgency, None):
            yield

    # Whether a diff is about the program: the engine also asks for one after each read.

    def note_check(self, urn: str, *, in_state: bool) -> None:
        """Record that the program declares the resource: the next diff of it is about the program."""
        with self._lock:
            self._declared.add(urn)
            if in_state:
                self._checked.add(urn)

    @property
    def has_program(self) -> bool:
        """Whether this command runs a program that declares resources of ours: not refresh, not destroy."""
        with self._lock:
            return bool(self._declared)

    def is_declared(self, urn: str) -> bool:
        """Whether the program of this command declares the resource; a delete of it is then a replacement."""
        with self._lock:
            return urn in self._declared

    def note_read(self, urn: str) -> None:
        """Record that the resource was read: the next diff of it only displays what the read has shown."""
        with self._lock:
            self._checked.discard(urn)

    def is_for_the_program(self, urn: str) -> bool:
        """Whether a diff of the resource that is asked for now is about the program. True once per check."""
        with self._lock:
            found = urn in self._checked
            self._checked.discard(urn)
            return found
