"""Numbers: bought, bound by the bytes of a form, released, listed by the thousand."""

from __future__ import annotations

import pytest

from emulator.clients import DOWNING, refused
from twilio_emulator import Pace

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(emulator, number, body):
    answer = emulator.ask("POST", f"/IncomingPhoneNumbers/{number}.json", data=body, headers=FORM)
    assert answer.status_code == 200
    return answer.json()


def test_buying_a_number_ignores_the_emergency_address(emulator):
    number = emulator.client.incoming_phone_numbers.create(
        phone_number="+14155550100", emergency_address_sid=emulator.address(), friendly_name="Desk"
    )

    assert (number.phone_number, number.friendly_name) == ("+14155550100", "Desk")
    assert (number.emergency_address_sid, number.emergency_address_status) == (None, "unregistered")


@pytest.mark.parametrize("wrong", ["4155550100", "+1", "+1415555010x", ""])
def test_number_is_bought_in_e164(emulator, wrong):
    with refused(21421):
        emulator.client.incoming_phone_numbers.create(phone_number=wrong)


@pytest.mark.parametrize(
    "body", ["", "FriendlyName=Desk", "SmsUrl="], ids=["nothing", "a name", "an empty URL"]
)
def test_absent_emergency_address_changes_nothing(emulator, body):
    address = emulator.address()
    number = emulator.bound(address)

    assert post(emulator, number, body)["emergency_address_sid"] == address
    assert emulator.status(number) == "registered"


@pytest.mark.parametrize(
    "body", ["EmergencyAddressSid=", "EmergencyAddressSid=&FriendlyName=Desk", "EmergencyAddressSid"]
)
def test_empty_emergency_address_takes_it_off(emulator, body):
    number = emulator.bound()

    assert post(emulator, number, body)["emergency_address_status"] == "unregistered"


def test_none_in_the_helper_library_changes_nothing(emulator):
    number = emulator.bound()

    emulator.bind(number, None)

    assert emulator.world.requests[-1].form == ()
    assert emulator.status(number) == "registered"


@pytest.mark.parametrize("sid", ["null", "AD" + "0" * 32])
def test_unknown_address_is_refused(emulator, sid):
    number = emulator.number()

    with refused(22109):
        emulator.bind(number, sid)

    assert emulator.status(number) == "unregistered"


def test_another_accounts_address_is_unknown(emulator):
    other = emulator.world.add_account()
    number, foreign = emulator.number(), emulator.address(account_sid=other.sid)

    with refused(22109):
        emulator.bind(number, foreign)


@pytest.mark.parametrize(
    ("phone_number", "fields", "place"),
    [
        ("+14155550100", {}, {"emergency_enabled": False}),
        ("+14155550100", {"voice": False}, {}),
        ("+14155550100", {}, DOWNING),
        ("+14165550100", {}, {}),
        ("+442079460100", {}, {}),
        ("+4930123456", {}, {}),
        ("+14155550100", {"iso_country": "CA"}, {}),
    ],
    ids=[
        "not for emergencies",
        "no voice",
        "British address",
        "Canadian number",
        "British number",
        "German number",
        "declared",
    ],
)
def test_unfit_pair_is_refused(emulator, phone_number, fields, place):
    number = emulator.number(phone_number, **fields)

    with refused(20422):
        emulator.bind(number, emulator.address(**place))


@pytest.mark.parametrize("phone_number", ["+442079460100", "+447700900100"])
def test_british_number_takes_a_british_address(emulator, phone_number):
    number = emulator.number(phone_number)

    assert emulator.bind(number, emulator.address(DOWNING)).emergency_address_status == "registered"


def test_same_address_again_changes_nothing(emulator):
    address = emulator.address()
    number = emulator.bound(address)
    emulator.world.pace(registration=Pace.never())
    before = len(emulator.world.history)

    assert emulator.bind(number, address).emergency_address_status == "registered"
    assert len(emulator.world.history) == before


@pytest.mark.parametrize("status", ["registered", "pending-registration", "pending-unregistration"])
def test_number_is_not_released_while_an_address_is_attached(emulator, status):
    number = emulator.number(emergency_address_sid=emulator.address(), emergency_address_status="registered")
    emulator.world.force_status(number, status)

    with refused(21631) as error:
        emulator.client.incoming_phone_numbers(number).delete()

    assert "Please remove the emergency address" in error.value.msg


def test_number_is_released_when_its_address_is_unregistered(emulator):
    number = emulator.bound()
    emulator.world.pace(unregistration=Pace.after(5))
    emulator.unbind(number)
    with refused(21631):
        emulator.client.incoming_phone_numbers(number).delete()
    emulator.clock.advance(5)

    assert emulator.client.incoming_phone_numbers(number).delete()
    with refused(20404, 404):
        emulator.status(number)


