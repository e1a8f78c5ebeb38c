"""
A small Pulumi engine in this process: the real one's order of calls, and what it keeps when they fail.

The resources are served by the SDK's own servicer, so pickles, wire types and what is read from the host's
frames are real. Each command is a plugin process of its own, as far as memory goes.
"""

from __future__ import annotations

import contextlib
import importlib.util
from dataclasses import dataclass, field
from functools import cache
from unittest import mock

import grpc
from google.protobuf import struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.hosts.dynamic.property_maps import HIDDEN_INPUTS

PROVIDER_KEY = "__provider"
PROVIDERS = {
    "EmergencyAddress": providers.address,
    "NumberEmergencyBinding": providers.number_binding,
    "SipDomainEmergency": providers.sip_domain,
}


class Killed(BaseException):
    """The process is no more. Raised from inside a request, where a kill would meet it."""


# What a program says


@dataclass(frozen=True)
class Ref:
    """Another resource's output."""

    name: str
    output: str


@dataclass(frozen=True)
class Declared:
    """One resource of a program; `timeout` is its custom_timeouts in seconds."""

    kind: str
    name: str
    inputs: dict
    timeout: float = 0

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::shop::pulumi-python:dynamic/twilio:{self.kind}::{self.name}"

    @property
    def needs(self) -> set[str]:
        return {value.name for value in self.inputs.values() if isinstance(value, Ref)}


# What state holds


@dataclass
class Resource:
    """
    One resource in state.

    Attributes:
        pending_delete: It was replaced, and is deleted at the end of this run or in a later one.
        init_errors: It exists and is not ready: the next `up` updates it, whatever diff says.
        needs: URNs of what it depends on.

    """

    urn: str
    id: str
    inputs: dict
    outputs: dict
    needs: frozenset[str]
    pending_delete: bool = False
    init_errors: tuple[str, ...] = ()
    timeout: float = 0

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def kind(self) -> str:
        return self.urn.rpartition("::")[0].rpartition(":")[2]


@dataclass
class Ran:
    """
    What became of one command.

    Attributes:
        steps: What was done, in order: ("create", "desk"), ...
        failures: What the operator reads, by resource.
        warnings: The lines under Diagnostics.
        killed: The process ended before the command did.
        skipped: What was not begun after Ctrl-C, or because what it needs had failed.

    """

    steps: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    killed: bool = False
    skipped: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.failures and not self.killed and not self.skipped

    @property
    def changes(self) -> list[tuple[str, str]]:
        return [step for step in self.steps if step[0] != "same"]


# The plugin, as the engine reaches it


@dataclass
class Call:
    """
    One call of the plugin.

    Attributes:
        failure: What the operator reads of it; empty where it succeeded.
        began: How much had happened at Twilio by then.
        ended: The same when it was answered.

    """

    method: str
    urn: str
    began: int
    ended: int = 0
    failure: str = ""


class CallFailed(Exception):
    """What the engine makes of a failed call."""

    def __init__(self, message: str, init_failed: provider_pb2.ErrorResourceInitFailed | None = None) -> None:
        super().__init__(message)
        self.init_failed = init_failed


class _Aborted(Exception):
    pass


class _Context:
    """As much of grpc's context as the servicer and what it calls use."""

    def __init__(self) -> None:
        self.trailer: tuple[tuple[str, bytes], ...] = ()
        self.code = grpc.StatusCode.OK
        self.details = ""

    def set_trailing_metadata(self, metadata):
        self.trailer = tuple(metadata)

    def set_code(self, code):
        self.code = code

    def set_details(self, details):
        self.details = details

    def abort(self, code, details):
        self.code, self.details = code, details
        raise _Aborted(details)

    def failure(self) -> CallFailed:
        """Read the error as Go's gRPC does: the details count when their code agrees."""
        for key, value in self.trailer:
            status = status_pb2.Status.FromString(value)
            if key == "grpc-status-details-bin" and status.code == self.code.value[0]:
                init = provider_pb2.ErrorResourceInitFailed() if status.details else None
                if init is not None:
                    assert status.details[0].Unpack(init)
                return CallFailed(status.message, init)
        return CallFailed(self.details)


