"""Every connection of every workflow is broken where only TLS and proxies can break it; the same command recovers."""

from __future__ import annotations

import pytest

from support.cuts import CutWorkflow
from support.middlebox import IDLE, TROUBLES, Middlebox
from support.workflows import WORKFLOWS, stack_before

WAYS = ["TLS", "TLS through a proxy"]
_SHORT = 0.2
"""Seconds that a request may take where nothing is going to answer it."""


@pytest.fixture
def stack_over_tls(authority, ca_file):
    """Return what makes a stack before a workflow, with TLS or a proxy between it and Twilio."""
    middleboxes = []

    def stack(workflow, way):
        def transport_to(app):
            middleboxes.append(Middlebox(app, authority, ca_file, proxy=way.endswith("proxy")))
            return middleboxes[-1]

        return stack_before(workflow, transport_to=transport_to)

    yield stack
    for each in middleboxes:
        each.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_connection_that_breaks_at_any_request_is_overcome_by_the_same_command(
    name, way, stack_over_tls, report_counts
):
    stack = stack_over_tls(WORKFLOWS[name], way)
    cut = CutWorkflow(stack, WORKFLOWS[name])
    for what, trouble in TROUBLES.items():
        if trouble.needs_proxy and way == "TLS":
            continue
        for k in range(1 + (trouble.place == IDLE), cut.requests + 1):
            more = {"request_timeout": _SHORT} if trouble.takes_time else {}
            cut.recovers(f"{what} at request {k} of {cut.requests}", trouble=trouble, at=k, **more)
    report_counts(f"{name}, {way}: {cut.requests} requests, {cut.tried} cases, {cut.interrupted} interrupted")
