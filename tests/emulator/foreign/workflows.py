"""The page's three workflows with twilio-python, as a program of its own: number and domain are its arguments."""

import os
import sys
import time

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

number_sid, domain_sid = sys.argv[1:]
client = Client()
if "TWILIO_API_URL" in os.environ:
    client.api.base_url = os.environ["TWILIO_API_URL"]
number = client.incoming_phone_numbers(number_sid)
domain = client.sip.domains(domain_sid)


def create(street, **more):
    return client.addresses.create(
        friendly_name="Twilio",
        customer_name="Twilio",
        street=street,
        city="San Francisco",
        region="CA",
        postal_code="94105",
        iso_country="US",
        emergency_enabled=True,
        **more,
    )


def wait_for(status):
    for _ in range(50):
        if number.fetch().emergency_address_status == status:
            return
        time.sleep(0.05)
    raise SystemExit(f"never {status}")


try:
    create("645 Harrison St.", auto_correct_address=False)
except TwilioRestException as error:
    print(error.code)

first = create("645 Harrison St.")
number.update(emergency_address_sid=first.sid)
wait_for("registered")
domain.update(emergency_calling_enabled=True, emergency_caller_sid=number_sid)

second = create("650 HARRISON ST")
number.update(emergency_address_sid="")
wait_for("unregistered")
number.update(emergency_address_sid=second.sid)
wait_for("registered")

print(
    len(client.addresses.list(emergency_enabled=True)), len(client.incoming_phone_numbers.list(page_size=2))
)

domain.update(emergency_calling_enabled=False, emergency_caller_sid="")
number.update(emergency_address_sid="")
wait_for("unregistered")
for address in (first, second):
    client.addresses(address.sid).delete()
print("done")