@cache
def _host():
    """Return the SDK's module that serves dynamic providers, without the server that it starts."""

    class NoServer(Exception):
        pass

    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    module = importlib.util.module_from_spec(spec)
    with mock.patch("grpc.server", side_effect=NoServer), contextlib.suppress(NoServer):
        spec.loader.exec_module(module)
    return module


@cache
def provider_text(kind: str) -> str:
    return serialize_provider(PROVIDERS[kind]())


def _own_inputs(declared: Declared) -> dict:
    """Return the inputs that our resources add to those of the program: see `resources.base`."""
    added = {HIDDEN_INPUTS: []} if declared.needs else {}
    return {PROVIDER_KEY: provider_text(declared.kind), **added}


def struct(values: dict) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def plain(value):
    """Return a Struct, or a value in one, as Python's own."""
    if isinstance(value, struct_pb2.Struct):
        return {name: plain(each) for name, each in value.fields.items()}
    which = value.WhichOneof("kind")
    if which == "struct_value":
        return plain(value.struct_value)
    if which == "list_value":
        return [plain(each) for each in value.list_value.values]
    return None if which == "null_value" else getattr(value, which)


class Plugin:
    """
    One plugin process: the six calls, from any thread. `dead` tells whether it was killed meanwhile.

    Attributes:
        calls: Those that there were, in order.
        progress: Tells how much has happened at Twilio.

    """

    def __init__(self, config: dict[str, str], dead=lambda: False, interrupted=lambda: False) -> None:
        self._dead = dead
        self.interrupted = interrupted
        self.calls: list[Call] = []
        self.progress = lambda: 0
        self._servicer = _host().DynamicResourceProviderServicer()
        _host()._PROVIDER_CACHE.clear()
        self._servicer.Configure(provider_pb2.ConfigureRequest(args=struct(config)), _Context())

    def _ask(self, method: str, request):
        context = _Context()
        call = Call(method, request.urn, self.progress())
        self.calls.append(call)
        try:
            return getattr(self._servicer, method)(request, context)
        except _Aborted:
            failure = context.failure()
            call.failure = str(failure)
            raise failure from None
        finally:
            call.ended = self.progress()
            if self._dead():
                # The provider answers even this, but nobody is there to hear it.
                raise Killed

    def check(self, urn, olds, news):
        request = provider_pb2.CheckRequest(urn=urn, olds=struct(olds or {}), news=struct(news))
        answer = self._ask("Check", request)
        return plain(answer.inputs), [(each.property, each.reason) for each in answer.failures]

    def diff(self, resource: Resource, news):
        request = provider_pb2.DiffRequest(
            urn=resource.urn,
            id=resource.id,
            olds=struct(resource.outputs),
            old_inputs=struct(resource.inputs),
            news=struct(news),
        )
        answer = self._ask("Diff", request)
        changes = {0: resource.inputs != news, 1: False, 2: True}[answer.changes]
        return changes, list(answer.replaces)

    def create(self, urn, news, timeout=0):
        request = provider_pb2.CreateRequest(urn=urn, properties=struct(news), timeout=timeout)
        answer = self._ask("Create", request)
        assert answer.id
        return answer.id, plain(answer.properties)

    def read(self, resource: Resource):
        request = provider_pb2.ReadRequest(
            urn=resource.urn,
            id=resource.id,
            properties=struct(resource.outputs),
            inputs=struct(resource.inputs),
        )
        answer = self._ask("Read", request)
        inputs = plain(answer.inputs) if answer.HasField("inputs") else resource.inputs
        return answer.id, plain(answer.properties), inputs

    def update(self, resource: Resource, news, timeout=0):
        request = provider_pb2.UpdateRequest(
            urn=resource.urn,
            id=resource.id,
            olds=struct(resource.outputs),
            old_inputs=struct(resource.inputs),
            news=struct(news),
            timeout=timeout,
        )
        return plain(self._ask("Update", request).properties)

    def delete(self, resource: Resource) -> None:
        request = provider_pb2.DeleteRequest(
            urn=resource.urn,
            id=resource.id,
            properties=struct(resource.outputs),
            old_inputs=struct(resource.inputs),
            timeout=resource.timeout,
        )
        self._ask("Delete", request)


# The engine


