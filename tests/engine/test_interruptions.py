"""Ctrl-C and kills in the middle of a wait, and the commands that follow. In a crowd: `test_called_off`."""

from __future__ import annotations

import os
import signal
import time

import pytest

from support.places import HARRISON
from support.processes import plugins_of
from twilio_emulator import Fault, Pace

OFFICE = """
office = EmergencyAddress("office", customer_name="Twilio", street="645 HARRISON ST", city="SAN FRANCISCO",
    region="CA", postal_code="94105", iso_country="US")
"""
BINDINGS = """
for digit in range({numbers}):
    NumberEmergencyBinding(f"desk-{{digit}}", phone_number=f"+1415555010{{digit}}", address_sid={address})
"""
PROGRAM = OFFICE + BINDINGS.replace("{address}", "office.sid")
CALLER = f"""{OFFICE}
desk = NumberEmergencyBinding("desk-{{digit}}", phone_number="+1415555010{{digit}}", address_sid=office.sid)
SipDomainEmergency("phones", domain_sid="{{domain}}", emergency_caller_sid=desk.number_sid)
"""


@pytest.fixture
def numbers(twilio):
    return [twilio.world.add_number(f"+1415555010{digit}") for digit in range(3)]


def test_ctrl_c_ends_every_wait_and_the_next_up_goes_on(twilio, stack, numbers):
    twilio.world.pace(registration=Pace.never())
    stack.program(PROGRAM.format(numbers=3))
    running = stack.start("up", "--yes", "--skip-preview")
    running.says("desk-2 creating (0s) pending-registration", within=60)
    time.sleep(1)
    running.interrupt()
    pressed = time.monotonic()
    ran = running.ended()
    assert time.monotonic() - pressed < 15, "waits end at once; the engine then writes its state"
    assert ran.errors.count("Interrupted") >= 3
    assert "not covered" in ran.errors
    assert "`pulumi up`" in ran.errors
    assert "Traceback" not in ran.text
    for digit in range(3):
        assert stack.outputs(f"desk-{digit}")["emergency_address_status"] == "pending-registration"
    for number in numbers:
        twilio.world.force_status(number, "registered")
    writes = [each for each in twilio.world.requests if each.method == "POST"]
    stack.up()
    assert [each for each in twilio.world.requests if each.method == "POST"] == writes
    stack.has_nothing_to_do()


def test_killed_cli_ends_the_plugin_and_cancel_and_up_converge(twilio, stack, numbers):
    twilio.world.pace(registration=Pace.after(4))
    stack.program(PROGRAM.format(numbers=2))
    running = stack.start("up", "--yes", "--skip-preview")
    running.says("desk-1 creating (0s) pending-registration", within=60)
    assert plugins_of(twilio.url)
    running.kill()
    running.ended()
    give_up = time.monotonic() + 10
    while plugins_of(twilio.url):
        assert time.monotonic() < give_up, "the plugin outlives its engine"
        time.sleep(0.1)
    locked = stack.up(expect=1)
    assert "pulumi cancel" in locked.text
    stack.run("cancel", "--yes", expect=0)
    stack.up()
    assert len(twilio.world.addresses()) == 1, "no duplicate address"
    for number in numbers[:2]:
        assert twilio.world.number(number)["emergency_address_status"] == "registered"
    binds = [each for each in twilio.world.requests if each.method == "POST" and "Incoming" in each.path]
    assert len(binds) == 2, "no second write where the first took"
    # Entries of unfinished creates are kept by the engine until it is told that they are known of.
    stack.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", expect=0)
    stack.has_nothing_to_do()


def test_killed_first_up_of_bindings_alone_is_undone_by_up_and_then_destroy(twilio, stack, numbers):
    """Nothing of it is in state: `destroy` alone would have nothing to ask about."""
    world = twilio.world
    address = world.add_address(**HARRISON)
    world.pace(registration=Pace.after(2), unregistration=Pace.after(0.3))
    stack.program(BINDINGS.format(numbers=3, address=repr(address)))
    running = stack.start("up", "--yes", "--skip-preview")
    running.says("desk-2 creating (0s) pending-registration", within=60)
    running.kill()
    running.ended()
    assert stack.resources() == {}
    assert {row["emergency_address_sid"] for row in world.numbers()} == {address}
    stack.run("cancel", "--yes", expect=0)
    stack.up()
    stack.destroy()
    assert stack.resources() == {}
    assert {world.number(number)["emergency_address_status"] for number in numbers} == {"unregistered"}
    assert [row["sid"] for row in world.addresses()] == [address], "it is not of this stack"


def test_killed_plugin_is_recovered_by_the_next_up(twilio, stack, numbers):
    twilio.world.pace(registration=Pace.after(4))
    stack.program(PROGRAM.format(numbers=2))
    running = stack.start("up", "--yes", "--skip-preview")
    running.says("desk-1 creating (0s) pending-registration", within=60)
    for plugin in plugins_of(twilio.url):
        os.kill(plugin, signal.SIGKILL)
    ran = running.ended()
    assert ran.code != 0
    stack.up()
    assert len(twilio.world.addresses()) == 1
    binds = [each for each in twilio.world.requests if each.method == "POST" and "Incoming" in each.path]
    assert len(binds) == 2
    stack.has_nothing_to_do()


