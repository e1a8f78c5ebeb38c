"""What an audit says of an account, and what it holds the account against."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from pulumi_twilio_emergency.core.model.address import Address


class Severity(Enum):
    """How bad a finding is, worst first."""

    CRITICAL = "critical"
    """Somebody who dials 911 now is not found, or help is sent to another place."""
    WARNING = "warning"
    """It may become so, or cannot be told from here."""
    NOTICE = "notice"
    """Nobody is less safe for it; it costs order or money."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


Said = tuple[str, Severity, Problem]
"""Code, severity and text of a finding about the number or the domain at hand."""


class Coverage(Enum):
    """What an emergency call from a number shows to the dispatcher."""

    COVERED = "covered"
    WRONG_ADDRESS = "wrong-address"
    """Registered, but at another address than the declared one: help is sent to another place."""
    PENDING = "pending"
    FAILED = "failed"
    UNCOVERED = "uncovered"
    NOT_APPLICABLE = "not-applicable"
    """A number that cannot place calls, or of a country without registration."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing about one number, address or domain.

    Attributes:
        code: A name that never changes, for programs.
        severity: How bad it is.
        subject: A phone number, a domain name, or the SID of an address or an account.
        sid: The Twilio object; empty where there is none.
        account_sid: The account it is in.
        site: Where the declaration has it; empty where it is not declared.
        problem: What is so, what it means, what to do. Holds no street and no name.

    """

    code: str
    severity: Severity
    subject: str
    sid: str
    account_sid: str
    site: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class DesiredNumber:
    """
    What somebody has declared of a number.

    Attributes:
        site: What the declaration calls its place.
        address_sid: The address it should show, where the declaration knows the SID.
        address: The same, where it knows the place.

    """

    site: str
    address_sid: str | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class DesiredDomain:
    """What is declared of a SIP domain; its caller in E.164 or as a SID, None for no caller."""

    site: str
    enabled: bool = True
    caller: str | None = None


@dataclass(frozen=True, slots=True)
class Desired:
    """
    What is declared of one account.

    Attributes:
        numbers: By their E.164 form.
        domains: By name.
        addresses: SIDs of addresses that the stack has, or may need to go back to; none of a sites file.

    """

    numbers: Mapping[str, DesiredNumber]
    domains: Mapping[str, DesiredDomain]
    addresses: AbstractSet[str] = field(default_factory=frozenset)
