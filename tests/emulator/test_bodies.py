"""The answers themselves: what clients other than the helper library rely on."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from emulator.clients import HARRISON

# The keys of the samples on the emergency calling page.
DOCUMENTED = {
    "Addresses": """
        account_sid city customer_name date_created date_updated emergency_enabled friendly_name iso_country
        postal_code region sid street street_secondary validated verified uri
    """,
    "IncomingPhoneNumbers": """
        account_sid address_requirements address_sid api_version beta bundle_sid capabilities date_created
        date_updated emergency_status emergency_address_sid emergency_address_status friendly_name identity_sid
        origin phone_number sid sms_application_sid sms_fallback_method sms_fallback_url sms_method sms_url status
        status_callback status_callback_method trunk_sid uri voice_application_sid voice_caller_id_lookup
        voice_fallback_method voice_fallback_url voice_method voice_receive_mode voice_url
    """,
    "SIP/Domains": """
        account_sid api_version auth_type byoc_trunk_sid date_created date_updated domain_name emergency_caller_sid
        emergency_calling_enabled friendly_name secure sid sip_registration subresource_uris uri
        voice_fallback_method voice_fallback_url voice_method voice_status_callback_method
        voice_status_callback_url voice_url
    """,
}
FRAME = "end first_page_uri next_page_uri page page_size previous_page_uri start uri"


@pytest.fixture
def made(emulator):
    """Return one of each through the API."""
    return {
        "Addresses": emulator.client.addresses.create(**HARRISON).sid,
        "IncomingPhoneNumbers": emulator.client.incoming_phone_numbers.create(
            phone_number="+14155550100"
        ).sid,
        "SIP/Domains": emulator.client.sip.domains.create(domain_name="scranton.sip.twilio.com").sid,
    }


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_body_has_every_documented_key(emulator, made, kind):
    body = emulator.ask("GET", f"/{kind}/{made[kind]}.json").json()

    assert set(DOCUMENTED[kind].split()) - set(body) == set()
    assert (body["sid"], body["account_sid"]) == (made[kind], emulator.account.sid)


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_row_of_a_list_is_the_body_of_a_fetch(emulator, made, kind):
    page = emulator.ask("GET", f"/{kind}.json").json()
    (rows,) = (value for value in page.values() if isinstance(value, list))

    assert rows == [emulator.ask("GET", f"/{kind}/{made[kind]}.json").json()]
    assert set(FRAME.split()) - set(page) == set()
    assert (page["next_page_uri"], page["previous_page_uri"]) == (None, None)


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_bodys_uri_leads_back_to_it(emulator, made, kind):
    body = emulator.ask("GET", f"/{kind}/{made[kind]}.json").json()

    again = emulator.session.get(
        emulator.url + body["uri"], auth=(emulator.account.sid, emulator.account.auth_token)
    )

    assert again.json() == body


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_dates_are_rfc_2822_in_utc(emulator, made, kind):
    body = emulator.ask("GET", f"/{kind}/{made[kind]}.json").json()

    assert body["date_created"] == "Sun, 15 Jun 2025 15:06:40 +0000"
    assert parsedate_to_datetime(body["date_updated"]).timestamp() == emulator.clock.now()


def test_update_moves_its_date(emulator, made):
    emulator.clock.advance(60)
    path = f"/IncomingPhoneNumbers/{made['IncomingPhoneNumbers']}.json"

    body = emulator.ask("POST", path, data={"FriendlyName": "Desk"}).json()

    assert (body["date_created"], body["date_updated"]) == (
        "Sun, 15 Jun 2025 15:06:40 +0000",
        "Sun, 15 Jun 2025 15:07:40 +0000",
    )


def test_error_has_twilios_four_keys(emulator):
    answer = emulator.ask("GET", "/Addresses/AD0.json")

    assert answer.json() == {
        "code": 20404,
        "message": f"The requested resource /2010-04-01/Accounts/{emulator.account.sid}/Addresses/AD0.json was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


def test_deletion_has_no_body(emulator, made):
    answer = emulator.ask("DELETE", f"/Addresses/{made['Addresses']}.json")

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(("path", "status"), [(".json", 200), ("/Addresses/AD0.json", 404)])
def test_answer_carries_twilios_headers(emulator, path, status):
    answers = [emulator.ask("GET", path) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [status] * 2
    assert [answer.headers["Twilio-Request-Id"] for answer in answers] == [f"RQ{k:032x}" for k in (1, 2)]
    assert answers[0].headers["Twilio-Concurrent-Requests"] == "1"
    assert answers[0].headers["Twilio-Request-Duration"] == "0.000"
    assert answers[0].headers["Content-Type"] == "application/json;charset=utf-8"


def test_names_in_any_script_come_back_as_they_went(emulator):
    address = emulator.client.addresses.create(**{**HARRISON, "friendly_name": "Büro 東京 & 50%"})

    assert address.fetch().friendly_name == "Büro 東京 & 50%"
    assert dict(emulator.world.requests[0].form)["FriendlyName"] == "Büro 東京 & 50%"


def test_number_without_an_address_shows_null_until_it_had_one(emulator):
    path = f"/IncomingPhoneNumbers/{emulator.number()}.json"

    assert emulator.ask("GET", path).json()["emergency_address_sid"] is None
