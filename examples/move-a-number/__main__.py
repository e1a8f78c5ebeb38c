"""
A number moves to another office, and every emergency call from the SIP domain shows an address throughout.

`pulumi config set step 1`, 2, 3 and 4 stand for four edits of a program, each with its own `pulumi up`.
"""

import pulumi

from pulumi_twilio_emergency import EmergencyAddress, NumberEmergencyBinding, SipDomainEmergency

step = pulumi.Config().get_int("step") or 1
city = {
    "customer_name": "Twilio",
    "city": "SAN FRANCISCO",
    "region": "CA",
    "postal_code": "94105",
    "iso_country": "US",
}

# 1. The desk is at the old office, and calls from the domain show it.
if step < 3:
    old_office = EmergencyAddress("old-office", street="645 HARRISON ST", **city)

# 2. A second number is registered at the new office, and becomes the domain's emergency caller.
if step >= 2:
    new_office = EmergencyAddress(
        "office" if step >= 4 else "new-office",  # 4. A resource is renamed.
        street="650 HARRISON ST",
        **city,
        opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="new-office")]),
    )
    spare = NumberEmergencyBinding("spare", phone_number="+14155550101", address_sid=new_office.sid)

# 3. The desk moves. Until it is registered again, its calls show the address of the caller.
desk = NumberEmergencyBinding(
    "desk",
    phone_number="+14155550100",
    address_sid=new_office.sid if step >= 3 else old_office.sid,
)
SipDomainEmergency(
    "phones",
    domain_name="move.sip.twilio.com",
    emergency_caller_sid=spare.number_sid if step >= 2 else desk.number_sid,
)
