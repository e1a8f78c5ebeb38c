"""What is seen while it works: live on a terminal, quiet in a log."""

from __future__ import annotations

import re

from twilio_emulator import Pace

PROGRAM = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US", on_correction={on_correction!r})
for digit in range(2):
    NumberEmergencyBinding(f"desk-{{digit}}", phone_number=f"+1415555010{{digit}}", address_sid=office.sid)
"""


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def test_terminal_shows_status_duration_and_how_many_others_wait(twilio, stack):
    for digit in range(2):
        twilio.world.add_number(f"+1415555010{digit}")
    twilio.world.pace(registration=Pace.after(15))
    stack.program(PROGRAM.format(on_correction="cosmetic"))
    running = stack.start(
        "up", "--yes", "--skip-preview", "--color", "never", terminal=True, env={"TERM": "xterm"}
    )
    ran = running.ended()
    assert ran.code == 0, ran.text
    shown = plain(ran.text)
    assert re.search(r"pending-registration for 1\d s; 1 other", shown), shown


def test_log_has_a_line_for_each_change_and_not_for_each_second(twilio, stack):
    for digit in range(2):
        twilio.world.add_number(f"+1415555010{digit}")
    twilio.world.pace(registration=Pace.after(6))
    stack.program(PROGRAM.format(on_correction="cosmetic"))
    ran = stack.up()
    lines = [line for line in ran.text.splitlines() if "desk-0 creating" in line]
    assert 2 <= len(lines) <= 4, lines


def test_accepted_correction_is_a_warning_without_the_address_itself(twilio, stack):
    for digit in range(2):
        twilio.world.add_number(f"+1415555010{digit}")
    stack.program(PROGRAM.format(on_correction="accept").replace("94105", "94107"))
    ran = stack.up()
    assert re.search("warning: .*accepted.*postal_code", ran.errors)
    assert "645 HARRISON" not in ran.errors
    assert stack.outputs("office")["postal_code"] == "94107"
    assert stack.outputs("office")["address_on_file"]["postal_code"] == "94105"
    stack.has_nothing_to_do()


def test_slow_registration_is_warned_of_once(twilio, stack):
    twilio.world.add_number("+14155550100")
    twilio.world.add_number("+14155550101")
    twilio.world.pace(registration=Pace.after(8))
    limit = 'address_sid=office.sid, opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="10s"))'
    stack.program(PROGRAM.format(on_correction="cosmetic").replace("address_sid=office.sid", limit))
    ran = stack.up()
    assert ran.errors.count("slower than usual") == 2


def test_debug_output_sums_up_the_requests(twilio, stack):
    for digit in range(2):
        twilio.world.add_number(f"+1415555010{digit}")
    stack.program(PROGRAM.format(on_correction="cosmetic"))
    ran = stack.up("--debug")
    assert re.search(r"Requests to Twilio: .*\d+ x GET IncomingPhoneNumbers", ran.text)
    assert "HARRISON" not in "".join(line for line in ran.text.splitlines() if "Requests to Twilio" in line)
