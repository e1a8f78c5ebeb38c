"""What of a live account can be declared so that the first `pulumi up` changes nothing, and what cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.adopt import reasons
from pulumi_twilio_emergency.adopt.managed import ADDRESS, Managed, ManagedResource

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.model.problem import Problem

_NOTHING = Managed()


@dataclass(frozen=True, slots=True)
class AdoptedSite:
    """An address that becomes a site, with its numbers and the domains that show one of them."""

    key: str
    record: AddressRecord
    numbers: tuple[Number, ...]
    domains: tuple[Domain, ...] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """Numbers that show an address which the stack manages already."""

    address: ManagedResource
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What happens to an account.

    Attributes:
        sites: What is adopted with its address, in the order of the keys' names.
        left: What is not adopted, and why.
        managed: How many numbers the stack manages already.
        additions: What is adopted at addresses that the stack manages.
        domains: SIP domains that show no number of a site: one of the additions' or of the stack's, or none.
        callers: The stack's resources whose numbers these domains show, by SID.

    """

    sites: tuple[AdoptedSite, ...] = ()
    left: tuple[Problem, ...] = ()
    managed: int = 0
    additions: tuple[Addition, ...] = ()
    domains: tuple[Domain, ...] = ()
    callers: Mapping[str, ManagedResource] = field(default_factory=dict)

    @property
    def numbers(self) -> list[Number]:
        """All numbers that are adopted."""
        groups = [*(site.numbers for site in self.sites), *(each.numbers for each in self.additions)]
        return [number for group in groups for number in group]

    @property
    def all_domains(self) -> list[Domain]:
        """All domains that are adopted."""
        return [*(domain for site in self.sites for domain in site.domains), *self.domains]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to adopt."""
        return not (self.sites or self.additions or self.domains)


def plan(
    numbers: Collection[Number],
    addresses: Mapping[str, AddressRecord],
    domains: Iterable[Domain],
    managed: Managed = _NOTHING,
) -> Plan:
    """
    Return what can be adopted into a program.

    Args:
        numbers: The account's numbers.
        addresses: Its addresses, by SID.
        domains: Its SIP domains.
        managed: What a stack manages already; left alone.

    """
    left: list[Problem] = []
    groups: dict[str, list[Number]] = {}
    for number in sorted(numbers, key=lambda each: each.phone_number):
        if number.emergency_address_sid is None or number.sid in managed.resources:
            continue
        problem = reasons.problem_of_number(number, addresses, managed)
        if problem is None:
            groups.setdefault(number.emergency_address_sid, []).append(number)
        else:
            left.append(problem)
    additions = _additions(groups, managed, left)
    made = Plan(
        sites=_sites(groups, addresses, managed.names(ADDRESS)),
        managed=sum(number.sid in managed.resources for number in numbers),
        additions=additions,
    )
    made = _with_domains(made, domains, managed, left, numbers)
    return replace(made, left=tuple(left))


def for_sites_file(made: Plan, managed: Managed = _NOTHING, numbers: Collection[Number] = ()) -> Plan:
    """
    Return what of a plan a sites file can say: every address and every emergency caller is its own.

    A domain without a caller is left out: the file has no place for what belongs to no site, and whoever
    removes the site that it stands under switches it off.

    Args:
        made: The plan.
        managed: What a stack manages already.
        numbers: The account's numbers, by which callers are named.

    """
    left = list(made.left)
    left += [reasons.problem_of_address(each.address, each.numbers) for each in made.additions]
    left += [reasons.problem_of_domain(each, managed, numbers) for each in made.domains]
    return Plan(made.sites, tuple(left), made.managed)


def _additions(
    groups: dict[str, list[Number]], managed: Managed, left: list[Problem]
) -> tuple[Addition, ...]:
    """Take the groups at addresses of the stack out of all groups; those of a sites file are left to it."""
    additions = []
    for sid in sorted(groups.keys() & managed.resources.keys(), key=lambda sid: managed.resources[sid].name):
        addition = Addition(managed.resources[sid], tuple(groups.pop(sid)))
        if addition.address.component:
            left.append(reasons.problem_of_address(addition.address, addition.numbers))
        else:
            additions.append(addition)
    return tuple(additions)


def _sites(
    groups: Mapping[str, list[Number]], addresses: Mapping[str, AddressRecord], taken: set[str]
) -> tuple[AdoptedSite, ...]:
    records = sorted((addresses[sid] for sid in groups), key=lambda each: (each.friendly_name, each.sid))
    return tuple(AdoptedSite(_key(each, taken), each, tuple(groups[each.sid])) for each in records)


def _with_domains(
    made: Plan,
    domains: Iterable[Domain],
    managed: Managed,
    left: list[Problem],
    numbers: Collection[Number],
) -> Plan:
    site_of = {number.sid: site.key for site in made.sites for number in site.numbers}
    added = {number.sid for each in made.additions for number in each.numbers}
    of_site: dict[str, list[Domain]] = {}
    others: list[Domain] = []
    callers: dict[str, ManagedResource] = {}
    for domain in sorted(domains, key=lambda each: each.domain_name):
        if not domain.emergency_calling_enabled or domain.sid in managed.resources:
            continue
        problem = reasons.problem_of_domain_name(domain, managed)
        caller = domain.emergency_caller_sid or ""
        binding = managed.resources.get(caller)
        if problem is not None:
            left.append(problem)
        elif caller in site_of:
            of_site.setdefault(site_of[caller], []).append(domain)
        elif not caller or caller in added:
            others.append(domain)
        elif binding is not None and not binding.component:
            others.append(domain)
            callers[caller] = binding
        else:
            left.append(reasons.problem_of_domain(domain, managed, numbers))
    sites = tuple(replace(site, domains=tuple(of_site.get(site.key, ()))) for site in made.sites)
    return replace(made, sites=sites, domains=tuple(others), callers=callers)


def _key(record: AddressRecord, taken: set[str]) -> str:
    """Return a key for a site, of its friendly name; the second of the same name gets a number."""
    words = re.sub(r"[^a-z0-9]+", "-", record.friendly_name.lower()).strip("-")[:60] or "site"
    key = next(
        candidate
        for candidate in (words, *(f"{words}-{count}" for count in range(2, len(taken) + 3)))
        if candidate not in taken
    )
    taken.add(key)
    return key
