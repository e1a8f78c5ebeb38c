"""Every parameter of Twilio's OpenAPI file: taken and read back, or refused by name."""

from __future__ import annotations

import re

import pytest

from emulator.clients import KNOWN, refused
from emulator.schema import FACTS
from twilio_emulator import parameters

OPERATIONS = {
    "POST /Accounts/{AccountSid}/Addresses": parameters.CREATE_ADDRESS,
    "POST /Accounts/{AccountSid}/Addresses/{Sid}": parameters.UPDATE_ADDRESS,
    "POST /Accounts/{AccountSid}/IncomingPhoneNumbers": parameters.CREATE_NUMBER,
    "POST /Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}": parameters.UPDATE_NUMBER,
    "POST /Accounts/{AccountSid}/SIP/Domains": parameters.CREATE_DOMAIN,
    "POST /Accounts/{AccountSid}/SIP/Domains/{Sid}": parameters.UPDATE_DOMAIN,
    "POST /Accounts/{Sid}": parameters.UPDATE_ACCOUNT,
}
GOOD = {
    "text": "some text",
    "url": "https://example.com/x",
    "flag": "true",
    "GET|POST": "GET",
    "voice|fax": "fax",
}
WRONG = {"url": "x y", "flag": "1", "GET|POST": "PATCH", "voice|fax": "video"}
CODES = {"url": 21402, "GET|POST": 21403, "AP": 22108}
ABOUT_EMERGENCIES = {
    "EmergencyAddressSid",
    "EmergencyStatus",
    "EmergencyCallerSid",
    "EmergencyCallingEnabled",
}


def sample(kind):
    """Return a value that a parameter of this kind takes."""
    kind = kind.removesuffix(" !")
    return GOOD.get(kind, kind + "0" * 32)


def fields_of(path, only=lambda *_: True):
    """Return the parameters of an operation that say nothing about emergencies, with their kinds."""
    table = FACTS["operations"][f"POST /Accounts/{{AccountSid}}/{path}"]["parameters"]
    unsupported = {"AccountSid", "AreaCode", "AddressSid", "ApiVersion", "PhoneNumber", "DomainName"}
    return sorted(
        (name, kind.removesuffix(" !"))
        for name, kind in table.items()
        if name not in ABOUT_EMERGENCIES | unsupported and only(name, kind)
    )


@pytest.mark.parametrize("operation", [each for each in FACTS["operations"] if each.startswith("POST ")])
def test_every_parameter_is_taken_or_refused_by_name(operation):
    documented = set(FACTS["operations"][operation]["parameters"])
    known = OPERATIONS[operation].names.keys() | OPERATIONS[operation].unsupported.keys()

    # The update of a domain takes DomainName, the create requires it: one table serves both.
    assert documented == known


@pytest.mark.parametrize(("name", "kind"), fields_of("IncomingPhoneNumbers/{Sid}"))
def test_parameter_of_a_number_is_read_back(emulator, name, kind):
    path = f"/IncomingPhoneNumbers/{emulator.number()}.json"

    body = emulator.ask("POST", path, data={name: sample(kind)}).json()

    shown = body[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()]
    assert shown == (True if kind == "flag" else sample(kind))
    assert emulator.ask("GET", path).json() == body


@pytest.mark.parametrize(("name", "kind"), fields_of("SIP/Domains/{Sid}"))
def test_parameter_of_a_domain_is_read_back(emulator, name, kind):
    path = f"/SIP/Domains/{emulator.world.add_domain('scranton.sip.twilio.com')}.json"

    body = emulator.ask("POST", path, data={name: sample(kind)}).json()

    shown = body[re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()]
    assert shown == (True if kind == "flag" else sample(kind))


def is_checked(_name, kind):
    return kind.removesuffix(" !") != "text"


@pytest.mark.parametrize(("name", "kind"), fields_of("IncomingPhoneNumbers/{Sid}", is_checked))
def test_wrong_parameter_of_a_number_is_refused_by_name(emulator, name, kind):
    path = f"/IncomingPhoneNumbers/{emulator.number()}.json"

    answer = emulator.ask("POST", path, data={name: WRONG.get(kind, "XX1")})

    code = CODES.get(kind, 20423 if kind not in WRONG else 20422)
    status = 422 if code in {20422, 20423} else 400
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"].startswith(f"{name} ")


@pytest.mark.parametrize(("name", "kind"), fields_of("SIP/Domains/{Sid}", is_checked))
def test_wrong_parameter_of_a_domain_is_refused_by_name(emulator, name, kind):
    path = f"/SIP/Domains/{emulator.world.add_domain('scranton.sip.twilio.com')}.json"

    answer = emulator.ask("POST", path, data={name: WRONG.get(kind, "XX1")})

    assert answer.status_code == (422 if answer.json()["code"] in {20422, 20423} else 400)
    assert answer.json()["message"].startswith(f"{name} ")


@pytest.mark.parametrize(
    ("path", "name"),
    [("/IncomingPhoneNumbers.json", "AreaCode"), ("/IncomingPhoneNumbers/{}.json", "AccountSid")],
)
def test_unsupported_parameter_is_refused_by_name(emulator, path, name):
    answer = emulator.ask("POST", path.format(emulator.number()), data={name: "AC" + "1" * 32})

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"].startswith(f"This emulator does not support {name}: ")


