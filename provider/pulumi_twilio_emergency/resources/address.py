"""EmergencyAddress: an address that Twilio has validated for emergency calling."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, overload

import pulumi
from typing_extensions import NotRequired, Unpack

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.core.model.address import REQUIRED
from pulumi_twilio_emergency.handlers.address import input_problems
from pulumi_twilio_emergency.resources.base import EmergencyResource, nullable, same_as_id


class EmergencyAddressArgs(TypedDict):
    """
    Inputs of EmergencyAddress. Texts are kept as typed; what Twilio stored is in `address_on_file`.

    Attributes:
        customer_name: The name that the dispatcher sees; at most 32 characters.
        street: House number and street, say "645 Harrison St".
        city: The community's name as the emergency service knows it.
        region: Two-letter state or province; the county in the UK.
        postal_code: ZIP code, postal code or postcode: a string, so that leading zeros survive.
        iso_country: US, CA or GB.
        street_secondary: Suite, unit, floor or room.
        friendly_name: How the Console shows it, at most 32 characters; the resource's name and a few
            characters of its URN by default. Addresses find themselves again by it after a lost answer.
        on_correction: What to do when Twilio only knows a near match: take it if it differs in spelling
            alone ("cosmetic", the default), always ("accept"), or never ("reject").
        account_sid: The subaccount to create it in; the credentials' own account by default.

    """

    customer_name: pulumi.Input[str]
    street: pulumi.Input[str]
    city: pulumi.Input[str]
    region: pulumi.Input[str]
    postal_code: pulumi.Input[str]
    iso_country: pulumi.Input[str]
    street_secondary: NotRequired[pulumi.Input[str] | None]
    friendly_name: NotRequired[pulumi.Input[str] | None]
    on_correction: NotRequired[pulumi.Input[Literal["cosmetic", "accept", "reject"]] | None]
    account_sid: NotRequired[pulumi.Input[str] | None]


class EmergencyAddress(EmergencyResource, module="twilio", name="EmergencyAddress"):
    """
    An address that Twilio has validated for emergency calling.

    Another place is another address: it is created and validated first, the bindings move, and the old one
    is deleted last. Deleted only when no number points at it.
    """

    sid: pulumi.Output[str] = same_as_id()
    address_on_file: pulumi.Output[dict[str, str]]
    friendly_name: pulumi.Output[str]
    account_sid: pulumi.Output[str]
    customer_name: pulumi.Output[str]
    street: pulumi.Output[str]
    street_secondary: pulumi.Output[str | None] = nullable()
    city: pulumi.Output[str]
    region: pulumi.Output[str]
    postal_code: pulumi.Output[str]
    iso_country: pulumi.Output[str]
    on_correction: pulumi.Output[str | None] = nullable()

    _problems = staticmethod(input_problems)
    _required = tuple((name,) for name in REQUIRED)
    _runner = staticmethod(providers.address)
    _inputs = frozenset(EmergencyAddressArgs.__annotations__)
    _outputs = frozenset({"sid", "address_on_file", "friendly_name", "account_sid"})

    @overload
    def __init__(
        self,
        resource_name: str,
        args: EmergencyAddressArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **keywords: Unpack[EmergencyAddressArgs],
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, opts: Any = None, **keywords: Any) -> None:
        super().__init__(resource_name, args, opts, keywords)
