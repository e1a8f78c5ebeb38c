"""What the three resources share: how they are declared, and what only the program can see of inputs."""

from __future__ import annotations

import asyncio
import difflib
import functools
import re
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi
import pulumi.dynamic
from pulumi.runtime import config

from pulumi_twilio_emergency.handlers.property_maps import DELETE_BEFORE_REPLACE, NONE_OUTPUTS
from pulumi_twilio_emergency.hosts.dynamic.property_maps import HIDDEN_INPUTS
from pulumi_twilio_emergency.resources.early_checks import report_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pulumi_twilio_emergency.core.model.problem import Problem


class EmergencyResource(pulumi.dynamic.Resource):
    """Base of the three resources: checks keyword arguments and time limits where the program states them."""

    _runner: ClassVar[Callable[[], pulumi.dynamic.ResourceProvider]]
    _inputs: ClassVar[frozenset[str]]
    _required: ClassVar[Sequence[tuple[str, ...]]]
    _outputs: ClassVar[frozenset[str]]
    _problems: ClassVar[Callable[..., Sequence[Problem]]]

    def __init_subclass__(cls, module: str = "", name: str = "Resource", **kwargs: Any) -> None:
        inherited = getattr(cls, "_resource_type_name", None)
        super().__init_subclass__(module=module, name=name, **kwargs)
        if not module and inherited is not None:
            # A user's subclass keeps the type, or its URN and with it the whole resource would be replaced.
            cls._resource_type_name = inherited

    def __init__(
        self,
        resource_name: str,
        positional: Sequence[Any],
        opts: pulumi.ResourceOptions | None,
        keywords: Mapping[str, Any],
    ) -> None:
        what = f"{type(self).__name__} {resource_name}"
        args, opts = _args_and_options(what, positional, opts)
        inputs = {**args, **keywords}
        self._refuse_wrong_arguments(what, inputs)
        _refuse_unusable_timeouts(what, opts)
        _warn_of_plain_secrets()
        marked = self._inputs & set((opts.additional_secret_outputs if opts is not None else None) or ())
        shown = {name: value for name, value in inputs.items() if name not in marked}
        report_problems(what, shown, type(self)._problems)  # noqa: SLF001 - ours
        # Every annotated output must be declared, or the attribute does not exist.
        props = {**dict.fromkeys(self._outputs | self._inputs | {NONE_OUTPUTS}), **inputs}
        if marked or any(isinstance(value, pulumi.Output) for value in inputs.values()):
            props[HIDDEN_INPUTS] = _secret_names(inputs, marked)
        if opts is not None and opts.delete_before_replace:
            props[DELETE_BEFORE_REPLACE] = True
        super().__init__(type(self)._runner(), resource_name, props, opts)  # noqa: SLF001 - ours

    def _refuse_wrong_arguments(self, what: str, inputs: Mapping[str, Any]) -> None:
        for unexpected in inputs.keys() - self._inputs:
            near = difflib.get_close_matches(unexpected, self._inputs, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(self._inputs))}."
            raise TypeError(f"{what} has no input {unexpected!r}{hint}")
        for alternatives in self._required:
            if all(inputs.get(name) is None for name in alternatives):
                raise TypeError(f"{what} needs {' or '.join(alternatives)}.")


def _args_and_options(
    what: str, positional: Sequence[Any], opts: pulumi.ResourceOptions | None
) -> tuple[Mapping[str, Any], pulumi.ResourceOptions | None]:
    """Tell arguments from options: both may come second, as in every Pulumi SDK."""
    args: Mapping[str, Any] = {}
    for value in positional:
        if isinstance(value, pulumi.ResourceOptions):
            opts = value
        elif value is not None:
            if not isinstance(value, dict):
                kind = what.partition(" ")[0]
                raise TypeError(f"{what} takes {kind}Args or ResourceOptions, not {type(value).__name__}.")
            args = value
    return args, opts


async def _secret_names_of(outputs: Mapping[str, pulumi.Output[Any]], marked: Collection[str]) -> list[str]:
    secret = await asyncio.gather(*(output.is_secret() for output in outputs.values()))
    return sorted({*marked, *(name for name, is_secret in zip(outputs, secret, strict=True) if is_secret)})


def _secret_names(inputs: Mapping[str, Any], marked: Collection[str]) -> Any:
    """Return, when it is known, which inputs are secret: the engine does not show that to the provider."""
    outputs = {name: value for name, value in inputs.items() if isinstance(value, pulumi.Output)}
    return _secret_names_of(outputs, marked)


@functools.cache
def _warn_of_plain_secrets() -> None:
    """Warn, once in a program, of credentials that stand in state unencrypted."""
    for key in ("twilio:authToken", "twilio:apiSecret"):
        if config.get_config(key) and not config.is_config_secret(key):
            pulumi.log.warn(
                f"{key} is not a secret in this stack's config: Pulumi writes it into the config file and "
                "into state "
                f"unencrypted. Set it with `pulumi config set --secret {key}`, and rotate it."
            )


def _refuse_unusable_timeouts(what: str, opts: pulumi.ResourceOptions | None) -> None:
    timeouts = opts.custom_timeouts if opts is not None else None
    for name in ("create", "update", "delete"):
        value = getattr(timeouts, name, None)
        if value is not None and not re.search(r"[1-9]", str(value)):
            # Zero would reach the provider as "unset" and quietly mean 30 minutes.
            raise ValueError(
                f"{what}: custom_timeouts.{name} is {value!r}; write how long to wait, like '45m'."
            )


class _SameAsId:
    def __get__(self, resource: EmergencyResource | None, owner: type) -> Any:
        return self if resource is None else resource.id

    def __set__(self, resource: EmergencyResource, value: object) -> None:
        """Ignore what the engine answers under this name: it is the id."""


class _Nullable:
    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, resource: EmergencyResource | None, owner: type) -> Any:
        if resource is None:
            return self
        name, value = self._name, resource.__dict__[self._name]
        none_outputs: pulumi.Output[Any] = resource.__dict__[NONE_OUTPUTS]
        return none_outputs.apply(lambda names: None if name in (names or ()) else value)

    def __set__(self, resource: EmergencyResource, value: object) -> None:
        resource.__dict__[self._name] = value


def same_as_id() -> Any:
    """Return an output that is always the id, so that previews know it wherever they know the id."""
    return _SameAsId()


def nullable() -> Any:
    """Return an output that may be None: state holds no null, and previews would show it as unknown."""
    return _Nullable()
