"""What a stack manages already, as `pulumi stack export` shows it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.model.urn import kind_of, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ADDRESS, BINDING, DOMAIN = "EmergencyAddress", "NumberEmergencyBinding", "SipDomainEmergency"
_COMPONENT = "EmergencySites"


@dataclass(frozen=True, slots=True)
class ManagedResource:
    """
    One resource of ours in a stack.

    Attributes:
        sid: What it stands for at Twilio.
        kind: The last part of its type: `EmergencyAddress`.
        name: Its name in the program.
        component: The name of the EmergencySites that declares it; empty where the program does.

    """

    sid: str
    kind: str
    name: str
    component: str = ""

    @property
    def site(self) -> str:
        """The key, in the component's sites file, of the site that this address stands for."""
        return self.name.removeprefix(f"{self.component}-")


@dataclass(frozen=True)
class Managed:
    """
    What a stack manages.

    Attributes:
        resources: By SID.
        components: The names of its EmergencySites.

    """

    resources: Mapping[str, ManagedResource] = field(default_factory=dict)
    components: frozenset[str] = frozenset()

    def named(self, kind: str, name: str) -> ManagedResource | None:
        """Return the resource of a kind that has this name."""
        return self._by_name.get((kind, name))

    def names(self, kind: str) -> set[str]:
        """Return the names that resources of a kind have."""
        return {each.name for each in self.resources.values() if each.kind == kind}

    @functools.cached_property
    def _by_name(self) -> dict[tuple[str, str], ManagedResource]:
        return {(each.kind, each.name): each for each in self.resources.values()}


def of_state(exported: Mapping[str, Any]) -> Managed:
    """Return what an exported deployment manages."""
    resources = [each for each in exported["deployment"].get("resources") or () if not each.get("delete")]
    components = {name_of(each["urn"]) for each in resources if kind_of(each["type"]) == _COMPONENT}
    return Managed({each.sid: each for each in _ours(resources)}, frozenset(components))


def _ours(resources: list[Mapping[str, Any]]) -> Iterator[ManagedResource]:
    for resource in resources:
        kind, parent = kind_of(resource["type"]), resource.get("parent") or ""
        if kind in {ADDRESS, BINDING, DOMAIN}:
            # The type of a URN lists those of its parents: a::b$c.
            in_sites = kind_of(parent.rpartition("::")[0].rpartition("$")[2]) == _COMPONENT
            component = name_of(parent) if in_sites else ""
            yield ManagedResource(resource["id"], kind, name_of(resource["urn"]), component)
