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
        number_sid: The number, `PN...`.
        phone_number: The number in E.164, say +14155550100.
        address_sid: The address, `AD...`: usually the `sid` of an EmergencyAddress.
        wait_for_registration: Stay until Twilio reports `registered`; True by default. With False, `up`
            succeeds while the number is still pending, which is not coverage.
        take_over: Let go of any other address that the number is bound to; False by default.
        account_sid: The subaccount the number lives in; the credentials' own account by default.

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

    Created means registered: `up` stays until Twilio reports so. Deleting it takes the address off; the
    number itself is never released.
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
