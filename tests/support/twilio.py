"""A plugin process before a Twilio of its own, and resources that are driven through it as the engine does."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from pulumi.dynamic import CheckResult, ResourceProvider

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.core.account.ownership import MemoryLedger
from pulumi_twilio_emergency.hosts.dynamic import process
from support.environment import environ_without
from support.places import HARRISON
from support.plugin_process import Failed, PluginProcess, plain

if TYPE_CHECKING:
    from twilio_emulator.pytest_plugin import RunningTwilio

PROVIDERS = {
    "EmergencyAddress": providers.address,
    "NumberEmergencyBinding": providers.number_binding,
    "SipDomainEmergency": providers.sip_domain,
}


class NextProcess(process.Process):
    """A process for the operator's next command, on a host that an earlier one has prepared."""

    def prepare_host(self):
        """Leave the host alone: it is prepared once."""


class NewRun(ResourceProvider):
    """
    Serves the next calls of a plugin process with a new Process of our own.

    The next command of an operator runs in a plugin process of its own; this costs a fraction of starting one.
    """

    _in_place = contextlib.ExitStack()

    def check(self, olds, news):
        process.current().prepare_host()
        interruption = process.current().interruption
        sys.modules["__main__"]._PROVIDER_CACHE.clear()
        for name in os.environ.keys() - environ_without("TWILIO", "PULUMI_DYNAMIC", "PULUMI_SKIP").keys():
            del os.environ[name]
        os.environ.update(news.get("env") or {})
        self._in_place.close()
        self._in_place.enter_context(
            process.replaced(NextProcess(interruption=interruption, ledger=MemoryLedger()))
        )
        return CheckResult({}, [])


class CheckFailed(Exception):
    """Check found something; the engine goes no further."""

    def __init__(self, failures):
        super().__init__(failures)
        self.failures = failures


def visible(props):
    """Return the properties that Pulumi shows: it hides names that begin with two underscores."""
    return {name: value for name, value in props.items() if not name.startswith("__")}


@dataclass
class PluginHarness:
    """What one test works with. A new harness is a new run with credentials for its own Twilio."""

    plugin: PluginProcess
    twilio: RunningTwilio
    _digits: count = field(default_factory=lambda: count(200))

    def __post_init__(self):
        self.new_run()

    @property
    def world(self):
        return self.twilio.world

    @property
    def account_sid(self):
        return self.twilio.account_sid

    @property
    def config(self):
        return {
            "twilio:accountSid": self.account_sid,
            "twilio:authToken": self.twilio.auth_token,
            "twilio:apiUrl": self.twilio.url,
        }

    def new_run(self, config=None, env=None, **changes):
        """Begin the operator's next command; `changes` are config keys without `twilio:`, None removes one."""
        config = dict(self.config if config is None else config)
        config.update({f"twilio:{name}": value for name, value in changes.items()})
        self.plugin.configure({name: value for name, value in config.items() if value is not None})
        self.plugin.check("urn:pulumi:dev::shop::test::new-run", NewRun(), {"env": env or {}})
        self.plugin.lines.clear()

    # What is there

    def number(self, phone_number=None, **fields):
        """Let the account own a number, and return its SID."""
        return self.world.add_number(phone_number or f"+1415555{next(self._digits):04}", **fields)

    def address(self, place=HARRISON, **fields):
        """Let an emergency address be on file, and return its SID."""
        return self.world.add_address(**place, **fields)

    def bound(self, address_sid, **fields):
        """Let the account own a number that is registered at an address, and return its SID."""
        return self.number(emergency_address_sid=address_sid, emergency_address_status="registered", **fields)

    # What was done

    @property
    def requests(self):
        """All requests, without the account they were for."""
        ordered = sorted(self.world.requests, key=lambda each: each.k)
        return [(each.method, each.path.split("/", 3)[3], each.form) for each in ordered]

    @property
    def writes(self):
        return [request for request in self.requests if request[0] != "GET"]

    def forget(self):
        """Let only what comes from now on count as done."""
        self.world.requests.clear()

    def warnings(self, urn=None):
        return [line.message for line in self.plugin.lines if line.severity == 2 and urn in {None, line.urn}]

    def notes(self):
        return [line.message for line in self.plugin.lines if line.severity == 1 and not line.ephemeral]

    # What is driven

    def resource(self, kind, name="first"):
        return Resource(self, kind, name)

    def emergency_address(self, name="office"):
        return self.resource("EmergencyAddress", name)

    def binding(self, name="desk"):
        return self.resource("NumberEmergencyBinding", name)

    def sip_domain(self, name="phones"):
        return self.resource("SipDomainEmergency", name)


