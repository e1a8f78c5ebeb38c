"""The sites file of an adoption: what is live, in Twilio's own spelling."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.adopt.reasons import declared_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_twilio_emergency.adopt.plan import AdoptedSite


def sites_yaml(sites: Iterable[AdoptedSite], account_sid: str | None) -> str:
    """
    Return a sites file.

    Args:
        sites: What is adopted.
        account_sid: The subaccount; None for the credentials' own account.

    """
    lines = ["# yaml-language-server: $schema=sites.schema.json", "sites:"]
    for site in sites:
        lines += [f"  {_quoted(site.key)}:", "    address:"]
        lines += [f"      {name}: {_quoted(value)}" for name, value in declared_fields(site.record).items()]
        if account_sid:
            lines.append(f"    account_sid: {account_sid}")
        lines += ["    numbers:", *(f"      - {_quoted(each.phone_number)}" for each in site.numbers)]
        lines += _domain_lines(site)
    return "\n".join(lines) + "\n"


def _domain_lines(site: AdoptedSite) -> Iterator[str]:
    phone_numbers = {each.sid: each.phone_number for each in site.numbers}
    if site.domains:
        yield "    domains:"
    for domain in site.domains:
        yield f"      - domain_name: {_quoted(domain.domain_name)}"
        yield f"        emergency_caller: {_quoted(phone_numbers[domain.emergency_caller_sid or ''])}"


def _quoted(text: str) -> str:
    # JSON's quotes are YAML's, and every other reader of the file sees text as well.
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in {'"', "\\"}:
        return f"\\{char}"
    # YAML folds some invisible characters (U+2028), and people cannot see any of them.
    if char.isprintable():
        return char
    return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else json.dumps(char)[1:-1]
