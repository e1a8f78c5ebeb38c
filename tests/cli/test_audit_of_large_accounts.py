"""`twilio-emergency audit` of many numbers: the real command and the real gateway, over a socket."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from support.command import COMMAND, environment
from support.places import IN_BOSTON

SITES = 500
LARGEST_GROWTH = 1_000
"""
Bytes for each number of an account. Held are a row for each number (its SID, its E.164 form and pointers to texts
that rows share: about 300), the SIDs that have passed, and a finding for one number in ten (about 600).
"""
LARGEST_PEAK = 150
"""MB for 50,000 numbers, of which Python and the libraries take about half."""

# VmHWM is of this process alone; getrusage's peak begins with that of the process that started it.
MEASURED = """
import atexit, sys
from pulumi_twilio_emergency.cli.entry import main

def peak():
    lines = open("/proc/self/status").read().splitlines()
    print(next(line for line in lines if line.startswith("VmHWM")), file=sys.stderr)

atexit.register(peak)
main()
"""


def fill(world, count: int) -> None:
    """Add numbers at 500 places; one in ten has no address."""
    places = [world.add_address(street=f"{index} MAIN ST", **IN_BOSTON) for index in range(1, SITES + 1)]
    for index in range(count):
        bound = {
            "emergency_address_sid": places[index % SITES],
            "emergency_address_status": "registered",
        }
        world.add_number(f"+1617{2_000_000 + index}", **(bound if index % 10 else {}))


def peak_of_audit(twilio, form: str, path) -> float:
    """Return the most memory, in MB, that the command has had."""
    words = [sys.executable, "-c", MEASURED, "audit", "--format", form, "-o", str(path)]
    done = subprocess.run(
        words, env=environment(twilio.env), capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 1, done.stderr
    return int(re.search(r"VmHWM:\s+(\d+) kB", done.stderr)[1]) / 1000


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "json", "csv", "html"])
def test_memory_grows_by_less_than_a_kilobyte_a_number(twilio_emulator, tmp_path, report_counts, form):
    peaks = {}
    for count in (5_000, 50_000):
        twilio_emulator.reset()
        fill(twilio_emulator.world, count)
        peaks[count] = peak_of_audit(twilio_emulator, form, tmp_path / "report")
        assert len(twilio_emulator.world.requests) == count // 1_000 + 2
    growth = (peaks[50_000] - peaks[5_000]) * 1_000_000 / 45_000
    report_counts(
        f"audit as {form}: {peaks[5_000]:.0f} MB for 5,000 numbers, {peaks[50_000]:.0f} MB for 50,000, "
        f"{growth:.0f} bytes a number"
    )
    assert growth < LARGEST_GROWTH
    assert peaks[50_000] < LARGEST_PEAK


def test_progress_is_shown_while_pages_are_read(twilio_emulator):
    fill(twilio_emulator.world, 2_500)
    twilio_emulator.faults.add("slow seconds=0.4 path=IncomingPhoneNumbers")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, "audit"],
        env=environment({**twilio_emulator.env, "TERM": "xterm"}),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = read_all(ours)
    assert process.wait(60) == 1
    assert "1,000 numbers read" in shown
    assert "2,000 numbers read" in shown


def read_all(terminal: int) -> str:
    """Return what a terminal shows until its other end is closed, which reading reports as an error."""
    chunks = []
    try:
        while chunk := os.read(terminal, 65_536):
            chunks.append(chunk)
    except OSError:
        pass
    os.close(terminal)
    return b"".join(chunks).decode(errors="replace")
