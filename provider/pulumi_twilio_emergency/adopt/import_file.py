"""
The file of an adoption for `pulumi import --file`: what goes into state.

Where an import entry has inputs and outputs, the engine asks no provider (Pulumi PR 23984, CLI 3.254 and
later; run with 3.259 in 2026-11), so both are written here as `pulumi up` would have
left them.
"""

from __future__ import annotations

import base64
import pickle
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.adopt.managed import ADDRESS, BINDING, DOMAIN
from pulumi_twilio_emergency.adopt.reasons import declared_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_twilio_emergency.adopt.plan import AdoptedSite, Plan
    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number

_BRAKE = "EmergencySitesNumbers"
_TYPE = "pulumi-python:dynamic/twilio:{}"
_PROVIDERS = "pulumi_twilio_emergency.providers"
_FUNCTIONS = {
    ADDRESS: "address",
    BINDING: "number_binding",
    DOMAIN: "sip_domain",
    _BRAKE: "site_numbers",
}


def for_sites(sites: Iterable[AdoptedSite], name: str, file: str, account_sid: str | None) -> dict[str, Any]:
    """
    Return the resources for `pulumi import --file`, as children of EmergencySites.

    Args:
        sites: What is adopted.
        name: The component's name in the program.
        file: The sites file, as the program names it.
        account_sid: The subaccount; None for the credentials' own account.

    """
    sites = tuple(sites)
    component = {"type": "twilio-emergency:index:EmergencySites", "name": name, "component": True}
    entries = [{**component, "logicalName": name}]
    numbers = sorted(number.phone_number for site in sites for number in site.numbers)
    remembered = {"numbers": numbers, "file": file, "allow_removals": 0}
    entries.append(_entry(_BRAKE, f"{name}-numbers", "numbers", remembered, remembered))
    for site in sites:
        entries.append(_address(site.record, f"{name}-{site.key}", account_sid))
        entries += [_binding(each, f"{name}-{each.phone_number}", account_sid) for each in site.numbers]
    for domain in (domain for site in sites for domain in site.domains):
        entries.append(_domain(domain, f"{name}-{domain.domain_name}", account_sid))
    return {"resources": [entries[0], *({**entry, "parent": name} for entry in entries[1:])]}


def for_program(plan: Plan, account_sid: str | None) -> dict[str, Any]:
    """
    Return the resources for `pulumi import --file`, as `program` names them.

    Args:
        plan: What is adopted.
        account_sid: The subaccount; None for the credentials' own account.

    """
    addresses = [_address(site.record, site.key, account_sid) for site in plan.sites]
    bindings = [_binding(each, each.phone_number, account_sid) for each in plan.numbers]
    domains = [_domain(each, each.domain_name, account_sid) for each in plan.all_domains]
    return {"resources": [*addresses, *bindings, *domains]}


def _address(record: AddressRecord, resource: str, account_sid: str | None) -> dict[str, Any]:
    inputs = {**declared_fields(record), **_account(account_sid)}
    outputs = {
        **inputs,
        "sid": record.sid,
        "address_on_file": asdict(record.address),
        "account_sid": record.account_sid,
        "__none_outputs": sorted({"on_correction", "street_secondary"} - inputs.keys()),
    }
    return _entry(ADDRESS, resource, record.sid, inputs, outputs)


def _binding(number: Number, resource: str, account_sid: str | None) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        "phone_number": number.phone_number,
        "address_sid": number.emergency_address_sid,
        "__secretInputs": [],
        **_account(account_sid),
    }
    outputs = {
        **inputs,
        "number_sid": number.sid,
        "submitted_address_sid": number.emergency_address_sid,
        "emergency_address_status": number.emergency_address_status,
        "uncovered_seconds": 0,
        "account_sid": number.account_sid,
        "__none_outputs": ["registered_at", "take_over", "wait_for_registration"],
    }
    return _entry(BINDING, resource, number.sid, inputs, outputs)


def _domain(domain: Domain, resource: str, account_sid: str | None) -> dict[str, Any]:
    caller = {"emergency_caller_sid": domain.emergency_caller_sid} if domain.emergency_caller_sid else {}
    # The program names its secret inputs where one of them comes from another resource.
    hidden: dict[str, Any] = {"__secretInputs": []} if caller else {}
    inputs = {"domain_name": domain.domain_name, **caller, **hidden, **_account(account_sid)}
    outputs = {
        **inputs,
        "domain_sid": domain.sid,
        "emergency_calling_enabled": True,
        "account_sid": domain.account_sid,
        "__none_outputs": sorted({"enabled", *(() if caller else ("emergency_caller_sid",))}),
    }
    return _entry(DOMAIN, resource, domain.sid, inputs, outputs)


def _account(account_sid: str | None) -> dict[str, str]:
    return {"account_sid": account_sid} if account_sid else {}


def _entry(kind: str, name: str, sid: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    provider = {"__provider": provider_pickle(_FUNCTIONS[kind])}
    return {
        "type": _TYPE.format(kind),
        "name": name,
        "logicalName": name,
        "id": sid,
        "inputs": {**inputs, **provider},
        "outputs": {**outputs, **provider},
    }


def provider_pickle(function: str) -> str:
    """
    Return what Pulumi stores for the provider that a function of `providers` returns.

    Written by hand, since making it needs Pulumi, and reading an account does not. The same opcodes as
    `pickle` writes for a call without arguments of an importable function.
    """
    names = b"".join(
        b"\x8c" + bytes([len(text)]) + text.encode() + b"\x94" for text in (_PROVIDERS, function)
    )
    frame = names + b"\x93\x94)R\x94."
    header = b"\x80" + bytes([pickle.DEFAULT_PROTOCOL]) + b"\x95"
    return base64.b64encode(header + len(frame).to_bytes(8, "little") + frame).decode()
