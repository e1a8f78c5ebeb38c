"""Credentials appear nowhere, and addresses in no log of ours."""

from __future__ import annotations

import time
from pathlib import Path

from support.stack import Stack
from twilio_emulator import Pace

PROGRAM = """
office = EmergencyAddress("office", customer_name="Private Person", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
NumberEmergencyBinding("desk", phone_number="+14155550100", address_sid=office.sid)
"""


def test_credentials_of_the_environment_are_in_no_state_output_log_or_process_list(twilio, tmp_path, engine):
    key, secret = twilio.world.add_api_key(twilio.account_sid)
    for number, (where, settings) in enumerate(
        {
            "token in the environment": twilio.env,
            "api key in the environment": {
                "TWILIO_ACCOUNT_SID": twilio.account_sid,
                "TWILIO_API_KEY": key,
                "TWILIO_API_SECRET": secret,
                "TWILIO_API_URL": twilio.url,
            },
        }.items()
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        stack = Stack(folder, engine, {**settings, "PULUMI_DYNAMIC_TRACEBACK": "1"})
        _look_for_secrets_in_everything(twilio, stack, (twilio.auth_token, secret), where, "-v=9")


def test_token_in_stack_config_is_encrypted_there_and_in_no_resource(twilio, tmp_path, engine):
    stack = Stack(tmp_path, engine)
    for words in (("twilio:accountSid", twilio.account_sid), ("twilio:apiUrl", twilio.url)):
        stack.run("config", "set", *words, expect=0)
    stack.run("config", "set", "--secret", "twilio:authToken", twilio.auth_token, expect=0)
    # At level 9 the engine itself writes decrypted config into its log (see SECURITY.md), so not higher than 8.
    _look_for_secrets_in_everything(twilio, stack, (twilio.auth_token,), "token in config", "-v=8")


def _wait_until_asked(twilio):
    give_up = time.monotonic() + 60
    while not any(each.outcome == "500" for each in twilio.world.requests):
        assert time.monotonic() < give_up
        time.sleep(0.02)


def _look_for_secrets_in_everything(twilio, stack, secrets, where, verbosity):
    number = next(iter(twilio.world.numbers()), None)
    if number is None:
        twilio.world.add_number("+14155550100")
    twilio.world.pace(registration=Pace.after(1))
    stack.program(PROGRAM)
    running = stack.start("up", "--yes", "--skip-preview", "--debug", "--logtostderr", verbosity)
    running.says("pending-registration", within=90)
    process_list = b"".join(
        (folder / "cmdline").read_bytes()
        for folder in Path("/proc").glob("[0-9]*")
        if (folder / "cmdline").exists()
    ).decode(errors="replace")
    up = running.ended()
    assert up.code == 0, up.text
    twilio.faults.add("500 every=1 path=Numbers")
    failed = stack.start("destroy", "--yes", "--skip-preview", "--debug")
    _wait_until_asked(twilio)
    failed.interrupt()
    failure = failed.ended()
    twilio.faults.clear()
    gone = stack.destroy("--debug")
    for place, text in {
        "output": up.text + failure.text + gone.text,
        "disk": stack.everything_on_disk(),
        "process list": process_list,
    }.items():
        for secret in secrets:
            assert secret not in text, f"{place}, {where}"
    lines_of_ours = [
        line for line in up.text.splitlines() if "Requests to Twilio" in line or "pending" in line
    ]
    assert lines_of_ours
    assert not any("HARRISON" in line or "Private" in line for line in lines_of_ours)


def test_secret_street_is_secret_in_state_and_outputs(twilio, stack):
    stack.program(
        PROGRAM.partition("NumberEmergency")[0].replace(
            'street="645 HARRISON ST"', 'street=pulumi.Output.secret("645 HARRISON ST")'
        )
        + 'pulumi.export("on-file", office.address_on_file)\n'
    )
    ran = stack.up()
    refreshed = stack.refresh("--diff")
    for text in (stack.state_file.read_text(), ran.text, refreshed.text):
        assert "HARRISON" not in text


def test_secret_street_is_secret_in_the_comparison_of_a_suggestion(twilio, stack):
    stack.program(
        PROGRAM.partition("NumberEmergency")[0].replace(
            'street="645 HARRISON ST"', 'street=pulumi.Output.secret("645 HARISON ST")'
        )
    )
    ran = stack.up(expect=1)
    assert "21629" in ran.errors, ran.text
    assert "street" in ran.errors, ran.text
    assert "HARRISON" not in ran.text
    assert "HARISON" not in ran.text


def test_secret_number_is_secret_in_error_texts_in_state(twilio, stack):
    twilio.world.add_number("+14155550100")
    twilio.world.pace(registration=Pace.failing(0.2))
    stack.program(
        PROGRAM.replace('phone_number="+14155550100"', 'phone_number=pulumi.Output.secret("+14155550100")')
    )
    stack.up(expect=1)
    assert "registration-failure" in str(stack.resources()["desk"]["initErrors"])
    state = stack.state_file.read_text()
    assert "5550100" not in state
