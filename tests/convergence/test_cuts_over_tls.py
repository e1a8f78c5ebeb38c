"""Every connection of every workflow is broken where only TLS and proxies can break it; the same command recovers."""

from __future__ import annotations

from itertools import cycle, islice

import pytest

from support.cuts import CutWorkflow
from support.middlebox import IDLE, TROUBLES, Middlebox
from support.workflows import WORKFLOWS, stack_before

# A socket that is reset just before its TLS begins is closed by the garbage collector (ssl.py of Python 3.11).
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")

WAYS = ["TLS", "TLS through a proxy"]
_WORST = (
    "CONNECT: 407",
    "passed on: close_notify",
    "passed on: reset, and connections refused from then on",
    "header: close_notify",
    "passed on: close_notify, and CONNECT 407 from then on",
    "body: broken record",
)
"""What leaves the client in doubt of a write, or of what came of it."""


@pytest.fixture
def cut_over_tls(authority, ca_file):
    """Return what runs a workflow with TLS or a proxy between the provider and Twilio."""
    middleboxes = []

    def cut(name, way):
        def transport_to(app):
            middleboxes.append(Middlebox(app, authority, ca_file, proxy=way == WAYS[1]))
            return middleboxes[-1]

        return CutWorkflow(stack_before(WORKFLOWS[name], transport_to=transport_to), WORKFLOWS[name])

    yield cut
    for each in middleboxes:
        each.close()


def possible(way, names=tuple(TROUBLES)):
    """Return those troubles that can happen on that way."""
    return [name for name in names if way == WAYS[1] or not TROUBLES[name].needs_proxy]


def breaks(cut, name, k):
    """Let trouble meet request k; none meets an idle connection before the first."""
    trouble = TROUBLES[name]
    if trouble.place == IDLE and k == 1:
        return
    cut.recovers(
        f"{name} at request {k} of {cut.requests}", fails=trouble.may_fail_a_command, trouble=trouble, at=k
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_broken_connection_of_any_request_is_overcome_by_the_same_command(
    name, way, cut_over_tls, report_counts
):
    """
    Through a proxy, each request meets one trouble, in turn; without one, the second alone does. Each write and
    the request after it meet one of the worst.

    The slow test lets every request meet every trouble; this keeps `make test` short.
    """
    cut = cut_over_tls(name, way)
    turn = list(WORKFLOWS).index(name)
    any_of, worst = (
        islice(cycle(names), turn * stride, None)
        for names, stride in ((possible(way), 7), (possible(way, _WORST), 3))
    )
    for k, (before, method) in enumerate(zip(["GET", *cut.methods], cut.methods, strict=False), 1):
        if way == WAYS[1] or k == 2:
            breaks(cut, next(any_of), k)
        if {before, method} != {"GET"}:
            breaks(cut, next(worst), k)
    report_counts(f"{name}, {way}: {cut.requests} requests, {cut.tried} cases, {cut.interrupted} interrupted")
    assert cut.tried > 0


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WORKFLOWS)
def test_each_way_to_break_the_connection_of_any_request_is_overcome(name, way, cut_over_tls, report_counts):
    cut = cut_over_tls(name, way)
    for trouble in possible(way):
        for k in range(1, cut.requests + 1):
            breaks(cut, trouble, k)
    report_counts(f"{name}, {way}: {cut.requests} requests, {cut.tried} cases, {cut.interrupted} interrupted")
    assert cut.tried > cut.requests * (len(possible(way)) - 3)
