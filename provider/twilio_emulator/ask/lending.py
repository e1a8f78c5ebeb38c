"""What an inquiry may use, what it makes for itself, and how all of it is given back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.ask.account import Account, Reply

_PENDING = frozenset({"pending-registration", "pending-unregistration"})


class UnsettledError(Exception):
    """A question that could not be answered, and why."""


class UnusableError(Exception):
    """The inquiry cannot begin, or has to end here."""


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
        made: Paths of what was made, in order.
        used: Numbers that were written to.

    """

    account: Account
    loan: Loan
    patience: float = 1800.0
    pause: float = 5.0
    made: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)

    def make(self, path: str, **form: str) -> str:
        """
        Create something that is deleted in the end, and return its SID.

        Raises:
            UnusableError: It was refused.

        """
        reply = self.account.post(f"{path}.json", **form)
        if not reply.accepted:
            raise UnusableError(f"creating {path.strip('/')} was refused: {described(reply)}")
        sid = str(reply.body["sid"])
        self.made.append(f"{path}/{sid}.json")
        return sid

    def make_address(self, *, emergency: bool = True, **changes: str) -> str:
        """Create an address at the known place."""
        return self.make("/Addresses", **self.address_form(emergency=emergency, **changes))

    def address_form(self, *, emergency: bool = True, **changes: str) -> dict[str, str]:
        """Return the form of the known address."""
        known = {_parameter(name): value for name, value in self.loan.address.items()}
        flags = {"EmergencyEnabled": str(emergency).lower(), "AutoCorrectAddress": "false"}
        return {**known, "FriendlyName": "twilio-emulator ask", **flags, **changes}

    def number(self, sid: str) -> Mapping[str, Any]:
        """
        Return a number as it is.

        Raises:
            UnusableError: It cannot be read.

        """
        reply = self.account.get(f"/IncomingPhoneNumbers/{sid}.json")
        if not reply.accepted:
            raise UnusableError(f"number {sid} cannot be read: {described(reply)}")
        return reply.body

    def write(self, number_sid: str, **form: str) -> Reply:
        """Change a number; it is brought back in the end."""
        if number_sid not in self.used:
            self.used.append(number_sid)
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

    def give_back(self) -> list[str]:
        """Undo everything; return a sentence for each thing that could not be undone."""
        left = []
        for number in self.used:
            try:
                self.free(number)
            except (UnsettledError, UnusableError, OSError) as error:
                left.append(f"{number}: {error}")
        # Domains before addresses: nothing may use what is deleted.
        for path in sorted(self.made, key=lambda each: not each.startswith("/SIP")):
            problem = self._problem_with_deleting(path)
            if problem:
                left.append(f"{path}: {problem}")
        return left

    def _problem_with_deleting(self, path: str) -> str | None:
        try:
            reply = self.account.delete(path)
        except OSError as error:
            return str(error)
        return None if reply.accepted or reply.status == 404 else described(reply)


def described(reply: Reply) -> str:
    """Return what was answered, without the addresses that a message may quote."""
    message = str(reply.body.get("message", "")).partition(" | ")[0]
    return f"HTTP {reply.status}, code {reply.code}: {message}" if message else f"HTTP {reply.status}"


def _parameter(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