@dataclass
class Resource:
    """One resource of a program, with its part of the state, through any number of runs."""

    harness: PluginHarness
    kind: str
    name: str
    id: str | None = None
    outputs: dict = field(default_factory=dict)
    inputs: dict = field(default_factory=dict)
    olds: list = field(default_factory=list)  # replaced ones, which the engine deletes at the end

    @property
    def urn(self):
        return f"urn:pulumi:dev::shop::pulumi-python:dynamic/twilio:{self.kind}::{self.name}"

    @property
    def provider(self):
        return PROVIDERS[self.kind]()

    @property
    def _plugin(self):
        return self.harness.plugin

    @property
    def shown(self):
        """The outputs that Pulumi shows."""
        return visible(self.outputs)

    def check(self, **program):
        """Return the inputs that check made of the program's, as Pulumi shows them, and its failures by property."""
        inputs, failures = self._check(program, self.inputs)
        return visible(inputs), failures

    def preview(self, **program):
        """Return what the engine would plan: create, same, update, or the properties that replace it."""
        _, _, plan = self._plan(program)
        return plan

    def up(self, timeout=0, **program):
        """Apply it as the engine does, and return what that took: create, same, update or replace."""
        inputs, replaces, plan = self._plan(program)
        if replaces:
            self.olds.append((self.id, self.outputs))
            inputs = self._checked(program, {})  # the engine checks a replacement without olds
        if replaces or plan == "create":
            self._keep(inputs, lambda: self._plugin.create(self.urn, self.provider, inputs, timeout))
        elif plan == "update":
            self._keep(inputs, lambda: (self.id, self._update(inputs, timeout)))
        return "replace" if replaces else plan

    def replace(self, timeout=0, **program):
        """Replace it as `--replace` does: without a diff."""
        inputs = self._checked(program, {})
        self.olds.append((self.id, self.outputs))
        self._keep(inputs, lambda: self._plugin.create(self.urn, self.provider, inputs, timeout))

    def refresh(self):
        """Look what is there as `refresh` does, read and then diff, and return whether it is."""
        before = self.inputs
        id_, outputs, inputs = self._plugin.read(self.urn, self.provider, self.id, self.outputs, before)
        if id_:
            self._plugin.diff(self.urn, self.provider, id_, outputs, before)
        self.id, self.outputs, self.inputs = id_ or None, outputs, inputs
        return bool(id_)

    def delete_olds(self, timeout=0):
        while self.olds:
            self._plugin.delete(self.urn, self.provider, *self.olds[-1], timeout=timeout)
            self.olds.pop()

    def delete(self, timeout=0):
        self._plugin.delete(self.urn, self.provider, self.id, self.outputs, timeout=timeout)

    def _plan(self, program):
        """Check and diff, and return the inputs, what replaces it, and what the engine would plan."""
        inputs = self._checked(program, self.inputs)
        if self.id is None:
            return inputs, [], "create"
        changes, replaces = self._plugin.diff(self.urn, self.provider, self.id, self.outputs, inputs)
        return inputs, replaces, replaces or ("update" if changes else "same")

    def _checked(self, program, olds):
        inputs, failures = self._check(program, olds)
        if failures:
            raise CheckFailed(failures)
        return inputs

    def _check(self, program, olds):
        inputs, failures = self._plugin.check(self.urn, self.provider, program, olds or None)
        by_property = {}
        for where, reason in failures:
            by_property.setdefault(where, []).append(reason)
        return inputs, by_property

    def _update(self, inputs, timeout):
        return self._plugin.update(self.urn, self.provider, self.id, self.outputs, inputs, timeout)

    def _keep(self, inputs, call):
        try:
            self.id, self.outputs = call()
            self.inputs = inputs
        except Failed as failure:
            if failure.init_failed is not None:
                init = failure.init_failed
                self.id = init.id
                self.outputs, self.inputs = plain(init.properties), plain(init.inputs)
            raise
