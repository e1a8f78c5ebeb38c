"""A stack and its Twilio in one process and on one clock, and the invariants that hold whatever happens."""

from __future__ import annotations

import contextlib
import copy
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

import requests
from requests.adapters import BaseAdapter

from pulumi_twilio_emergency.core.account.ownership import MemoryLedger
from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord
from pulumi_twilio_emergency.core.ports import Interrupted
from pulumi_twilio_emergency.hosts.dynamic import process
from pulumi_twilio_emergency.session.run import Run
from pulumi_twilio_emergency.twilio_gateway import Limits, connect
from support.environment import environ_without
from support.polled_event import PolledEvent
from support.small_engine import PROVIDER_KEY, Declared, Killed, Plugin, Ran, Ref, SmallEngine
from twilio_emulator import Fault, Faults, InProcessAdapter, ManualClock, World, create_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.small_engine import Call
    from twilio_emulator.traffic import Traffic

URL = "https://twilio.invalid"
WARNING = 2
HOLDING = {"registered", "pending-registration", "pending-unregistration"}

PLACES = {
    "harrison": {
        "street": "645 Harrison St",
        "city": "San Francisco",
        "region": "CA",
        "postal_code": "94105",
    },
    "across": {"street": "650 HARRISON ST", "city": "SAN FRANCISCO", "region": "CA", "postal_code": "94105"},
    "hall": {
        "street": "1 DR CARLTON B GOODLETT PL",
        "city": "SAN FRANCISCO",
        "region": "CA",
        "postal_code": "94102",
    },
    "empire": {"street": "350 5TH AVE", "city": "NEW YORK", "region": "NY", "postal_code": "10118"},
}
"""`harrison` as a person types it: Twilio knows it in another spelling, which costs a refusal to find out."""


def address(name: str, place: str = "harrison", *, timeout=0, **more) -> Declared:
    inputs = {"customer_name": "Twilio", "iso_country": "US", **PLACES[place], **more}
    return Declared("EmergencyAddress", name, inputs, timeout)


def binding(name: str, phone_number: str, at: str, *, timeout=0, **more) -> Declared:
    inputs = {"phone_number": phone_number, "address_sid": Ref(at, "sid"), **more}
    return Declared("NumberEmergencyBinding", name, inputs, timeout)


def domain(name: str, domain_name: str, caller: str | None = None, *, timeout=0, **more) -> Declared:
    callers = {"emergency_caller_sid": Ref(caller, "number_sid")} if caller else {}
    return Declared("SipDomainEmergency", name, {"domain_name": domain_name, **callers, **more}, timeout)


