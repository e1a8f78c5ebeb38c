"""
The program of an adoption: a Python module with a resource for each thing that is live.

Written as `ruff format` and `black` leave it at any line length, so that nothing moves when it is formatted.
"""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.adopt.managed import ADDRESS, BINDING, DOMAIN
from pulumi_twilio_emergency.adopt.reasons import declared_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_twilio_emergency.adopt.managed import ManagedResource
    from pulumi_twilio_emergency.adopt.plan import Plan
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number

_LOOP = "number"
_LONGEST_NAME = 20
"""Characters of a variable's name, so that lines stay within the 88 of `black`."""


def program(plan: Plan, account_sid: str | None) -> str:
    """
    Return the text of a module that declares what is adopted.

    What the stack manages already is named by its SID, once, at the top.

    Args:
        plan: What is adopted.
        account_sid: The subaccount; None for the credentials' own account.

    """
    return "\n".join(_Writer(plan, account_sid).lines()) + "\n"


class _Writer:
    def __init__(self, plan: Plan, account_sid: str | None) -> None:
        self._plan = plan
        self._account = [f'    account_sid="{account_sid}",'] if account_sid else []
        self._names = {_LOOP}
        self._callers: dict[str, str] = {}  # how a domain names a number, by the number's SID

    def lines(self) -> Iterator[str]:
        """Yield the lines of the module."""
        yield '"""Emergency addresses of a Twilio account, as `twilio-emergency adopt` found them."""'
        yield ""
        yield from self._imports()
        addresses = [(each.address, self._name(each.address.name)) for each in self._plan.additions]
        for resource, name in addresses:
            yield from _reference(resource, f"{name}_sid", "sid")
        for sid, resource in self._plan.callers.items():
            self._callers[sid] = f"{self._name(resource.name, 'line')}_number_sid"
            yield from _reference(resource, self._callers[sid], "number_sid")
        for each, (_, name) in zip(self._plan.additions, addresses, strict=True):
            yield ""
            yield from self._numbers(name, f"{name}_sid", each.numbers)
        for site in self._plan.sites:
            name = self._name(site.key)
            yield ""
            yield from self._resource(ADDRESS, site.key, declared_fields(site.record), f"{name} = ")
            yield from self._numbers(name, f"{name}.sid", site.numbers)
            yield from self._domains(site.domains)
        if self._plan.domains:
            yield ""
            yield from self._domains(self._plan.domains)

    def _imports(self) -> Iterator[str]:
        used = {ADDRESS: self._plan.sites, BINDING: self._plan.numbers, DOMAIN: self._plan.all_domains}
        yield "from pulumi_twilio_emergency import ("
        yield from (f"    {kind}," for kind, adopted in used.items() if adopted)
        yield ")"

    def _numbers(self, name: str, address_sid: str, numbers: Iterable[Number]) -> Iterator[str]:
        bindings = f"{name}_numbers"
        yield f"{bindings} = {{"
        arguments = [f"phone_number={_LOOP},", f"address_sid={address_sid},", *map(str.strip, self._account)]
        yield f"    {_LOOP}: {BINDING}("
        yield from (f"        {argument}" for argument in (f"{_LOOP},", *arguments))
        yield "    )"
        yield f"    for {_LOOP} in ["
        for number in numbers:
            phone_number = literal(number.phone_number)
            self._callers[number.sid] = f"{bindings}[{phone_number}].number_sid"
            yield f"        {phone_number},"
        yield "    ]"
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

    def _name(self, text: str, prefix: str = "site") -> str:
        """Return a variable's name that no other one has, and that hides nothing of Python's."""
        words = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
        if not words or words[0].isdigit():
            words = f"{prefix}_{words}"
        words = words[:_LONGEST_NAME].strip("_")
        if keyword.iskeyword(words) or hasattr(builtins, words):
            words += "_"
        # `a` and its numbers, `a_numbers`, must not meet an address that is called "a numbers".
        candidates = (words, *(f"{words}_{count}" for count in range(2, len(self._names) + 3)))
        name = next(each for each in candidates if self._names.isdisjoint(_variables(each)))
        self._names.update(_variables(name))
        return name


def _variables(name: str) -> set[str]:
    """Return all variables that may be made of a name."""
    return {name, f"{name}_numbers", f"{name}_sid", f"{name}_number_sid"}


def _reference(resource: ManagedResource, variable: str, output: str) -> Iterator[str]:
    yield ""
    yield f"# In the stack already: {resource.kind} {literal(resource.name)}."
    yield f"# Put its `{output}` here, so that Pulumi deletes what is below before it."
    yield f"{variable} = {literal(resource.sid)}"


def literal(text: str) -> str:
    """Return a text as Python source: in the quotes that formatters prefer, invisible characters escaped."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(f"\\{char}" if char == quote else repr(char)[1:-1] for char in text) + quote
