"""Reading accounts and writing down what was found, one number at a time."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pulumi_twilio_emergency.core.model.finding import Coverage
from pulumi_twilio_emergency.core.rules.findings import AccountFindings, country_of, coverage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pulumi_twilio_emergency.audit.desired import Declared
    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.finding import Finding
    from pulumi_twilio_emergency.core.model.number import Number

PROGRESS_EVERY = 500
"""Numbers between two words about progress."""


class Source(Protocol):
    """One account, as far as an audit reads it. A Gateway is one."""

    @property
    def account_sid(self) -> str:
        """The account."""

    def numbers(self) -> Iterable[Number]:
        """List all numbers; one at a time where the source can."""

    def addresses(self) -> Iterable[AddressRecord]:
        """List all addresses, whether or not they are for emergencies."""

    def domains(self) -> Iterable[Domain]:
        """List all SIP domains."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One number in a report.

    Attributes:
        phone_number: In E.164.
        sid: The number.
        account_sid: Its account.
        country: Its country; empty where the numbering plan does not tell.
        site: What the declaration calls its place; empty where it is not declared.
        coverage: What an emergency call shows.
        status: Twilio's word.
        address_sid: What was submitted; empty where nothing is.

    """

    phone_number: str
    sid: str
    account_sid: str
    country: str
    site: str
    coverage: Coverage
    status: str
    address_sid: str


@dataclass
class Report:
    """
    What an audit has found.

    Attributes:
        at: Unix time of the audit.
        compared_with: What it was held against; empty for nothing.
        accounts: The accounts, in the order in which they were read.
        rows: All numbers, in the order of the lists.
        findings: All findings, worst first.

    """

    at: float
    compared_with: str = ""
    accounts: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def coverage(self) -> dict[Coverage, int]:
        """Return how many numbers there are of each coverage, zeros included."""
        counted = Counter(row.coverage for row in self.rows)
        return {each: counted[each] for each in Coverage}


def audit(
    sources: Iterable[Source],
    *,
    own_account_sid: str,
    now: float,
    declared: Declared | None = None,
    compared_with: str = "",
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """
    Read accounts and return what was found. Sends one list of domains, addresses and numbers to each.

    Args:
        sources: The accounts.
        own_account_sid: The credentials' own account: the one of declarations that name none.
        now: Unix time.
        declared: What to compare with; None for nothing.
        compared_with: What that is called in the report.
        progress: Is told how many numbers were read, now and then.

    Raises:
        GatewayError: An account could not be read; nothing is reported of half an account.

    """
    report = Report(now, compared_with)
    for source in sources:
        desired = declared.of(source.account_sid, own_account_sid) if declared else None
        addresses = {record.sid: record for record in source.addresses()}
        rules = AccountFindings(source.account_sid, addresses, tuple(source.domains()), desired, now)
        report.accounts.append(source.account_sid)
        _read_numbers(source, rules, report, progress)
        report.findings += rules.rest()
    report.findings.sort(key=lambda each: (each.severity.rank, each.code, each.subject))
    return report


def _read_numbers(
    source: Source, rules: AccountFindings, report: Report, progress: Callable[[int], None]
) -> None:
    for number in source.numbers():
        country = country_of(number)
        report.findings += rules.number(number, country, _changed_at(number))
        report.rows.append(_row(number, country, rules.site_of(number)))
        if len(report.rows) % PROGRESS_EVERY == 0:
            progress(len(report.rows))
    progress(len(report.rows))


def _row(number: Number, country: str | None, site: str) -> Row:
    # A few words and SIDs stand in every row of a large account: each is kept once.
    return Row(
        number.phone_number,
        number.sid,
        sys.intern(number.account_sid),
        sys.intern(country or ""),
        sys.intern(site),
        coverage_of(number, country),
        sys.intern(number.effective_status.name),
        sys.intern(number.emergency_address_sid or ""),
    )


def _changed_at(number: Number) -> float | None:
    # A gateway that reads DateUpdated gives its numbers this field; without it, no age is judged.
    changed: float | None = getattr(number, "changed_at", None)
    return changed
