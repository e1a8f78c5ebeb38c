"""Property maps on their way in and out: unknown values, the provider's pickle, unencodable text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic.dynamic import PROVIDER_KEY
from pulumi.runtime import rpc

from pulumi_twilio_emergency.handlers.results import UNKNOWN, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_twilio_emergency.hosts.dynamic.request import EngineRequest

HIDDEN_INPUTS = "__secretInputs"
"""
The property in which the program names its secret inputs; Pulumi hides keys that begin with two underscores.

The engine does not show us what is secret: it sends this host plain values in every call, since the host
answers Configure with `acceptSecrets: false` (pulumi 3.259 with 3.272, seen 2026-11).
"""
_SCALARS = frozenset({str, bool, int, float})
"""What most values are, and no unknown value is."""
_NOT_FOR_HANDLERS = frozenset({PROVIDER_KEY, HIDDEN_INPUTS})


def whole(props: Mapping[str, Any], request: EngineRequest, field: str) -> dict[str, Any]:
    """
    Return the properties with those whose names begin with two underscores.

    Older SDKs drop all of these but the provider (3.216 does, 3.272 does not), and we keep some in state.
    """
    if any(name.startswith("__") and name != PROVIDER_KEY for name in props):
        return dict(props)  # this SDK drops none
    sent = getattr(request.message, field, None)
    hidden = {
        name: rpc.deserialize_property(value)
        for name, value in (sent.items() if sent is not None else ())
        if name.startswith("__") and name not in props
    }
    return {**props, **hidden}


def received(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a handler is given: UNKNOWN for what holds unknowns, no None, nothing of the host's."""
    return {
        name: UNKNOWN if type(value) not in _SCALARS and pulumi.contains_unknowns(value) else value
        for name, value in props.items()
        if name not in _NOT_FOR_HANDLERS and value is not None
    }


def secret_inputs(props: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the inputs that the program says are secret."""
    names = props.get(HIDDEN_INPUTS)
    return frozenset(map(str, names)) if isinstance(names, list) else frozenset()


def answered(props: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what goes on the wire; an unknown value, and the names of secrets, are answered as sent."""
    kept = {name: sent[name] for name in (HIDDEN_INPUTS,) if sent.get(name) is not None}
    return kept | {
        name: sent.get(name, pulumi.UNKNOWN) if value is UNKNOWN else _encodable(value)
        for name, value in props.items()
    }


def inputs_in_state(request: EngineRequest, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the inputs that state holds, during read.

    The engine sends them with the request; the SDK does not pass them on. Where they are not to be seen, the
    outputs stand in for them.
    """
    sent = getattr(request.message, "inputs", None)
    if sent is None or not sent.fields:
        return dict(outputs)
    return received(rpc.deserialize_properties(sent, keep_internal=True))


def _encodable(value: Any) -> Any:
    """Return the value with lone surrogates escaped: they are in no UTF-8, and would fail inside the SDK."""
    if isinstance(value, Secret):
        # As it looks on the wire: an Output needs an event loop, which the plugin's threads do not have.
        return {rpc._special_sig_key: rpc._special_secret_sig, "value": _encodable(value.value)}  # noqa: SLF001
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(each) for each in value]
    return value
