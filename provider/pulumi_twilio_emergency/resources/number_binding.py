"""NumberEmergencyBinding: a phone number shows an emergency address, verified."""

from __future__ import annotations

from typing import Any, TypedDict, overload

import pulumi
from typing_extensions import NotRequired, Unpack

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.handlers.number_binding import input_problems
from pulumi_twilio_emergency.resources.base import EmergencyResource, nullable, same_as_id


class NumberEmergencyBindingArgs(TypedDict):
    """
    Inputs of NumberEmergencyBinding. Give `number_sid` or `phone_number`, not both.

    Attributes:
        number_sid: The number's SID, `PN...`.
        phone_number: The number in E.164, such as `+14155550100`.
        address_sid: The address, `AD...`; usually the `sid` of an EmergencyAddress.
        wait_for_registration: Whether to wait until Twilio reports `registered`; True by default. With
            False, `up` succeeds while the number is still pending, which is not coverage, and warns.
        take_over: Whether to take the number away from an address that is not of this stack; False by
            default, and then such a number is refused.
        account_sid: The subaccount in which the number lives; the credentials' own account by default.

    """

    address_sid: pulumi.Input[str]
    number_sid: NotRequired[pulumi.Input[str] | None]
    phone_number: NotRequired[pulumi.Input[str] | None]
    wait_for_registration: NotRequired[pulumi.Input[bool] | None]
    take_over: NotRequired[pulumi.Input[bool] | None]
    account_sid: NotRequired[pulumi.Input[str] | None]


class NumberEmergencyBinding(EmergencyResource, module="twilio", name="NumberEmergencyBinding"):
    """
    A phone number that shows an emergency address to the dispatcher.

    Created means registered: `up` waits until Twilio reports so, up to 30 minutes or
    `custom_timeouts`. What is still pending then is kept in state, and the next `up` goes on waiting.
    Deleting the binding takes the address off the number; the number itself is never released.

    Attributes:
        number_sid: The number, `PN...`. The same as `id`.
        phone_number: The number in E.164.
        address_sid: The address that the number points at.
        submitted_address_sid: The address that this binding submitted last, or found on the number as
            declared; the status is its outcome.
        emergency_address_status: Twilio's status: `registered` is coverage, and nothing else is.
        registered_at: When this binding saw the number registered, in ISO 8601; None while it is not.
        uncovered_seconds: How long the last change left the number without a registered address.
        account_sid: The account in which the number lives.
        wait_for_registration: As given.
        take_over: As given.

    """

    number_sid: pulumi.Output[str] = same_as_id()
    phone_number: pulumi.Output[str]
    address_sid: pulumi.Output[str]
    submitted_address_sid: pulumi.Output[str]
    emergency_address_status: pulumi.Output[str]
    registered_at: pulumi.Output[str | None] = nullable()
    uncovered_seconds: pulumi.Output[float]
    account_sid: pulumi.Output[str]
    wait_for_registration: pulumi.Output[bool | None] = nullable()
    take_over: pulumi.Output[bool | None] = nullable()

    _problems = staticmethod(input_problems)
    _required = (("number_sid", "phone_number"), ("address_sid",))
    _runner = staticmethod(providers.number_binding)
    _inputs = frozenset(NumberEmergencyBindingArgs.__annotations__)
    _outputs = frozenset(
        {
            "number_sid",
            "phone_number",
            "submitted_address_sid",
            "emergency_address_status",
            "registered_at",
            "uncovered_seconds",
            "account_sid",
        }
    )

    @overload
    def __init__(
        self,
        resource_name: str,
        args: NumberEmergencyBindingArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **keywords: Unpack[NumberEmergencyBindingArgs],
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, opts: Any = None, **keywords: Any) -> None:
        super().__init__(resource_name, args, opts, keywords)