@pytest.mark.parametrize(
    ("workflow", "victim"),
    [
        ("change", "plugin"),
        ("destroy", "cli"),
        pytest.param("change", "cli", marks=pytest.mark.slow),
        pytest.param("destroy", "plugin", marks=pytest.mark.slow),
    ],
)
def test_killed_change_or_destroy_is_completed_by_the_same_command(twilio, stack, numbers, workflow, victim):
    stack.program(PROGRAM.format(numbers=2))
    stack.up()
    twilio.world.pace(registration=Pace.after(3), unregistration=Pace.after(3))
    command = "destroy" if workflow == "destroy" else "up"
    stack.program(PROGRAM.format(numbers=2).replace("645 HARRISON", "650 HARRISON"))
    running = stack.start(command, "--yes", "--skip-preview")
    running.says("pending-unregistration", within=60)
    if victim == "cli":
        running.kill()
    else:
        for plugin in plugins_of(twilio.url):
            os.kill(plugin, signal.SIGKILL)
    running.ended()
    if victim == "cli":
        stack.run("cancel", "--yes", expect=0)
    stack.run(command, "--yes", "--skip-preview", expect=0)
    statuses = {twilio.world.number(number)["emergency_address_status"] for number in numbers[:2]}
    if workflow == "destroy":
        assert statuses == {"unregistered"}
        assert twilio.world.addresses() == []
        return
    assert statuses == {"registered"}
    assert [row["street"] for row in twilio.world.addresses()] == ["650 HARRISON ST"]
    stack.has_nothing_to_do()


@pytest.mark.parametrize("how", ["ctrl-c", "killed cli"])
def test_change_of_a_caller_that_is_called_off_keeps_the_old_one_until_up_completes_it(
    twilio, stack, numbers, how
):
    world, (old, new, _) = twilio.world, numbers
    domain = world.add_domain("example.sip.twilio.com")
    stack.program(CALLER.format(digit=0, domain=domain))
    stack.up()
    world.pace(registration=Pace.after(4), unregistration=Pace.after(1))
    stack.program(CALLER.format(digit=1, domain=domain))
    running = stack.start("up", "--yes", "--skip-preview")
    running.says("desk-1 creating (0s) pending-registration", within=60)
    if how == "ctrl-c":
        running.interrupt()
    else:
        running.kill()
    assert running.ended().code != 0
    assert world.domain(domain)["emergency_caller_sid"] == old
    assert world.number(old)["emergency_address_status"] == "registered"
    if how == "killed cli":
        stack.run("cancel", "--yes", expect=0)
    stack.up()
    assert world.domain(domain)["emergency_caller_sid"] == new
    assert world.number(new)["emergency_address_status"] == "registered"
    assert world.number(old)["emergency_address_status"] == "unregistered"
    assert len(world.addresses()) == 1
    stack.preview("--expect-no-changes")


def test_up_after_a_kill_waits_for_the_request_that_the_killed_run_has_in_hand(twilio, stack, numbers):
    """Carried out after the next `up`, it would take away what that `up` has registered."""
    world = twilio.world
    stack.program(PROGRAM.format(numbers=1))
    stack.up()
    twilio.faults.add(Fault("slow", seconds=8, method="POST", path="/IncomingPhoneNumbers", times=1))
    changed = PROGRAM.format(numbers=1).replace("645 HARRISON", "650 HARRISON")
    stack.program(changed)
    running = stack.start("up", "--yes", "--skip-preview")
    running.says("office created replacement", within=60)
    time.sleep(1)
    running.kill()
    running.ended()
    stack.run("cancel", "--yes", expect=0)
    said = stack.up().text
    assert "waiting for the last request of a killed run" in said
    time.sleep(8)
    assert world.number(numbers[0])["emergency_address_status"] == "registered"
    stack.has_nothing_to_do()


@pytest.mark.parametrize("what", ["number", "domain"])
def test_up_after_a_killed_destroy_does_not_say_unchanged_of_what_is_about_to_be_taken_away(
    twilio, stack, numbers, what, tmp_path
):
    """Nothing is to be written: the look itself has to wait. TMPDIR and HOME are another shell's."""
    world = twilio.world
    domain = world.add_domain("site.sip.twilio.com")
    stack.program(CALLER.format(digit=0, domain=domain) if what == "domain" else PROGRAM.format(numbers=1))
    stack.up()
    path, name = {"number": ("/IncomingPhoneNumbers", "desk-0"), "domain": ("/Domains", "phones")}[what]
    twilio.faults.add(Fault("slow", seconds=6, method="POST", path=path, times=1))
    running = stack.start("destroy", "--yes")
    running.says(f"{name} deleting", within=60)
    time.sleep(1)
    running.kill()
    running.ended()
    stack.run("cancel", "--yes", expect=0)
    stack.env |= {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}

    said = stack.up().text

    assert "waiting for the last request of a killed run" in said
    time.sleep(6)
    assert world.number(numbers[0])["emergency_address_status"] == "registered"
    assert what == "number" or world.row(domain)["emergency_calling_enabled"]
    stack.has_nothing_to_do()


def test_change_without_an_answer_of_a_killed_up_is_named_by_the_next_ones(twilio, stack, numbers):
    """The killed one could not say it, and a copy on its way would undo what the next one confirms."""
    stack.program(PROGRAM.format(numbers=1))
    stack.up()
    twilio.faults.add(Fault("504", method="POST", path="/IncomingPhoneNumbers"))
    stack.program(PROGRAM.format(numbers=1).replace("645 HARRISON", "650 HARRISON"))
    running = stack.start("up", "--yes", "--skip-preview")
    running.says("office created replacement", within=60)
    time.sleep(1.5)
    running.kill()
    running.ended()
    twilio.faults.clear()
    stack.run("cancel", "--yes", expect=0)

    said = stack.up().text

    warning = "Twilio has not said what came of changes that were sent to"
    assert f"{warning} number +14155550100 ({numbers[0]}), by a command before this one." in said
    assert warning in stack.run("preview", expect=0).text
    assert twilio.world.number(numbers[0])["emergency_address_status"] == "registered"
