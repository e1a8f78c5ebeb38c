"""How a SIP domain that a program names is found: by SID or by name, in the list or by a fetch."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.handlers.base import RECENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.domain import Domain


def listed(account: Account, values: Mapping[str, Any]) -> Domain | None:
    """Return the domain as a list of the last minute has it. A list is a hint."""
    for domain in account.domains.recent(RECENT, allow_stale=True):
        if domain.sid == values.get("domain_sid") or domain.domain_name == values.get("domain_name"):
            return domain
    return None


def fetched(account: Account, values: Mapping[str, Any]) -> Domain | None:
    """Return the domain as it is now, or None if Twilio itself says that it is not there."""
    if values.get("domain_sid") is not None:
        return account.find_domain(values["domain_sid"])
    named = [each for each in account.domains.fresh() if each.domain_name == values["domain_name"]]
    return named[0] if named else None


def listed_or_fetched(account: Account, domain_sid: str, *, fits: Callable[[Domain], bool]) -> Domain | None:
    """Return the domain from the list if it is as expected there; otherwise as a fetch shows it."""
    for domain in account.domains.recent(RECENT):
        if domain.sid == domain_sid and fits(domain):
            return domain
    return account.find_domain(domain_sid)


def sid_of(account: Account, inputs: Mapping[str, Any]) -> str:
    """
    Return the SID of the domain that a program names.

    Raises:
        Refused: The account has no domain of that name.

    """
    if inputs.get("domain_sid") is not None:
        return str(inputs["domain_sid"])
    domain = listed(account, inputs) or fetched(account, inputs)
    if domain is None:
        raise Refused(no_such_domain(account, inputs))
    return domain.sid


def no_such_domain(account: Account, values: Mapping[str, Any]) -> Problem:
    """Say that the account does not have the domain, and which name is near."""
    wanted = str(values.get("domain_name") or values.get("domain_sid"))
    names = [domain.domain_name for domain in account.domains.recent(RECENT, allow_stale=True)]
    near = _nearest(wanted, names)
    return Problem(
        f"Account {account.sid} has no SIP domain {wanted}.",
        "Nothing was changed.",
        f"{f'Did you mean {near}? ' if near else ''}Check the name, and the account of the credentials.",
        where="domain_name" if "domain_name" in values else "domain_sid",
    )


def _nearest(wanted: str, names: list[str]) -> str | None:
    """Return the name that looks like a slip of the wanted one. All end alike: only the label counts."""
    by_label = {name.partition(".")[0]: name for name in names}
    near = difflib.get_close_matches(wanted.partition(".")[0], by_label, n=1, cutoff=0.75)
    return by_label[near[0]] if near else None
