"""
The two files of an adoption: the sites, and the resources for `pulumi import --file`.

Where an import entry has inputs and outputs, the engine asks no provider (Pulumi PR 23984, CLI 3.254 and
later; run with 3.259 in 2026-11), so both are written here as `pulumi up` would have left them.
"""

from __future__ import annotations

import base64
import json
import pickle
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_twilio_emergency.adopt.plan import AdoptedSite
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number

_TYPE = "pulumi-python:dynamic/twilio:{}"
_PROVIDERS = "pulumi_twilio_emergency.providers"
_FUNCTIONS = {
    "EmergencyAddress": "address",
    "EmergencySitesNumbers": "site_numbers",
    "NumberEmergencyBinding": "number_binding",
    "SipDomainEmergency": "sip_domain",
}


def sites_yaml(sites: Iterable[AdoptedSite], account_sid: str | None) -> str:
    """
    Return a sites file that declares what is live, in Twilio's own spelling.

    Args:
        sites: What is adopted.
        account_sid: The subaccount; None for the credentials' own account.

    """
    lines = ["# yaml-language-server: $schema=sites.schema.json", "sites:"]
    for site in sites:
        fields = {name: value for name, value in asdict(site.record.address).items() if value}
        fields["friendly_name"] = site.record.friendly_name
        lines += [f"  {_quoted(site.key)}:", "    address:"]
        lines += [f"      {name}: {_quoted(value)}" for name, value in fields.items()]
        if account_sid:
            lines.append(f"    account_sid: {account_sid}")
        lines += ["    numbers:", *(f"      - {_quoted(each.phone_number)}" for each in site.numbers)]
        lines += _domain_lines(site)
    return "\n".join(lines) + "\n"


def _domain_lines(site: AdoptedSite) -> list[str]:
    phone_numbers = {each.sid: each.phone_number for each in site.numbers}
    lines = ["    domains:"] if site.domains else []
    for domain in site.domains:
        lines.append(f"      - domain_name: {_quoted(domain.domain_name)}")
        if domain.emergency_caller_sid:
            lines.append(f"        emergency_caller: {_quoted(phone_numbers[domain.emergency_caller_sid])}")
    return lines


def _quoted(text: str) -> str:
    # JSON's quotes are YAML's, and every other reader of the file sees text as well.
    return json.dumps(text, ensure_ascii=False)


def import_file(
    sites: Iterable[AdoptedSite], name: str, file: str, account_sid: str | None
) -> dict[str, Any]:
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
    entries.append(_entry("EmergencySitesNumbers", f"{name}-numbers", "numbers", remembered, remembered))
    for site in sites:
        entries.append(_address(site, name, account_sid))
        entries += [_binding(number, name, account_sid) for number in site.numbers]
    entries += [_domain(domain, name, account_sid) for site in sites for domain in site.domains]
    return {"resources": [entries[0], *({**entry, "parent": name} for entry in entries[1:])]}


def _address(site: AdoptedSite, name: str, account_sid: str | None) -> dict[str, Any]:
    record = site.record
    declared = {key: value for key, value in asdict(record.address).items() if value}
    inputs = {**declared, "friendly_name": record.friendly_name, **_account(account_sid)}
    outputs = {
        **inputs,
        "sid": record.sid,
        "address_on_file": asdict(record.address),
        "account_sid": record.account_sid,
        "__none_outputs": sorted({"on_correction", "street_secondary"} - inputs.keys()),
    }
    return _entry("EmergencyAddress", f"{name}-{site.key}", record.sid, inputs, outputs)


def _binding(number: Number, name: str, account_sid: str | None) -> dict[str, Any]:
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
    resource = f"{name}-{number.phone_number}"
    return _entry("NumberEmergencyBinding", resource, number.sid, inputs, outputs)


def _domain(domain: Domain, name: str, account_sid: str | None) -> dict[str, Any]:
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
    resource = f"{name}-{domain.domain_name}"
    return _entry("SipDomainEmergency", resource, domain.sid, inputs, outputs)


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
