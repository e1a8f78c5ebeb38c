"""Emergency addresses of a Twilio account, as `twilio-emergency adopt` found them."""

from pulumi_twilio_emergency import (
    EmergencyAddress,
    NumberEmergencyBinding,
    SipDomainEmergency,
)

boston = EmergencyAddress(
    "boston",
    customer_name="Acme",
    street="1 MAIN ST",
    city="BOSTON",
    region="MA",
    postal_code="02134",
    iso_country="US",
    friendly_name="Boston",
)
boston_numbers = {
    number: NumberEmergencyBinding(
        number,
        phone_number=number,
        address_sid=boston.sid,
    )
    for number in [
        "+16175550100",
        "+16175550101",
    ]
}
SipDomainEmergency(
    "boston.sip.twilio.com",
    domain_name="boston.sip.twilio.com",
    emergency_caller_sid=boston_numbers["+16175550100"].number_sid,
)

salem_new_wing = EmergencyAddress(
    "salem-new-wing",
    customer_name="Acme",
    street="2 MAIN ST",
    street_secondary="SUITE 300",
    city="SALEM",
    region="MA",
    postal_code="01970",
    iso_country="US",
    friendly_name='Salem "new wing"',
)
salem_new_wing_numbers = {
    number: NumberEmergencyBinding(
        number,
        phone_number=number,
        address_sid=salem_new_wing.sid,
    )
    for number in [
        "+16175550110",
    ]
}

SipDomainEmergency(
    "salem.sip.twilio.com",
    domain_name="salem.sip.twilio.com",
)