class SmallEngine:
    """
    One stack.

    Attributes:
        state: What the last checkpoint holds, in the order of registration.
        goes_on: After a failure, what is independent of it still runs, as if it had been under way already.

    """

    def __init__(self, plugin) -> None:
        """
        Start with an empty stack.

        Args:
            plugin: Starts a plugin process for one command: a context manager around a Plugin and the
                list that hears its warnings.

        """
        self._plugin = plugin
        self.state: list[Resource] = []
        self.goes_on = True

    def current(self, name: str, kind: str | None = None) -> Resource | None:
        """Return the live resource of that name."""
        for each in self.state:
            if each.name == name and not each.pending_delete and kind in {None, each.kind}:
                return each
        return None

    def up(
        self, program: list[Declared], *, refresh: bool = False, replace: frozenset[str] = frozenset()
    ) -> Ran:
        """Run the program; with `refresh`, read everything first; `replace` names what is replaced by force."""
        with self._command() as (ran, plugin):
            if refresh:
                self._refresh(ran, plugin)
            self._run_program(program, ran, plugin, replace)
            if not ran.failures and not ran.skipped:
                declared = {each.urn for each in program}
                self._delete(
                    [r for r in self.state if r.pending_delete or r.urn not in declared], ran, plugin
                )
        return ran

    def _run_program(self, program, ran, plugin, replace=frozenset()):
        registered = set()
        for declared in program:
            # After Cancel the engine begins no further step.
            if plugin.interrupted() or (ran.failures and not (self.goes_on and declared.needs <= registered)):
                ran.skipped.append(declared.name)
                continue
            try:
                inputs = _own_inputs(declared)
                for name, value in declared.inputs.items():
                    inputs[name] = self._output(program, value) if isinstance(value, Ref) else value
                needs = frozenset(each.urn for each in program if each.name in declared.needs)
                self._register(declared, inputs, needs, ran, plugin, by_force=declared.name in replace)
                registered.add(declared.name)
            except CallFailed as failure:
                ran.failures[declared.name] = str(failure)

    def _output(self, program, ref):
        urn = next(each.urn for each in program if each.name == ref.name)
        resource = next(each for each in self.state if each.urn == urn and not each.pending_delete)
        return resource.id if ref.output == "id" else resource.outputs.get(ref.output)

    def _register(self, declared, inputs, needs, ran, plugin, *, by_force=False):
        urn, name = declared.urn, declared.name
        old = next((each for each in self.state if each.urn == urn and not each.pending_delete), None)
        # A replacement by force is checked without olds, and diff is not asked (step_generator.go).
        checked = self._fit(plugin, urn, old.inputs if old and not by_force else None, inputs)
        if old is None or by_force:
            ran.steps.append(("replace" if old else "create", name))
            self._create(declared, checked, needs, old, plugin)
            return
        changes, replaces = plugin.diff(old, checked)
        if changes and replaces:
            ran.steps.append(("replace", name))
            checked = self._fit(plugin, urn, None, inputs)
            self._create(declared, checked, needs, old, plugin)
        elif changes or old.init_errors:
            ran.steps.append(("update", name))
            self._update(declared, checked, needs, old, plugin)
        else:
            ran.steps.append(("same", name))
            old.inputs, old.needs = checked, needs
        old.timeout = declared.timeout

    @staticmethod
    def _fit(plugin, urn, olds, inputs):
        checked, failures = plugin.check(urn, olds, inputs)
        if failures:
            raise CallFailed("\n".join(f"{where}: {reason}" for where, reason in failures))
        return checked

    def _create(self, declared, checked, needs, replaced, plugin):
        failure = None
        try:
            id_, outputs = plugin.create(declared.urn, checked, declared.timeout)
        except CallFailed as failed:
            if failed.init_failed is None:
                raise
            failure = failed
            init = failed.init_failed
            id_, outputs, checked = init.id, plain(init.properties), plain(init.inputs)
        made = Resource(declared.urn, id_, checked, outputs, needs, timeout=declared.timeout)
        if failure is not None:
            made.init_errors = tuple(failure.init_failed.reasons)
        if replaced is not None:
            replaced.pending_delete = True
        self.state.append(made)
        if failure is not None:
            raise failure

    @staticmethod
    def _update(declared, checked, needs, old, plugin):
        try:
            old.outputs = plugin.update(old, checked, declared.timeout)
            old.inputs, old.needs, old.init_errors = checked, needs, ()
        except CallFailed as failed:
            if failed.init_failed is not None:
                init = failed.init_failed
                old.outputs, old.inputs, old.needs = plain(init.properties), plain(init.inputs), needs
                old.init_errors = tuple(init.reasons)
            raise

    def _delete(self, doomed, ran, plugin):
        """Delete what nothing needs any more, then what only that needed; a failure ends it."""
        while doomed:
            needed = {urn for each in doomed for urn in each.needs}
            ready = [each for each in doomed if each.urn not in needed]
            for each in reversed(ready):
                if plugin.interrupted():
                    ran.skipped.append(each.name)
                    continue
                ran.steps.append(("delete", each.name))
                try:
                    plugin.delete(each)
                    self.state = [other for other in self.state if other is not each]
                except CallFailed as failure:
                    ran.failures[each.name] = str(failure)
                    if not self.goes_on:
                        return
            if ran.failures or ran.skipped:
                return
            doomed = [each for each in doomed if each not in ready]

    def destroy(self, *, refresh: bool = False) -> Ran:
        """Delete everything; with `refresh`, read everything first."""
        with self._command() as (ran, plugin):
            if refresh:
                self._refresh(ran, plugin)
            if not ran.failures:
                self._delete(list(self.state), ran, plugin)
        return ran

    def refresh(self) -> Ran:
        """Look what is there, and let state say so."""
        with self._command() as (ran, plugin):
            self._refresh(ran, plugin)
        return ran

    def _refresh(self, ran, plugin):
        for each in list(self.state):
            try:
                id_, outputs, inputs = plugin.read(each)
            except CallFailed as failure:
                ran.failures[each.name] = str(failure)
                continue
            if not id_:
                ran.steps.append(("gone", each.name))
                self.state = [other for other in self.state if other is not each]
                continue
            differs = (each.outputs, each.inputs) != (outputs, inputs)
            ran.steps.append(("update" if differs else "same", each.name))
            declared = each.inputs
            each.outputs, each.inputs, each.init_errors = outputs, inputs, ()
            # The engine displays what a program without changes would do about it (RefreshStep.Apply).
            plugin.diff(each, declared)

    def preview(self, program: list[Declared]) -> Ran:
        """Say what `up` would do; outputs of what is to be made are unknown."""
        with self._command() as (ran, plugin):
            planned: dict[str, dict | None] = {}
            for declared in program:
                if not declared.needs <= planned.keys():
                    continue
                try:
                    planned[declared.name] = self._plan(declared, planned, ran, plugin)
                except CallFailed as failure:
                    ran.failures[declared.name] = str(failure)
            declared_urns = {each.urn for each in program}
            for each in self.state:
                if each.pending_delete or each.urn not in declared_urns:
                    ran.steps.append(("delete", each.name))
        return ran

    def _plan(self, declared, planned, ran, plugin):
        inputs = _own_inputs(declared)
        for name, value in declared.inputs.items():
            known = planned[value.name].get(value.output, rpc.UNKNOWN) if isinstance(value, Ref) else value
            inputs[name] = known
        old = next((r for r in self.state if r.urn == declared.urn and not r.pending_delete), None)
        checked = self._fit(plugin, declared.urn, old.inputs if old else None, inputs)
        if old is None:
            ran.steps.append(("create", declared.name))
            return checked
        changes, replaces = plugin.diff(old, checked)
        if changes and replaces:
            ran.steps.append(("replace", declared.name))
            return self._fit(plugin, declared.urn, None, inputs)
        if changes or old.init_errors:
            ran.steps.append(("update", declared.name))
            return {**checked, "id": old.id}
        ran.steps.append(("same", declared.name))
        return {**old.outputs, "id": old.id}

    @contextlib.contextmanager
    def _command(self):
        """Run one command in a plugin process of its own. Whatever it was at when it is killed, is lost."""
        ran = Ran()
        with self._plugin(ran.warnings) as plugin:
            try:
                yield ran, plugin
            except Killed:
                ran.killed = True
