"""SipDomainEmergency: the emergency switch and the emergency caller of a SIP domain."""

from __future__ import annotations

from typing import Any, TypedDict, overload

import pulumi
from typing_extensions import NotRequired, Unpack

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.handlers.sip_domain import input_problems
from pulumi_twilio_emergency.resources.base import EmergencyResource, nullable, same_as_id


class SipDomainEmergencyArgs(TypedDict):
    """
    Inputs of SipDomainEmergency. Give `domain_sid` or `domain_name`, not both.

    Attributes:
        domain_sid: The SIP domain's SID, `SD...`.
        domain_name: Its full name, such as `example.sip.twilio.com`.
        enabled: Whether the domain lets emergency calls through; True by default.
        emergency_caller_sid: The number (`PN...`) that emergency calls of the domain show where their own
            number has no registered address. It must be registered: pass the binding's `number_sid`, so that
            the domain waits for it, and `destroy` takes the domain down first. None by default; then such a
            call is rejected.
        account_sid: The subaccount in which the domain lives; the credentials' own account by default.

    """

    domain_sid: NotRequired[pulumi.Input[str] | None]
    domain_name: NotRequired[pulumi.Input[str] | None]
    enabled: NotRequired[pulumi.Input[bool] | None]
    emergency_caller_sid: NotRequired[pulumi.Input[str] | None]
    account_sid: NotRequired[pulumi.Input[str] | None]


class SipDomainEmergency(EmergencyResource, module="twilio", name="SipDomainEmergency"):
    """
    The emergency calling of a SIP domain. Only its two emergency fields are changed.

    Deleting it switches emergency calling off and clears the emergency caller; the domain itself stays.
    With `retain_on_delete` emergency calling stays on. A domain that is on with an emergency caller which
    this stack did not set is refused, by a create and by a delete.

    Attributes:
        domain_sid: The SIP domain, `SD...`. The same as `id`.
        domain_name: Its full name.
        emergency_calling_enabled: Whether emergency calling is on.
        emergency_caller_sid: The number that emergency calls of the domain show where their own number has no
            registered address; None where such a call is rejected.
        account_sid: The account in which the domain lives.
        enabled: As given.

    """

    domain_sid: pulumi.Output[str] = same_as_id()
    domain_name: pulumi.Output[str]
    emergency_calling_enabled: pulumi.Output[bool]
    emergency_caller_sid: pulumi.Output[str | None] = nullable()
    account_sid: pulumi.Output[str]
    enabled: pulumi.Output[bool | None] = nullable()

    _problems = staticmethod(input_problems)
    _required = (("domain_sid", "domain_name"),)
    _runner = staticmethod(providers.sip_domain)
    _inputs = frozenset(SipDomainEmergencyArgs.__annotations__)
    _outputs = frozenset(
        {"domain_sid", "domain_name", "emergency_calling_enabled", "emergency_caller_sid", "account_sid"}
    )

    @overload
    def __init__(
        self,
        resource_name: str,
        args: SipDomainEmergencyArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **keywords: Unpack[SipDomainEmergencyArgs],
    ) -> None: ...

    def __init__(self, resource_name: str, *args: Any, opts: Any = None, **keywords: Any) -> None:
        super().__init__(resource_name, args, opts, keywords)
