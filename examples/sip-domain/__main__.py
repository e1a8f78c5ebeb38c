"""Phones on a SIP domain: each number has its address, and one stands in for calls from any other number."""

import pulumi

from pulumi_twilio_emergency import EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency

NUMBERS = {"reception": "+14155550100", "night-desk": "+14155550101"}

campus = EmergencyAddress(
    "campus",
    customer_name="Twilio",
    street="645 HARRISON ST",
    city="SAN FRANCISCO",
    region="CA",
    postal_code="94105",
    iso_country="US",
)
bindings = {
    name: NumberEmergencyBinding(name, phone_number=phone_number, address_sid=campus.sid)
    for name, phone_number in NUMBERS.items()
}

# From the binding, and not a SID in quotes: so the domain waits until the number is registered.
caller = bindings[pulumi.Config().get("caller") or "reception"]
phones = SipDomainEmergency(
    "phones", domain_name="campus.sip.twilio.com", emergency_caller_sid=caller.number_sid
)

pulumi.export("emergency_caller", caller.phone_number)
