"""
What is worth saying about an account as it is: who is not covered, and what is not as declared.

Numbers are judged one at a time, so that an account of any size takes the memory of what is found in it.
Sources: emergency calling for SIP interfaces and SIP Domain pages, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timezone
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.countries import (
    COUNTRIES,
    country_of_number,
    longest_registration,
    registration_time,
)
from pulumi_twilio_emergency.core.model.finding import Coverage, Finding, Said, Severity
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.core.model.status import Phase, status_of
from pulumi_twilio_emergency.core.rules.address_normalization import acceptable_spelling, same_place_for_sure
from pulumi_twilio_emergency.core.rules.domain_findings import domain_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pulumi_twilio_emergency.core.model.address import Address, AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.finding import Desired, DesiredNumber
    from pulumi_twilio_emergency.core.model.number import Number

_UNCOVERED = status_of("unregistered").meaning
BIND_DECLARED = "Run `pulumi up`: it binds the declared address."
_REFRESH_AND_BIND = (
    "Run `pulumi refresh`, which finds that, and then `pulumi up`: it binds the declared address."
)
_BIND_BACK = "Find out who bound it; `pulumi refresh` and `pulumi up` then bind it back."
"""`pulumi up` alone repairs a number that lost its address, and not one that has another (run 2026-11)."""


def coverage_of(number: Number, country: str | None) -> Coverage:
    """Return what an emergency call from the number shows, whatever is declared of it."""
    if not number.voice or (country is not None and country not in COUNTRIES):
        return Coverage.NOT_APPLICABLE
    return {
        Phase.COVERED: Coverage.COVERED,
        Phase.WAITING: Coverage.PENDING,
        Phase.FAILED: Coverage.FAILED,
        Phase.UNCOVERED: Coverage.UNCOVERED,
    }[number.effective_status.phase]


@dataclass
class AccountFindings:
    """
    The findings of one account. Call `number` for each number, then `rest` once.

    Attributes:
        account_sid: The account.
        addresses: Its addresses, whether or not they are for emergencies, by SID.
        domains: Its SIP domains.
        desired: What is declared of it; None where nothing was compared.
        now: Unix time.

    """

    account_sid: str
    addresses: Mapping[str, AddressRecord]
    domains: Sequence[Domain]
    desired: Desired | None
    now: float
    _callers: dict[str, Number | None] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _unsettled: bool = False

    def __post_init__(self) -> None:
        self._callers = {
            each.emergency_caller_sid: None for each in self.domains if each.emergency_caller_sid
        }

    def site_of(self, number: Number) -> str:
        """Return what the declaration calls the number's place; empty where it is not declared."""
        wanted = self._wanted(number)
        return wanted.site if wanted else ""

    def coverage(self, number: Number, country: str | None) -> Coverage:
        """Return what an emergency call from the number shows, as compared with what is declared."""
        coverage = coverage_of(number, country)
        wrong = coverage is Coverage.COVERED and self._is_elsewhere(number)
        return Coverage.WRONG_ADDRESS if wrong else coverage

    def number(self, number: Number, country: str | None) -> list[Finding]:
        """
        Return what there is to say about one number.

        Args:
            number: The number.
            country: Its country, as `country_of_number` has it.

        """
        if self._wanted(number):
            self._seen.add(number.phone_number)
        if number.emergency_address_sid:
            self._used.add(number.emergency_address_sid)
        self._unsettled = self._unsettled or number.effective_status.phase in {Phase.WAITING, Phase.FAILED}
        if number.sid in self._callers:
            self._callers[number.sid] = number
        return [
            Finding(
                code,
                severity,
                number.phone_number,
                number.sid,
                self.account_sid,
                self.site_of(number),
                problem,
            )
            for code, severity, problem in (
                *self._coverage(number, country),
                *self._bound_address(number, country),
                *self._declaration(number),
            )
        ]

    def _wanted(self, number: Number) -> DesiredNumber | None:
        return self.desired.numbers.get(number.phone_number) if self.desired else None

    def _coverage(self, number: Number, country: str | None) -> Iterator[Said]:
        status, name = number.effective_status, f"{number.phone_number} ({number.sid})"
        coverage = coverage_of(number, country)
        if coverage is Coverage.NOT_APPLICABLE:
            yield from _cannot_register(number, country)
        elif coverage is Coverage.FAILED and status.name == "registration-failure":
            remedy = _BIND_BACK if self._is_elsewhere(number) else status.remedy
            problem = Problem(f"{name}: the registration failed.", status.meaning, remedy)
            yield "registration-failed", Severity.CRITICAL, problem
        elif coverage is Coverage.FAILED:
            problem = Problem(f"{name} is {status.name}.", status.meaning, status.remedy)
            yield "unregistration-failed", Severity.WARNING, problem
        elif coverage is Coverage.PENDING:
            yield _pending(number, country, self.now)
        elif coverage is Coverage.UNCOVERED and not self._lacks_declared_address(number):
            # Whether a toll-free number can be registered is documented nowhere.
            severity = Severity.CRITICAL if country else Severity.WARNING
            remedy = self._remedy(number, "Bind an address to it.")
            problem = Problem(f"{name} has no registered emergency address.", _UNCOVERED, remedy)
            yield "number-uncovered", severity, problem

    def _bound_address(self, number: Number, country: str | None) -> Iterator[Said]:
        sid = number.emergency_address_sid
        if sid is None:
            return
        record, name = self.addresses.get(sid), f"{number.phone_number} ({number.sid})"
        if record is None:
            yield (
                "address-unknown",
                Severity.CRITICAL,
                Problem(
                    f"{name} is bound to {sid}, which is not an address of this account.",
                    "A dispatcher may see another address than anybody here can look up."
                    if number.covered
                    else number.effective_status.meaning,
                    self._remedy(number, "Bind an address of the number's own account."),
                ),
            )
        elif not record.emergency_enabled:
            yield (
                "address-not-emergency",
                Severity.CRITICAL,
                Problem(
                    f"{name} is bound to {sid}, which is not for emergencies (EmergencyEnabled is false).",
                    "Whether calls from it show the address is in doubt."
                    if number.covered
                    else number.effective_status.meaning,
                    self._remedy(number, "Declare the place as an EmergencyAddress and bind that one."),
                ),
            )
        elif country in COUNTRIES and record.address.iso_country != country:
            yield (
                "country-mismatch",
                Severity.WARNING,
                Problem(
                    f"{name} is a {country} number; its address {sid} is in {record.address.iso_country}.",
                    "Emergency services take only addresses of the number's own country.",
                    "Bind an address of the number's country.",
                ),
            )

    def _declaration(self, number: Number) -> Iterator[Said]:
        if self.desired is None:
            return
        wanted, sid = self._wanted(number), number.emergency_address_sid
        name = f"{number.phone_number} ({number.sid})"
        if wanted is None and sid is not None:
            yield (
                "not-declared",
                Severity.NOTICE,
                Problem(
                    f"{name} is bound to {sid}, and nothing declares it.",
                    "Nobody reviews changes of its address.",
                    "Declare it.",
                ),
            )
        elif wanted is not None and sid is None:
            yield (
                "declared-not-bound",
                Severity.CRITICAL,
                Problem(
                    f"{name} is declared in {wanted.site} and has no emergency address.",
                    number.effective_status.meaning,
                    self._remedy(number, ""),
                ),
            )
        elif wanted is not None and self._is_elsewhere(number):
            yield _elsewhere(number, wanted)

    def _remedy(self, number: Number, otherwise: str) -> str:
        """Return what brings a number to the address that is declared of it, where one is."""
        wanted = self._wanted(number)
        if wanted is None:
            return otherwise
        if self._is_elsewhere(number):
            return _BIND_BACK
        sid = wanted.address_sid or number.emergency_address_sid
        record = self.addresses.get(sid or "")
        is_gone = sid is not None and (record is None or not record.emergency_enabled)
        return _REFRESH_AND_BIND if is_gone else BIND_DECLARED

    def _lacks_declared_address(self, number: Number) -> bool:
        return self._wanted(number) is not None and number.emergency_address_sid is None

    def _is_elsewhere(self, number: Number) -> bool:
        wanted, sid = self._wanted(number), number.emergency_address_sid
        if wanted is None or sid is None:
            return False
        if wanted.address_sid is not None:
            return wanted.address_sid != sid
        record = self.addresses.get(sid)
        if wanted.address is None or record is None:
            return False
        return not (
            same_place_for_sure(wanted.address, record.address)
            or acceptable_spelling(wanted.address, record.address)
        )

    def rest(self) -> list[Finding]:
        """Return what can be said once every number has been seen."""
        return [*self._missing_numbers(), *self._addresses(), *self._domains(), *self._missing_domains()]

    def _missing_numbers(self) -> Iterator[Finding]:
        for phone_number, wanted in self.desired.numbers.items() if self.desired else ():
            if phone_number not in self._seen:
                yield self._finding(
                    "declared-not-owned",
                    Severity.CRITICAL,
                    phone_number,
                    Problem(
                        f"{phone_number} is declared in {wanted.site} and is not a number of this account.",
                        "Nothing can be registered for it here.",
                        "Correct the number, or set the account_sid of the subaccount that owns it.",
                    ),
                    site=wanted.site,
                )

    def _addresses(self) -> Iterator[Finding]:
        first: dict[Address, str] = {}
        for record in self.addresses.values():
            if not record.emergency_enabled:
                continue
            if record.sid not in self._used:
                problem = self._unused(record.sid)
                yield self._finding("address-unused", Severity.NOTICE, record.sid, problem, sid=record.sid)
            twin = first.setdefault(record.address, record.sid)
            if twin != record.sid:
                yield self._finding(
                    "address-duplicate",
                    Severity.NOTICE,
                    record.sid,
                    Problem(
                        f"Emergency address {record.sid} is the same place as {twin}.",
                        "A correction of one leaves the other as it is.",
                        "Bind the numbers to one of them.",
                    ),
                    sid=record.sid,
                )

    def _unused(self, sid: str) -> Problem:
        """Say that no number uses an address: it is not deleted while a change may have to go back to it."""
        what = f"Emergency address {sid} is used by no number."
        if self.desired and sid in self.desired.addresses:
            meaning = "The stack has it, and a change that was interrupted may go back to it."
            return Problem(what, meaning, "Leave it to `pulumi up`, which deletes what the program drops.")
        if self._unsettled:
            meaning = "A change is under way or has failed, and may have to go back to it."
            return Problem(what, meaning, "Keep it, and audit again when no number is pending or failed.")
        return Problem(what, "", "Delete it, if no stack has it: --stack and --state compare with one.")

    def _domains(self) -> Iterator[Finding]:
        for domain in self.domains:
            wanted = self.desired.domains.get(domain.domain_name) if self.desired else None
            caller = self._callers.get(domain.emergency_caller_sid or "")
            said = domain_finding(domain, wanted, caller)
            if said is not None:
                site = wanted.site if wanted else ""
                code, severity, problem = said
                yield self._finding(code, severity, domain.domain_name, problem, sid=domain.sid, site=site)

    def _missing_domains(self) -> Iterator[Finding]:
        names = {domain.domain_name for domain in self.domains}
        for name, wanted in self.desired.domains.items() if self.desired else ():
            if name not in names:
                yield self._finding(
                    "domain-not-owned",
                    Severity.CRITICAL,
                    name,
                    Problem(
                        f"{name} is declared in {wanted.site} and is not a SIP domain of this account.",
                        "Its emergency calling cannot be switched on here.",
                        "Correct the name, or set the account_sid of the subaccount that owns it.",
                    ),
                    site=wanted.site,
                )

    def _finding(
        self, code: str, severity: Severity, subject: str, problem: Problem, *, sid: str = "", site: str = ""
    ) -> Finding:
        return Finding(code, severity, subject, sid, self.account_sid, site, problem)