class FlakyTransport(BaseAdapter):
    """
    The transport of one command after the other, without a socket. Requests count from 1 in each.

    Attributes:
        url: Where the provider finds Twilio.
        environ: Environment variables that belong to it.
        request_timeout: Seconds, real ones, that the next request may take.
        gone_from: From this request on there is no network.
        answer_lost: The first request without a network has still arrived; only its answer was lost.
        kill_after: The process is killed as soon as this request has taken effect.
        interrupt_at: The operator presses Ctrl-C while this request is under way.
        interrupt: Called then.
        written_after: The writes that were begun after the interruption.
        others_at: Just before this request arrives, somebody else changes something.
        others: What they change.
        met_by_others: The request that found it changed.

    """

    def __init__(self, app) -> None:
        super().__init__()
        self._inner = InProcessAdapter(app)
        self._sessions: list[requests.Session] = []
        self.url = URL
        self.environ: dict[str, str] = {}
        self.request_timeout = 30.0
        self.interrupt = lambda: None
        self.new_process()

    def sessions(self, count):
        """Return a factory of so many sessions, which are the same in every command."""
        while len(self._sessions) < count:
            session = requests.Session()
            session.trust_env = False
            session.mount(URL, self)
            self._sessions.append(session)
        return iter(self._sessions).__next__

    def new_process(
        self,
        *,
        gone_from=None,
        answer_lost=False,
        kill_after=None,
        interrupt_at=None,
        others_at=None,
        others=lambda: None,
    ) -> None:
        self.count = 0
        self.dead = False
        self.others_at, self.others = others_at, others
        self.met_by_others = ""
        self.interrupt_at = interrupt_at
        self.written_after: list[str] = []
        self.gone_from = gone_from
        self.answer_lost = answer_lost
        self.kill_after = kill_after

    def send(self, request, *args, **kwargs):
        if self.dead:
            raise Killed
        self.count += 1
        if self.interrupt_at is not None and self.count > self.interrupt_at and request.method != "GET":
            self.written_after.append(f"{request.method} {request.url}")
        if self.count == self.interrupt_at:
            self.interrupt()
        if self.count == self.others_at:
            self.met_by_others = f"{request.method} {request.url}"
            self.others()
        if self.gone_from is not None and self.count >= self.gone_from:
            if self.count > self.gone_from:
                raise requests.ConnectionError("NewConnectionError: no network", request=request)
            if self.answer_lost:
                self._inner.send(request)
            raise requests.ConnectionError("connection reset by peer", request=request)
        answer = self._inner.send(request, *args, **kwargs)
        if self.count == self.kill_after:
            self.dead = True
            raise Killed
        return answer

    @property
    def struck(self) -> bool:
        """Whether the network has gone, or the process been killed, at the request that was said."""
        at = self.gone_from or self.kill_after
        return at is not None and self.count >= at

    def close(self) -> None:
        self._inner.close()


class _Clock:
    """The world's clock, for one command: waits end with its interruption."""

    def __init__(self, clock, interruption) -> None:
        self._clock = clock
        self._interruption = interruption
        self.monotonic = clock.now
        self.time = clock.time

    def sleep(self, seconds: float) -> None:
        self.raise_if_interrupted()
        self._clock.sleep(seconds)

    def event(self) -> PolledEvent:
        return PolledEvent(self)

    def raise_if_interrupted(self) -> None:
        if self._interruption.is_set:
            raise Interrupted


class _Reporter:
    """Hears the warnings of one command."""

    def __init__(self, warnings: list[str]) -> None:
        self.warn = warnings.append

    def line(self, urn: str):
        return self

    def status(self, subject: str, details: str = "") -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def debug(self, text: str) -> None:
        pass

    def at_end(self, say) -> None:
        pass


class _SteadyRun(Run):
    """A run whose pauses are the same every time, so that it can be repeated exactly."""

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        account_of = self.twilio.account

        def steady(sid=None):
            account = account_of(sid)
            if not hasattr(account, "steady"):
                account.waiter._jitter.seed(1)
                account.steady = True
            return account

        self.twilio.account = steady


class _Process(process.Process):
    """A plugin process that speaks to the world in this one, one request after the other."""

    def __init__(self, stack: Convergence, warnings: list[str]) -> None:
        super().__init__(reporter=_Reporter(warnings), ledger=MemoryLedger(), submitted=stack.submitted)
        self._stack = stack

    def prepare_host(self) -> None:
        """Leave the host alone: there is no engine to look after, and no pool to search for."""

    def open_run(self, settings):
        return _SteadyRun(
            settings,
            self.reporter,
            interruption=self.interruption,
            clock=_Clock(self._stack.clock, self.interruption),
            ledger=self.ledger,
            submitted=self.submitted,
            limits=Limits(in_flight=self._stack.in_flight),
            govern=self._stack.govern,
        )


class _LimitsOfTransport:
    """The limits of a command, except that the transport knows which request is not going to be answered."""

    def __init__(self, limits: Limits, transport) -> None:
        self._limits = limits
        self._transport = transport

    @property
    def timeout(self) -> float:
        return self._transport.request_timeout

    def __getattr__(self, name: str) -> Any:
        return getattr(self._limits, name)


