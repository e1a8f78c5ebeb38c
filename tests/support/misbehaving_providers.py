"""A handler that does in every call what its input `act` says, and a process around it without Twilio."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pulumi.dynamic
from pulumi.runtime.rpc import _special_sig_key as _SPECIAL_SIG_KEY  # noqa: N812

from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.handlers.results import UNKNOWN, Checked, Created, Diffed, NotReady, ReadState
from pulumi_twilio_emergency.hosts.dynamic import process
from pulumi_twilio_emergency.hosts.dynamic.process import Process
from pulumi_twilio_emergency.hosts.dynamic.provider import HandlerProvider
from pulumi_twilio_emergency.hosts.dynamic.request import current_request

_all_here = threading.Barrier(40)


class Expected(Exception):
    """An error that has a text for the operator."""


class ProcessWithoutTwilio(Process):
    """Shares everything of a real process but the way to Twilio."""

    def read_settings(self, config):
        return config("twilio:accountSid")

    def open_run(self, settings):
        return SimpleNamespace(
            settings=settings, reporter=self.reporter, interruption=self.interruption, ledger=self.ledger
        )

    def explain(self, error):
        if isinstance(error, Expected):
            return str(error)
        return "Interrupted." if type(error).__name__ == "Interrupted" else None


def misbehaving() -> HandlerProvider:
    return HandlerProvider(misbehaving, f"{__name__}:MisbehavingHandler")


def without_handler() -> HandlerProvider:
    return HandlerProvider(without_handler, "support.no_such_module:Handler")


class MisbehavingHandler:
    def check(self, call, olds, news):
        problems = [Problem("Not this.", "It is \x1b[31mred\x1b[0m.", where="act")] if "bad" in news else []
        given = {"given": sorted(news), "old": sorted(olds)} if news.get("act") == "report" else {}
        return Checked({**_act(call, news), **given, "default": "filled in"}, problems)

    def diff(self, call, id_, olds, news):
        _act(call, news)
        return Diffed(changes=True, replaces=[name for name in news if news[name] is UNKNOWN])

    def create(self, call, inputs):
        return Created("an-id", _act(call, inputs))

    def read(self, call, id_, outputs, inputs):
        if outputs.get("act") == "be gone":
            return None
        return ReadState(id_, _act(call, outputs), inputs)

    def update(self, call, id_, olds, news):
        return _act(call, news)

    def delete(self, call, id_, outputs):
        _act(call, outputs)


def _act(call, props):
    action = _ACTIONS.get(props.get("act"))
    if action in {_wait_for_ever, _write_slowly} and call.method not in {"create", "update", "delete"}:
        return dict(props)  # the engine calls check and diff one after the other
    answer = action(call, props) if action else None
    return {**props, **(answer or {})}


def _raise(make):
    def action(call, props):
        raise make()

    return action


def _report(call, props):
    return {"urn": call.urn, "timeout": call.timeout, "name": call.name, "settings": call.run.settings} | {
        "secret": sorted(call.secret),
        "seen": sorted(props),
    }


def _wait_for_ever(call, props):
    call.run.interruption.wait(3600)


def _meet_forty(call, props):
    _all_here.wait(timeout=20)


def _say(call, props):
    for seconds in range(3):
        call.line.status("pending", f" for {seconds} s")
    call.line.status("done\r\x1b[2J")
    call.line.warn("mind this\x00")
    call.run.reporter.debug("for those who debug")


def _say_at_end(call, props):
    call.run.reporter.at_end(lambda: call.run.reporter.warn("the last word"))


def _write_slowly(call, props):
    """Begin a request, note it in a file, and finish it whatever happens."""
    with Path(props["file"]).open("a") as file:
        file.write("begun\n")
        file.flush()
        time.sleep(props.get("seconds", 2))
        file.write("finished\n")


def _look_for_secrets(call, props):
    """Count the marks that a secret value has on the wire, in whatever the engine has sent."""
    request = current_request(call.method).message
    return {"marks": request.SerializeToString().count(_SPECIAL_SIG_KEY.encode())}


def _fail_with_properties_seen(call, props):
    raise Expected(", ".join(sorted(props)))


def _claim(call, props):
    call.run.ledger.append({"what": "claim", "sid": props["sid"], "urn": call.urn, "instance": ""})


def _read_claims(call, props):
    return {"claims": [entry["sid"] for entry in call.run.ledger.since(0)], "pid": os.getpid()}


_ACTIONS = {
    "fail as expected": _raise(lambda: Expected("What happened.\nWhat it means.\nWhat to do.")),
    "fail with unsafe text": _raise(lambda: Expected("a\x1b]0;title\x07b\r\n\ud800\u202ec <{%nonsense%}>")),
    "fail half-way": _raise(
        lambda: NotReady("It exists.\nIt is not ready.", "an-id", {"ready": False, "text": "\ud800"})
    ),
    "fail unexpectedly": _raise(lambda: ZeroDivisionError("secret-in-the-text")),
    "exit": _raise(lambda: SystemExit(3)),
    "raise KeyboardInterrupt": _raise(KeyboardInterrupt),
    "wait for ever": _wait_for_ever,
    "meet forty": _meet_forty,
    "report": _report,
    "say": _say,
    "say at end": _say_at_end,
    "write slowly": _write_slowly,
    "look for secrets": _look_for_secrets,
    "fail with properties seen": _fail_with_properties_seen,
    "claim": _claim,
    "read claims": _read_claims,
}


class ForeignProvider(pulumi.dynamic.ResourceProvider):
    """A provider of the program's own that knows nothing of ours, and notes how many of its calls run at once."""

    running = 0
    most = 0
    lock = threading.Lock()

    def create(self, props):
        cls = type(self)
        with cls.lock:
            cls.running += 1
            cls.most = max(cls.most, cls.running)
        time.sleep(props.get("seconds", 0.3))
        with cls.lock:
            cls.running -= 1
        return pulumi.dynamic.CreateResult("foreign", {"most": cls.most})


# Kept for good: leaving the block would put the real process back.
_replaced = process.replaced(ProcessWithoutTwilio())
if hasattr(sys.modules["__main__"], "DynamicResourceProviderServicer"):
    _replaced.__enter__()
