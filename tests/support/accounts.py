"""Accounts of any size for audits, without Twilio: what a gateway would answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.address import Address, AddressRecord
from pulumi_twilio_emergency.core.model.domain import Domain
from pulumi_twilio_emergency.core.model.number import Number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OWN = "AC" + "a" * 32
OTHER = "AC" + "b" * 32


def sid(prefix: str, index: int) -> str:
    return f"{prefix}{index:032x}"


def place(index: int = 1, **changes: str) -> Address:
    fields = {
        "customer_name": "Acme",
        "street": f"{index} Main St",
        "street_secondary": "",
        "city": "Boston",
        "region": "MA",
        "postal_code": "02134",
        "iso_country": "US",
    }
    return Address(**{**fields, **changes})


def record(index: int = 1, *, enabled: bool = True, account: str = OWN, **changes: str) -> AddressRecord:
    return AddressRecord(sid("AD", index), account, f"site {index}", place(index, **changes), enabled)


def number(
    index: int = 1,
    address: str | None = None,
    status: str | None = None,
    *,
    phone_number: str | None = None,
    voice: bool = True,
    account: str = OWN,
) -> Number:
    """Return a number; bound ones are registered and others are not, unless a status is given."""
    return Number(
        sid("PN", index),
        account,
        phone_number or f"+1617{2_000_000 + index}",
        address,
        status or ("registered" if address else "unregistered"),
        voice,
    )


def domain(index: int = 1, *, on: bool = True, caller: str | None = None) -> Domain:
    return Domain(sid("SD", index), OWN, f"acme-{index}.sip.twilio.com", on, caller)


@dataclass
class FakeAccount:
    """A source of an audit that streams its numbers."""

    all_numbers: Iterable[Number] = ()
    all_addresses: Iterable[AddressRecord] = ()
    all_domains: Iterable[Domain] = ()
    account_sid: str = OWN
    asked: list[str] = field(default_factory=list)

    def numbers(self) -> Iterator[Number]:
        self.asked.append("numbers")
        yield from self.all_numbers

    def each_number(self) -> Iterator[Number]:
        yield from self.numbers()

    def addresses(self) -> Iterable[AddressRecord]:
        self.asked.append("addresses")
        return list(self.all_addresses)

    def domains(self) -> Iterable[Domain]:
        self.asked.append("domains")
        return list(self.all_domains)
