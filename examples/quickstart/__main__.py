"""A number in San Francisco that 911 can find, and a SIP domain that may call from it."""

import pulumi

from pulumi_twilio_emergency import EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency

config = pulumi.Config()

office = EmergencyAddress(
    "office",
    customer_name="Twilio",
    street=config.get("street") or "645 Harrison St.",
    city="San Francisco",
    region="CA",
    postal_code="94105",
    iso_country="US",
)

front_desk = NumberEmergencyBinding(
    "front-desk",
    phone_number=config.require("phoneNumber"),
    address_sid=office.sid,
)

# The domain waits for the registration, since it takes the number from the binding.
phones = SipDomainEmergency(
    "phones",
    domain_name=config.require("sipDomain"),
    emergency_caller_sid=front_desk.number_sid,
)

pulumi.export("phone_number", front_desk.phone_number)
pulumi.export("emergency_address_status", front_desk.emergency_address_status)
pulumi.export("address_on_file", office.address_on_file)
pulumi.export("emergency_calling_enabled", phones.emergency_calling_enabled)