@dataclass
class Convergence:
    """
    One stack before a Twilio of its own.

    Somebody else's number, address and domain live in the same account; they are nobody's business here.

    Attributes:
        world: What exists at Twilio.
        faults: Trouble to come.
        engine: The stack.
        unsafe: The guards are switched off for the next commands.
        in_flight: Requests at a time.
        transport_to: Makes what the provider reaches Twilio's app by.
        submitted: What this machine remembers of submissions; a new one is another machine.

    """

    world: World = field(default_factory=lambda: World(ManualClock()))
    unsafe: bool = False
    in_flight: int = 1
    transport_to: Callable[[Traffic], Any] = FlakyTransport
    submitted: MemorySubmissionRecord = field(default_factory=MemorySubmissionRecord)

    def __post_init__(self):
        self.clock = self.world.clock
        account = self.world.add_account()
        self.config = {
            "twilio:accountSid": account.sid,
            "twilio:authToken": account.auth_token,
        }
        self.app = create_app(self.world)
        self.faults: Faults = self.app.faults
        self.transport = self.transport_to(self.app)
        self.config["twilio:apiUrl"] = self.transport.url
        self.calls: list[Call] = []
        self.engine = SmallEngine(self.process)
        self._add_strangers()

    def _add_strangers(self):
        place = {
            **PLACES["empire"],
            "customer_name": "Others",
            "iso_country": "US",
            "friendly_name": "theirs",
        }
        self.others_address = self.world.add_address(**place)
        number = self.world.add_number(
            "+14155550999", emergency_address_sid=self.others_address, emergency_address_status="registered"
        )
        domain = self.world.add_domain(
            "theirs.sip.twilio.com", emergency_calling_enabled=True, emergency_caller_sid=number
        )
        self._strangers = {sid: self.world.row(sid) for sid in (self.others_address, number, domain)}

    @contextlib.contextmanager
    def process(self, warnings):
        """Be a new plugin process: nothing is known but configuration and environment."""
        environ = environ_without("TWILIO") | self.transport.environ
        if self.unsafe:
            environ["TWILIO_EMERGENCY_ALLOW_UNSAFE"] = "1"
        here = _Process(self, warnings)
        self.transport.interrupt = here.interruption.set
        with mock.patch.dict(os.environ, environ, clear=True), process.replaced(here):
            plugin = Plugin(self.config, lambda: self.transport.dead, lambda: here.interruption.is_set)
            self.calls = plugin.calls
            plugin.progress = lambda: len(self.world.history)
            yield plugin

    def govern(self, clock, limits):
        """Return an HTTP client whose pauses are the same in every run, so that runs can be repeated exactly."""
        governor = connect(clock, limits, sessions=self.transport.sessions(self.in_flight))
        governor._jitter.seed(1)
        governor.limits = _LimitsOfTransport(limits, self.transport)
        return governor

    # What the operator does

    def up(self, program, *, refresh=False, replace=frozenset(), **trouble) -> Ran:
        self.transport.new_process(**trouble)
        return self.engine.up(program, refresh=refresh, replace=replace)

    def preview(self, program, **trouble) -> Ran:
        self.transport.new_process(**trouble)
        return self.engine.preview(program)

    def refresh(self, **trouble) -> Ran:
        self.transport.new_process(**trouble)
        return self.engine.refresh()

    def destroy(self, *, refresh=False, **trouble) -> Ran:
        self.transport.new_process(**trouble)
        return self.engine.destroy(refresh=refresh)

    # Going back in time

    def remember(self):
        world = self.world
        kept = (world._rows, world._tables, world.history, world.requests, world._dial, self.engine.state)
        return copy.deepcopy(kept), world._count, self.clock.now()

    def restore(self, remembered):
        kept, world = copy.deepcopy(remembered[0]), self.world
        (world._rows, world._tables, world.history, world.requests, world._dial, self.engine.state) = kept
        world._count, self.clock._now = remembered[1:]
        self.faults.clear()
        self.unsafe = False

    # What is there

    @property
    def addresses(self) -> dict[str, dict]:
        """What stands at Twilio, without the strangers'."""
        return {row["sid"]: row for row in self.world.addresses() if row["sid"] not in self._strangers}

    def in_state(self, name):
        return self.engine.current(name)


