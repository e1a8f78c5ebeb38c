"""Reading accounts and writing down what was found, one number at a time."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pulumi_twilio_emergency.core.model.finding import Coverage
from pulumi_twilio_emergency.core.model.formatting import counted
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.rules.account_findings import account_not_read
from pulumi_twilio_emergency.core.rules.findings import AccountFindings, country_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pulumi_twilio_emergency.audit.desired import Declared
    from pulumi_twilio_emergency.core.model.account import AccountRecord
    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.finding import Desired, Finding
    from pulumi_twilio_emergency.core.model.number import Number

PROGRESS_EVERY = 500
"""Numbers between two words about progress."""


class Source(Protocol):
    """One account, as far as an audit reads it. A Gateway is one."""

    @property
    def account_sid(self) -> str:
        """The account."""

    def each_number(self) -> Iterable[Number]:
        """Yield all numbers, of which no more than a page is held meanwhile."""

    def addresses(self) -> Iterable[AddressRecord]:
        """List all addresses, whether or not they are for emergencies."""

    def domains(self) -> Iterable[Domain]:
        """List all SIP domains."""


class AccountNotReadableError(Exception):
    """
    An account could not be read, so nothing is reported.

    Attributes:
        account_sid: The account.
        error: What Twilio, or the way to it, answered.

    """

    def __init__(self, account_sid: str, error: GatewayError) -> None:
        super().__init__(account_sid)
        self.account_sid = account_sid
        self.error = error


@dataclass(frozen=True, slots=True)
class Row:
    """
    One number in a report.

    Attributes:
        phone_number: In E.164.
        sid: The number.
        account_sid: Its account.
        country: Its country; empty where the numbering plan does not tell.
        site: The site or resource that declares it; empty where none does.
        coverage: What an emergency call shows, as compared with the declaration.
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
        noun: What declares numbers and domains there: a `site` or a `resource`.
        accounts: The accounts that were read, in that order.
        not_read: Accounts that belong to them and were not read.
        rows: All numbers, in the order of the lists.
        findings: All findings, worst first.

    """

    at: float
    compared_with: str = ""
    noun: str = "site"
    accounts: list[str] = field(default_factory=list)
    not_read: list[AccountRecord] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def coverage(self) -> dict[Coverage, int]:
        """Return how many numbers there are of each coverage, zeros included."""
        found = Counter(row.coverage for row in self.rows)
        return {each: found[each] for each in Coverage}

    def unread(self) -> str:
        """Say how many accounts were not read; empty where all were. It belongs beside every total."""
        return f"{counted(len(self.not_read), 'account')} not read." if self.not_read else ""

    def coverage_by_account(self) -> dict[str, dict[Coverage, int]]:
        """Return the same for each account that was read, in that order."""
        found = Counter((row.account_sid, row.coverage) for row in self.rows)
        return {sid: {each: found[sid, each] for each in Coverage} for sid in self.accounts}


def audit(
    sources: Iterable[Source],
    *,
    own_account_sid: str,
    now: float,
    declared: Declared | None = None,
    compared_with: str = "",
    not_read: Sequence[AccountRecord] = (),
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
        not_read: Accounts that are not among the sources, and that the report has to name.
        progress: Is told how many numbers were read, now and then.

    Raises:
        AccountNotReadableError: An account could not be read; nothing is reported of half an account.

    """
    noun = declared.noun if declared else "site"
    report = Report(now, compared_with, noun, not_read=list(not_read))
    for source in sources:
        desired = declared.of(source.account_sid, own_account_sid) if declared else None
        try:
            _read_account(source, desired, report, progress)
        except GatewayError as error:
            raise AccountNotReadableError(source.account_sid, error) from None
    for account in not_read:
        desired = declared.of(account.sid, own_account_sid) if declared else None
        report.findings.append(account_not_read(account, desired))
    report.findings.sort(key=lambda each: (each.severity.rank, each.code, each.subject))
    return report


def _read_account(
    source: Source, desired: Desired | None, report: Report, progress: Callable[[int], None]
) -> None:
    addresses = {record.sid: record for record in source.addresses()}
    rules = AccountFindings(source.account_sid, addresses, tuple(source.domains()), desired, report.at)
    report.accounts.append(source.account_sid)
    _read_numbers(source, rules, report, progress)
    report.findings += rules.rest()


def _read_numbers(
    source: Source, rules: AccountFindings, report: Report, progress: Callable[[int], None]
) -> None:
    for number in source.each_number():
        country = country_of(number)
        report.findings += rules.number(number, country)
        report.rows.append(_row(number, country, rules))
        if len(report.rows) % PROGRESS_EVERY == 0:
            progress(len(report.rows))
    progress(len(report.rows))


def _row(number: Number, country: str | None, rules: AccountFindings) -> Row:
    # A few words and SIDs stand in every row of a large account: each is kept once.
    return Row(
        number.phone_number,
        number.sid,
        sys.intern(number.account_sid),
        sys.intern(country or ""),
        sys.intern(rules.site_of(number)),
        rules.coverage(number, country),
        sys.intern(number.effective_status.name),
        sys.intern(number.emergency_address_sid or ""),
    )
