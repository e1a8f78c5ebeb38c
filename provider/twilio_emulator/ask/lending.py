"""What an inquiry may use, and what it makes for itself; `undoing` gives all of it back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twilio_emulator.ask.account import UnsettledError, UnusableError, described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.ask.account import Account, Reply

_IN_A_NUMBER = frozenset(
    {
        "sid",
        "phone_number",
        "friendly_name",
        "capabilities",
        "emergency_address_sid",
        "emergency_address_status",
    }
)
_PENDING = frozenset({"pending-registration", "pending-unregistration"})


def emergency_of(number: Mapping[str, Any]) -> tuple[str, str]:
    """Return a number's emergency address, empty for none, and its status; null is no status of its own."""
    return number["emergency_address_sid"] or "", number["emergency_address_status"] or "unregistered"


def is_free(number: Mapping[str, Any]) -> bool:
    """Say whether nothing is registered, failed or on its way."""
    return emergency_of(number) == ("", "unregistered")


def name_of(number: Mapping[str, Any]) -> str:
    """Return a number's friendly name; one that is empty reads as the number, and cannot be written back."""
    return str(number["friendly_name"] or number["phone_number"])


@dataclass(frozen=True, slots=True)
class Loan:
    """
    What somebody lends to an inquiry; every number is a SID.

    Attributes:
        number: A number with voice and without an emergency address.
        address: An address that the emergency database knows as it is spelt, under Twilio's JSON names.
        never_bound: A number that never had an emergency address; it is only read.
        failed: Numbers whose registration failed, up to two.
        stuck: A number whose unregistration failed.
        toll_free: A toll-free number without an emergency address.
        foreign_account: An account that the credentials do not reach.

    """

    number: str
    address: Mapping[str, str]
    never_bound: str | None = None
    failed: tuple[str, ...] = ()
    stuck: str | None = None
    toll_free: str | None = None
    foreign_account: str | None = None


@dataclass(slots=True)
class Workbench:
    """
    An account with what is lent and made.

    Attributes:
        account: The account.
        loan: What may be used.
        patience: Seconds that a registration, or the end of one, may take.
        pause: Seconds between two looks.
        tag: The friendly name of what is made, by which it is found again if an answer was lost.
        attempted: Lists in which something was made, or may have been.
        made: Paths of what was made, in order.
        used: Numbers that were written to, as they were before.

    """

    account: Account
    loan: Loan
    patience: float = 1800.0
    pause: float = 5.0
    tag: str = field(default_factory=lambda: f"twilio-emulator ask {uuid.uuid4().hex[:10]}")
    attempted: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    used: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def make(self, path: str, **form: str) -> str:
        """
        Create something that is deleted in the end, and return its SID.

        Raises:
            UnusableError: It was refused.

        """
        reply = self.create(path, **form)
        if not reply.accepted or "sid" not in reply.body:
            reason = f"creating {path.strip('/')} was refused: {described(reply)}"
            raise UnusableError(reason, str(reply.body.get("message", "")).partition(" | ")[2])
        return str(reply.body["sid"])

    def create(self, path: str, **form: str) -> Reply:
        """Try to create something that is deleted in the end."""
        if path not in self.attempted:
            self.attempted.append(path)
        reply = self.account.post(f"{path}.json", **{"FriendlyName": self.tag, **form})
        if reply.accepted and "sid" in reply.body:
            self.made.append(f"{path}/{reply.body['sid']}.json")
        return reply

    def make_address(self, *, emergency: bool = True, **changes: str) -> str:
        """Create an address at the known place."""
        return self.make("/Addresses", **self.address_form(emergency=emergency, **changes))

    def address_form(self, *, emergency: bool = True, **changes: str) -> dict[str, str]:
        """Return the form of the known address."""
        known = {_parameter(name): value for name, value in self.loan.address.items()}
        flags = {"EmergencyEnabled": str(emergency).lower(), "AutoCorrectAddress": "false"}
        return {**known, **flags, **changes}

    def number(self, sid: str) -> Mapping[str, Any]:
        """
        Return a number as it is.

        Raises:
            UnusableError: It cannot be read.

        """
        reply = self.account.get(f"/IncomingPhoneNumbers/{sid}.json")
        if not reply.accepted or not reply.body.keys() >= _IN_A_NUMBER:
            raise UnusableError(f"number {sid} cannot be read: {described(reply)}")
        return reply.body

    def write(self, number_sid: str, **form: str) -> Reply:
        """Change a number; it is brought back in the end."""
        if number_sid not in self.used:
            self.used[number_sid] = self.number(number_sid)
        return self.account.post(f"/IncomingPhoneNumbers/{number_sid}.json", **form)

    def bind(self, number_sid: str, address_sid: str) -> Reply:
        """Submit an address for a number."""
        return self.write(number_sid, EmergencyAddressSid=address_sid)

    def clear(self, number_sid: str) -> Reply:
        """Take the address off a number."""
        return self.write(number_sid, EmergencyAddressSid="")

    def settled(self, number_sid: str) -> str:
        """
        Wait until nothing is pending on a number, and return its status.

        Raises:
            UnsettledError: It takes too long.

        """
        deadline = self.account.now() + self.patience
        while True:
            status = self.number(number_sid)["emergency_address_status"]
            if status not in _PENDING:
                return status or "unregistered"
            if self.account.now() >= deadline:
                raise UnsettledError(f"{number_sid} is still {status} after {self.patience:g} s")
            self.account.sleep(self.pause)

    def free(self, number_sid: str) -> None:
        """
        Take whatever there is off a number, and wait until it is gone.

        Raises:
            UnsettledError: It does not go.

        """
        status = self.number(number_sid)["emergency_address_status"]
        if status not in {None, "unregistered", "pending-unregistration"}:
            self.clear(number_sid)
        status = self.settled(number_sid)
        if status != "unregistered":
            raise UnsettledError(f"{number_sid} is {status} after its address was taken off")


def _parameter(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
