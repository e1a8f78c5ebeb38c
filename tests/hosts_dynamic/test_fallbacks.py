"""In a host that is laid out differently, less is seen and nothing breaks."""

from __future__ import annotations

import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import support
from pulumi_twilio_emergency.hosts.dynamic import engine, process, workers
from pulumi_twilio_emergency.hosts.dynamic.cancellation import listen
from pulumi_twilio_emergency.hosts.dynamic.engine_process import find_engine
from pulumi_twilio_emergency.hosts.dynamic.foreign_providers import keep_foreign_limit
from support.misbehaving_providers import ForeignProvider, ProcessWithoutTwilio, misbehaving
from support.plugin_process import Failed, PluginProcess

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/test:Misbehaving::first"
PATCHED = str(Path(support.__file__).parent / "patched_sdk_host")


def patched(change):
    return PluginProcess(env={"PATCHED_SDK_HOST": change}, first_on_path=PATCHED)


def test_hidden_request_leaves_the_text_inside_the_sdks_traceback():
    with patched("hidden-request") as plugin:
        with pytest.raises(Failed) as failure:
            plugin.create(URN, misbehaving(), {"act": "fail as expected"})
        assert "What happened.\nWhat it means.\nWhat to do." in failure.value.message
        # Older SDKs (3.216) leave it to grpc to say so, today's (3.272) add their traceback.
        assert failure.value.message.startswith(("Traceback", "Exception calling application"))
        _, outs = plugin.create(URN, misbehaving(), {"act": "report"}, timeout=60)
        assert (outs["urn"], outs.get("timeout")) == ("", None)


def test_hidden_request_makes_a_partial_failure_a_plain_one():
    with patched("hidden-request") as plugin, pytest.raises(Failed) as failure:
        plugin.create(URN, misbehaving(), {"act": "fail half-way"})
    assert failure.value.init_failed is None
    assert "It exists.\nIt is not ready." in failure.value.message


def test_hidden_request_makes_outputs_stand_in_for_inputs_during_read():
    with patched("hidden-request") as plugin:
        _, _, inputs = plugin.read(
            URN, misbehaving(), "an-id", {"act": "none", "sid": "AD1"}, {"act": "typed"}
        )
    assert inputs == {"act": "none", "sid": "AD1"}


@pytest.mark.parametrize("act", ["exit", "raise KeyboardInterrupt", "fail unexpectedly"])
def test_hidden_request_leaves_no_call_unanswered(act):
    with patched("hidden-request") as plugin, pytest.raises(Failed) as failure:
        plugin.create(URN, misbehaving(), {"act": act})
    assert "Unexpected" in failure.value.message
    assert "secret-in-the-text" not in failure.value.message


def test_hidden_request_leaves_text_encodable():
    with patched("hidden-request") as plugin, pytest.raises(Failed) as failure:
        plugin.create(URN, misbehaving(), {"act": "fail with unsafe text"})
    assert r"\ud800\u202ec" in failure.value.message


@pytest.mark.parametrize(
    ("change", "aim"),
    [
        ("hidden-methods", "hear Ctrl-C"),
        ("hidden-pool", "serve all calls at once"),
        ("hidden-providers", "keep other providers at four calls"),
    ],
)
def test_debug_log_says_what_the_host_gives_no_way_to(change, aim):
    with patched(change) as plugin:
        plugin.check(URN, misbehaving(), {"act": "none"})
        said = [line.message for line in plugin.lines]
    assert said == [f"This Pulumi SDK gives no way to {aim}."]


def test_hidden_pool_serves_four_calls_at_a_time():
    with patched("hidden-pool") as plugin, ThreadPoolExecutor(12) as crowd:
        answers = [crowd.submit(plugin.create, URN, misbehaving(), {"act": "none"}) for _ in range(12)]
        assert {answer.result(30)[0] for answer in answers} == {"an-id"}


def test_hidden_method_table_makes_cancel_change_nothing():
    with patched("hidden-methods") as plugin:
        plugin.check(URN, misbehaving(), {"act": "none"})
        plugin.cancel()
        began = time.monotonic()
        plugin.create(URN, misbehaving(), {"act": "none"})
        assert time.monotonic() - began < 5


def test_hidden_provider_function_serves_foreign_providers_without_limit():
    with patched("hidden-providers") as plugin, ThreadPoolExecutor(12) as pool:
        plugin.create(URN, misbehaving(), {"act": "none"})
        answers = list(pool.map(lambda _: plugin.create(URN, ForeignProvider(), {}), range(12)))
    assert {id_ for id_, _ in answers} == {"foreign"}
    assert max(outs["most"] for _, outs in answers) > 4


def test_queue_that_cannot_be_read_is_left_alone():
    with ThreadPoolExecutor(1) as pool:
        queued, pool._work_queue = pool._work_queue, object()
        assert workers.raise_worker_limit(pool) == []
        pool._work_queue = queued
        assert pool._max_workers == workers.WORKER_LIMIT


def test_provider_outside_a_plugin_is_answered_and_raises_its_text(monkeypatch):
    with process.replaced(ProcessWithoutTwilio()):
        assert misbehaving().create({"act": "report"}).outs["urn"] == ""
        with pytest.raises(Exception, match="What happened"):
            misbehaving().create({"act": "fail as expected"})
        with pytest.raises(Exception, match="It exists"):
            misbehaving().create({"act": "fail half-way"})
        with pytest.raises(Exception, match="Unexpected SystemExit"):
            misbehaving().create({"act": "exit"})


def test_outside_a_plugin_nothing_is_found(monkeypatch):
    monkeypatch.setattr("sys.argv", ["pytest"])
    assert workers.serving_pool() is None
    assert not listen(lambda: None)
    assert not keep_foreign_limit()
    assert engine.address() is None
    assert not engine.log(1, "nobody hears this")
    assert not engine.answers()
    assert find_engine(engine.address()) is None


def test_dead_weak_reference_stops_no_search():
    class Thing:
        pass

    thing = Thing()
    dead = weakref.proxy(thing)
    del thing

    assert workers.serving_pool() is None
    assert not listen(lambda: None)
    with pytest.raises(ReferenceError):
        isinstance(dead, ThreadPoolExecutor)
