"""What the operator reads when the program, the config or the credentials are wrong."""

from __future__ import annotations

import pytest

from support.places import HARRISON
from support.stack import Stack

GOOD = """
EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
"""


@pytest.mark.parametrize(
    ("declaration", "key_words"),
    [
        (
            """EmergencyAddress("office", customer_name="A name that is far too long to fit in there",
                street="645 Harrison St", city="", region="California", postal_code=94105,
                iso_country="US", on_correction="maybe")""",
            {
                "customer_name": "43 characters",
                "city": "empty",
                "region": "'California'",
                "postal_code": "in quotes",
                "on_correction": "'maybe'",
            },
        ),
        (
            'NumberEmergencyBinding("desk", phone_number="0415 555 0100", address_sid="PN" + "0" * 32)',
            {
                "phone_number": "E.164",
                "address_sid": "phone number",
            },
        ),
        (
            """SipDomainEmergency("phones", domain_name="https://example.com", enabled="yes",
                emergency_caller_sid="+14155550100")""",
            {
                "domain_name": "example.sip.twilio.com",
                "enabled": "'yes'",
                "emergency_caller_sid": "SID",
            },
        ),
    ],
    ids=["address", "binding", "domain"],
)
def test_problems_of_a_resource_are_listed_together_by_property(twilio, stack, declaration, key_words):
    stack.program(declaration)
    ran = stack.preview(expect=1)
    assert "Traceback" not in ran.text
    for name, words in key_words.items():
        assert f"property {name} value" in ran.errors
        assert words in ran.errors
    assert twilio.world.requests == []


def test_advice_of_twilio_is_a_warning_and_stops_nothing(twilio, stack):
    stack.program(
        GOOD.replace("645 HARRISON ST", "645 HARRISON ST STE 300").replace("SAN FRANCISCO", " SAN FRANCISCO")
    )
    planned = stack.preview()
    for words in ("street ends in a unit", "street_secondary", "city has leading", "'SAN FRANCISCO'"):
        assert words in planned.errors, planned.text
    assert "warning:" in planned.errors
    assert twilio.world.requests == []


@pytest.mark.parametrize(
    ("leave_out", "words"),
    [
        ("TWILIO_ACCOUNT_SID", "account SID"),
        ("TWILIO_AUTH_TOKEN", "auth token"),
    ],
)
def test_missing_credentials_stop_up_and_not_preview(tmp_path, engine, twilio, leave_out, words):
    env = {name: value for name, value in twilio.env.items() if name != leave_out}
    stack = Stack(tmp_path, engine, env)
    stack.program(GOOD)
    stack.preview()
    ran = stack.up(expect=1)
    assert words in ran.errors
    assert "pulumi config set" in ran.errors
    assert "Traceback" not in ran.text


def test_wrong_credentials_are_reported_once_in_preview_and_stop_up(tmp_path, engine, twilio):
    stack = Stack(tmp_path, engine, {**twilio.env, "TWILIO_AUTH_TOKEN": "f" * 32})
    twilio.world.add_number("+14155550100")
    stack.program(
        GOOD + 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid="AD" + "0" * 32)'
    )
    planned = stack.preview()
    assert planned.errors.count("20003") <= 1
    assert "could not be checked against Twilio" in planned.errors
    ran = stack.up(expect=1)
    assert "20003" in ran.errors
    assert "f" * 32 not in ran.text
    assert "Traceback" not in ran.text


def test_refresh_with_wrong_credentials_explains_them_once(stack, twilio):
    twilio.world.add_number("+14155550100")
    stack.program(
        "office = "
        + GOOD.strip()
        + '\nNumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)'
    )
    stack.up()
    ran = stack.refresh(env={"TWILIO_AUTH_TOKEN": "f" * 32}, expect=1)
    assert ran.errors.count("Keys of another Region") == 1
    assert ran.errors.count("What to do is said at") == 1


def test_misspelt_input_and_zero_time_limit_are_refused_in_the_program(stack):
    stack.program('EmergencyAddress("office", custommer_name="x")')
    assert "customer_name?" in stack.preview(expect=1).text
    stack.program(
        'NumberEmergencyBinding("desk", opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="0s")),'
        ' number_sid="PN" + "0" * 32, address_sid="AD" + "0" * 32)'
    )
    assert "custom_timeouts.create" in stack.preview(expect=1).text


def test_absurd_time_limit_is_refused_before_any_write(twilio, stack):
    number = twilio.world.add_number("+14155550100")
    address = twilio.world.add_address(**HARRISON)
    stack.program(
        'NumberEmergencyBinding("desk", opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2000h")),'
        f' number_sid="{number}", address_sid="{address}")'
    )
    ran = stack.up(expect=1)
    assert "custom_timeouts.create" in ran.errors
    assert not [each for each in twilio.world.requests if each.method != "GET"]


def test_unknown_street_is_explained_and_creates_nothing(twilio, stack):
    stack.program(GOOD.replace("645 HARRISON ST", "77 Nowhere Street"))
    ran = stack.up(expect=1)
    assert "21628" in ran.errors
    assert twilio.world.addresses() == []


def test_near_match_is_shown_field_by_field_ready_to_paste(twilio, stack):
    stack.program(GOOD.replace("94105", "94107"))
    ran = stack.up(expect=1)
    assert "postal_code='94105'" in ran.errors
    assert "'94107'" in ran.errors
    assert twilio.world.addresses() == []
