"""
Called off means that nothing new begins: Ctrl-C, SIGTERM, a killed CLI and a killed plugin, in a crowd.

What must hold is read from the emulator's record: what was written after the signal, and which numbers lost their
address. Afterwards the operator goes on, with the same program or another one, at once or after a while.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from engine.conftest import Base, made_base
from engine.invariants import nothing_is_in_force
from support.processes import plugins_of
from support.stack import Running, Stack
from twilio_emulator import Pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twilio_emulator.pytest_plugin import RunningTwilio
    from twilio_emulator.world import World

_PROGRAM = """
office = EmergencyAddress("office", customer_name="Twilio", street="{street}", city="SAN FRANCISCO",
    region="CA", postal_code="{postal_code}", iso_country="US")
for digits in range({size}):
    NumberEmergencyBinding(f"desk-{{digits}}", phone_number=f"+1415555{{digits:04}}", address_sid=office.sid)
"""
_OLD, _NEW, _THIRD = (
    ("645 HARRISON ST", "94105"),
    ("650 HARRISON ST", "94105"),
    ("1 DR CARLTON B GOODLETT PL", "94102"),
)
_FAST = {"PULUMI_SKIP_CHECKPOINTS": "true"}
_ANSWER_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Row:
    """
    A run that is called off.

    Attributes:
        how: ctrl-c, sigterm, killed cli, killed plugin.
        workflow: create, change, destroy.
        size: How many numbers.
        parallel: The engine's flag; None for its default.
        in_flight: The provider's limit of requests.
        then: same, reverted, edited, destroy; there is nothing to go back to from a create.
        wait: Whether the operator waits a while, or goes on at once.

    """

    how: str
    workflow: str
    size: int
    then: str
    parallel: int | None = 128
    in_flight: int = 16
    wait: bool = False

    @property
    def id(self) -> str:
        parallel = f"--parallel {self.parallel}" if self.parallel else "default parallel"
        when = "after a while" if self.wait else "at once"
        return f"{self.how} in {self.workflow} of {self.size}, {parallel}, {self.in_flight} in flight, then {self.then} {when}"


ROWS = (
    Row("ctrl-c", "destroy", 60, "destroy"),
    Row("ctrl-c", "change", 60, "reverted"),
    Row("sigterm", "change", 60, "edited", parallel=None, wait=True),
    Row("killed cli", "change", 60, "reverted", in_flight=2),
    Row("killed cli", "create", 60, "same", in_flight=2),
    Row("killed plugin", "create", 60, "destroy", parallel=None),
)


def _slow_rows() -> list[Row]:
    """Every kind of end in every workflow and size; what follows goes round, so that all pairs occur."""
    follow = [(then, wait) for wait in (False, True) for then in ("same", "reverted", "edited", "destroy")]
    rows = [Row("killed cli", "change", 150, "reverted", in_flight=2)]
    for how in ("ctrl-c", "sigterm", "killed cli", "killed plugin"):
        for workflow in ("create", "change", "destroy"):
            for size, parallel, in_flight in ((60, None, 16), (60, 128, 2), (150, 128, 16), (150, None, 2)):
                then, wait = follow[len(rows) % len(follow)]
                then = "edited" if (workflow, then) == ("create", "reverted") else then
                rows.append(Row(how, workflow, size, then, parallel, in_flight, wait))
    return [row for row in rows if row not in ROWS]


@pytest.fixture(scope="session")
def crowds(tmp_path_factory: pytest.TempPathFactory, engine: Path) -> Callable[..., Base]:
    """Return what makes a stack of so many numbers once, in force or empty."""
    made: dict[tuple[int, bool], Base] = {}

    def crowd(size: int, *, in_force: bool) -> Base:
        if (size, in_force) not in made:
            made[size, in_force] = made_base(
                tmp_path_factory.mktemp("crowd"),
                engine,
                _program(_OLD, size) if in_force else "\n",
                numbers=[f"+1415555{digits:04}" for digits in range(size)],
                env=_FAST,
            )
        return made[size, in_force]

    return crowd


def _program(place: tuple[str, str], size: int) -> str:
    return _PROGRAM.format(street=place[0], postal_code=place[1], size=size)


@dataclass
class _Run:
    """One row under way."""

    row: Row
    stack: Stack
    twilio: RunningTwilio

    @property
    def world(self) -> World:
        return self.twilio.world

    def writes(self, since: float = 0.0) -> list[tuple[float, str, dict[str, str]]]:
        return [
            (request.at, request.path, dict(request.form))
            for request in list(self.world.requests)
            if request.method != "GET" and request.at > since
        ]

    def begin(self) -> Running:
        row = self.row
        self.stack.program(_program(_NEW if row.workflow == "change" else _OLD, row.size))
        command = "destroy" if row.workflow == "destroy" else "up"
        flags = ("--parallel", str(row.parallel)) if row.parallel else ()
        env = {**_FAST, "TWILIO_MAX_CONCURRENT_REQUESTS": str(row.in_flight)}
        return self.stack.start(command, "--yes", "--skip-preview", *flags, env=env)

    def wait_for_numbers_written(self, running: Running, count: int) -> None:
        give_up = time.monotonic() + 120
        while sum("/IncomingPhoneNumbers/" in path for _, path, _ in self.writes()) < count:
            assert running.process.poll() is None, running.text
            assert time.monotonic() < give_up, running.text
            time.sleep(0.01)

    def call_off(self, running: Running) -> float:
        moment = time.time()
        if self.row.how == "ctrl-c":
            running.interrupt()
        elif self.row.how == "sigterm":
            running.terminate()
        elif self.row.how == "killed cli":
            running.kill()
        else:
            for plugin in plugins_of(self.twilio.url):
                os.kill(plugin, signal.SIGKILL)
        return moment


def _settle(run: _Run) -> None:
    """Wait until nothing is under way any more: what comes later would be a fault."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        time.sleep(1)
        statuses = {row.get("emergency_address_status") for row in run.world.numbers()}
        recent = run.writes(since=time.time() - 2)
        if not recent and not any("pending" in (status or "") for status in statuses):
            return


