"""A handler in the real plugin process. A test that fails here after an SDK update names what no longer works."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pulumi
import pytest

from support.misbehaving_providers import ForeignProvider, misbehaving, without_handler
from support.plugin_process import Failed, PluginProcess

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/test:Misbehaving::first"
METHODS = ("check", "diff", "create", "read", "update", "delete")


def call(plugin, method, act, provider=None, **kwargs):
    props = {"act": act, **kwargs.pop("props", {})}
    arguments = {
        "check": (props,),
        "diff": ("an-id", props, props),
        "create": (props,),
        "read": ("an-id", props),
        "update": ("an-id", props, props),
        "delete": ("an-id", props),
    }[method]
    return getattr(plugin, method)(URN, provider or misbehaving(), *arguments, **kwargs)


@pytest.fixture(scope="module")
def plugin():
    with PluginProcess({"twilio:accountSid": "AC1"}) as process:
        yield process


@pytest.mark.parametrize("method", METHODS)
def test_expected_failure_reaches_engine_as_its_text_alone(plugin, method):
    with pytest.raises(Failed) as failure:
        call(plugin, method, "fail as expected")

    assert str(failure.value) == "What happened.\nWhat it means.\nWhat to do."


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("act", ["fail unexpectedly", "exit", "raise KeyboardInterrupt"])
def test_unexpected_exception_is_answered_without_its_text(plugin, method, act):
    with pytest.raises(Failed) as failure:
        call(plugin, method, act)

    assert "Unexpected " in failure.value.message
    assert "a bug in this provider" in failure.value.message
    assert "misbehaving_providers.py:" in failure.value.message
    changed = "Nothing was changed." not in failure.value.message
    assert changed == (method in {"create", "update", "delete"})
    assert "secret-in-the-text" not in failure.value.message + failure.value.traceback


def test_handler_that_cannot_be_imported_is_an_unexpected_failure(plugin):
    with pytest.raises(Failed) as failure:
        call(plugin, "create", "report", without_handler())

    assert "Unexpected ModuleNotFoundError" in failure.value.message


def test_traceback_switch_shows_the_traceback():
    with PluginProcess(env={"PULUMI_DYNAMIC_TRACEBACK": "1"}) as plugin, pytest.raises(Failed) as failure:
        call(plugin, "create", "fail unexpectedly")

    assert "ZeroDivisionError: secret-in-the-text" in failure.value.message


def test_failure_text_cannot_steer_the_terminal_or_break_the_answer(plugin):
    with pytest.raises(Failed) as failure:
        call(plugin, "create", "fail with unsafe text")

    assert failure.value.message == r"a\x1b]0;title\x07b\r" + "\n" + r"\ud800\u202ec <{ %nonsense%}>"
    assert "surrogates not allowed" not in failure.value.traceback


@pytest.mark.parametrize("method", ["create", "update"])
def test_not_ready_carries_id_outputs_reason_and_provider(plugin, method):
    with pytest.raises(Failed) as failure:
        call(plugin, method, "fail half-way")

    init = failure.value.init_failed
    assert init.id == "an-id"
    assert list(init.reasons) == ["It exists.\nIt is not ready."]
    assert init.properties["ready"] is False
    assert init.properties["text"] == r"\ud800"
    assert init.inputs["act"] == "fail half-way"
    assert init.properties["__provider"] == init.inputs["__provider"] != ""


def test_not_ready_in_any_other_method_is_a_plain_failure(plugin):
    with pytest.raises(Failed) as failure:
        call(plugin, "delete", "fail half-way")

    assert str(failure.value) == "It exists.\nIt is not ready."
    assert failure.value.init_failed is None


def test_handler_sees_urn_name_time_limit_and_config(plugin):
    _, outs = call(plugin, "create", "report", timeout=420)

    assert (outs["urn"], outs["name"], outs["timeout"], outs["settings"]) == (URN, "first", 420, "AC1")


def test_unset_time_limit_is_none(plugin):
    _, outs = call(plugin, "create", "report")

    assert outs.get("timeout") is None


def test_check_returns_unknown_inputs_as_they_were_sent(plugin):
    inputs, failures = call(
        plugin,
        "check",
        "none",
        props={"plain": "x", "flat": pulumi.UNKNOWN, "deep": {"in": [pulumi.UNKNOWN]}},
    )

    assert failures == []
    assert inputs["plain"] == "x"
    assert inputs["default"] == "filled in"
    assert isinstance(inputs["flat"], type(pulumi.UNKNOWN))
    assert isinstance(inputs["deep"]["in"][0], type(pulumi.UNKNOWN))


def test_check_hands_over_neither_the_provider_nor_absent_inputs(plugin):
    inputs, _ = plugin.check(
        URN, misbehaving(), {"act": "report", "absent": None, "empty": ""}, {"act": "x", "old": None}
    )

    assert (inputs["given"], inputs["old"]) == (["act", "empty"], ["act"])


def test_check_problems_are_failures_of_their_property(plugin):
    _, failures = call(plugin, "check", "none", props={"bad": "yes"})

    assert failures == [("act", "Not this.\nIt is \\x1b[31mred\\x1b[0m.")]


def test_diff_names_unknown_inputs_to_the_handler(plugin):
    props = {"act": "none"}

    assert plugin.diff(URN, misbehaving(), "an-id", props, {**props, "place": pulumi.UNKNOWN}) == (
        True,
        ["place"],
    )


def test_read_hands_over_inputs_of_the_request(plugin):
    id_, outs, inputs = plugin.read(
        URN, misbehaving(), "an-id", {"act": "none", "sid": "AD1"}, {"act": "typed"}
    )

    assert (id_, outs, inputs) == ("an-id", {"act": "none", "sid": "AD1"}, {"act": "typed"})


def test_read_of_what_is_gone_answers_an_empty_id(plugin):
    assert call(plugin, "read", "be gone") == ("", {}, {})


SECRET = {"__secretInputs": ["street"]}


@pytest.mark.parametrize("method", ["check", "create", "read", "update"])
def test_names_of_secret_inputs_reach_the_call_and_stay_in_state(plugin, method):
    answer = call(plugin, method, "report", props=SECRET)
    outs = answer if method == "update" else answer[0] if method == "check" else answer[1]

    assert outs["secret"] == ["street"]
    assert outs["seen"] == ["act"]
    assert outs["__secretInputs"] == ["street"]
    if method == "read":
        assert answer[2] == {"act": "report", **SECRET}


@pytest.mark.parametrize("method", ["diff", "read", "update", "delete"])
def test_output_whose_name_begins_with_underscores_reaches_the_handler(plugin, method):
    """Older SDKs drop such properties, and ownership depends on one (`core.account.ownership.INSTANCE`)."""
    with pytest.raises(Failed) as failure:
        call(plugin, method, "fail with properties seen", props={"__instance": "i"})

    assert failure.value.message == "__instance, act"


def test_names_of_secret_inputs_stay_in_state_of_what_is_not_ready(plugin):
    with pytest.raises(Failed) as failure:
        call(plugin, "create", "fail half-way", props=SECRET)

    assert list(failure.value.init_failed.properties["__secretInputs"]) == ["street"]


def test_forty_calls_run_at_the_same_time(plugin):
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: call(plugin, "create", "meet forty"), range(40)))

    assert len(answers) == 40


def test_calls_queued_before_the_first_is_served_run_at_the_same_time():
    """The limit is raised by the first call; a destroy has sent all its deletes by then."""
    with PluginProcess() as plugin, ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: call(plugin, "delete", "meet forty"), range(40)))

    assert len(answers) == 40


def test_foreign_providers_keep_four_calls_at_a_time(plugin):
    call(plugin, "create", "none")
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: plugin.create(URN, ForeignProvider(), {}), range(24)))

    assert max(outs["most"] for _, outs in answers) == 4


def test_lines_are_written_when_their_subject_changes_and_warnings_stay():
    with PluginProcess(env={"CI": "1"}) as plugin:
        call(plugin, "create", "say")
        lines = [(line.message, line.severity, line.ephemeral, line.urn) for line in plugin.lines]

    assert lines == [
        ("pending for 0 s", 1, True, URN),
        (r"done\r\x1b[2J", 1, True, URN),
        (r"mind this\x00", 2, False, URN),
        ("for those who debug", 0, False, ""),
    ]


def test_last_words_are_said_once_when_the_engine_interrupts_the_plugin():
    with PluginProcess() as plugin:
        call(plugin, "create", "say at end")
        assert plugin.lines == []
        plugin.process.send_signal(signal.SIGINT)
        plugin.process.wait(timeout=10)

        assert [(line.message, line.severity) for line in plugin.lines] == [("the last word", 2)]


def test_cancel_ends_a_wait_at_once_and_refuses_later_writes():
    with PluginProcess() as plugin, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, plugin, "create", "wait for ever")
        time.sleep(0.5)  # until it waits; a cancel before that is as good
        began = time.monotonic()
        plugin.cancel()
        with pytest.raises(Failed, match="Interrupted"):
            waiting.result()
        with pytest.raises(Failed, match="Interrupted"):
            call(plugin, "create", "none")
        assert call(plugin, "diff", "none") == (True, [])

    assert time.monotonic() - began < 1


def test_cancel_is_heard_behind_hundreds_of_waiting_calls():
    with PluginProcess() as plugin, ThreadPoolExecutor(300) as pool:
        waiting = [pool.submit(call, plugin, "delete", "wait for ever") for _ in range(300)]
        time.sleep(1)
        began = time.monotonic()
        plugin.cancel()
        for each in waiting:
            with pytest.raises(Failed, match="Interrupted"):
                each.result()

    assert time.monotonic() - began < 5


def test_cancel_queued_before_the_first_call_is_served_is_heard():
    """Foreign calls fill the four workers, so that a call of ours and a Cancel queue up behind them."""
    with PluginProcess() as plugin, ThreadPoolExecutor(8) as pool:
        for seconds in (0.4, 3, 3, 3):
            pool.submit(plugin.create, URN, ForeignProvider(), {"seconds": seconds})
        time.sleep(0.15)
        waiting = pool.submit(call, plugin, "create", "wait for ever")
        time.sleep(0.05)
        began = time.monotonic()
        pool.submit(plugin.cancel)
        with pytest.raises(Failed, match="Interrupted"):
            waiting.result(timeout=20)

    assert time.monotonic() - began < 5


def test_plugin_ends_with_its_engine_after_the_request_in_hand_and_begins_no_other(tmp_path):
    file = tmp_path / "requests"
    with PluginProcess() as plugin, ThreadPoolExecutor(2) as pool:
        slow = pool.submit(call, plugin, "create", "write slowly", props={"file": str(file), "seconds": 3})
        time.sleep(0.5)
        plugin.engine.close()
        time.sleep(2)  # within which the end must be noticed
        late = pool.submit(call, plugin, "create", "write slowly", props={"file": str(file)})
        with pytest.raises(Failed, match="Interrupted"):
            late.result()
        assert slow.result()[0] == "an-id"
        plugin.process.wait(timeout=3)

    assert file.read_text() == "begun\nfinished\n"


def test_without_an_engine_a_plugin_works_and_stays():
    with PluginProcess(with_engine=False) as plugin:
        call(plugin, "create", "say")
        time.sleep(2.5)  # longer than it takes to notice that an engine is gone
        call(plugin, "create", "say")

        assert plugin.process.poll() is None
        os.kill(plugin.process.pid, signal.SIGTERM)
