"""What a program loads and pickles of the host, and what tests may put in its place."""

from __future__ import annotations

import subprocess
import sys

import dill
import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.dynamic import Config, serialize_provider

from pulumi_twilio_emergency import providers
from pulumi_twilio_emergency.core.account.ownership import MemoryLedger
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.hosts.dynamic import process
from pulumi_twilio_emergency.hosts.dynamic.lifetime import CallsInHand
from pulumi_twilio_emergency.hosts.dynamic.reporter import EngineReporter
from support.misbehaving_providers import ProcessWithoutTwilio, misbehaving, without_handler

PROGRAM = """
import sys
import pulumi.dynamic, dill
from pulumi.dynamic.dynamic import serialize_provider
from pulumi_twilio_emergency import providers
for function in (providers.address, providers.number_binding, providers.sip_domain):
    dill.loads(dill.dumps(function()))
    serialize_provider(function())
print(*sorted(name for name in sys.modules if name.split(".")[0] in {"twilio", "pulumi_twilio_emergency"}))
"""


def test_program_loads_neither_twilio_nor_what_serves_calls():
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == [
        "pulumi_twilio_emergency",
        "pulumi_twilio_emergency.hosts",
        "pulumi_twilio_emergency.hosts.dynamic",
        "pulumi_twilio_emergency.hosts.dynamic.provider",
        "pulumi_twilio_emergency.providers",
    ]


@pytest.mark.parametrize("name", ["address", "number_binding", "sip_domain"])
def test_pickle_names_the_function_and_holds_no_state(name):
    function = getattr(providers, name)
    used = function()
    used.configure(ConfigureRequest(config=Config({"twilio:authToken": "hidden"}, "project")))

    assert serialize_provider(used) == serialize_provider(function())
    assert dill.loads(dill.dumps(used)) == function()
    assert function() != misbehaving()


def test_process_keeps_one_run_for_each_set_of_credentials():
    here = ProcessWithoutTwilio(ledger=MemoryLedger())
    first = here.run({"twilio:accountSid": "AC1"}.get)

    assert here.run({"twilio:accountSid": "AC1"}.get) is first
    second = here.run({"twilio:accountSid": "AC2"}.get)
    assert second is not first
    assert second.interruption is first.interruption
    assert second.ledger is first.ledger


def test_replaced_process_serves_within_its_block_only():
    before = process.current()
    with process.replaced(ProcessWithoutTwilio()) as other:
        assert process.current() is other
        misbehaving().create({"act": "none"})

    assert process.current() is before


def test_write_after_an_interruption_is_refused_and_a_look_is_not():
    with process.replaced(ProcessWithoutTwilio()) as here:
        here.interruption.set()
        for refused in (
            lambda: misbehaving().create({}),
            lambda: misbehaving().update("id", {}, {}),
            lambda: misbehaving().delete("id", {}),
        ):
            with pytest.raises(Exception, match=r"^Interrupted\.$"):
                refused()
        assert misbehaving().read("id", {}).id == "id"


def test_bug_in_the_explanation_of_errors_is_an_unexpected_failure():
    class Broken(ProcessWithoutTwilio):
        def explain(self, error):
            raise KeyError("hidden")

    with process.replaced(Broken()), pytest.raises(Exception, match="Unexpected KeyError at ") as failure:
        misbehaving().create({"act": "fail as expected"})
    assert "hidden" not in str(failure.value)


def test_error_that_another_resource_has_met_too_keeps_its_meaning_and_names_where_the_remedy_is():
    here = process.Process()
    lost = GatewayError("Twilio's API did not answer in time", outcome_unknown=True)

    first, second = (here.explain_once(lost, name) for name in ("boston", "austin"))

    assert first.splitlines()[1:] == [
        "Whether the request took effect is not known.",
        "Run it again: every step first looks at what is already true.",
    ]
    assert second == (
        "No answer from Twilio: Twilio's API did not answer in time. "
        "Whether the request took effect is not known. What to do is said at boston."
    )
    assert here.explain_once(lost, "boston") == first


def test_provider_whose_handler_cannot_be_imported_says_so_in_its_call():
    with (
        process.replaced(ProcessWithoutTwilio()),
        pytest.raises(Exception, match="Unexpected ModuleNotFound"),
    ):
        without_handler().create({})


def test_last_words_are_said_once_and_one_that_fails_does_not_stop_the_next():
    said = []
    reporter = EngineReporter()
    reporter.at_end(lambda: said.append("first"))
    reporter.at_end(lambda: 1 / 0)
    reporter.at_end(lambda: said.append("last"))
    reporter.finish()
    reporter.finish()

    assert said == ["first", "last"]


def test_calls_in_hand_are_waited_for_within_limits():
    calls = CallsInHand()
    assert calls.finish(0)
    with calls.one():
        assert not calls.finish(0.01)
    assert calls.finish(0)