# What a signal may find on its way: for a killed CLI the plugin has to notice it first.
_GRACE_SECONDS = {"ctrl-c": 0.5, "sigterm": 2.5, "killed cli": 2.5, "killed plugin": 0.5}


def _check_nothing_new_began(run: _Run, called_off: float, grace: float) -> None:
    row = run.row
    after = run.writes(since=called_off + grace)
    # A request that was sent before the moment may arrive behind it, where the machine is busy.
    assert len(after) <= (row.in_flight if row.how == "ctrl-c" else 0), (
        f"{len(after)} writes began more than {grace} s after the {row.how}: {after[:3]}"
    )
    in_all = run.writes(since=called_off)
    most = row.in_flight * (1 + grace / _ANSWER_SECONDS) if row.how != "ctrl-c" else row.in_flight
    assert len(in_all) <= most, f"{len(in_all)} writes after the {row.how}"


def _check_coverage_is_kept(run: _Run, covered_before: set[str]) -> None:
    cleared = {
        path.rpartition("/")[2]
        for _, path, form in run.writes()
        if "/IncomingPhoneNumbers/" in path and form.get("EmergencyAddressSid") == ""
    }
    registered = {
        number["sid"]
        for number in run.world.numbers()
        if number.get("emergency_address_status") == "registered"
    }
    assert covered_before - cleared <= registered, "a number that nobody had begun to clear is not registered"


def _go_on(run: _Run) -> None:
    row, stack = run.row, run.stack
    if row.how == "killed cli":
        stack.run("cancel", "--yes", expect=0)
    flags = ("--parallel", "128")
    if row.then == "destroy":
        # Pulumi forgets what a killed create has made, unless `up` finds it again.
        if row.workflow == "create":
            stack.up(*flags, env=_FAST)
        stack.destroy(*flags, env=_FAST)
        assert stack.resources() == {}
        nothing_is_in_force(run.world)
        return
    place = _place_afterwards(row)
    stack.program(_program(place, row.size))
    stack.up(*flags, env=_FAST)
    _check_all_are_registered_at(run, place)
    if row.how.startswith("killed"):
        stack.refresh("--clear-pending-creates", *flags, env=_FAST)
    stack.has_nothing_to_do()
    _check_all_are_registered_at(run, place)  # the dead run does not come back
    if _leaves_an_unknown_address(row):
        stack.destroy(*flags, env=_FAST)
        nothing_is_in_force(run.world)


def _leaves_an_unknown_address(row: Row) -> bool:
    """Whether state cannot know of an address that the dead run made, and the program does not ask for it."""
    return row.how.startswith("killed") and row.then in {"reverted", "edited"}


def _place_afterwards(row: Row) -> tuple[str, str]:
    if row.then == "edited":
        return _THIRD
    if row.then == "reverted":
        return _OLD
    return _NEW if row.workflow == "change" else _OLD


def _check_all_are_registered_at(run: _Run, place: tuple[str, str]) -> None:
    addresses = {row["sid"]: row["street"] for row in run.world.addresses()}
    rows = run.world.numbers()
    assert {row["emergency_address_status"] for row in rows} == {"registered"}
    used = {row["emergency_address_sid"] for row in rows}
    assert [addresses[sid] for sid in used] == [place[0]]
    if not _leaves_an_unknown_address(run.row):
        assert set(addresses) == used, "one address, and no other"


def _hold(row: Row, stack: Stack, twilio: RunningTwilio) -> None:
    run = _Run(row, stack, twilio)
    covered_before = {
        number["sid"]
        for number in twilio.world.numbers()
        if number.get("emergency_address_status") == "registered"
    }
    twilio.world.pace(registration=Pace.after(1), unregistration=Pace.after(1))
    twilio.faults.add(f"slow seconds={_ANSWER_SECONDS}")
    running = run.begin()
    run.wait_for_numbers_written(running, 3)
    moment = run.call_off(running)
    grace = _GRACE_SECONDS[row.how]
    ran = running.ended()
    assert ran.code != 0, ran.text
    if row.how == "killed cli":
        time.sleep(max(0.0, moment + grace - time.time()))
    elif row.how != "killed plugin":
        assert "Traceback" not in ran.text, ran.text
    if row.wait:
        _settle(run)
    _check_coverage_is_kept(run, covered_before)
    _check_nothing_new_began(run, moment, grace)
    twilio.faults.clear()
    _go_on(run)


@pytest.fixture
def begun(row, crowds, engine, twilio, tmp_path):
    base = crowds(row.size, in_force=row.workflow != "create")
    base.seed(twilio.world)
    stack = Stack(tmp_path, engine, {**base.env, "TWILIO_API_URL": twilio.url}, copy_of=base.stack)
    stack.patience = 240
    yield stack
    stack.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_called_off_run_begins_no_new_write(row, begun, twilio, report_counts):
    report_counts("called off: a run, and the commands that follow")
    _hold(row, begun, twilio)


@pytest.mark.slow
@pytest.mark.parametrize("row", _slow_rows(), ids=lambda row: row.id)
def test_called_off_run_of_every_workflow_begins_no_new_write(row, begun, twilio, report_counts):
    report_counts("called off: a run, and the commands that follow")
    _hold(row, begun, twilio)
