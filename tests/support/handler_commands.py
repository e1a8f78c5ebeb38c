"""Handlers without Pulumi: commands on a stack, in this process, before an emulator without a socket."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from pulumi_twilio_emergency.handlers.address import AddressHandler
from pulumi_twilio_emergency.handlers.call import Call
from pulumi_twilio_emergency.handlers.number_binding import NumberBindingHandler
from pulumi_twilio_emergency.handlers.results import NotReady, Secret
from pulumi_twilio_emergency.handlers.sip_domain import SipDomainHandler
from pulumi_twilio_emergency.session.run import Run
from pulumi_twilio_emergency.twilio_gateway import Settings, connect
from support.polled_event import PolledEvent
from twilio_emulator import Faults, InProcessAdapter, ManualClock, Pace, World, create_app

if TYPE_CHECKING:
    from pulumi_twilio_emergency.handlers.base import Handler

URL = "https://twilio.invalid"


class SharedClock(ManualClock):
    """The emulator's clock and the provider's in one: waiting costs no time."""

    def event(self) -> PolledEvent:
        return PolledEvent(self)

    def raise_if_interrupted(self) -> None:
        """Nobody interrupts."""


@dataclass
class Screen:
    """What a command has said: warnings and notes by the name of their resource, "" for the command as a whole."""

    warnings: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    last_words: list[Any] = field(default_factory=list)

    def line(self, urn: str) -> ScreenLine:
        return ScreenLine(self, urn.rpartition("::")[2])

    def warn(self, text: str) -> None:
        self.warnings.append(("", text))

    def debug(self, text: str) -> None:
        """Be told what only --debug shows."""

    def at_end(self, say: Any) -> None:
        self.last_words.append(say)


@dataclass
class ScreenLine:
    screen: Screen
    name: str

    def status(self, subject: str, details: str = "") -> None:
        """Be told what passes."""

    def note(self, text: str) -> None:
        self.screen.notes.append((self.name, text))

    def warn(self, text: str) -> None:
        self.screen.warnings.append((self.name, text))


class CheckFailed(Exception):
    """Check found problems; the engine goes no further."""

    def __init__(self, problems) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = {problem.where: str(problem) for problem in problems}


@dataclass
class Resource:
    """
    One resource, with its part of the state.

    Attributes:
        answered: The outputs as the handler has answered them last, Secret and None included.
        outputs: As they stand in state, and come back from it.

    """

    handler: Handler
    kind: str
    name: str
    stack: str = "dev"
    project: str = "shop"
    secret: frozenset[str] = frozenset()
    id: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    answered: dict[str, Any] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return (
            f"urn:pulumi:{self.stack}::{self.project}::pulumi-python:dynamic/twilio:{self.kind}::{self.name}"
        )

    def keep(self, id_: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        self.id, self.inputs, self.answered = id_, inputs, outputs
        self.outputs = {name: _plain(value) for name, value in outputs.items() if value is not None}

    def copy(self) -> Resource:
        """Return this copy of the resource as the engine keeps it for a late delete."""
        return dataclasses.replace(self)


def emergency_address(name: str = "office", **more: Any) -> Resource:
    return Resource(AddressHandler(), "EmergencyAddress", name, **more)


def binding(name: str = "desk", **more: Any) -> Resource:
    return Resource(NumberBindingHandler(), "NumberEmergencyBinding", name, **more)


def sip_domain(name: str = "phones", **more: Any) -> Resource:
    return Resource(SipDomainHandler(), "SipDomainEmergency", name, **more)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value


class Twilio:
    """An emulator in this process with one account, and commands before it."""

    def __init__(self, account_sid: str | None = None) -> None:
        self.clock = SharedClock()
        self.world = World(self.clock)
        self.world.pace(registration=Pace.at_once(), unregistration=Pace.at_once())
        account = self.world.add_account(account_sid)
        self.settings = Settings(account.sid, account.auth_token, api_url=URL)
        self.faults = Faults()
        self.app = create_app(self.world, self.faults)

    def command(self, *, unsafe: bool = False, **options: Any) -> Command:
        """Begin an operator's next command."""
        settings = Settings(self.settings.account_sid, self.settings.auth_token, api_url=URL, unsafe=unsafe)
        return Command(self, settings, options)

    def session(self) -> requests.Session:
        session = requests.Session()
        session.mount(URL, InProcessAdapter(self.app))
        return session

    @property
    def writes(self) -> list[tuple[str, str, dict[str, str]]]:
        """What was written, without the account."""
        return [
            (each.method, each.path.split("/", 3)[3], dict(each.form))
            for each in self.world.requests
            if each.method != "GET"
        ]

    def coverage(self, number_sid: str) -> tuple[str | None, str | None]:
        """Return the address of a number, and its status."""
        row = self.world.number(number_sid)
        return row["emergency_address_sid"] or None, row.get("emergency_address_status")


