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
        street: House number and street, such as `645 Harrison St`.
        city: The community name as the emergency service knows it, which is often not the postal city.
        region: Two-letter state or province in capitals; the county in the UK, or an empty string where
            there is none.
        postal_code: ZIP code, postal code or postcode; a string, so that leading zeros survive.
        iso_country: `US`, `CA` or `GB`.
        street_secondary: Suite, unit, floor or room.
        friendly_name: The name that the Twilio Console shows, at most 32 characters. The default is the
            resource's name and a tag by which the resource finds its own address again after an
            interrupted run.
        on_correction: What to do when Twilio knows only a similar address: `"cosmetic"` (the default)
            takes it if it is another standard spelling of the same place, `"accept"` takes any single one
            and warns, `"reject"` takes none. Otherwise `up` stops with a comparison to paste.
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

    Another place is another address: the new one is created and validated, the bindings move, and the old
    one is deleted last. Another spelling of the same place, or another `friendly_name`, is an update that
    changes nothing that is registered. An address that numbers point at is not deleted.

    Attributes:
        sid: The address, `AD...`. The same as `id`.
        address_on_file: What Twilio stored, by field: `customer_name`, `street`, `street_secondary`, `city`,
            `region`, `postal_code`, `iso_country`. Secret if any of these inputs is.
        friendly_name: The name in use.
        account_sid: The account in which the address lives.
        customer_name: As typed.
        street: As typed.
        street_secondary: As typed.
        city: As typed.
        region: As typed.
        postal_code: As typed.
        iso_country: As typed.
        on_correction: As given.

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
