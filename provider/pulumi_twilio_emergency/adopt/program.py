"""
The program of an adoption: a Python module with a resource for each thing that is live.

Written as `ruff format` and `black` leave it at any line length, so that nothing moves when it is formatted.
"""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.adopt.managed import ADDRESS, BINDING, DOMAIN
from pulumi_twilio_emergency.adopt.reasons import declared_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_twilio_emergency.adopt.managed import ManagedResource
    from pulumi_twilio_emergency.adopt.plan import Plan
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number

FUNCTION = "declare"
_LOOP = "number"
_LONGEST_NAME = 18
"""Characters of a variable's name, so that lines stay within the 88 of `black`."""


def program(plan: Plan, account_sid: str | None) -> str:
    """
    Return the text of a module that declares what is adopted.

    What needs resources that the stack has already stands in a function that takes their outputs: with SIDs
    instead, Pulumi would not know what to delete first, and `pulumi destroy` could not end.

    Args:
        plan: What is adopted.
        account_sid: The subaccount; None for the credentials' own account.

    """
    return "\n".join(_Writer(plan, account_sid).lines()) + "\n"


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    An output of a resource that the stack has already.

    Attributes:
        name: Of the parameter.
        output: `sid` or `number_sid`.
        resource: The resource.

    """

    name: str
    output: str
    resource: ManagedResource


def parameters(plan: Plan) -> list[Parameter]:
    """Return the parameters of the function `declare` of the program; without any there is no function."""
    names = _Names()
    addresses = [each.address for each in plan.additions]
    return [
        *(Parameter(f"{names.take(each.name)}_sid", "sid", each) for each in addresses),
        *(
            Parameter(f"{names.take(each.name, 'line')}_number_sid", "number_sid", each)
            for each in plan.callers.values()
        ),
    ]


class _Writer:
    def __init__(self, plan: Plan, account_sid: str | None) -> None:
        self._plan = plan
        self._parameters = parameters(plan)
        self._account = [f'    account_sid="{account_sid}",'] if account_sid else []
        self._names = _Names()
        # How a domain names a number, by the number's SID.
        self._callers = {each.resource.sid: each.name for each in self._parameters}

    def lines(self) -> Iterator[str]:
        """Yield the lines of the module."""
        yield '"""Emergency addresses of a Twilio account, as `twilio-emergency adopt` found them."""'
        yield ""
        yield from self._imports()
        for site in self._plan.sites:
            name = self._names.take(site.key)
            yield ""
            yield from self._resource(ADDRESS, site.key, declared_fields(site.record), f"{name} = ")
            yield from self._numbers(site.numbers, f"{name}.sid", f"{name}_numbers")
            yield from self._domains(site.domains)
        free = [each for each in self._plan.domains if not each.emergency_caller_sid]
        yield from ["", *self._domains(free)] if free else ()
        if self._parameters:
            yield from self._function()

    def _imports(self) -> Iterator[str]:
        used = {ADDRESS: self._plan.sites, BINDING: self._plan.numbers, DOMAIN: self._plan.all_domains}
        if self._parameters:
            yield "import pulumi"
        yield "from pulumi_twilio_emergency import ("
        yield from (f"    {kind}," for kind, adopted in used.items() if adopted)
        yield ")"

    def _function(self) -> Iterator[str]:
        """Yield the function for what needs the stack's resources."""
        yield from ("", "", f"def {FUNCTION}(", "    *,")
        for each in self._parameters:
            yield f"    # The `{each.output}` of {each.resource.kind} {literal(each.resource.name)}."
            yield f"    {each.name}: pulumi.Input[str],"
        yield from (") -> None:", '    """Declare what needs resources that the stack has already."""')
        yield from (f"    {line}" for line in self._body())

    def _body(self) -> Iterator[str]:
        domains = [each for each in self._plan.domains if each.emergency_caller_sid]
        callers = {each.emergency_caller_sid for each in domains}
        for each, parameter in zip(self._plan.additions, self._parameters, strict=False):
            named = any(number.sid in callers for number in each.numbers)
            variable = parameter.name.removesuffix("sid") + "numbers" if named else ""
            yield from self._numbers(each.numbers, parameter.name, variable)
        yield from self._domains(domains)

    def _numbers(self, numbers: Iterable[Number], address_sid: str, variable: str) -> Iterator[str]:
        """Yield the bindings: by number in a variable where something names them, else in a loop."""
        arguments = [f"{_LOOP},", f"phone_number={_LOOP},", f"address_sid={address_sid},"]
        binding = [
            f"{BINDING}(",
            *(f"    {argument}" for argument in (*arguments, *map(str.strip, self._account))),
            ")",
        ]
        rows = [f"    {literal(number.phone_number)}," for number in numbers]
        if not variable:
            yield from (f"for {_LOOP} in [", *rows, "]:", *(f"    {line}" for line in binding))
            return
        for number in numbers:
            self._callers[number.sid] = f"{variable}[{literal(number.phone_number)}].number_sid"
        yield f"{variable} = {{"
        yield from (f"    {line}" for line in (f"{_LOOP}: {binding[0]}", *binding[1:]))
        yield from (f"    {line}" for line in (f"for {_LOOP} in [", *rows, "]"))
        yield "}"

    def _domains(self, domains: Iterable[Domain]) -> Iterator[str]:
        for domain in domains:
            caller = domain.emergency_caller_sid
            named = [f"    emergency_caller_sid={self._callers[caller]},"] if caller else []
            yield from self._resource(
                DOMAIN, domain.domain_name, {"domain_name": domain.domain_name}, "", named
            )

    def _resource(
        self, kind: str, name: str, texts: dict[str, str], variable: str, more: Iterable[str] = ()
    ) -> Iterator[str]:
        yield f"{variable}{kind}("
        yield f"    {literal(name)},"
        yield from (f"    {argument}={literal(value)}," for argument, value in texts.items())
        yield from more
        yield from self._account
        yield ")"


class _Names:
    """Gives variables names: no two alike, and none that hides something of Python's."""

    def __init__(self) -> None:
        self._taken = {_LOOP, FUNCTION, "pulumi"}

    def take(self, text: str, prefix: str = "site") -> str:
        """Return a name made of a text, with a prefix where that could not begin a name."""
        words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
        if not words or words[0].isdigit():
            words = f"{prefix}_{words}"
        words = words[:_LONGEST_NAME].strip("_")
        if keyword.iskeyword(words) or hasattr(builtins, words):
            words += "_"
        candidates = (words, *(f"{words}_{count}" for count in range(2, len(self._taken) + 3)))
        name = next(each for each in candidates if self._taken.isdisjoint(_variables(each)))
        self._taken.update(_variables(name))
        return name


def _variables(name: str) -> set[str]:
    """Return all variables that are made of a name: `a_numbers` is not left to an address "a numbers"."""
    return {name, f"{name}_numbers", f"{name}_sid", f"{name}_number_sid"}


def literal(text: str) -> str:
    """Return a text as Python source: in the quotes that formatters prefer, invisible characters escaped."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(f"\\{char}" if char == quote else repr(char)[1:-1] for char in text) + quote
