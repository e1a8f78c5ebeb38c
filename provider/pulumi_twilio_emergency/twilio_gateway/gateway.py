"""
Twilio through its official helper library: fields in, records out.

The only module that names a form field of Twilio's. The helper signs and addresses the requests; its own
records are not used, since they no longer show whether an answer is one to what was asked.
Source: Address, IncomingPhoneNumber and SIP Domain resources of the 2010-04-01 API, Twilio docs, read
2026-11; helper library 9.13.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import requests
from twilio.rest import Client

from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.sids import is_sid
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.twilio_gateway.answers import (
    Expected,
    Page,
    WrongAnswerError,
    read_account,
    read_address,
    read_domain,
    read_number,
    read_page,
)
from pulumi_twilio_emergency.twilio_gateway.errors import FinalError, NotFoundError, wrong_answer
from pulumi_twilio_emergency.twilio_gateway.governor import Governor, Limits
from pulumi_twilio_emergency.twilio_gateway.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from twilio.http.response import Response

    from pulumi_twilio_emergency.core.model.account import AccountRecord
    from pulumi_twilio_emergency.core.model.address import Address, AddressRecord
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.ports import Clock
    from pulumi_twilio_emergency.twilio_gateway.settings import Settings

API_URL = "https://api.twilio.com"
PAGE_SIZE = 1000

ACCOUNTS = "Accounts"
NUMBERS = "IncomingPhoneNumbers"
ADDRESSES = "Addresses"
DOMAINS = "SIP/Domains"
_ROWS = {
    ACCOUNTS: "accounts",
    NUMBERS: "incoming_phone_numbers",
    ADDRESSES: "addresses",
    DOMAINS: "domains",
}
_PREFIX = {NUMBERS: "PN", ADDRESSES: "AD", DOMAINS: "SD"}

T = TypeVar("T", bound="Number | AddressRecord | Domain")
R = TypeVar("R")


class TwilioGateway:
    """One Twilio account. Implements `core.ports.Gateway`; safe to use from any number of threads."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        account_sid: str | None = None,
        governor: Governor | None = None,
    ) -> None:
        """
        Prepare to talk to an account. Nothing is sent yet.

        Args:
            settings: Credentials and endpoint; they are demanded here.
            clock: Time between tries.
            account_sid: A subaccount, where it is not the credentials' own account.
            governor: How requests travel, shared by all accounts of the same credentials.

        Raises:
            Refused: Credentials are missing, or the endpoint is not one for emergency work.

        """
        settings.require_valid()
        self._clock = clock
        self.governor = governor or connect(clock)
        self._client = Client(
            settings.api_key or settings.account_sid,
            settings.api_secret if settings.api_key else settings.auth_token,
            account_sid or settings.account_sid,
            # The helper builds a host that Twilio has retired when it is given a region alone; and it would
            # take an endpoint of somebody's own apart.
            region=settings.region if settings.edge and not settings.api_url else None,
            edge=None if settings.api_url else settings.edge,
            http_client=self.governor,
            # Not empty, or the helper would read the process's environment behind our back.
            environment={"": ""},
        )
        self._base = (settings.api_url or API_URL).rstrip("/")
        self._reached = False

    @property
    def account_sid(self) -> str:
        """The account all records live in."""
        return str(self._client.account_sid)

    def reachable(self) -> bool:
        """
        Whether the credentials reach this account at all. Once they have, nothing more is asked.

        Raises:
            GatewayError: It could not be found out, or what answers is not Twilio.

        """
        try:
            self._reach()
        except NotFoundError:
            return False
        except GatewayError as error:
            if error.forbidden:
                return False
            raise
        return True

    def accounts(self) -> Sequence[AccountRecord]:
        """
        List the account and its subaccounts, whatever their status; the account itself comes first.

        Raises:
            GatewayError: It cannot be listed. Standard API keys may not ("API keys overview", Twilio docs,
                read 2026-11), and are answered like wrong credentials.

        """
        listed = {each.sid: each for each in self._each(ACCOUNTS, read_account) if each is not None}
        own = listed.pop(self.account_sid, None)
        if own is None:
            raise wrong_answer(f"GET {ACCOUNTS}", "it lacks the account that asked", write=False)
        return [own, *listed.values()]

    def number(self, sid: str) -> Number:
        """Fetch one number."""
        return self._record("GET", _path(NUMBERS, sid), sid, read_number)

    def numbers(self) -> Sequence[Number]:
        """List all numbers, 1,000 a request."""
        return self._list(NUMBERS, read_number)

    def each_number(self) -> Iterator[Number]:
        """Yield all numbers, each once; no more than a page of them is held meanwhile."""
        passed: set[str] = set()
        for number in self._each(NUMBERS, read_number):
            if number.sid not in passed:
                passed.add(number.sid)
                yield number

    def numbers_called(self, phone_number: str) -> Sequence[Number]:
        """List the numbers that are exactly this E.164 number; Twilio's own filter matches parts, too."""
        listed = self._list(NUMBERS, read_number, PhoneNumber=phone_number)
        return [number for number in listed if number.phone_number == phone_number]

    def set_emergency_address(self, number_sid: str, address_sid: str | None) -> Number:
        """Submit EmergencyAddressSid and nothing else. Cleared by an empty text: the helper drops None."""
        cleared_or_sid = "" if address_sid is None else _checked_sid(address_sid, "AD")
        data = {"EmergencyAddressSid": cleared_or_sid}
        return self._record("POST", _path(NUMBERS, number_sid), number_sid, read_number, data)

    def address(self, sid: str) -> AddressRecord:
        """Fetch one address."""
        return self._record("GET", _path(ADDRESSES, sid), sid, read_address)

    def addresses(self) -> Sequence[AddressRecord]:
        """List all addresses, whether or not they are for emergencies, 1,000 a request."""
        return self._list(ADDRESSES, read_address)

    def addresses_called(self, friendly_name: str) -> Sequence[AddressRecord]:
        """List the addresses of exactly that friendly name."""
        listed = self._list(ADDRESSES, read_address, FriendlyName=friendly_name)
        return [record for record in listed if record.friendly_name == friendly_name]

    def create_address(self, address: Address, friendly_name: str) -> AddressRecord:
        """Create an emergency address that Twilio must not correct on its own."""
        return self._record(
            "POST",
            ADDRESSES,
            None,
            read_address,
            {
                "CustomerName": address.customer_name,
                "Street": address.street,
                "StreetSecondary": address.street_secondary or None,
                "City": address.city,
                "Region": address.region,
                "PostalCode": address.postal_code,
                "IsoCountry": address.iso_country,
                "FriendlyName": friendly_name,
                "EmergencyEnabled": "true",
                "AutoCorrectAddress": "false",
            },
        )

    def rename_address(self, sid: str, friendly_name: str) -> AddressRecord:
        """Submit FriendlyName and nothing else."""
        return self._record("POST", _path(ADDRESSES, sid), sid, read_address, {"FriendlyName": friendly_name})

    def delete_address(self, sid: str) -> None:
        """Delete an address. Never a number, whatever the page's own example says."""
        path = _path(ADDRESSES, sid)
        response = self._ask_for_object("DELETE", path)
        if response.status_code != 204:
            raise wrong_answer(f"DELETE {path}", "it does not say that it is deleted", write=True)
        try:
            # An empty answer names no account: only with the account in reach is it Twilio's.
            self._reach()
        except GatewayError as error:
            error.outcome_unknown = True
            raise

    def domain(self, sid: str) -> Domain:
        """Fetch one SIP domain."""
        return self._record("GET", _path(DOMAINS, sid), sid, read_domain)

    def domains(self) -> Sequence[Domain]:
        """List all SIP domains."""
        return self._list(DOMAINS, read_domain)

    def set_domain(self, sid: str, *, enabled: bool | None = None, caller_sid: str | None = None) -> Domain:
        """Submit EmergencyCallingEnabled and EmergencyCallerSid as far as given, and nothing else."""
        data = {
            "EmergencyCallingEnabled": None if enabled is None else str(enabled).lower(),
            "EmergencyCallerSid": _checked_sid(caller_sid, "PN") if caller_sid else caller_sid,
        }
        return self._record("POST", _path(DOMAINS, sid), sid, read_domain, data)

    def _record(
        self,
        method: str,
        path: str,
        sid: str | None,
        read: Callable[[str | Mapping[str, Any], Expected], T],
        data: Mapping[str, str | None] | None = None,
    ) -> T:
        response = self._ask_for_object(method, path, data)
        try:
            record = read(response.text, Expected(self.account_sid, sid))
        except WrongAnswerError as wrong:
            if method != "GET":
                self.governor.note_late(self._url(path))
            raise wrong_answer(f"{method} {path}", str(wrong), write=method != "GET") from None
        self._reached = True
        return record

    def _ask_for_object(
        self, method: str, path: str, data: Mapping[str, str | None] | None = None
    ) -> Response:
        try:
            return self._client.request(method, self._url(path), data=dict(data or {}))
        except NotFoundError as absent:
            if method == "POST":
                raise
            self._prove_reached(absent)
            raise GatewayError(absent.text, status=absent.status, code=absent.code, gone=True) from None

    def _prove_reached(self, absent: NotFoundError) -> None:
        """Raise unless this account answers: where it does not, "not found" says nothing about the object."""
        try:
            self._reach()
        except GatewayError as error:
            if error.transient:
                raise
            raise GatewayError(
                f"what answered does not show account {self.account_sid} at all: the API URL is wrong, or "
                "the credentials are for another account",
                status=absent.status,
                code=absent.code,
                outcome_unknown=absent.outcome_unknown,
            ) from None

    def _reach(self) -> None:
        if not self._reached:
            self._page(NUMBERS, self._url(NUMBERS), {"PageSize": 1})

    def _list(
        self, resource: str, read: Callable[[str | Mapping[str, Any], Expected], T], **filters: str
    ) -> list[T]:
        # By SID, since a row moves to the next page when another one is added meanwhile.
        return list({each.sid: each for each in self._each(resource, read, **filters)}.values())

    def _each(
        self, resource: str, read: Callable[[str | Mapping[str, Any], Expected], R], **filters: str
    ) -> Iterator[R]:
        expected = Expected(self.account_sid)
        url: str | None = self._url(resource)
        params: dict[str, object] | None = {**filters, "PageSize": PAGE_SIZE}
        seen: set[str] = set()
        deadline = self._clock.monotonic() + self.governor.limits.list_time
        while url is not None:
            seen.add(url)
            # Not around the loop: between two pages, what runs is the caller's.
            with request_scope(deadline=deadline):
                page = self._page(resource, url, params)
            try:
                records = [read(row, expected) for row in page.rows]
                url, params = self._next_url(page, seen), None
            except WrongAnswerError as wrong:
                raise wrong_answer(f"GET {resource}", str(wrong), write=False) from None
            # The page goes before the next one comes: as parsed, it is ten times what is read of it.
            del page
            yield from records

    def _page(self, resource: str, url: str, params: dict[str, object] | None) -> Page:
        response = self._client.request("GET", url, params=params)
        try:
            page = read_page(response.text, self._path_of(resource), _ROWS[resource])
        except WrongAnswerError as wrong:
            raise wrong_answer(f"GET {resource}", str(wrong), write=False) from None
        # A list of accounts is about whose credentials these are, which may be the parent's.
        self._reached = self._reached or resource != ACCOUNTS
        return page

    def _next_url(self, page: Page, seen: set[str]) -> str | None:
        if page.next_uri is None:
            return None
        url = f"{self._base}{page.next_uri}" if page.next_uri.startswith("/") else page.next_uri
        if _origin(url) != _origin(self._base) or page.next_uri.startswith("//"):
            # The credentials go with the request.
            raise WrongAnswerError("its next page is on another host")
        if url in seen:
            raise WrongAnswerError("its next page is one that was already read")
        return url

    def _url(self, path: str) -> str:
        return f"{self._base}/2010-04-01/{self._path_of(path)}.json"

    def _path_of(self, path: str) -> str:
        return ACCOUNTS if path == ACCOUNTS else f"{ACCOUNTS}/{self.account_sid}/{path}"


def connect(
    clock: Clock,
    limits: Limits | None = None,
    sessions: Callable[[], requests.Session] = requests.Session,
) -> Governor:
    """Return a governor; `sessions` makes its sessions, for tests without a socket."""
    return Governor(clock, limits or Limits(), sessions)


def _path(resource: str, sid: str) -> str:
    """Return the path of an object below its account; nothing but a SID ever becomes part of a path."""
    return f"{resource}/{_checked_sid(sid, _PREFIX[resource])}"


def _checked_sid(sid: str, prefix: str) -> str:
    if not is_sid(sid, prefix):
        raise FinalError(
            f"{printable(quoted(sid))} is not a SID of the form {prefix} and 32 hexadecimal digits"
        )
    return sid


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    return None if parts.username is not None else (parts.scheme, parts.hostname, port)
