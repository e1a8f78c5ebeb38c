"""Sites as values, once the file has been read without a problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.sites.nodes import START, Position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_twilio_emergency.core.model.address import Address, OnCorrection


@dataclass(frozen=True, slots=True)
class SiteNumber:
    """A phone number in E.164, and where the file says so."""

    phone_number: str
    at: Position = START


@dataclass(frozen=True, slots=True)
class SiteDomain:
    """
    A SIP domain whose emergency calling is on.

    Attributes:
        domain_name: Say `acme.sip.twilio.com`.
        emergency_caller: The number, in E.164, that emergency calls show whose own number is not registered;
            None for no caller.
        at: Where the file says so.

    """

    domain_name: str
    emergency_caller: str | None = None
    at: Position = START


@dataclass(frozen=True, slots=True)
class Site:
    """
    One place.

    Attributes:
        key: What the file calls it. Resource names come from it.
        address: Who is where.
        friendly_name: What the Console shows; None for the default.
        on_correction: As on EmergencyAddress; None for its default.
        account_sid: The subaccount that owns the numbers; None for the credentials' own account.
        numbers: The phone numbers, in file order.
        domains: The SIP domains, in file order.
        at: Where the file says so.

    """

    key: str
    address: Address
    friendly_name: str | None = None
    on_correction: OnCorrection | None = None
    account_sid: str | None = None
    numbers: tuple[SiteNumber, ...] = ()
    domains: tuple[SiteDomain, ...] = ()
    at: Position = START


@dataclass(frozen=True, slots=True)
class Sites:
    """All sites of a file, in file order."""

    sites: tuple[Site, ...]

    def __iter__(self) -> Iterator[Site]:
        return iter(self.sites)

    @property
    def phone_numbers(self) -> list[str]:
        """All numbers of all sites, in file order."""
        return [number.phone_number for site in self.sites for number in site.numbers]
