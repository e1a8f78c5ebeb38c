"""
What is declared: from a sites file, or from a stack's state as `pulumi stack export` writes it.

A refresh overwrites a resource's inputs and most of its outputs with what Twilio shows. So of a state, what
the last `up` has set is read from the outputs that a refresh leaves alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi_twilio_emergency.core.account.submissions import NONE
from pulumi_twilio_emergency.core.model.finding import Desired, DesiredDomain, DesiredNumber
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.sids import is_sid
from pulumi_twilio_emergency.core.model.urn import kind_of, name_of
from pulumi_twilio_emergency.handlers.property_maps import NONE_OUTPUTS, SUBMITTED_CALLER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pulumi_twilio_emergency.sites.model import Sites

# The last part of the type tokens, dynamic and native alike.
_BINDING, _DOMAIN = "NumberEmergencyBinding", "SipDomainEmergency"
_KINDS = frozenset({_BINDING, _DOMAIN, "EmergencyAddress"})

T = TypeVar("T")


@dataclass
class Declared:
    """
    What is declared, account by account.

    Attributes:
        numbers: By account SID and E.164 number; None for the credentials' own account.
        domains: By account SID and name.
        noun: What a declaration of one of them is: a `site` of a file, or a `resource` of a stack.
        addresses: SIDs of all addresses in a stack's state, those for going back to among them.

    """

    numbers: dict[str | None, dict[str, DesiredNumber]] = field(default_factory=dict)
    domains: dict[str | None, dict[str, DesiredDomain]] = field(default_factory=dict)
    noun: str = "site"
    addresses: set[str] = field(default_factory=set)

    def of(self, account_sid: str, own_account_sid: str) -> Desired:
        """Return what is declared of one account."""
        keys = (account_sid, None) if account_sid == own_account_sid else (account_sid,)
        numbers = {name: each for key in keys for name, each in self.numbers.get(key, {}).items()}
        domains = {name: each for key in keys for name, each in self.domains.get(key, {}).items()}
        return Desired(numbers, domains, self.addresses)

    @property
    def account_sids(self) -> set[str]:
        """The accounts that the declaration names."""
        return {sid for sid in (*self.numbers, *self.domains) if sid is not None}


def of_sites(sites: Sites) -> Declared:
    """Return what a sites file declares."""
    declared = Declared()
    for site in sites:
        numbers = declared.numbers.setdefault(site.account_sid, {})
        domains = declared.domains.setdefault(site.account_sid, {})
        # With `accept`, Twilio may have another place on file than the file says, and that is as declared.
        place = None if site.on_correction == "accept" else site.address
        for number in site.numbers:
            numbers[number.phone_number] = DesiredNumber(site.key, address=place)
        for domain in site.domains:
            domains[domain.domain_name] = DesiredDomain(site.key, caller=domain.emergency_caller)
    return declared


def from_file(path: Path, read: Callable[[Mapping[str, Any]], T]) -> T:
    """
    Return what is read from a file with a stack's state.

    Args:
        path: What `pulumi stack export --file` has written.
        read: What is made of it, say `of_state`.

    Raises:
        Refused: It is not such a file.

    """
    try:
        return read(json.loads(path.read_bytes()))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise Refused(_not_a_state(str(path))) from None


def _resources(exported: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the custom resources of ours; those that are about to be deleted declare nothing."""
    for resource in exported["deployment"].get("resources") or ():
        if not resource.get("delete") and kind_of(resource["type"]) in _KINDS:
            yield resource


def of_state(exported: Mapping[str, Any]) -> Declared:
    """Return what an exported deployment declares."""
    declared = Declared(noun="resource", addresses=set(_addresses(exported["deployment"])))
    for resource in _resources(exported):
        kind = kind_of(resource["type"])
        outputs, name = resource.get("outputs") or {}, name_of(resource["urn"])
        if kind == _BINDING:
            _add_binding(declared, name, outputs)
        elif kind == _DOMAIN:
            _add_domain(declared, name, outputs, resource.get("inputs") or {})
    return declared


def _addresses(deployment: Mapping[str, Any]) -> Iterator[str]:
    """Yield every address that state has, also in what is about to be deleted: a rollback may need it."""
    under_way = (each["resource"] for each in deployment.get("pending_operations") or ())
    for resource in (*(deployment.get("resources") or ()), *under_way):
        if kind_of(resource["type"]) in _KINDS:
            inputs, outputs = resource.get("inputs") or {}, resource.get("outputs") or {}
            values = (resource.get("id"), *inputs.values(), *outputs.values())
            yield from (each for each in values if is_sid(each, "AD"))


def _add_binding(declared: Declared, name: str, outputs: Mapping[str, Any]) -> None:
    phone_number = _text(outputs, "phone_number", "phoneNumber")
    if phone_number:
        of_account = declared.numbers.setdefault(_text(outputs, "account_sid", "accountSid"), {})
        # `address_sid` is what the last refresh has found; an old state may have nothing else.
        sids = ("submitted_address_sid", "submittedAddressSid", "address_sid", "addressSid")
        # A change that was cut short may have submitted none.
        none = sids[0] in (outputs.get(NONE_OUTPUTS) or ())
        of_account[phone_number] = DesiredNumber(name, None if none else _text(outputs, *sids))


def _add_domain(declared: Declared, name: str, outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    domain_name = _text(outputs, "domain_name", "domainName")
    if domain_name:
        of_account = declared.domains.setdefault(_text(outputs, "account_sid", "accountSid"), {})
        # A refresh writes the input alone, an `up` both; on is the default.
        is_off = inputs.get("enabled") is False and outputs.get("enabled") is False
        caller = _text(outputs, SUBMITTED_CALLER, "emergency_caller_sid", "emergencyCallerSid")
        of_account[domain_name] = DesiredDomain(name, not is_off, None if caller == NONE else caller)


def _text(outputs: Mapping[str, Any], *names: str) -> str | None:
    # What is secret is exported as a mapping with a ciphertext, and nothing can be compared with it.
    found: Iterator[Any] = (outputs.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), None)


def _not_a_state(name: str) -> Problem:
    return Problem(
        f"{name} is not what `pulumi stack export` writes.",
        "Nothing was compared.",
        "Write it anew: pulumi stack export --file state.json",
    )
