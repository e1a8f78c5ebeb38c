"""
What the calls of one plugin process share: a Run for each set of credentials, and one interruption for all.

`current()` is the process's own. A test puts another in its place for a while, with `replaced`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import time
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.hosts.dynamic import cancellation, engine, lifetime, workers
from pulumi_twilio_emergency.hosts.dynamic.engine_process import find_engine
from pulumi_twilio_emergency.hosts.dynamic.foreign_providers import keep_foreign_limit
from pulumi_twilio_emergency.hosts.dynamic.ledger import has_abandoned_processes, shared_ledger
from pulumi_twilio_emergency.hosts.dynamic.private_folder import RECORD_DIR
from pulumi_twilio_emergency.hosts.dynamic.reporter import EngineReporter
from pulumi_twilio_emergency.hosts.dynamic.submission_file import submission_record
from pulumi_twilio_emergency.session.interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_twilio_emergency.core.account.ownership import Ledger
    from pulumi_twilio_emergency.core.account.submissions import SubmissionRecord
    from pulumi_twilio_emergency.hosts.dynamic.engine_process import EngineProcess
    from pulumi_twilio_emergency.session.reporter import Line, Reporter
    from pulumi_twilio_emergency.session.run import Run
    from pulumi_twilio_emergency.twilio_gateway import Settings


_LOOK_EVERY = 0.25
_ABANDONED_FINISH_WITHIN = 60.0
"""Seconds; a plugin whose engine is gone ends itself within 45 (`lifetime`)."""


class Process:
    """
    One plugin process.

    Attributes:
        reporter: The engine's display.
        interruption: Set by Ctrl-C, by SIGTERM, or because the engine is gone.
        calls: The calls that are being answered.

    """

    def __init__(
        self,
        *,
        reporter: Reporter | None = None,
        interruption: Interruption | None = None,
        ledger: Ledger | None = None,
        submitted: SubmissionRecord | None = None,
    ) -> None:
        """
        Begin with nothing prepared and nothing connected.

        Args:
            reporter: The display; the engine's by default.
            interruption: Who hears Ctrl-C; a new one by default.
            ledger: Where evidence of ownership is kept; shared by all processes of the engine by default.
            submitted: Where it is kept what was submitted; a file of this machine by default.

        """
        self.reporter: Reporter = reporter or EngineReporter()
        self.interruption = interruption or Interruption()
        self.calls = lifetime.CallsInHand()
        self._ledger = ledger
        self._submitted = submitted
        self._lock = threading.RLock()
        self._host_prepared = False
        self._settings: dict[Callable[[str], str | None], Settings] = {}
        self._runs: dict[Settings, Run] = {}
        self._explained: dict[str, str] = {}
        self._turn = threading.Lock()
        self._has_waited = False

    def prepare_host(self) -> None:
        """Take over from the host what it does not do: workers, Ctrl-C, and the end. Once, from a worker."""
        with self._lock:
            if self._host_prepared:
                return
            self._host_prepared = True
        # Cancel first: whoever presses Ctrl-C from here on is heard.
        steps = {
            "hear Ctrl-C": self._listen,
            "keep other providers at four calls": keep_foreign_limit,
            "serve all calls at once": self._serve_all_at_once,
            "end with the engine": self._end_with_engine,
        }
        for aim, step in steps.items():
            if not _succeeds(step):
                self.reporter.debug(f"This Pulumi SDK gives no way to {aim}.")

    def _listen(self) -> bool:
        return cancellation.listen(self.interruption.set)

    def _serve_all_at_once(self) -> bool:
        pool = workers.serving_pool()
        if pool is None:
            return False
        if cancellation.METHOD in workers.raise_worker_limit(pool):
            self.interruption.set()  # it was queued before we listened
        workers.keep_serving(pool)
        return True

    def _end_with_engine(self) -> bool:
        return lifetime.end_with_engine(self._engine, self.calls, self.interruption.set)

    @functools.cached_property
    def _engine(self) -> EngineProcess | None:
        return find_engine(engine.address())

    def await_abandoned(self, urn: str) -> None:
        """
        Wait until no plugin of a killed command has a request in hand, which could undo what this one does.

        Once in this process, and not for ever: where it does not end, that is said, and the command goes on.

        Args:
            urn: The resource on whose row that is shown.

        Raises:
            Interrupted: The operator asked to stop meanwhile.

        """
        if self._has_waited or self._engine is None:  # without the lock: a thousand calls come at once
            return
        with self._turn:
            if self._has_waited:
                return
            if has_abandoned_processes():
                self._await_end_of_abandoned(self.reporter.line(urn))
            self._has_waited = True

    def _await_end_of_abandoned(self, line: Line) -> None:
        give_up = time.monotonic() + _ABANDONED_FINISH_WITHIN
        while has_abandoned_processes():
            if time.monotonic() >= give_up:
                _warn_of_abandoned(line)
                return
            line.status("waiting for the last request of a killed run")
            self.interruption.wait(_LOOK_EVERY)
        # Or the row of an unchanged resource would say to the end that it waits.
        line.status("the killed run has ended")

    def run(self, config: Callable[[str], str | None]) -> Run:
        """Return the command's Run with the credentials of this config and of the environment."""
        with self._lock:
            settings = self._settings.get(config)
            if settings is None:  # read once: neither config nor the environment changes under a process
                settings = self._settings[config] = self.read_settings(config)
            if settings not in self._runs:
                self._runs[settings] = self.open_run(settings)
            return self._runs[settings]

    @property
    def ledger(self) -> Ledger:
        """The evidence of ownership of the whole engine."""
        with self._lock:
            if self._ledger is None:
                self._ledger = shared_ledger(engine.address(), self._engine, self.reporter.debug)
            return self._ledger

    @property
    def submitted(self) -> SubmissionRecord:
        """What stacks have set at Twilio from this machine."""
        with self._lock:
            if self._submitted is None:
                self._submitted = submission_record(self._say_unrecorded)
            return self._submitted

    def _say_unrecorded(self, why: str) -> None:
        """Say that nothing is recorded: aloud where the operator has asked for it."""
        if not os.environ.get(RECORD_DIR):
            self.reporter.debug(why)
            return
        self.reporter.warn(
            f"TWILIO_EMERGENCY_RECORD_DIR cannot be used. {why}\n"
            "A command after a kill then takes what is not in state for somebody else's, and does not wait "
            "for what the killed one has in hand.\n"
            "Name a folder that only this user can write to, and run it again."
        )

    # What a test may have otherwise. Imported late: Twilio's library takes long, and only calls need it.

    def read_settings(self, config: Callable[[str], str | None]) -> Settings:
        """Read stack config, then the environment. Nothing is demanded yet."""
        from pulumi_twilio_emergency.twilio_gateway import Settings  # noqa: PLC0415

        return Settings.read(config, os.environ)

    def open_run(self, settings: Settings) -> Run:
        """Make the Run of a set of credentials."""
        from pulumi_twilio_emergency.session.run import Run  # noqa: PLC0415

        return Run(
            settings,
            self.reporter,
            interruption=self.interruption,
            ledger=self.ledger,
            submitted=self.submitted,
            state_may_be_lost=os.environ.get("PULUMI_SKIP_CHECKPOINTS", "").lower() in {"1", "true"},
        )

    def explain(self, error: BaseException) -> str | None:
        """Return the text for an error that is expected, or None."""
        from pulumi_twilio_emergency.session.error_messages import explain  # noqa: PLC0415

        with self._lock:
            runs = list(self._runs.values())
        return explain(error, without_program=not any(run.has_program for run in runs))

    def explain_once(self, error: BaseException, name: str) -> str | None:
        """
        Return the text for an error; without what to do where another resource has met the same one.

        A wrong token would fill a thousand paragraphs. What happened and what it means is said to each.
        """
        text = self.explain(error)
        if text is None or not name or not isinstance(error, GatewayError):
            return text
        with self._lock:
            first = self._explained.setdefault(text, name)
        if first == name:
            return text
        return f"{' '.join(text.splitlines()[:2])} What to do is said at {first}."


def _warn_of_abandoned(line: Line) -> None:
    line.warn(
        f"A plugin of a killed command still seems to run after {_ABANDONED_FINISH_WITHIN:.0f} s, and this "
        "command waits no longer.\n"
        "Its last request may reach Twilio late and undo what this command does: a number may then not be "
        "covered.\n"
        "End the Python processes that the killed command has left. Then run this command again, and check "
        "with `twilio-emergency audit`."
    )


def _succeeds(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except Exception:  # noqa: BLE001 - whatever a later SDK has changed, the calls are answered
        return False


_current = Process()


def current() -> Process:
    """Return this process's own."""
    return _current


@contextlib.contextmanager
def replaced(process: Process) -> Iterator[Process]:
    """Serve with another process's state within a `with` block."""
    global _current  # noqa: PLW0603 - one process, one state
    previous, _current = _current, process
    try:
        yield process
    finally:
        _current = previous