# The invariants


def invariants_of_the_record(stack: Convergence) -> None:
    """Judge the emulator's own record of what was asked and what happened: what holds at every moment."""
    for request in stack.world.requests:
        _check_request(request)
    _check_history(stack.world.history)
    for sid, fields in stack._strangers.items():
        assert stack.world.row(sid) == fields, "somebody else's is left alone"


_CLAIMS_NO_CHANGE = re.compile("(?:nothing|no registration) was changed|changed nothing", re.IGNORECASE)


def invariants_after(stack: Convergence, ran: Ran) -> None:
    """Make sure that what the operator reads of a command, and what state says after it, is so at Twilio."""
    invariants_of_the_record(stack)
    for call in stack.calls:
        if _CLAIMS_NO_CHANGE.search(call.failure):
            done = [each for each in stack.world.history[call.began : call.ended] if each.by == "api"]
            assert done == [], f"{call.method} of {call.urn} says {call.failure!r}"
    for each in stack.engine.state:
        if each.name not in ran.failures and not (ran.killed or each.init_errors or each.pending_delete):
            _state_is_true(stack, each)


def _state_is_true(stack, resource):
    outputs = resource.outputs
    if resource.kind == "EmergencyAddress":
        assert resource.id in stack.addresses, f"{resource.name} is in state, and not at Twilio"
    elif resource.kind == "NumberEmergencyBinding":
        row = stack.world.number(resource.id)
        says = (outputs["address_sid"], outputs["emergency_address_status"])
        assert says == (row.get("emergency_address_sid"), row.get("emergency_address_status")), resource.name
    else:
        row = stack.world.domain(resource.id)
        says = (outputs["emergency_calling_enabled"], outputs.get("emergency_caller_sid"))
        is_so = (bool(row.get("emergency_calling_enabled")), row.get("emergency_caller_sid"))
        assert says == is_so, resource.name


def _check_request(request) -> None:
    if request.method == "GET":
        return
    kind, _, sid = request.path.split("/", 3)[3].rpartition("/") if "/" in request.path else ("", "", "")
    form = dict(request.form)
    assert len(form) == len(request.form), "no field is sent twice"
    assert "EmergencyStatus" not in form
    if request.method == "DELETE":
        assert kind == "Addresses", f"nothing but addresses is ever deleted, not {request.path}"
    elif kind == "IncomingPhoneNumbers":
        assert form.keys() == {"EmergencyAddressSid"}, form
    elif kind == "SIP/Domains":
        assert form, "an update says something"
        assert form.keys() <= {"EmergencyCallingEnabled", "EmergencyCallerSid"}, form
    elif kind == "Addresses":
        assert form.keys() == {"FriendlyName"}, form
    else:
        assert (kind, sid) == ("", "Addresses"), f"nothing but addresses is ever created, not {request.path}"
        assert form["EmergencyEnabled"] == "true"
        assert form["AutoCorrectAddress"] == "false"


def _check_history(history) -> None:
    points_at: dict[str, str | None] = {}
    was_at: dict[str, str | None] = {}
    status: dict[str, str | None] = {}
    for event in history:
        if event.sid.startswith("PN"):
            assert (event.kind, event.by) != ("removed", "api"), "no number is ever released"
            if "emergency_address_sid" in event.detail:
                new = event.detail["emergency_address_sid"]
                if event.by == "api" and new is not None and new != was_at.get(event.sid):
                    held = status.get(event.sid) in HOLDING and was_at.get(event.sid) is not None
                    assert not held, (
                        f"{event.sid} went from {was_at[event.sid]} to {new} while {status[event.sid]}"
                    )
                points_at[event.sid] = new
                was_at[event.sid] = new or was_at.get(event.sid)
            if "emergency_address_status" in event.detail:
                status[event.sid] = event.detail["emergency_address_status"]
        elif event.sid.startswith("AD") and (event.kind, event.by) == ("removed", "api"):
            assert event.sid not in points_at.values(), f"{event.sid} was deleted while a number points at it"
    for sid in {event.sid for event in history if event.kind == "created" and event.by == "api"}:
        assert sid.startswith("AD"), f"{sid} was created"


