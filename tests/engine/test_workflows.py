"""The page's three workflows, with the real CLI against Twilio over a socket."""

from __future__ import annotations

from itertools import groupby

from twilio_emulator import Pace

OFFICE = """
office = EmergencyAddress("office", customer_name="Twilio", street={street!r}, city="San Francisco",
    region="CA", postal_code="94105", iso_country="US")
desk = NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)
phones = SipDomainEmergency("phones", domain_name="example.sip.twilio.com", emergency_caller_sid=desk.number_sid)
"""


def asked(twilio, since=0):
    """The story of the requests: repeated looks are one, SIDs are names."""
    names = {row["sid"]: row.get("phone_number") or row.get("domain_name") for row in
             (*twilio.world.numbers(), *twilio.world.domains())}  # fmt: skip
    for index, event in enumerate(
        e for e in twilio.world.history if e.kind == "created" and e.sid[:2] == "AD"
    ):
        names[event.sid] = f"address {index + 1}"
    story = []
    for request in sorted(twilio.world.requests[since:], key=lambda each: each.k):
        path = request.path.partition("/Accounts/")[2].partition("/")[2]
        for sid, name in names.items():
            path = path.replace(sid, name)
        form = ", ".join(f"{key}={names.get(value, value)}" for key, value in request.form)
        story.append(f"{request.method} {path} {form}".strip())
    return [line for line, _ in groupby(story)]


def writes(twilio, since=0):
    return [line for line in asked(twilio, since) if not line.startswith("GET")]


ADDRESS_FORM = (
    "CustomerName=Twilio, Street={street}, City={city}, Region=CA, PostalCode=94105, IsoCountry=US, "
    "FriendlyName={name}, EmergencyEnabled=true, AutoCorrectAddress=false"
)


def test_register_change_and_delete_send_the_documented_requests_in_order(twilio, stack):
    world = twilio.world
    world.pace(registration=Pace.after(1.5), unregistration=Pace.after(1))
    number = world.add_number("+14155550100")
    domain = world.add_domain("example.sip.twilio.com")

    # Register
    stack.program(OFFICE.format(street="645 Harrison St."))
    stack.up()
    name = stack.outputs("office")["friendly_name"]

    def created(street, city):
        return "POST Addresses " + ADDRESS_FORM.format(street=street, city=city, name=name)

    assert writes(twilio) == [
        created("645 Harrison St.", "San Francisco"),  # refused with a suggestion that differs in spelling
        created("645 HARRISON ST", "SAN FRANCISCO"),
        "POST IncomingPhoneNumbers/+14155550100 EmergencyAddressSid=address 1",
        "POST SIP/Domains/example.sip.twilio.com EmergencyCallingEnabled=true, EmergencyCallerSid=+14155550100",
    ]
    # Registered before the domain was switched on, and confirmed by a fetch of the number itself.
    story = asked(twilio)
    assert (
        "GET IncomingPhoneNumbers/+14155550100"
        in story[story.index(writes(twilio)[2]) : story.index(writes(twilio)[3])]
    )
    assert world.number(number)["emergency_address_status"] == "registered"
    assert stack.outputs("desk")["emergency_address_status"] == "registered"
    stack.has_nothing_to_do()
    seen = len(world.requests)
    stack.up()
    assert writes(twilio, seen) == []

    # Change
    before = stack.outputs("office")["sid"]
    stack.program(OFFICE.format(street="650 HARRISON ST"))
    changed = stack.up()
    assert writes(twilio, seen) == [
        created("650 HARRISON ST", "San Francisco"),
        created("650 HARRISON ST", "SAN FRANCISCO"),
        "POST IncomingPhoneNumbers/+14155550100 EmergencyAddressSid=",
        "POST IncomingPhoneNumbers/+14155550100 EmergencyAddressSid=address 2",
        "DELETE Addresses/address 1",
    ]
    assert statuses(world, number)[-4:] == [
        "pending-unregistration",
        "unregistered",
        "pending-registration",
        "registered",
    ]
    assert "uncovered" in changed.errors
    assert 1 <= stack.outputs("desk")["uncovered_seconds"] <= 20
    assert before not in {row["sid"] for row in world.addresses()}
    stack.has_nothing_to_do()

    # Delete
    seen = len(world.requests)
    stack.destroy()
    assert writes(twilio, seen) == [
        "POST SIP/Domains/example.sip.twilio.com EmergencyCallingEnabled=false, EmergencyCallerSid=",
        "POST IncomingPhoneNumbers/+14155550100 EmergencyAddressSid=",
        "DELETE Addresses/address 2",
    ]
    assert world.number(number)["emergency_address_status"] == "unregistered"
    assert not world.domain(domain)["emergency_calling_enabled"]
    assert world.addresses() == []


def statuses(world, sid):
    return [
        event.detail["emergency_address_status"]
        for event in world.history
        if event.sid == sid and "emergency_address_status" in event.detail
    ]
