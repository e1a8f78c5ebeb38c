"""
The world behind the API: accounts, addresses, numbers and SIP domains, with a memory.

What Twilio allows is decided in `rules`; here is what exists, and what others do to it.
Source: Address, IncomingPhoneNumber and SIP Domain resources, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from twilio_emulator import fields as tables
from twilio_emulator import phone_numbers, row_checks, wire
from twilio_emulator.accounts import Account, Accounts, ApiKey
from twilio_emulator.address_book import PLACE_FIELDS, AddressBook, Place
from twilio_emulator.clockwork import Clock, Pace, RealClock
from twilio_emulator.records import Record, Recorded, Row
from twilio_emulator.rows import REGISTRATION, UNREGISTRATION, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEPT_REQUESTS = 20_000
"""Requests and events that are kept; about 2 kB each."""

_ADDRESS_FIELDS = ("customer_name", "friendly_name", "street_secondary", *PLACE_FIELDS)


class World(Rows):
    """
    One Twilio. Safe to use from any number of threads.

    Args:
        clock: Where its time comes from; the machine's by default.
        seed: Any text; another one makes other SIDs.
        kept: Requests and events that are remembered at least; the oldest go first.

    Attributes:
        clock: Where its time comes from.
        switches: What it does in doubtful cases.
        addresses_known: What its emergency database knows.
        region: Where requests arrive; emergency work is refused outside us1.
        asked_in: The region in the host name of the request that is being answered; it goes before `region`.
        requests: What was asked, in order of arrival.
        history: What happened, in order.

    """

    def __init__(
        self, clock: Clock | None = None, *, seed: str = "emulator", kept: int = KEPT_REQUESTS
    ) -> None:
        super().__init__(clock or RealClock(), seed=seed, kept=kept)
        self.requests: Record[Recorded] = Record(kept)

    def _begin(self) -> None:
        super()._begin()
        self.addresses_known = AddressBook()
        self._region = "us1"
        self.asked_in: str | None = None
        self.sign_ins = Accounts()

    def reset(self) -> None:
        """Forget everything: what exists, what was asked, what was turned. The clock goes on."""
        with self.lock:
            self._begin()
            self.switches.reset()
            self.requests.clear()
            self.history.clear()

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back what was added meanwhile, if something is wrong with it."""
        with self.lock:
            book, sign_ins = self.addresses_known, self.sign_ins
            before = (
                dict(self._rows),
                {key: dict(table) for key, table in self._tables.items()},
                dict(self._named),
                Accounts(dict(sign_ins.by_sid), dict(sign_ins.keys)),
                book.copy(),
                self._count,
                self._order,
            )
            try:
                yield
            except ValueError:
                (
                    self._rows,
                    self._tables,
                    self._named,
                    self.sign_ins,
                    self.addresses_known,
                    self._count,
                    order,
                ) = before
                self.history[:] = [event for event in self.history if event.order <= order]
                raise

    @property
    def region(self) -> str:
        """Where requests arrive; setting it to what is no region of Twilio's raises ValueError."""
        return self._region

    @region.setter
    def region(self, region: str) -> None:
        self._region = tables.taken({"region": tables.REGION}, {"region": region})["region"]

    @property
    def accounts(self) -> dict[str, Account]:
        """All accounts by their SIDs."""
        return self.sign_ins.by_sid

    # What exists. All of these raise ValueError, with the name of the field, where something is wrong.

    def add_account(
        self,
        sid: str | None = None,
        auth_token: str | None = None,
        *,
        parent: str | None = None,
        status: str = "active",
        friendly_name: str = "Emulator",
    ) -> Account:
        """Add an account, or a subaccount of `parent`."""
        given = {"sid": sid, "auth_token": auth_token, "parent": parent, "status": status}
        tables.taken(tables.ACCOUNT, {**given, "friendly_name": friendly_name})
        with self.lock:
            if parent is not None:
                self._account(parent, "parent")
            sid, token = sid or self.new_sid("AC"), auth_token or self.new_sid("AC")[2:]
            if sid in self.accounts:
                raise ValueError(f"sid {sid} exists already")
            now = self.clock.now()
            account = Account(sid, token, parent, status, friendly_name, now, now)
            self.accounts[sid] = account
            return account

    def change_account(self, account: Account, **fields: str) -> None:
        """Change an account's friendly name or status."""
        if any(getattr(account, name) != value for name, value in fields.items()):
            account.updated = self.clock.now()
        for name, value in fields.items():
            setattr(account, name, value)

    def add_api_key(
        self,
        account_sid: str | None = None,
        *,
        sid: str | None = None,
        secret: str | None = None,
        kind: str = "standard",
    ) -> tuple[str, str]:
        """Add an API key, `standard` or `main`, to an account, and return its SID and secret."""
        given = tables.taken(tables.API_KEY, {"sid": sid, "secret": secret, "kind": kind})
        with self.lock:
            account = self._account(account_sid, "account_sid")
            sid, secret = sid or self.new_sid("SK"), secret or self.new_sid("SK")[2:]
            if sid in self.sign_ins.keys:
                raise ValueError(f"sid {sid} exists already")
            self.sign_ins.keys[sid] = ApiKey(account.sid, secret, given["kind"])
            return sid, secret

    def add_number(self, phone_number: str, *, account_sid: str | None = None, **fields: Any) -> str:
        """Add a number that the account owns, and return its SID. `voice=False` makes one without voice."""
        by_default = {"friendly_name": phone_numbers.friendly(str(phone_number))}
        return self._add("number", account_sid, {"phone_number": phone_number, **by_default, **fields})

    def add_domain(self, domain_name: str, *, account_sid: str | None = None, **fields: Any) -> str:
        """Add a SIP domain, and return its SID."""
        return self._add("domain", account_sid, {"domain_name": domain_name, **fields})

    def add_address(self, *, account_sid: str | None = None, **fields: Any) -> str:
        """Add an address that is on file, whether or not anybody has validated it, and return its SID."""
        fields = {**dict.fromkeys(_ADDRESS_FIELDS), "emergency_enabled": True, **fields}
        return self._add("address", account_sid, fields)

    def _add(self, kind: str, account_sid: str | None, given: Mapping[str, Any]) -> str:
        with self.lock:
            account = self._account(account_sid, "account_sid")
            fields = row_checks.of_new_row(self, kind, account.sid, given)
            return self.add_row(kind, account.sid, fields, by="others").sid

    def _account(self, sid: str | None, field_name: str) -> Account:
        known = sid if isinstance(sid, str) else repr(sid)
        account = self.accounts.get(known) if sid else next(iter(self.accounts.values()), None)
        if account is None:
            raise ValueError(
                f"{field_name} {sid} is not an account here" if sid else "there is no account yet"
            )
        return account

    def knows(
        self, street: str, city: str, region: str, postal_code: str, *, iso_country: str = "US"
    ) -> Place:
        """Let the emergency database know a place, in its own spelling."""
        given = dict(zip(PLACE_FIELDS, (street, city, region, postal_code, iso_country), strict=True))
        place = Place(**tables.taken(tables.PLACE, given, PLACE_FIELDS))
        with self.lock:
            return self.addresses_known.know(place)

    def pace(
        self, *, registration: Pace | str | None = None, unregistration: Pace | str | None = None
    ) -> None:
        """
        Say how long registrations take from now on; a text is parsed.

        Raises:
            ValueError: It is not a pace.

        """
        self._dial.default.update(_paces(registration, unregistration))

    def pace_for(
        self, sid: str, *, registration: Pace | str | None = None, unregistration: Pace | str | None = None
    ) -> None:
        """
        Say how long they take for one number, or for whatever is bound to one address.

        Raises:
            KeyError: There is no such number or address.
            ValueError: It is a SIP domain, or that is not a pace.

        """
        paces = _paces(registration, unregistration)
        with self.lock:
            if self._existing(sid).kind == "domain":
                raise ValueError(f"sid {sid} is a SIP domain; registrations are of numbers and addresses")
            self._dial.special.update({(sid, which): pace for which, pace in paces.items()})

    # What tests and the control API read

    def number(self, sid: str) -> dict[str, Any]:
        """
        Return a number's body, as the API shows it now, without counting as a read.

        It has what only a seed has besides (`voice`, `iso_country`), and what the emulator keeps of it.
        """
        return self._peek("number", sid)

    def address(self, sid: str) -> dict[str, Any]:
        """Return an address's body, in the same way."""
        return self._peek("address", sid)

    def domain(self, sid: str) -> dict[str, Any]:
        """Return a domain's body, in the same way."""
        return self._peek("domain", sid)

    def row(self, sid: str) -> dict[str, Any]:
        """Return the body of a number, an address or a domain, in the same way."""
        return self._peek(None, sid)

    def numbers(self, account_sid: str | None = None) -> list[dict[str, Any]]:
        """Return all numbers."""
        return self._all("number", account_sid)

    def addresses(self, account_sid: str | None = None) -> list[dict[str, Any]]:
        """Return all addresses."""
        return self._all("address", account_sid)

    def domains(self, account_sid: str | None = None) -> list[dict[str, Any]]:
        """Return all SIP domains."""
        return self._all("domain", account_sid)

    def _peek(self, kind: str | None, sid: str) -> dict[str, Any]:
        with self.lock:
            row = self._existing(sid, kind)
            self.settle(row, counts=False)
            body = wire.body(row.kind, row.now, self.switches)
            return {**row.now, **body, **body.get("capabilities", {})}

    def _all(self, kind: str, account_sid: str | None) -> list[dict[str, Any]]:
        with self.lock:
            return [
                self._peek(kind, sid)
                for (of_kind, account), table in self._tables.items()
                if of_kind == kind and account_sid in (None, account)
                for sid, row in table.items()
                if not row.gone
            ]

    def _existing(self, sid: str, kind: str | None = None) -> Row:
        row = self._rows.get(sid) if isinstance(sid, str) else None
        if row is None or row.gone or kind not in {None, row.kind}:
            raise KeyError(sid)
        return row

    # What others do, past the API. All raise KeyError for an unknown SID, ValueError for a wrong field.

    def rebind(self, number_sid: str, address_sid: str | None, status: str | None = None) -> None:
        """Somebody points a number at another address in the Console; it is registered at once."""
        given = {} if status is None else {"emergency_address_status": status}
        self.set_number(number_sid, emergency_address_sid=address_sid, **given)

    def force_status(self, number_sid: str, status: str, *, unknown: bool = False) -> None:
        """
        Set a number's status, say to `registration-failure` a day after it was registered.

        `unknown` allows any text, and any contradiction: one that Twilio does not have today, or should not.
        """
        self._change_out_of_band("number", number_sid, {"emergency_address_status": status}, unknown=unknown)

    def set_domain(self, sid: str, /, **fields: Any) -> None:
        """Somebody changes a domain in the Console."""
        self._change_out_of_band("domain", sid, fields)

    def set_address(self, sid: str, /, **fields: Any) -> None:
        """Somebody changes an address in the Console."""
        self._change_out_of_band("address", sid, fields)

    def set_number(self, sid: str, /, **fields: Any) -> None:
        """
        Somebody changes a number in the Console.

        With an `emergency_address_sid`, None for none, it is registered or unregistered at once, unless an
        `emergency_address_status` says otherwise. `address_sid` is the regulatory address.
        """
        self._change_out_of_band("number", sid, fields)

    def set_account(self, sid: str, *, status: str) -> None:
        """Twilio suspends an account, or its owner closes it."""
        with self.lock:
            if not isinstance(sid, str) or sid not in self.accounts:
                raise KeyError(sid)
            self.change_account(self.accounts[sid], **tables.taken(tables.ACCOUNT, {"status": status}))

    def remove(self, sid: str) -> None:
        """Somebody deletes an address or a domain, or releases a number, in the Console."""
        with self.lock:
            self.remove_row(self._existing(sid), by="others")

    def _change_out_of_band(
        self, kind: str, sid: str, given: Mapping[str, Any], *, unknown: bool = False
    ) -> None:
        with self.lock:
            row = self._existing(sid, kind)
            if unknown:
                fields = tables.taken(dict.fromkeys(given, tables.needed(tables.text())), given)
            else:
                self.settle(row, counts=False)
                fields = row_checks.of_change(self, row, given)
            if "emergency_address_status" in fields:
                row.run = None
            self.change(row, by="others", **fields)


def _paces(registration: Pace | str | None, unregistration: Pace | str | None) -> dict[str, Pace]:
    given = {REGISTRATION: registration, UNREGISTRATION: unregistration}
    return {which: Pace.of(pace) for which, pace in given.items() if pace is not None}
