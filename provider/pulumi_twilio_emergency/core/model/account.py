"""An account of Twilio's, as far as a list of them shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """
    An account or a subaccount.

    Attributes:
        sid: AC and 32 digits.
        status: Twilio's word: active, suspended or closed.

    """

    sid: str
    status: str

    @property
    def active(self) -> bool:
        """Whether it can be read; a word this release does not know counts as no."""
        return self.status == "active"
