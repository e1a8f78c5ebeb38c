"""The tricks, in the real plugin process. A test that fails here after an SDK update names the broken trick."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.misbehaving_providers import Odd
from support.plugin_process import Failed, PluginProcess

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/odd:Odd::first"
METHODS = ("check", "diff", "create", "read", "update", "delete")


def call(plugin, method, habit, **kwargs):
    props = {"habit": habit}
    arguments = {
        "check": (props,),
        "diff": ("an-id", props, props),
        "create": (props,),
        "read": ("an-id", props),
        "update": ("an-id", props, props),
        "delete": ("an-id", props),
    }[method]
    return getattr(plugin, method)(URN, Odd(), *arguments, **kwargs)


@pytest.fixture(scope="module")
def plugin():
    with PluginProcess() as process:
        yield process


@pytest.mark.parametrize("method", METHODS)
def test_a_clean_failure_reaches_the_engine_as_its_sentences_alone(plugin, method):
    with pytest.raises(Failed) as failure:
        call(plugin, method, "fail cleanly")

    assert str(failure.value) == "What is so.\nWhat it means.\nWhat to do."


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("habit", ["stumble", "exit", "be interrupted by the keyboard"])
def test_whatever_comes_out_of_a_method_is_answered_without_its_text(plugin, method, habit):
    with pytest.raises(Failed) as failure:
        call(plugin, method, habit)

    assert "Unexpected " in failure.value.message
    assert "set PULUMI_DYNAMIC_TRACEBACK=1" in failure.value.message
    assert "secret-in-the-text" not in failure.value.message + failure.value.traceback


def test_the_debug_switch_shows_the_traceback():
    with PluginProcess(env={"PULUMI_DYNAMIC_TRACEBACK": "1"}) as plugin, pytest.raises(Failed) as failure:
        call(plugin, "create", "stumble")

    assert "ZeroDivisionError: secret-in-the-text" in failure.value.message
    assert "odd_providers.py" in failure.value.message


@pytest.mark.parametrize("method", ["create", "update"])
def test_a_partial_failure_carries_id_outputs_reason_and_provider(plugin, method):
    with pytest.raises(Failed) as failure:
        call(plugin, method, "fail half-way")

    init = failure.value.init_failed
    assert init.id == "an-id"
    assert list(init.reasons) == ["It is there.\nIt is not ready."]
    assert init.properties["ready"] is False
    assert init.inputs["habit"] == "fail half-way"
    assert init.properties["__provider"] == init.inputs["__provider"] != ""


def test_a_partial_failure_of_any_other_method_is_a_clean_one(plugin):
    with pytest.raises(Failed) as failure:
        call(plugin, "delete", "fail half-way")

    assert str(failure.value) == "It is there.\nIt is not ready."
    assert failure.value.init_failed is None


def test_urn_name_and_time_limit_of_the_call_are_seen(plugin):
    _, outs = call(plugin, "create", "report", timeout=420)

    assert outs["urn"] == URN
    assert outs["name"] == "first"
    assert outs["timeout"] == 420


def test_no_time_limit_is_seen_as_none(plugin):
    _, outs = call(plugin, "create", "report")

    assert outs.get("timeout") is None


def test_forty_calls_are_answered_at_the_same_time(plugin):
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: call(plugin, "create", "meet forty"), range(40)))

    assert len(answers) == 40


def test_lines_are_written_when_their_subject_changes_and_warnings_stay():
    with PluginProcess(env={"CI": "1"}) as plugin:
        call(plugin, "create", "say")
        lines = [(line.message, line.severity, line.ephemeral, line.urn) for line in plugin.lines]

    assert lines == [
        ("pending for 0 s", 1, True, URN),
        ("done", 1, True, URN),
        ("mind this", 2, False, URN),
    ]


def test_cancel_ends_a_wait_at_once_and_ever_after():
    with PluginProcess() as plugin, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, plugin, "create", "wait for ever")
        time.sleep(0.5)  # until it waits; a cancel before that is as good
        began = time.monotonic()
        plugin.cancel()
        with pytest.raises(Failed):
            waiting.result()
        with pytest.raises(Failed):
            call(plugin, "create", "wait for ever")

    assert time.monotonic() - began < 1


def test_the_plugin_ends_when_its_engine_is_gone_after_the_call_in_hand_is_answered():
    with PluginProcess() as plugin, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, plugin, "create", "wait for ever")
        time.sleep(0.5)
        plugin.engine.close()
        with pytest.raises(Failed):
            waiting.result()
        plugin.process.wait(timeout=10)


def test_without_an_engine_a_plugin_works_and_stays():
    with PluginProcess(with_engine=False) as plugin:
        call(plugin, "create", "say")
        time.sleep(2.5)  # twice as long as it takes to notice that an engine is gone
        call(plugin, "create", "say")

        assert plugin.process.poll() is None
        os.kill(plugin.process.pid, signal.SIGTERM)
