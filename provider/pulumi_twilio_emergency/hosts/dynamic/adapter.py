"""From the six methods of a dynamic provider to the six calls of a handler, and back."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_twilio_emergency.core.model.urn import name_of
from pulumi_twilio_emergency.core.ports import Interrupted
from pulumi_twilio_emergency.handlers.call import Call
from pulumi_twilio_emergency.hosts.dynamic import process
from pulumi_twilio_emergency.hosts.dynamic.failures import answer_failure
from pulumi_twilio_emergency.hosts.dynamic.printable import printable
from pulumi_twilio_emergency.hosts.dynamic.property_maps import (
    answered,
    inputs_in_state,
    received,
    secret_inputs,
    whole,
)
from pulumi_twilio_emergency.hosts.dynamic.redaction import RedactedLine, Redaction
from pulumi_twilio_emergency.hosts.dynamic.request import current_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.handlers.base import Handler
    from pulumi_twilio_emergency.hosts.dynamic.request import EngineRequest

_T = TypeVar("_T")
_Props = dict[str, Any]


class Adapter:
    """
    One handler, as the host calls it.

    Every call is answered whatever happens in it: BaseExceptions too, which would leave the engine waiting
    for ever.
    """

    def __init__(self, handler: str, config: Callable[[str], str | None]) -> None:
        """
        Prepare to serve; the handler is imported by the first call.

        Args:
            handler: Its class, as `module:Class`.
            config: Looks up a key of stack config.

        """
        self._name = handler
        self._config = config

    def prepare(self) -> None:
        """Prepare the host for us, as far as it can be."""
        process.current().prepare_host()

    @functools.cached_property
    def _handler(self) -> Handler:
        module, _, name = self._name.partition(":")
        handler: Handler = getattr(importlib.import_module(module), name)()
        return handler

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Answer check: unknown values are answered as they were sent."""

        def work(call: Call, olds: _Props, news: _Props) -> CheckResult:
            found = self._handler.check(call, received(olds), received(news))
            redact = Redaction(news, call.secret)
            # The engine shows the value of the property at fault, secret or not: a secret one goes unnamed.
            failures = [
                CheckFailure("" if each.where in call.secret else each.where, printable(redact(str(each))))
                for each in found.problems
            ]
            return CheckResult(answered(found.inputs, news), failures)

        return self._serve("check", work, olds=olds, news=news)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Answer diff. What replaces a resource is created before it is deleted."""

        def work(call: Call, olds: _Props, news: _Props) -> DiffResult:
            found = self._handler.diff(call, id_, received(olds), received(news))
            # An output that derives from an input becomes a secret only when it is written anew.
            secrecy_differs = secret_inputs(news) != secret_inputs(olds)
            return DiffResult(
                found.changes or secrecy_differs, list(found.replaces), delete_before_replace=False
            )

        return self._serve("diff", work, olds=olds, news=news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Answer create."""

        def work(call: Call, properties: _Props) -> CreateResult:
            made = self._handler.create(call, received(properties))
            return CreateResult(made.id, answered(made.outputs, properties))

        return self._serve("create", work, properties=props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Answer read; an empty id is how the engine hears that it is gone."""

        def work(call: Call, properties: _Props) -> ReadResult:
            outputs = received(properties)
            found = self._handler.read(call, id_, outputs, inputs_in_state(current_request("read"), outputs))
            if found is None:
                return ReadResult("", {})
            return ReadResult(
                found.id, answered(found.outputs, properties), answered(found.inputs, properties)
            )

        return self._serve("read", work, properties=props)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Answer update."""

        def work(call: Call, olds: _Props, news: _Props) -> UpdateResult:
            outputs = self._handler.update(call, id_, received(olds), received(news))
            return UpdateResult(answered(outputs, news))

        return self._serve("update", work, olds=olds, news=news)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Answer delete."""

        def work(call: Call, properties: _Props) -> None:
            self._handler.delete(call, id_, received(properties))

        self._serve("delete", work, properties=props)

    def _serve(self, method: str, work: Callable[..., _T], **props: _Props) -> _T:
        """Do the work with the call, and with the property maps, which are named as in the request."""
        here = process.current()
        request = current_request(method)
        redact = Redaction({}, ())
        with here.calls.one():
            try:
                if request.writes and here.interruption.is_set:
                    raise Interrupted  # noqa: TRY301 - explained like one that comes out of a handler
                # A look waits, too: what a killed run has in hand would belie what it sees.
                here.await_abandoned(request.urn)
                sent = {field: whole(each, request, field) for field, each in props.items()}
                given = sent.get("news") or sent.get("properties") or {}
                redact = Redaction(given, secret_inputs(given))
                return work(self._call(request, given, redact), **sent)
            except BaseException as error:  # noqa: BLE001 - unanswered calls hang the engine
                explain = functools.partial(here.explain_once, name=name_of(request.urn))
                failure = answer_failure(request, error, explain, redact)
        raise failure from None

    def _call(self, request: EngineRequest, given: _Props, redact: Redaction) -> Call:
        here = process.current()
        return Call(
            here.run(self._config),
            request.method,
            request.urn,
            request.timeout,
            line=RedactedLine(here.reporter.line(request.urn), redact),
            secret=secret_inputs(given),
        )
