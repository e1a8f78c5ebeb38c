"""What the three resources have in common: how they are declared, and how their providers start."""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi
import pulumi.dynamic

from pulumi_twilio_emergency.core.model.formatting import duration
from pulumi_twilio_emergency.hosts.dynamic import CleanFailure, HostedProvider, call_in_hand
from pulumi_twilio_emergency.hosts.dynamic.progress import Progress
from pulumi_twilio_emergency.session.session import Connection, Onlooker, connection, onlooker
from pulumi_twilio_emergency.session.error_messages import explain
from pulumi_twilio_emergency.twilio_gateway import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_twilio_emergency.core.account.registration_waiter import Waited

DEFAULT_TIMEOUT = 30 * 60.0
"""Seconds; in the US and Canada a registration takes up to 30 minutes (read 2026-11)."""
SLOW_AFTER = 5 * 60.0
"""Seconds after which a wait is worth a warning; half a minute is common in the US (field reports)."""
LONGEST_TIMEOUT = 7 * 24 * 3600.0


class EmergencyResource(pulumi.dynamic.Resource):
    """Base of the three resources: checks keyword arguments and time limits where the program says them."""

    _runner: ClassVar[Callable[[], EmergencyProvider]]
    _inputs: ClassVar[frozenset[str]]
    _outputs: ClassVar[frozenset[str]]

    def __init_subclass__(cls, module: str = "", name: str = "Resource", **kwargs: Any) -> None:
        inherited = getattr(cls, "_resource_type_name", None)
        super().__init_subclass__(module=module, name=name, **kwargs)
        if not module and inherited is not None:
            # A user's subclass keeps the type, or its URN and with it the whole resource would be replaced.
            cls._resource_type_name = inherited

    def __init__(
        self, resource_name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None
    ) -> None:
        for unexpected in args.keys() - self._inputs:
            near = difflib.get_close_matches(unexpected, self._inputs, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(self._inputs))}."
            raise TypeError(f"{type(self).__name__} has no input {unexpected!r}{hint}")
        _refuse_absurd_timeouts(opts)
        # Outputs must be declared, or the attributes do not exist.
        props = {**dict.fromkeys(self._outputs), **args}
        super().__init__(type(self)._runner(), resource_name, props, opts)  # noqa: SLF001 - our own


def _refuse_absurd_timeouts(opts: pulumi.ResourceOptions | None) -> None:
    timeouts = opts.custom_timeouts if opts is not None else None
    for name in ("create", "update", "delete"):
        value = getattr(timeouts, name, None)
        if value is not None and not re.search(r"[1-9]", str(value)):
            # Zero would reach the provider as "unset" and quietly mean 30 minutes.
            raise ValueError(f"custom_timeouts.{name} is {value!r}: write how long to wait, like '45m'.")


class EmergencyProvider(HostedProvider):
    """Base of the three providers: knows the settings of this run."""

    _settings = Settings()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def configure(self, req: pulumi.dynamic.ConfigureRequest) -> None:
        """Record stack config and environment. Nothing is demanded yet."""
        super().configure(req)
        self._settings = Settings.read(req.config.get, os.environ)

    def explain(self, error: BaseException) -> BaseException:
        """Say our exceptions in three beats."""
        return explain(error)

    @property
    def connection(self) -> Connection:
        """The process's way to Twilio."""
        return connection(self._settings)

    @property
    def onlooker(self) -> Onlooker:
        """What preview may see of Twilio."""
        return onlooker(self._settings)


def given(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that the program gives, known or not."""
    return {name: value for name, value in props.items() if value is not None}


def known(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties whose value is known; in preview, those of other resources are not."""
    return {
        name: value
        for name, value in props.items()
        if not name.startswith("__") and value is not None and not pulumi.contains_unknowns(value)
    }


def unknown(props: Mapping[str, Any]) -> set[str]:
    """Return the names of the properties whose value will be known only during `up`."""
    return {name for name, value in props.items() if pulumi.contains_unknowns(value)}


def typed_inputs(props: Mapping[str, Any], inputs: frozenset[str]) -> dict[str, Any]:
    """
    Return the inputs as the operator wrote them, during read.

    The engine sends them with the request; the SDK does not pass them on.
    """
    request: Any = call_in_hand().request
    sent = getattr(request, "inputs", None)
    names = set(sent.fields) if sent is not None and sent.fields else set(props)
    return {name: props.get(name) for name in names & inputs if props.get(name) is not None}


def time_limit() -> float:
    """Return the seconds that this call may wait: custom_timeouts, or 30 minutes."""
    call = call_in_hand()
    if call.timeout is None:
        return DEFAULT_TIMEOUT
    if not 1 <= call.timeout <= LONGEST_TIMEOUT:
        raise CleanFailure(
            f"custom_timeouts.{call.method} is {call.timeout:g} s, which makes no sense here.\n"
            "Nothing was changed.\n"
            "Write between 1s and 168h. Registration takes up to 30 minutes in the US and Canada, and up to "
            "72 hours in the UK."
        )
    return call.timeout


def progress() -> Progress:
    """Return the line of the resource whose call is in hand."""
    return Progress(call_in_hand())


def telling(line: Progress) -> Callable[[Waited], None]:
    """Return what tells a wait on the resource's own line, and warns once when it takes long."""
    slow_after = min(SLOW_AFTER, time_limit() / 2)
    warned = False

    def tell(waited: Waited) -> None:
        nonlocal warned
        status = waited.number.status
        others = (
            f"; {waited.others} other{'s wait' if waited.others > 1 else ' waits'}, too"
            if waited.others
            else ""
        )
        since = f" for {duration(waited.seconds)}" if waited.seconds >= 1 else ""
        line.say(status.name, f"{since}{others}")
        if waited.seconds >= slow_after and not warned:
            warned = True
            line.warn(
                f"{waited.number.phone_number} is {status.name} for {duration(waited.seconds)} now, which is "
                f"slower than usual. {status.meaning} It is waited for up to {duration(time_limit())}."
            )

    return tell
