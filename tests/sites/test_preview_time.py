"""A sites file of 1,000 numbers previews as fast as the same resources written out."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from support.sites import many_sites

if TYPE_CHECKING:
    from support.stack import Stack

SITES = 'from pulumi_twilio_emergency import EmergencySites\nEmergencySites("voice", file="sites.yaml")\n'
WRITTEN_OUT = """
for site in range(20):
    address = EmergencyAddress(f"site-{site}", customer_name="Acme", street=f"{site + 1} Main St", city="Boston",
        region="MA", postal_code="02134", iso_country="US")
    for number in range(site * 50, site * 50 + 50):
        NumberEmergencyBinding(f"number-{number}", phone_number=f"+1617{2_000_000 + number}", address_sid=address.sid)
"""
MOST = 1.2


def preview(stack: Stack, program: str) -> float:
    """Return the processor seconds of a preview: a clock on the wall measures what else the machine does."""
    stack.program(program)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "to create" in stack.preview().text
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_thousand_numbers_preview_within_a_fifth_of_the_same_resources(stack, twilio, report_counts):
    for index in range(1_000):
        twilio.world.add_number(f"+1617{2_000_000 + index}")
    (stack.project / "sites.yaml").write_text(many_sites(1_000))
    written_out, sites = (min(preview(stack, program) for _ in range(2)) for program in (WRITTEN_OUT, SITES))
    report_counts(
        f"preview of 1,000 numbers: {sites:.1f} s of processor from a sites file, {written_out:.1f} s written out"
    )
    assert written_out > 1
    assert sites <= MOST * written_out
