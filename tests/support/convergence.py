"""A stack and its Twilio in one process and on one clock, and the laws that no journey may break."""

from __future__ import annotations

import contextlib
import copy
import os
from dataclasses import dataclass, field, replace
from unittest import mock

import requests
from requests.adapters import BaseAdapter

from pulumi_twilio_emergency.hosts.dynamic import engine as engine_room
from pulumi_twilio_emergency.hosts.dynamic import provider as host_room
from pulumi_twilio_emergency.resources import claims, connection, gaps
from pulumi_twilio_emergency.twilio_gateway import Limits, Settings, connect
from support.small_engine import PROVIDER_KEY, Declared, Killed, Plugin, Ran, Ref, SmallEngine
from twilio_emulator import Fault, Faults, InProcessAdapter, ManualClock, World, create_app

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


class Door(BaseAdapter):
    """
    The way to Twilio, for one command after the other. Requests count from 1 in each.

    Attributes:
        gone_from: From this request on there is no network.
        answer_lost: The first request without a network has still arrived; only its answer was lost.
        kill_after: The process is killed as soon as this request has taken effect.

    """

    def __init__(self, app) -> None:
        super().__init__()
        self._inner = InProcessAdapter(app)
        self.new_process()

    def new_process(self, *, gone_from=None, answer_lost=False, kill_after=None) -> None:
        self.count = 0
        self.dead = False
        self.gone_from = gone_from
        self.answer_lost = answer_lost
        self.kill_after = kill_after

    def send(self, request, *args, **kwargs):
        if self.dead:
            raise Killed
        self.count += 1
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

    def close(self) -> None:
        self._inner.close()


class _Steady(connection.Connection):
    """A connection whose pauses are the same in every run, so that runs can be repeated exactly."""

    def account(self, sid=None):
        account = super().account(sid)
        if not hasattr(account, "steady"):
            account.watch._jitter.seed(1)
            account.steady = True
        return account


@dataclass
class Rehearsal:
    """
    One stack before a Twilio of its own.

    Somebody else's number, address and domain live in the same account; they are nobody's business here.

    Attributes:
        world: What exists at Twilio.
        faults: Trouble to come.
        engine: The stack.
        unsafe: The guards are switched off for the next commands.
        in_flight: Requests at a time.

    """

    world: World = field(default_factory=lambda: World(ManualClock()))
    unsafe: bool = False
    in_flight: int = 1

    def __post_init__(self):
        self.clock = self.world.clock
        account = self.world.add_account()
        self.config = {
            "twilio:accountSid": account.sid,
            "twilio:authToken": account.auth_token,
            "twilio:apiUrl": URL,
        }
        self.app = create_app(self.world)
        self.faults: Faults = self.app.faults
        self.door = Door(self.app)
        self._sessions = [self._session() for _ in range(self.in_flight)]
        self.engine = SmallEngine(self.process)
        self._add_strangers()

    def _session(self):
        session = requests.Session()
        session.trust_env = False
        session.mount(URL, self.door)
        return session

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
        self._strangers = {sid: self.world._glance(sid) for sid in (self.others_address, number, domain)}

    @contextlib.contextmanager
    def process(self, warnings):
        """Be a new plugin process: nothing is known but configuration and environment."""
        claims.claims.__init__()
        gaps.gaps.__init__()
        connection._connections.clear()
        connection._onlookers.clear()

        def hear(severity, message, urn="", *, ephemeral=False):
            if severity == WARNING:
                warnings.append(message)
            return True

        environ = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO")}
        if self.unsafe:
            environ["TWILIO_EMERGENCY_ALLOW_UNSAFE"] = "1"
        with (
            mock.patch.dict(os.environ, environ, clear=True),
            # No threads that look after an engine, which is not there, and no search for grpc's pool.
            mock.patch.object(host_room, "_settled_in", new=True),
            mock.patch.object(engine_room, "log", hear),
        ):
            settings = Settings.read(self.config.get, os.environ)
            limits = Limits(in_flight=self.in_flight)
            connection._connections[settings] = self._connection(settings, limits)
            onlooker = connection.Onlooker(settings)
            onlooker._connection = self._connection(settings, replace(limits, timeout=10, patience=3))
            connection._onlookers[settings] = onlooker
            yield Plugin(self.config, lambda: self.door.dead)

    def _connection(self, settings, limits):
        def govern(clock, limits):
            governor = connect(clock, limits, sessions=iter(self._sessions).__next__)
            governor._jitter.seed(1)
            return governor

        return _Steady(settings, limits, self.clock, govern)

    # What the operator does

    def up(self, program, **trouble) -> Ran:
        self.door.new_process(**trouble)
        return self.engine.up(program)

    def preview(self, program, **trouble) -> Ran:
        self.door.new_process(**trouble)
        return self.engine.preview(program)

    def refresh(self, **trouble) -> Ran:
        self.door.new_process(**trouble)
        return self.engine.refresh()

    def destroy(self, **trouble) -> Ran:
        self.door.new_process(**trouble)
        return self.engine.destroy()

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