def _cannot_register(number: Number, country: str | None) -> Iterator[Said]:
    name = f"{number.phone_number} ({number.sid})"
    if number.voice:
        problem = Problem(
            f"{name} is a number of {country}; Twilio registers emergency addresses for "
            f"{', '.join(COUNTRIES)} only.",
            "Emergency calls from it show no address to the dispatcher.",
            "Use a number of a country with registration where 911 must work.",
        )
        yield "country-without-registration", Severity.NOTICE, problem
    elif number.emergency_address_sid is not None:
        problem = Problem(
            f"{name} has an emergency address and no voice capability.",
            "It cannot place emergency calls, so the address protects nobody.",
            "Unbind it.",
        )
        yield "number-without-voice", Severity.NOTICE, problem


def _elsewhere(number: Number, wanted: DesiredNumber) -> Said:
    """Say that another address was submitted than the declared one: only if registered is it seen."""
    status, sid = number.effective_status, number.emergency_address_sid
    name = f"{number.phone_number} ({number.sid})"
    if number.covered:
        problem = Problem(
            f"{name} is bound to {sid}, which is not the address declared in {wanted.site}.",
            "A dispatcher would send help to another place than the declaration says.",
            _BIND_BACK,
        )
        return "bound-elsewhere", Severity.CRITICAL, problem
    what = (
        f"{name} is {status.name}, with {sid} submitted, which is not the address declared in {wanted.site}."
    )
    meaning = status.meaning
    if status.name == "pending-registration":
        meaning = "A dispatcher sees no address now, and once it is registered, another one than declared."
    return "submitted-elsewhere", Severity.CRITICAL, Problem(what, meaning, _BIND_BACK)


def _pending(number: Number, country: str | None, now: float) -> Said:
    status, name = number.effective_status, f"{number.phone_number} ({number.sid})"
    changed = number.changed_at
    # Any update moves DateUpdated. The submission was one, so it is at least as old.
    if changed is not None and now - changed.timestamp() > longest_registration(country):
        since = changed.astimezone(timezone.utc)
        what = f"{name} is {status.name}, and has not been updated since {since:%Y-%m-%d %H:%M} UTC."
        remedy = (
            f"It takes {registration_time(number.phone_number)}. Contact Twilio support and quote the "
            "number's SID."
        )
        return "registration-overdue", Severity.CRITICAL, Problem(what, status.meaning, remedy)
    problem = Problem(f"{name} is {status.name}.", status.meaning, status.remedy)
    return "registration-pending", Severity.WARNING, problem


def country_of(number: Number) -> str | None:
    """Return the number's country, as `coverage_of` and `AccountFindings.number` take it."""
    return country_of_number(number.phone_number)
