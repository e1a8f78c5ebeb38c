"""
Twilio through its official helper library: fields in, records out.

The only module that names an HTTP field of Twilio's. Source: Address, IncomingPhoneNumber and SIP Domain
resources of the 2010-04-01 API, Twilio docs, read 2026-11; helper library 9.13.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import requests
from twilio.base import values
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from pulumi_twilio_emergency.core.model.address import Address
from pulumi_twilio_emergency.core.model.address import AddressRecord
from pulumi_twilio_emergency.core.model.domain import Domain
from pulumi_twilio_emergency.core.model.number import Number
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.twilio_gateway.governor import Governor, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pulumi_twilio_emergency.core.ports import Clock
    from pulumi_twilio_emergency.twilio_gateway.settings import Settings

PAGE_SIZE = 1000

T = TypeVar("T")


class TwilioGateway:
    """One Twilio account. Implements `core.gateway.Gateway`; safe to use from any number of threads."""

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
            settings: Credentials and place; they are demanded here.
            clock: Time between tries.
            account_sid: A subaccount, where it is not the credentials' own account.
            governor: The way requests take, shared by all accounts of the same credentials.

        Raises:
            Refused: Credentials are missing, or the place is not one for emergency work.

        """
        settings.require_valid()
        self.governor = governor or connect(clock)
        self._client = Client(
            settings.api_key or settings.account_sid,
            settings.api_secret if settings.api_key else settings.auth_token,
            account_sid or settings.account_sid,
            # The helper builds a host that Twilio has retired when it is given a region alone.
            region=settings.region if settings.edge else None,
            edge=settings.edge,
            http_client=self.governor,
            # Not empty, or the helper would read the process's environment behind our back.
            environment={"": ""},
        )
        if settings.api_url is not None:
            self._client.edge = self._client.region = None
            self._client.api.base_url = settings.api_url.rstrip("/")

    @property
    def account_sid(self) -> str:
        """The account all records live in."""
        return str(self._client.account_sid)

    @property
    def _api(self) -> Any:
        return self._client.api.v2010.accounts(self.account_sid)

    def reachable(self) -> bool:
        """Whether the credentials reach this account at all."""
        try:
            self._api.incoming_phone_numbers.page(page_size=1)
        except GatewayError as error:
            if error.forbidden or error.gone:
                return False
            raise
        return True

    def number(self, sid: str) -> Number:
        """Fetch one number."""
        return _number(self._api.incoming_phone_numbers(sid).fetch())

    def numbers(self) -> Sequence[Number]:
        """List all numbers, 1,000 a request."""
        return _records(_number, self._api.incoming_phone_numbers.stream(page_size=PAGE_SIZE))

    def numbers_called(self, phone_number: str) -> Sequence[Number]:
        """List the numbers that are exactly this E.164 number; Twilio's own filter matches parts, too."""
        listed = self._api.incoming_phone_numbers.stream(phone_number=phone_number, page_size=PAGE_SIZE)
        return [number for number in _records(_number, listed) if number.phone_number == phone_number]

    def set_emergency_address(self, number_sid: str, address_sid: str | None) -> Number:
        """Submit EmergencyAddressSid and nothing else. Cleared by an empty text: the helper drops None."""
        update = self._api.incoming_phone_numbers(number_sid).update
        return _number(update(emergency_address_sid=address_sid or ""))

    def address(self, sid: str) -> AddressRecord:
        """Fetch one address."""
        return _address(self._api.addresses(sid).fetch())

    def addresses_called(self, friendly_name: str) -> Sequence[AddressRecord]:
        """List the addresses of that friendly name."""
        listed = self._api.addresses.stream(friendly_name=friendly_name, page_size=PAGE_SIZE)
        return _records(_address, listed)

    def create_address(self, address: Address, friendly_name: str) -> AddressRecord:
        """Create an emergency address that Twilio must not correct on its own."""
        return _address(
            self._api.addresses.create(
                customer_name=address.customer_name,
                street=address.street,
                street_secondary=address.street_secondary or values.unset,
                city=address.city,
                region=address.region,
                postal_code=address.postal_code,
                iso_country=address.iso_country,
                friendly_name=friendly_name,
                emergency_enabled=True,
                auto_correct_address=False,
            )
        )

    def rename_address(self, sid: str, friendly_name: str) -> AddressRecord:
        """Submit FriendlyName and nothing else."""
        return _address(self._api.addresses(sid).update(friendly_name=friendly_name))

    def delete_address(self, sid: str) -> None:
        """Delete an address. Never a number, whatever the page's own example says."""
        self._api.addresses(sid).delete()

    def domain(self, sid: str) -> Domain:
        """Fetch one SIP domain."""
        return _domain(self._api.sip.domains(sid).fetch())

    def domains(self) -> Sequence[Domain]:
        """List all SIP domains."""
        return _records(_domain, self._api.sip.domains.stream(page_size=PAGE_SIZE))

    def set_domain(self, sid: str, *, enabled: bool | None = None, caller_sid: str | None = None) -> Domain:
        """Submit EmergencyCallingEnabled and EmergencyCallerSid as far as given, and nothing else."""
        return _domain(
            self._api.sip.domains(sid).update(
                emergency_calling_enabled=values.unset if enabled is None else enabled,
                emergency_caller_sid=values.unset if caller_sid is None else caller_sid,
            )
        )


def connect(
    clock: Clock,
    limits: Limits | None = None,
    sessions: Callable[[], requests.Session] = requests.Session,
) -> Governor:
    """Return the way requests take; `sessions` is the door for tests without a socket."""
    return Governor(clock, limits or Limits(), sessions)


def _records(read: Callable[[Any], T], listed: Iterable[Any]) -> list[T]:
    try:
        return [read(each) for each in listed]
    except (AttributeError, TypeError, TwilioException):
        # The helper takes whatever key comes first for the list.
        raise GatewayError("what answered is not Twilio's API (no list); is twilio:apiUrl right?") from None


def _number(answer: Any) -> Number:
    return Number(
        sid=answer.sid,
        account_sid=answer.account_sid,
        phone_number=answer.phone_number,
        emergency_address_sid=answer.emergency_address_sid or None,
        emergency_address_status=answer.emergency_address_status or "unregistered",
        voice=bool((answer.capabilities or {}).get("voice")),
    )


def _address(answer: Any) -> AddressRecord:
    return AddressRecord(
        sid=answer.sid,
        account_sid=answer.account_sid,
        friendly_name=answer.friendly_name or "",
        address=Address(
            customer_name=answer.customer_name or "",
            street=answer.street or "",
            street_secondary=answer.street_secondary or "",
            city=answer.city or "",
            region=answer.region or "",
            postal_code=answer.postal_code or "",
            iso_country=answer.iso_country or "",
        ),
        emergency_enabled=bool(answer.emergency_enabled),
    )


def _domain(answer: Any) -> Domain:
    return Domain(
        sid=answer.sid,
        account_sid=answer.account_sid,
        domain_name=answer.domain_name,
        emergency_calling_enabled=bool(answer.emergency_calling_enabled),
        emergency_caller_sid=answer.emergency_caller_sid or None,
    )