def test_number_may_name_the_account_that_it_is_in(emulator):
    number = emulator.number()

    answer = emulator.ask(
        "POST", f"/IncomingPhoneNumbers/{number}.json", data={"AccountSid": emulator.account.sid}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("odd", ["1", "yes", "", "TRUE "])
def test_odd_boolean_is_refused(emulator, odd):
    form = {"EmergencyEnabled": odd}
    answers = [
        emulator.ask("POST", f"/Addresses/{emulator.address()}.json", data=form),
        emulator.ask("GET", f"/Addresses.json?EmergencyEnabled={odd}"),
        emulator.ask("GET", f"/IncomingPhoneNumbers.json?Beta={odd}"),
    ]

    assert [answer.status_code for answer in answers] == [400, 422, 422]
    assert [answer.json()["code"] for answer in answers] == [21238, 20422, 20422]


@pytest.mark.parametrize("boolean", ["true", "TRUE", "True"])
def test_boolean_has_any_case(emulator, boolean):
    path = f"/Addresses/{emulator.address(emergency_enabled=False)}.json"

    assert emulator.ask("POST", path, data={"EmergencyEnabled": boolean}).json()["emergency_enabled"] is True


@pytest.mark.parametrize(
    ("kind", "code"), [("addresses", 21238), ("incoming_phone_numbers", 20002), ("sip.domains", 20002)]
)
def test_friendly_name_has_64_characters(emulator, kind, code):
    things = {
        "addresses": lambda: emulator.client.addresses(emulator.address(emergency_enabled=False)),
        "incoming_phone_numbers": lambda: emulator.client.incoming_phone_numbers(emulator.number()),
        "sip.domains": lambda: emulator.client.sip.domains(emulator.world.add_domain("a.sip.twilio.com")),
    }
    thing = things[kind]()

    assert thing.update(friendly_name="n" * 64).friendly_name == "n" * 64
    with refused(code):
        thing.update(friendly_name="n" * 65)


@pytest.mark.parametrize("name", ["customer_name", "street", "city", "region", "postal_code"])
@pytest.mark.parametrize("value", ["", "  "])
@pytest.mark.parametrize("emergency", [True, False])
def test_required_field_of_an_address_cannot_be_emptied(emulator, name, value, emergency):
    sid = emulator.address(emergency_enabled=emergency)

    with refused(21238):
        emulator.client.addresses(sid).update(**{name: value})

    assert emulator.world.address(sid)[name] == KNOWN[name]


def test_domain_is_renamed_in_lower_case_unless_the_name_is_taken(emulator):
    first = emulator.client.sip.domains.create(domain_name="Scranton.sip.twilio.com")
    emulator.world.add_domain("taken.sip.twilio.com")

    assert first.domain_name == "scranton.sip.twilio.com"
    assert first.update(domain_name="SCRANTON.sip.twilio.com").domain_name == "scranton.sip.twilio.com"
    assert first.update(domain_name="utica.sip.twilio.com").domain_name == "utica.sip.twilio.com"
    with refused(21232):
        first.update(domain_name="Taken.sip.twilio.com")
    with refused(21232):
        emulator.client.sip.domains.create(domain_name="utica.sip.twilio.com")
    assert emulator.client.sip.domains.create(domain_name="scranton.sip.twilio.com").sid


def test_number_is_bought_once(emulator):
    other = emulator.world.add_account()
    emulator.number("+14155550101", account_sid=other.sid)
    bought = emulator.client.incoming_phone_numbers.create(phone_number="+14155550100")

    for taken in ("+14155550100", "+14155550101"):
        with refused(21422):
            emulator.client.incoming_phone_numbers.create(phone_number=taken)
    bought.delete()
    assert emulator.client.incoming_phone_numbers.create(phone_number="+14155550100").sid != bought.sid


@pytest.mark.parametrize(
    ("phone_number", "name"), [("+14155550100", "(415) 555-0100"), ("+442079460100", "+442079460100")]
)
def test_numbers_default_name_is_formatted(emulator, phone_number, name):
    bought = emulator.client.incoming_phone_numbers.create(phone_number=phone_number)

    assert (bought.friendly_name, bought.phone_number) == (name, phone_number)


def test_regulatory_address_has_to_exist(emulator):
    with refused(20423):
        emulator.client.incoming_phone_numbers(emulator.number()).update(address_sid="AD" + "0" * 32)


def test_address_in_use_may_be_respelt_and_renamed_but_not_disabled(emulator):
    sid = emulator.address()
    emulator.bound(sid)
    address = emulator.client.addresses(sid)

    assert address.update(city="San Francisco").city == "SAN FRANCISCO"
    assert address.update(friendly_name="Head office").friendly_name == "Head office"
    for change in ({"emergency_enabled": False}, {"customer_name": "Acme"}, {"street_secondary": "Floor 2"}):
        with refused(21631):
            address.update(**change)
    assert emulator.world.address(sid)["emergency_enabled"] is True
