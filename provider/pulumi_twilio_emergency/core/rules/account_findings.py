"""What is worth saying about an account that was not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.finding import Finding, Severity
from pulumi_twilio_emergency.core.model.formatting import counted
from pulumi_twilio_emergency.core.model.problem import Problem

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.model.account import AccountRecord
    from pulumi_twilio_emergency.core.model.finding import Desired

_MEANING = {
    "suspended": "A suspended account can place no calls. Whether its numbers are registered is not known.",
    "closed": "Twilio releases the numbers of closed accounts.",
}
"""By Twilio's word for the account ("REST API: Subaccounts", Twilio docs, read 2026-11)."""


def account_not_read(account: AccountRecord, desired: Desired | None) -> Finding:
    """Return why a subaccount was not read; critical where something is declared in it."""
    counts = {"number": len(desired.numbers), "SIP domain": len(desired.domains)} if desired else {}
    declared = [counted(count, noun) for noun, count in counts.items() if count]
    what = f"Account {account.sid} was not read: it is {account.status}."
    if declared:
        what += f" Declared in it: {', '.join(declared)}."
    meaning = _MEANING.get(account.status, "Whether its numbers are registered is not known.")
    remedy = (
        "Reactivate the account, or declare nothing in it."
        if declared
        else "Nothing to do, if it is intended."
    )
    problem = Problem(what, meaning, remedy)
    severity = Severity.CRITICAL if declared else Severity.NOTICE
    return Finding("account-not-read", severity, account.sid, account.sid, account.sid, "", problem)
