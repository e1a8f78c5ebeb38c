"""
What a program hands to Pulumi for each resource, and all that it imports of the host.

It is pickled as the name of a function, without state. Whatever serves calls is imported by the first one, in
the plugin process: a program neither needs nor loads it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pulumi.dynamic

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.hosts.dynamic.adapter import Adapter


class HandlerProvider(pulumi.dynamic.ResourceProvider):
    """A dynamic provider whose six methods are answered by a handler."""

    # Nothing secret is in the pickle: it would only make the engine encrypt a constant for each resource.
    serialize_as_secret_always = False

    def __init__(self, function: Callable[[], HandlerProvider], handler: str) -> None:
        """
        Prepare a provider; nothing of the handler is imported yet.

        Args:
            function: What the pickle names: it must be importable for ever, and return this provider again.
            handler: The handler's class, as `module:Class`.

        """
        super().__init__()
        self._function = function
        self._handler = handler
        self._config: Callable[[str], str | None] = _no_config

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return self._function, ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HandlerProvider) and self._handler == other._handler

    def __hash__(self) -> int:
        return hash(self._handler)

    def configure(self, req: pulumi.dynamic.ConfigureRequest) -> None:
        """Record stack config, and settle into the process. Nothing is demanded yet."""
        self._config = req.config.get
        self._adapter.prepare()

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> pulumi.dynamic.CheckResult:
        """Fill in defaults, and say what is wrong with the inputs."""
        return self._adapter.check(_olds, news)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi.dynamic.DiffResult:
        """Say whether an update or a replacement is needed."""
        return self._adapter.diff(_id, _olds, _news)

    def create(self, props: dict[str, Any]) -> pulumi.dynamic.CreateResult:
        """Create the resource."""
        return self._adapter.create(props)

    def read(self, id_: str, props: dict[str, Any]) -> pulumi.dynamic.ReadResult:
        """Return the resource as it is now."""
        return self._adapter.read(id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> pulumi.dynamic.UpdateResult:
        """Update the resource in place."""
        return self._adapter.update(_id, _olds, _news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the resource."""
        self._adapter.delete(_id, _props)

    @functools.cached_property
    def _adapter(self) -> Adapter:
        from pulumi_twilio_emergency.hosts.dynamic.adapter import Adapter  # noqa: PLC0415 - see above

        return Adapter(self._handler, self._config)


def _no_config(_key: str) -> None:
    """Stand in for stack config where the host has not configured the provider."""
