"""Providers with one habit each, to see what the host makes of it."""

from __future__ import annotations

import threading

from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from pulumi_twilio_emergency.hosts.dynamic import (
    CleanFailure,
    HostedProvider,
    PartialFailure,
    call_in_hand,
    interruption,
)
from pulumi_twilio_emergency.hosts.dynamic.progress import Progress

_all_here = threading.Barrier(40)


class Odd(HostedProvider):
    """Does in every method what its input `habit` says."""

    def check(self, olds, news):
        return CheckResult(_act(news), [])

    def diff(self, _id, olds, news):
        _act(news)
        return DiffResult(changes=True)

    def create(self, props):
        return CreateResult("an-id", _act(props))

    def read(self, id_, props):
        return ReadResult(id_, _act(props))

    def update(self, _id, olds, news):
        return UpdateResult(_act(news))

    def delete(self, _id, props):
        _act(props)


def _act(props):
    habit = props["habit"]
    if habit == "fail cleanly":
        raise CleanFailure("What is so.\nWhat it means.\nWhat to do.")
    if habit == "fail half-way":
        raise PartialFailure("It is there.\nIt is not ready.", "an-id", {"habit": habit, "ready": False})
    if habit == "stumble":
        raise ZeroDivisionError("secret-in-the-text")
    if habit == "exit":
        raise SystemExit(3)
    if habit == "be interrupted by the keyboard":
        raise KeyboardInterrupt
    if habit == "wait for ever":
        interruption.wait(3600)
    if habit == "meet forty":
        _all_here.wait(timeout=20)
    if habit == "say":
        line = Progress(call_in_hand())
        for seconds in range(3):
            line.say("pending", f" for {seconds} s")
        line.say("done")
        line.warn("mind this")
    call = call_in_hand()
    return {**props, "urn": call.urn, "timeout": call.timeout, "name": call.name}
