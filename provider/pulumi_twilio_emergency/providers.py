"""
The names that stand in users' state for ever.

Every resource carries its provider as a pickle. These functions are what the pickles name, so that classes
and modules can move while recorded state keeps working. Never rename or move them; tests pin the bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_twilio_emergency.resources.address import AddressProvider
    from pulumi_twilio_emergency.resources.number_binding import NumberBindingProvider
    from pulumi_twilio_emergency.resources.sip_domain import SipDomainProvider


def address() -> AddressProvider:
    """Return what runs EmergencyAddress resources."""
    from pulumi_twilio_emergency.resources.address import AddressProvider  # noqa: PLC0415 - lazily, see above

    return AddressProvider()


def number_binding() -> NumberBindingProvider:
    """Return what runs NumberEmergencyBinding resources."""
    from pulumi_twilio_emergency.resources.number_binding import (  # noqa: PLC0415
        NumberBindingProvider,
    )

    return NumberBindingProvider()


def sip_domain() -> SipDomainProvider:
    """Return what runs SipDomainEmergency resources."""
    from pulumi_twilio_emergency.resources.sip_domain import SipDomainProvider  # noqa: PLC0415

    return SipDomainProvider()
