"""A SIP domain, as far as emergency calling needs it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Domain:
    """A SIP Domain: its emergency calling switch and its emergency caller."""

    sid: str
    account_sid: str
    domain_name: str
    emergency_calling_enabled: bool
    emergency_caller_sid: str | None
