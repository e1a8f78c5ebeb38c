"""In a host that is laid out differently, less is seen and nothing breaks."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import support
from pulumi_twilio_emergency.hosts.dynamic import CleanFailure, PartialFailure, call_in_hand, engine
from pulumi_twilio_emergency.hosts.dynamic.call import Call
from pulumi_twilio_emergency.hosts.dynamic.failures import answer_failure
from pulumi_twilio_emergency.hosts.dynamic.interruption import Interruption
from pulumi_twilio_emergency.hosts.dynamic.workers import lift_ceiling
from support.misbehaving_providers import Odd
from support.plugin_process import Failed, PluginProcess

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/odd:Odd::first"
STRANGE = str(Path(support.__file__).parent / "patched_sdk_host")


def strange(habit, **kwargs):
    return PluginProcess(env={"STRANGE_HOST": habit}, first_on_path=STRANGE, **kwargs)


def test_where_the_call_is_hidden_the_sentences_come_with_the_sdks_traceback():
    with strange("hidden-call") as plugin:
        with pytest.raises(Failed) as failure:
            plugin.create(URN, Odd(), {"habit": "fail cleanly"})
        assert "What is so.\nWhat it means.\nWhat to do." in failure.value.message
        # Older SDKs (3.216) leave it to grpc to say so, today's (3.272) add their traceback.
        assert failure.value.message.startswith(("Traceback", "Exception calling application"))
        _, outs = plugin.create(URN, Odd(), {"habit": "none"}, timeout=60)
        assert (outs["urn"], outs.get("timeout")) == ("", None)


def test_where_the_call_is_hidden_a_partial_failure_is_a_plain_one_with_its_text():
    with strange("hidden-call") as plugin, pytest.raises(Failed) as failure:
        plugin.create(URN, Odd(), {"habit": "fail half-way"})
    assert failure.value.init_failed is None
    assert "It is there.\nIt is not ready." in failure.value.message


@pytest.mark.parametrize("habit", ["exit", "be interrupted by the keyboard", "stumble"])
def test_where_the_call_is_hidden_nothing_stays_unanswered(habit):
    with strange("hidden-call") as plugin, pytest.raises(Failed) as failure:
        plugin.create(URN, Odd(), {"habit": habit})
    assert "Unexpected" in failure.value.message
    assert "secret-in-the-text" not in failure.value.message


def test_where_the_pool_is_of_another_kind_four_calls_at_a_time_are_answered():
    with strange("hidden-workers") as plugin, ThreadPoolExecutor(12) as crowd:
        answers = [crowd.submit(plugin.create, URN, Odd(), {"habit": "none"}) for _ in range(12)]
        assert {answer.result(30)[0] for answer in answers} == {"an-id"}


def test_where_the_method_table_is_elsewhere_cancel_is_answered_and_changes_nothing():
    with strange("hidden-cancel") as plugin:
        plugin.check(URN, Odd(), {"habit": "none"})
        plugin.cancel()
        began = time.monotonic()
        plugin.create(URN, Odd(), {"habit": "none"})
        assert time.monotonic() - began < 5


def test_a_provider_that_is_called_directly_sees_no_call_and_raises_its_sentences():
    assert call_in_hand().urn == ""
    with pytest.raises(CleanFailure, match="What is so"):
        Odd().create({"habit": "fail cleanly"})
    with pytest.raises(PartialFailure):
        Odd().create({"habit": "fail half-way"})
    with pytest.raises(CleanFailure, match="Unexpected SystemExit"):
        Odd().create({"habit": "exit"})


def test_outside_a_plugin_there_is_no_pool_no_table_and_no_engine(monkeypatch):
    monkeypatch.setattr("sys.argv", ["pytest"])
    assert not lift_ceiling()
    assert not Interruption().listen()
    assert engine.address() is None
    assert not engine.log(1, "nobody hears this")
    assert not engine.answers()


def test_a_failure_without_a_context_is_raised_with_its_text():
    failure = answer_failure(Call("create"), PartialFailure("half", "an-id", {}))
    assert isinstance(failure, PartialFailure)
    assert str(failure) == "half"