class Command:
    """One command: the six calls in the engine's order, on the resources of a stack."""

    def __init__(self, twilio: Twilio, settings: Settings, options: dict[str, Any]) -> None:
        self.screen = Screen()
        self.run = Run(
            settings,
            self.screen,
            clock=twilio.clock,
            govern=lambda clock, limits: connect(clock, limits, twilio.session),
            **options,
        )

    def warnings(self, resource: Resource | None = None) -> list[str]:
        return [text for name, text in self.screen.warnings if resource is None or name == resource.name]

    def finish(self) -> None:
        """End the command: what was to be said at the end is said."""
        for say in self.screen.last_words:
            say()

    def check(self, resource: Resource, *, olds: bool = True, **program: Any) -> dict[str, Any]:
        """Return the checked inputs, or raise CheckFailed. Without olds, it is as for a replacement."""
        call = self.call("check", resource)
        checked = resource.handler.check(call, resource.inputs if olds else {}, program)
        if checked.problems:
            raise CheckFailed(checked.problems)
        return checked.inputs

    def diff(self, resource: Resource, inputs: dict[str, Any]):
        call = self.call("diff", resource)
        return resource.handler.diff(call, resource.id, resource.outputs, inputs)

    def preview(self, resource: Resource, **program: Any) -> str | list[str]:
        """Return what the engine would plan: create, same, update, or the properties that replace it."""
        return self._plan(resource, program)[1]

    def up(self, resource: Resource, **program: Any) -> str | list[str]:
        """Apply it. A replaced copy is left to the caller, for `delete`."""
        inputs, plan = self._plan(resource, program)
        if plan == "create":
            self.create(resource, inputs)
        elif plan == "update":
            self._update(resource, inputs)
        elif plan != "same":
            self.replace(resource, **program)
        return plan

    def replace(self, resource: Resource, **program: Any) -> None:
        """Create its successor, as the engine does after a diff, or without one for `--replace`."""
        self.create(resource, self.check(resource, olds=False, **program))

    def refresh(self, resource: Resource) -> bool:
        """Read it, and let it diff what was read as the engine does. Returns whether it is there."""
        before = resource.inputs
        read = resource.handler.read(self.call("read", resource), resource.id, resource.outputs, before)
        if read is None:
            resource.id = None
            return False
        resource.keep(read.id, read.inputs, read.outputs)
        self.diff(resource, before)
        return True

    def delete(self, resource: Resource) -> None:
        resource.handler.delete(self.call("delete", resource), resource.id, resource.outputs)

    def _plan(self, resource: Resource, program: dict[str, Any]) -> tuple[dict[str, Any], str | list[str]]:
        inputs = self.check(resource, **program)
        if resource.id is None:
            return inputs, "create"
        found = self.diff(resource, inputs)
        return inputs, list(found.replaces) or ("update" if found.changes else "same")

    def create(self, resource: Resource, inputs: dict[str, Any]) -> None:
        try:
            made = resource.handler.create(self.call("create", resource), inputs)
        except NotReady as stop:
            resource.keep(stop.id, inputs, dict(stop.outputs))
            raise
        resource.keep(made.id, inputs, made.outputs)

    def _update(self, resource: Resource, inputs: dict[str, Any]) -> None:
        try:
            outputs = resource.handler.update(
                self.call("update", resource), resource.id, resource.outputs, inputs
            )
        except NotReady as stop:
            resource.keep(stop.id, inputs, dict(stop.outputs))
            raise
        resource.keep(resource.id, inputs, outputs)

    def call(self, method: str, resource: Resource) -> Call:
        line = self.screen.line(resource.urn)
        return Call(self.run, method, resource.urn, line=line, secret=resource.secret)
