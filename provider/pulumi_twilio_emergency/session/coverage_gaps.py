"""How many numbers a command leaves without coverage for a while: one line each, and one for all of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.countries import registration_time

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.model.address import Address
    from pulumi_twilio_emergency.session.reporter import Line, Reporter


class CoverageGaps:
    """The numbers of this command that are without a registered address for a while."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._lock = threading.Lock()
        self._numbers: set[str] = set()
        self._new_addresses: dict[str, Address] = {}

    def note_new_address(self, name: str, address: Address) -> None:
        """Record that the program declares an address that is not in state."""
        with self._lock:
            self._new_addresses[name] = address

    @property
    def new_addresses(self) -> dict[str, Address]:
        """The addresses that the program declares and state does not have, by resource name."""
        with self._lock:
            return dict(self._new_addresses)

    def announce(
        self, line: Line, phone_number: str, because: str = "while its address changes", hint: str = ""
    ) -> None:
        """
        Warn of one number, on its resource's own row; once for each number.

        What is said stays on the screen when the gap has closed, so it must be true then, too.
        """
        with self._lock:
            if phone_number in self._numbers:
                return
            self._numbers.add(phone_number)
            if len(self._numbers) == 2:
                self._reporter.at_end(self._say_total)
        line.warn(
            f"{phone_number} is uncovered {because}, until Twilio reports it registered again "
            f"({registration_time(phone_number)}).{hint}"
        )

    def _say_total(self) -> None:
        self._reporter.warn(
            f"In total, this change leaves {len(self._numbers)} numbers uncovered for a while."
        )
