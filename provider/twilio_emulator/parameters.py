"""
The parameters of each operation: taken, or refused by name.

Names are those of Twilio's OpenAPI file (twilio-oai, twilio_api_v2010, read 2026-04). What is not among them
is ignored, as Twilio does, and recorded like all others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twilio_emulator import fields as tables
from twilio_emulator.records import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio_emulator.fields import Field

UNKNOWN_PARAMETERS = 20001


def refusal(code: int, message: str) -> Refusal:
    """Return the error for a wrong parameter; the two codes for any resource come with HTTP 422."""
    return Refusal(422 if code in {tables.INVALID_PARAMETER, tables.INVALID_SID} else 400, code, message)


def _json_name(parameter: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", parameter).lower()


@dataclass(frozen=True, slots=True)
class Operation:
    """
    What one operation takes.

    Attributes:
        names: Parameters that are taken, and the fields they set.
        table: What the fields may hold.
        code: Twilio's error code for a wrong parameter, where the resource has one for all.
        unsupported: Parameters that Twilio takes and this emulator does not, each with what it would do.

    """

    names: Mapping[str, str]
    table: Mapping[str, Field]
    code: int | None = None
    unsupported: Mapping[str, str] = field(default_factory=dict)

    def read(self, form: Mapping[str, str]) -> dict[str, Any]:
        """
        Return the fields that a form sets, under their JSON names.

        Raises:
            Refusal: A parameter is wrong, or not supported here.

        """
        for name, meaning in self.unsupported.items():
            if form.get(name):
                raise Refusal(400, UNKNOWN_PARAMETERS, f"This emulator does not support {name}: {meaning}.")
        return {
            json_name: self._value(parameter, json_name, form[parameter])
            for parameter, json_name in self.names.items()
            if parameter in form
        }

    def _value(self, parameter: str, json_name: str, value: str) -> Any:
        described = self.table[json_name]
        try:
            kept = described.take(value)
        except ValueError as error:
            raise refusal(self.code or described.code, f"{parameter} {error}.") from None
        # An empty SID stands for none; of the application SIDs the page's samples show the empty text itself.
        is_sid = json_name.endswith("_sid") and not json_name.endswith("application_sid")
        return None if kept == "" and is_sid else kept


def _operation(
    names: str,
    table: Mapping[str, Field],
    code: int | None = None,
    unsupported: Mapping[str, str] | None = None,
) -> Operation:
    return Operation({name: _json_name(name) for name in names.split()}, table, code, unsupported or {})


_ADDRESS = {**tables.ADDRESS, "auto_correct_address": tables.FLAG_BY_DEFAULT}
_NUMBER = {
    **tables.NUMBER,
    "friendly_name": tables.pattern("(?s).{1,64}", "1 to 64 characters", 20002),  # error 20002
}
_OF_ADDRESS = (
    "CustomerName Street City Region PostalCode FriendlyName EmergencyEnabled AutoCorrectAddress"
    " StreetSecondary"
)
_OF_NUMBER = (
    "ApiVersion FriendlyName SmsApplicationSid SmsFallbackMethod SmsFallbackUrl SmsMethod SmsUrl"
    " StatusCallback StatusCallbackMethod VoiceApplicationSid VoiceCallerIdLookup VoiceFallbackMethod"
    " VoiceFallbackUrl VoiceMethod VoiceUrl EmergencyStatus EmergencyAddressSid TrunkSid IdentitySid"
    " AddressSid VoiceReceiveMode BundleSid"
)
_OF_DOMAIN = (
    "DomainName FriendlyName VoiceUrl VoiceMethod VoiceFallbackUrl VoiceFallbackMethod"
    " VoiceStatusCallbackUrl VoiceStatusCallbackMethod SipRegistration EmergencyCallingEnabled Secure"
    " ByocTrunkSid EmergencyCallerSid"
)

CREATE_ADDRESS = _operation(f"{_OF_ADDRESS} IsoCountry", _ADDRESS, 21238)
UPDATE_ADDRESS = _operation(_OF_ADDRESS, _ADDRESS, 21238)
CREATE_NUMBER = _operation(
    f"{_OF_NUMBER} PhoneNumber",
    _NUMBER,
    unsupported={"AreaCode": "it searches for a number; name one with PhoneNumber"},
)
UPDATE_NUMBER = _operation(
    _OF_NUMBER, _NUMBER, unsupported={"AccountSid": "it moves the number to another account"}
)
CREATE_DOMAIN = _operation(_OF_DOMAIN, tables.DOMAIN)
UPDATE_DOMAIN = CREATE_DOMAIN
UPDATE_ACCOUNT = _operation("FriendlyName Status", tables.ACCOUNT)


_PAGING_AND_FILTERS = "Page PageSize PageToken Beta CustomerName EmergencyEnabled IsoCountry Origin".split()
_OPERATIONS = (UPDATE_ADDRESS, CREATE_ADDRESS, UPDATE_NUMBER, CREATE_NUMBER, CREATE_DOMAIN, UPDATE_ACCOUNT)
KNOWN_NAMES = frozenset(
    name for each in _OPERATIONS for name in (*each.names, *each.unsupported, *_PAGING_AND_FILTERS)
)
"""All parameters that Twilio has here, in bodies and queries: names that are no secret."""


def query_value(query: Mapping[str, str], name: str, described: Field) -> Any:
    """
    Return what a filter asks for, or None where it is absent.

    Raises:
        Refusal: The field cannot hold it.

    """
    if name not in query:
        return None
    try:
        return described.take(query[name])
    except ValueError as error:
        raise refusal(tables.INVALID_PARAMETER, f"{name} {error}.") from None