# The laws


def laws_of_the_record(rehearsal: Rehearsal) -> None:
    """Judge the emulator's own record of what was asked and what happened: what holds at every moment."""
    for request in rehearsal.world.requests:
        _lawful_request(request)
    _lawful_history(rehearsal.world.history)
    for sid, fields in rehearsal._strangers.items():
        assert rehearsal.world._glance(sid) == fields, "somebody else's is left alone"


def _lawful_request(request) -> None:
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


def _lawful_history(history) -> None:
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


def laws_at_rest(rehearsal: Rehearsal, program, excused=frozenset()) -> None:
    """
    Make sure that program, state and Twilio agree, and that another `up` has nothing to do.

    Args:
        rehearsal: Where.
        program: What was declared.
        excused: SIDs that nobody can know of any more.

    """
    laws_of_the_record(rehearsal)
    state = {(each.kind, each.name): each for each in rehearsal.engine.state}
    assert len(state) == len(rehearsal.engine.state), "nothing waits for its deletion"
    assert state.keys() == {(each.kind, each.name) for each in program}
    assert len({(each.kind, each.id) for each in state.values()}) == len(state), "no two share one object"
    held = {each.id for each in rehearsal.engine.state if each.kind == "EmergencyAddress"}
    assert rehearsal.addresses.keys() - excused == held - excused, "no duplicate, no orphan, none lost"
    bound, switched = set(), set()
    for declared in program:
        made = state[declared.kind, declared.name]
        assert not made.init_errors
        wants = {
            name: rehearsal.in_state(value.name).outputs[value.output] if isinstance(value, Ref) else value
            for name, value in declared.inputs.items()
        }
        if declared.kind == "EmergencyAddress":
            _address_is(rehearsal.addresses[made.id], wants)
        elif declared.kind == "NumberEmergencyBinding":
            bound.add(made.id)
            _number_is(rehearsal.world.number(made.id), wants)
            waits = wants.get("wait_for_registration", True)
            assert not waits or made.outputs["emergency_address_status"] == "registered"
            assert made.outputs["address_sid"] == wants["address_sid"]
        else:
            switched.add(made.id)
            _domain_is(rehearsal.world.domain(made.id), wants)
    _nothing_left_behind(rehearsal, {*bound, *switched, *excused, *rehearsal._strangers})
    before = len(rehearsal.world.requests)
    again = rehearsal.up(program)
    assert again.ok, again.failures
    assert again.changes == []
    writes = [each for each in rehearsal.world.requests[before:] if each.method != "GET"]
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


def _nothing_left_behind(rehearsal, declared):
    """What the program does not name is as if it had never been named."""
    for row in rehearsal.world.numbers():
        if row["sid"] not in declared and not _set_by_others(rehearsal, row["sid"]):
            assert not row.get("emergency_address_sid"), "a number keeps an address that nobody declares"
            assert row.get("emergency_address_status") not in {*HOLDING, "unregistration-failure"}
    for row in rehearsal.world.domains():
        if row["sid"] not in declared and not _set_by_others(rehearsal, row["sid"]):
            assert not row.get("emergency_calling_enabled")
            assert not row.get("emergency_caller_sid")


def _set_by_others(rehearsal, sid) -> bool:
    """Whether the last change of an emergency field did not come through the API."""
    changes = [
        event.by
        for event in rehearsal.world.history
        if event.sid == sid and event.kind == "changed" and any("emergency" in name for name in event.detail)
    ]
    return changes[-1:] == ["others"]


__all__ = [
    "PROVIDER_KEY",
    "Fault",
    "Rehearsal",
    "address",
    "binding",
    "domain",
    "laws_at_rest",
    "laws_of_the_record",
]
