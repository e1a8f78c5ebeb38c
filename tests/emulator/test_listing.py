"""Pages: sizes, tokens, frames; and XML, where nobody asks for JSON."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from emulator.clients import HARRISON


@pytest.mark.parametrize("kind", ["Addresses", "IncomingPhoneNumbers", "SIP/Domains"])
@pytest.mark.parametrize(
    "query", ["PageSize=abc", "PageSize=", "PageSize=-1", "PageSize=1.5", "Page=x", "PageSize=²"]
)
def test_odd_page_is_refused(emulator, kind, query):
    answer = emulator.ask("GET", f"/{kind}.json?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, 20007)


@pytest.mark.parametrize("token", ["", "PA", "PAPN0", "nonsense"])
def test_unknown_page_token_is_refused(emulator, token):
    emulator.number()

    answer = emulator.ask("GET", f"/IncomingPhoneNumbers.json?PageToken={token}")

    assert (answer.status_code, answer.json()["code"]) == (400, 21481)


def test_dependent_numbers_are_paged(emulator):
    address = emulator.address()
    numbers = [emulator.number(f"+1415555{index:04}", address_sid=address) for index in range(5)]

    listed = emulator.client.addresses(address).dependent_phone_numbers.list(page_size=2)

    assert [each.sid for each in listed] == numbers
    assert len(emulator.world.requests) == 3


def test_uri_of_a_page_leads_back_to_it(emulator):
    for index in range(5):
        emulator.number(f"+1415555{index:04}")
    second = emulator.ask("GET", "/IncomingPhoneNumbers.json?PageSize=2").json()["next_page_uri"]

    page = emulator.ask("GET", second.partition(emulator.account.sid)[2]).json()

    assert page["uri"] == second
    assert emulator.ask("GET", page["uri"].partition(emulator.account.sid)[2]).json() == page


def test_last_page_is_short_and_an_empty_list_is_a_page(emulator):
    page = emulator.ask("GET", "/IncomingPhoneNumbers.json").json()

    assert (page["start"], page["end"], page["next_page_uri"], page["incoming_phone_numbers"]) == (
        0,
        0,
        None,
        [],
    )


# XML


@pytest.mark.parametrize("suffix", ["", ".xml"])
def test_error_is_the_xml_of_the_page(emulator, suffix):
    form = {
        "FriendlyName": "Twilio",
        "CustomerName": "Twilio",
        "Street": "645 Harrison St.",
        "City": "San Francisco",
        "Region": "CA",
        "PostalCode": "94105",
        "IsoCountry": "US",
        "EmergencyEnabled": "true",
        "AutoCorrectAddress": "false",
    }

    answer = emulator.ask("POST", f"/Addresses{suffix}", data=form)

    assert answer.headers["Content-Type"].startswith("application/xml")
    assert answer.text == (
        "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>21629</Code><Message>"
        "Failed to validate address. Check the suggested address. | FriendlyName: Twilio, CustomerName: Twilio, "
        "Street: 645 HARRISON ST, Locality: SAN FRANCISCO, Region: CA, PostalCode: 94105, IsoCountry: US"
        "</Message><MoreInfo>https://www.twilio.com/docs/errors/21629</MoreInfo><Status>400</Status>"
        "</RestException></TwilioResponse>"
    )


def test_whoever_does_not_sign_in_is_told_so_in_xml(emulator):
    answer = emulator.ask("GET", "", auth=None)

    assert (answer.status_code, ET.fromstring(answer.text).findtext("RestException/Code")) == (401, "20003")


@pytest.mark.parametrize(("fault", "code"), [("429 at=1", "20429"), ("401 at=1", "20003")])
def test_fault_speaks_xml_too(emulator, fault, code):
    emulator.faults.add(fault)

    answer = emulator.ask("GET", "/Addresses")

    assert ET.fromstring(answer.text).findtext("RestException/Code") == code


def test_objects_and_lists_are_written_in_xml(emulator):
    created = emulator.client.addresses.create(**{**HARRISON, "friendly_name": "A & <B>"})

    one = ET.fromstring(emulator.ask("GET", f"/Addresses/{created.sid}").text)
    page = ET.fromstring(emulator.ask("GET", "/Addresses").text)

    assert one.findtext("Address/FriendlyName") == "A & <B>"
    assert one.findtext("Address/EmergencyEnabled") == "true"
    assert one.findtext("Address/StreetSecondary") == ""
    assert page.find("Addresses").get("pagesize") == "50"
    assert [each.findtext("Sid") for each in page.iterfind("Addresses/Address")] == [created.sid]
    account = ET.fromstring(emulator.ask("GET", "").text)
    assert account.findtext("Account/SubresourceUris/Addresses").endswith(f"{emulator.account.sid}/Addresses")


@pytest.mark.parametrize("path", ["", "/Addresses", "/Addresses/{address}", "/IncomingPhoneNumbers?PageSize=1",
                                  "/SIP/Domains", "/SIP/Domains/{domain}.xml", "/IncomingPhoneNumbers.xml?PageSize=1"])  # fmt: skip
def test_uris_in_xml_have_no_suffix_of_json(emulator, path):
    for digit in range(3):
        emulator.number(f"+1415555010{digit}")
    domain = emulator.world.add_domain("scranton.sip.twilio.com")

    text = emulator.ask("GET", path.format(address=emulator.address(), domain=domain)).text

    assert f"/2010-04-01/Accounts/{emulator.account.sid}" in text
    assert ".json" not in text