def test_fields_that_twilio_does_not_take_are_ignored_and_recorded(emulator):
    number = emulator.number()

    answer = post(
        emulator,
        number,
        "EmergencyAddressStatus=registered&Voice=false&Sid=PN1&Colour=red&SmsUrl=http://a.example",
    )

    assert answer["emergency_address_status"] == "unregistered"
    assert (answer["sid"], answer["capabilities"]["voice"], answer["sms_url"]) == (
        number,
        True,
        "http://a.example",
    )
    assert ("Colour", "red") in emulator.world.requests[-1].form


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["+14155550100", "+14165550101", "+442079460100"]),
        ({"phone_number": "+14155550100"}, ["+14155550100"]),
        ({"phone_number": "5550"}, ["+14155550100", "+14165550101"]),
        ({"phone_number": "+1416555*101"}, ["+14165550101"]),
        ({"phone_number": "+1***555"}, ["+14155550100", "+14165550101"]),
        ({"phone_number": "+1*0101"}, []),
        ({"phone_number": "[0-9]"}, []),
        ({"phone_number": "+44*"}, ["+442079460100"]),
        ({"phone_number": "999"}, []),
        ({"friendly_name": "Desk"}, ["+14165550101"]),
        ({"friendly_name": "(415) 555-0100"}, ["+14155550100"]),
        ({"origin": "hosted"}, ["+442079460100"]),
        ({"origin": "twilio"}, ["+14155550100", "+14165550101"]),
        ({"beta": True}, ["+442079460100"]),
        ({"beta": False}, ["+14155550100", "+14165550101"]),
    ],
    ids=str,
)
def test_lists_are_filtered(emulator, wanted, found):
    emulator.number("+14155550100")
    emulator.number("+14165550101", friendly_name="Desk")
    emulator.number("+442079460100", origin="hosted", beta=True)

    assert [each.phone_number for each in emulator.client.incoming_phone_numbers.list(**wanted)] == found


def test_2500_numbers_are_paged_through(emulator):
    numbers = [emulator.number(f"+1415555{index:04}") for index in range(2500)]

    listed = emulator.client.incoming_phone_numbers.list(page_size=1000)

    assert [each.sid for each in listed] == numbers
    assert len(emulator.world.requests) == 3


def test_pages_are_followed_by_their_links(emulator):
    numbers = [emulator.number(f"+1415555{index:04}") for index in range(5)]
    uri, seen, frames = (
        f"/2010-04-01/Accounts/{emulator.account.sid}/IncomingPhoneNumbers.json?PageSize=2",
        [],
        [],
    )
    while uri:
        page = emulator.ask("GET", uri.split(emulator.account.sid, 1)[1]).json()
        seen += [row["sid"] for row in page["incoming_phone_numbers"]]
        frames.append((page["page"], page["page_size"], page["start"], page["end"]))
        uri = page["next_page_uri"]

    assert seen == numbers
    assert frames == [(0, 2, 0, 1), (1, 2, 2, 3), (2, 2, 4, 4)]
    assert page["previous_page_uri"].endswith("Page=1")
    assert page["first_page_uri"].endswith("PageSize=2&Page=0")
    assert page["uri"].endswith(f"PageSize=2&Page=2&PageToken=PA{numbers[3]}")


def test_filter_goes_along_to_the_next_page(emulator):
    for index in range(6):
        emulator.number(f"+1415555{index:04}", friendly_name=f"Desk {index % 2}")

    listed = emulator.client.incoming_phone_numbers.list(friendly_name="Desk 1", page_size=2)

    assert [each.phone_number[-1] for each in listed] == ["1", "3", "5"]


@pytest.mark.parametrize("released", [0, 1], ids=["in the midst of a page", "at its end"])
def test_released_number_does_not_shift_the_pages_behind_it(emulator, released):
    numbers = [emulator.number(f"+1415555{index:04}") for index in range(4)]
    pages = emulator.client.incoming_phone_numbers.page(page_size=2)
    first = [each.sid for each in pages]
    emulator.world.remove(numbers[released])

    assert first + [each.sid for each in pages.next_page()] == numbers


@pytest.mark.parametrize(("size", "status"), [("1", 200), ("1000", 200), ("1001", 400), ("0", 400)])
def test_page_has_1_to_1000_rows(emulator, size, status):
    answer = emulator.ask("GET", f"/IncomingPhoneNumbers.json?PageSize={size}")

    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == 20007


def test_page_has_50_rows_by_default(emulator):
    for index in range(51):
        emulator.number(f"+1415555{index:04}")

    page = emulator.ask("GET", "/IncomingPhoneNumbers.json").json()

    assert (len(page["incoming_phone_numbers"]), page["page_size"]) == (50, 50)
