"""What the operator reads when the program, the config or the credentials are wrong."""

from __future__ import annotations

import pytest

from support.stack import Stack

GOOD = """
EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
"""


@pytest.mark.parametrize(
    ("declaration", "sentences"),
    [
        (
            """EmergencyAddress("office", customer_name="A name that is far too long to fit in there",
                street="645 Harrison St Suite 5", city=" San Francisco", region="California", postal_code=94105,
                iso_country="US", on_correction="maybe")""",
            {
                "customer_name": "customer_name has 43 characters; emergency addresses take at most 32.",
                "street": "street ends in a unit, 'Suite 5'; put that into street_secondary",
                "city": "city has stray blanks, which Twilio refuses; write 'San Francisco'.",
                "region": "region must be the two-letter code of a US state in capitals, not 'California'.",
                "postal_code": "postal_code must be a text in quotes, not a number.",
                "on_correction": "on_correction must be one of 'cosmetic', 'accept', 'reject', not 'maybe'.",
            },
        ),
        (
            'NumberEmergencyBinding("desk", phone_number="0415 555 0100", address_sid="PN" + "0" * 32)',
            {
                "phone_number": "phone_number must be in E.164 without blanks, like +14155550100",
                "address_sid": "is the SID of a phone number.",
            },
        ),
        (
            """SipDomainEmergency("phones", domain_name="https://example.com", enabled="yes",
                emergency_caller_sid="+14155550100")""",
            {
                "domain_name": "domain_name must be a SIP domain's full name like example.sip.twilio.com",
                "enabled": "enabled must be True or False, not 'yes'.",
                "emergency_caller_sid": "emergency_caller_sid must be the SID of a phone number",
            },
        ),
    ],
    ids=["address", "binding", "domain"],
)
def test_preview_names_every_problem_of_a_resource_at_once_each_under_its_property(
    twilio, stack, declaration, sentences
):
    stack.program(declaration)
    ran = stack.preview(expect=1)
    assert "Traceback" not in ran.text
    for name, sentence in sentences.items():
        assert f"property {name} value" in ran.errors
        assert sentence in ran.errors
    assert twilio.world.requests == []


@pytest.mark.parametrize(
    ("leave_out", "sentence"),
    [
        ("TWILIO_ACCOUNT_SID", "Twilio's account SID is not set."),
        ("TWILIO_AUTH_TOKEN", "Twilio's auth token or API key is not set."),
    ],
)
def test_missing_credentials_are_one_sentence_at_up_and_no_matter_in_preview(
    tmp_path, engine, twilio, leave_out, sentence
):
    env = {name: value for name, value in twilio.env.items() if name != leave_out}
    stack = Stack(tmp_path, engine, env)
    stack.program(GOOD)
    stack.preview()
    ran = stack.up(expect=1)
    assert sentence in ran.errors
    assert "Set it: `pulumi config set twilio:" in ran.errors
    assert "Traceback" not in ran.text


def test_wrong_credentials_are_said_once_in_preview_and_stop_up(tmp_path, engine, twilio):
    stack = Stack(tmp_path, engine, {**twilio.env, "TWILIO_AUTH_TOKEN": "f" * 32})
    twilio.world.add_number("+14155550100")
    stack.program(
        GOOD + 'NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid="AD" + "0" * 32)'
    )
    planned = stack.preview()
    assert planned.errors.count("Not checked against Twilio.") == 1
    ran = stack.up(expect=1)
    assert "Twilio does not accept the credentials (20003)." in ran.errors
    assert "f" * 32 not in ran.text
    assert "Traceback" not in ran.text


def test_a_misspelt_input_and_a_zero_time_limit_are_refused_where_the_program_says_them(stack):
    stack.program('EmergencyAddress("office", custommer_name="x")')
    assert (
        "EmergencyAddress has no input 'custommer_name'; did you mean customer_name?"
        in stack.preview(expect=1).text
    )
    stack.program(
        'NumberEmergencyBinding("desk", opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="0s")),'
        ' number_sid="PN" + "0" * 32, address_sid="AD" + "0" * 32)'
    )
    assert (
        "custom_timeouts.create is '0s': write how long to wait, like '45m'." in stack.preview(expect=1).text
    )


def test_an_absurd_time_limit_is_refused_before_anything_is_sent(twilio, stack):
    number = twilio.world.add_number("+14155550100")
    stack.program(
        'NumberEmergencyBinding("desk", opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2000h")),'
        f' number_sid="{number}", address_sid="AD" + "0" * 32)'
    )
    ran = stack.up(expect=1)
    assert "custom_timeouts.create is 7.2e+06 s, which makes no sense here." in ran.errors
    assert not [each for each in twilio.world.requests if each.method != "GET"]


def test_a_street_that_twilio_does_not_know_is_explained_and_nothing_is_made(twilio, stack):
    stack.program(GOOD.replace("645 HARRISON ST", "77 Nowhere Street"))
    ran = stack.up(expect=1)
    assert "Twilio cannot validate the address (21628)" in ran.errors
    assert "Abbreviate the street type (St, Ave, Rd)." in ran.errors
    assert twilio.world.addresses() == []


def test_a_near_match_is_shown_field_by_field_ready_to_paste(twilio, stack):
    stack.program(GOOD.replace("94105", "94107"))
    ran = stack.up(expect=1)
    assert "postal_code='94105',  # you wrote '94107'" in ran.errors
    assert "No address was created" in ran.errors
    assert twilio.world.addresses() == []
