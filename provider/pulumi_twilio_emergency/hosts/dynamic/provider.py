"""The base of a provider that behaves like a first-class one inside the dynamic host."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

import pulumi.dynamic

from pulumi_twilio_emergency.hosts.dynamic import lifetime, workers
from pulumi_twilio_emergency.hosts.dynamic.call import answering
from pulumi_twilio_emergency.hosts.dynamic.failures import answer_failure
from pulumi_twilio_emergency.hosts.dynamic.interruption import interruption

if TYPE_CHECKING:
    from collections.abc import Callable

_METHODS = ("check", "diff", "create", "read", "update", "delete")
_settle_in_once = threading.Lock()
_settled_in = False


class HostedProvider(pulumi.dynamic.ResourceProvider):
    """
    A dynamic provider whose six methods are answered whatever happens in them.

    Subclasses implement the methods as usual and raise CleanFailure or PartialFailure. Everything else that
    comes out, BaseExceptions too (which would leave the engine waiting for ever), becomes a failure that
    names no secrets.
    """

    # Nothing secret is in the pickle: it would only make the engine encrypt a constant for each resource.
    serialize_as_secret_always = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _METHODS:
            if name in vars(cls):
                setattr(cls, name, _answered(name, vars(cls)[name]))

    def explain(self, error: BaseException) -> BaseException:
        """Turn a subclass's own exceptions into CleanFailure or PartialFailure; pass on the others."""
        return error

    def configure(self, req: pulumi.dynamic.ConfigureRequest) -> None:  # noqa: ARG002
        """Settle into the process: workers, Ctrl-C, and the end. Subclasses record their config after it."""
        global _settled_in  # noqa: PLW0603 - one process, once
        with _settle_in_once:
            if not _settled_in:
                _settled_in = True
                workers.lift_ceiling()
                interruption.listen()
                lifetime.end_with_engine()


def _answered(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def answer(self: HostedProvider, *args: Any) -> Any:
        with answering(name) as call, lifetime.in_hand():
            try:
                return method(self, *args)
            except BaseException as error:  # noqa: BLE001 - unanswered calls hang the engine
                failure = answer_failure(call, self.explain(error))
        raise failure from None

    return answer
