"""
The names that stand in users' state for ever.

Every resource carries its provider as a pickle. These functions are what the pickles name, so that classes
and modules can move while recorded state keeps working. Never rename or move them; tests pin the bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.hosts.dynamic.provider import HandlerProvider

if TYPE_CHECKING:
    from pulumi.dynamic import ResourceProvider

_HANDLERS = "pulumi_twilio_emergency.handlers"


def address() -> HandlerProvider:
    """Return what serves EmergencyAddress resources."""
    return HandlerProvider(address, f"{_HANDLERS}.address:AddressHandler")


def number_binding() -> HandlerProvider:
    """Return what serves NumberEmergencyBinding resources."""
    return HandlerProvider(number_binding, f"{_HANDLERS}.number_binding:NumberBindingHandler")


def sip_domain() -> HandlerProvider:
    """Return what serves SipDomainEmergency resources."""
    return HandlerProvider(sip_domain, f"{_HANDLERS}.sip_domain:SipDomainHandler")


def site_numbers() -> ResourceProvider:
    """Return what remembers the numbers of an EmergencySites component."""
    from pulumi_twilio_emergency.hosts.dynamic.removal_brake import RemovalBrakeProvider  # noqa: PLC0415 - by the plugin alone

    return RemovalBrakeProvider(site_numbers)