def invariants_at_rest(stack: Convergence, program, excused=frozenset()) -> None:
    """
    Make sure that program, state and Twilio agree, and that another `up` has nothing to do.

    Args:
        stack: Where.
        program: What was declared.
        excused: SIDs that nobody can know of any more.

    """
    invariants_of_the_record(stack)
    state = {(each.kind, each.name): each for each in stack.engine.state}
    assert len(state) == len(stack.engine.state), "nothing waits for its deletion"
    assert state.keys() == {(each.kind, each.name) for each in program}
    assert len({(each.kind, each.id) for each in state.values()}) == len(state), "no two share one object"
    held = {each.id for each in stack.engine.state if each.kind == "EmergencyAddress"}
    assert stack.addresses.keys() - excused == held - excused, "no duplicate, no unmanaged address, none lost"
    bound, switched = set(), set()
    for declared in program:
        made = state[declared.kind, declared.name]
        assert not made.init_errors
        wants = {
            name: stack.in_state(value.name).outputs[value.output] if isinstance(value, Ref) else value
            for name, value in declared.inputs.items()
        }
        if declared.kind == "EmergencyAddress":
            _address_is(stack.addresses[made.id], wants)
        elif declared.kind == "NumberEmergencyBinding":
            bound.add(made.id)
            _number_is(stack.world.number(made.id), wants)
            waits = wants.get("wait_for_registration", True)
            assert not waits or made.outputs["emergency_address_status"] == "registered"
            assert made.outputs["address_sid"] == wants["address_sid"]
        else:
            switched.add(made.id)
            _domain_is(stack.world.domain(made.id), wants)
    _nothing_left_behind(stack, {*bound, *switched, *excused, *stack._strangers})
    before = len(stack.world.requests)
    again = stack.up(program)
    assert again.ok, again.failures
    assert again.changes == []
    writes = [each for each in stack.world.requests[before:] if each.method != "GET"]
    assert writes == []


def _address_is(row, wants):
    assert row["emergency_enabled"]
    for name in ("street", "city", "region", "postal_code", "customer_name"):
        assert row[name].upper() == wants[name].upper()
    assert row["street_secondary"] == wants.get("street_secondary")
    if "friendly_name" in wants:
        assert row["friendly_name"] == wants["friendly_name"]


def _number_is(row, wants):
    assert row["phone_number"] == wants["phone_number"]
    assert row.get("emergency_address_sid") == wants["address_sid"]
    assert row.get("emergency_address_status") == "registered"


def _domain_is(row, wants):
    assert row["domain_name"] == wants["domain_name"]
    assert bool(row.get("emergency_calling_enabled")) == wants.get("enabled", True)
    assert row.get("emergency_caller_sid") == wants.get("emergency_caller_sid")


def _nothing_left_behind(stack, declared):
    """What the program does not name is as if it had never been named."""
    for row in stack.world.numbers():
        if row["sid"] not in declared and not _set_by_others(stack, row["sid"]):
            assert not row.get("emergency_address_sid"), "a number keeps an address that nobody declares"
            assert row.get("emergency_address_status") not in {*HOLDING, "unregistration-failure"}
    for row in stack.world.domains():
        if row["sid"] not in declared and not _set_by_others(stack, row["sid"]):
            assert not row.get("emergency_calling_enabled")
            assert not row.get("emergency_caller_sid")


def _set_by_others(stack, sid) -> bool:
    """Whether the last change of an emergency field did not come through the API."""
    changes = [
        event.by
        for event in stack.world.history
        if event.sid == sid and event.kind == "changed" and any("emergency" in name for name in event.detail)
    ]
    return changes[-1:] == ["others"]


__all__ = [
    "PROVIDER_KEY",
    "Convergence",
    "Fault",
    "address",
    "binding",
    "domain",
    "invariants_after",
    "invariants_at_rest",
    "invariants_of_the_record",
]
