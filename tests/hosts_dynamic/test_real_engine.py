"""The same on the real CLI: Ctrl-C and kills in a crowd, the pace of a destroy, and processes that share evidence."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

import support
from support.processes import plugins_of
from support.stack import Stack

PROGRAM = """
import pulumi
from pulumi.dynamic import Resource
from support.misbehaving_providers import ForeignProvider, misbehaving

class Misbehaving(Resource):
    def __init__(self, name, opts=None, **props):
        super().__init__(misbehaving(), name, props, opts)

class Foreign(Resource):
    def __init__(self, name, opts=None):
        super().__init__(ForeignProvider(), name, {"most": None}, opts)

"""


@pytest.fixture
def host_stack(tmp_path, engine):
    """A stack of misbehaving resources; no Twilio is near."""
    stack = Stack(tmp_path, engine, {"PYTHONPATH": str(Path(support.__file__).parent.parent)})
    yield stack
    stack.close()


def program(stack, text):
    (stack.project / "__main__.py").write_text(PROGRAM + text)


def running_up(stack, text, last):
    program(stack, text)
    running = stack.start("up", "--yes", "--skip-preview", "--parallel", "256")
    running.says(f"{last} creating", within=120)
    time.sleep(1)  # until the last has reached the plugin
    return running


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_the_cli_interrupts_150_waiting_calls_at_once(host_stack, sent):
    text = "for i in range(150): Misbehaving(f'wait-{i}', act='wait for ever')"
    running = running_up(host_stack, text, "wait-149")
    running.process.send_signal(sent)
    began = time.monotonic()
    ran = running.ended()

    assert time.monotonic() - began < 20
    assert ran.diagnostics.count("error: Interrupted.") == 150
    assert "Traceback" not in ran.text


def test_killed_cli_takes_its_plugin_along(host_stack):
    running = running_up(host_stack, "Misbehaving('wait', act='wait for ever')", "wait")
    home = host_stack.env["PULUMI_HOME"]
    assert plugins_of(home)
    running.kill()
    running.ended()
    killed = time.monotonic()
    while plugins_of(home):
        assert time.monotonic() - killed < 2, "the plugin outlives its engine"
        time.sleep(0.05)


def test_destroy_runs_as_many_calls_at_a_time_as_up(host_stack, tmp_path):
    """Four at a time, a hundred calls of one second would take 25 seconds."""
    file = tmp_path / "requests"
    program(
        host_stack,
        f"for i in range(100): Misbehaving(f'slow-{{i}}', act='write slowly', seconds=1, file={str(file)!r})",
    )
    env = {"PULUMI_SKIP_CHECKPOINTS": "true"}
    up = host_stack.up("--parallel", "256", env=env)
    destroy = host_stack.destroy("--parallel", "256", env=env)

    assert destroy.seconds < 20
    assert destroy.seconds < up.seconds * 2


def test_explicit_provider_is_another_process_with_the_same_evidence(host_stack):
    program(
        host_stack,
        """
other = pulumi.ProviderResource("pulumi-python", "other", {"twilio:accountSid": "AC2"})
first = Misbehaving("first", act="claim", sid="PN1")
second = Misbehaving("second", act="read claims", opts=pulumi.ResourceOptions(provider=other, depends_on=[first]))
third = Misbehaving("third", act="read claims", opts=pulumi.ResourceOptions(depends_on=[first]))
""",
    )
    host_stack.up()
    second, third = host_stack.outputs("second"), host_stack.outputs("third")

    assert second["pid"] != third["pid"]
    assert set(second["claims"]) == set(third["claims"]) == {"PN1"}


def test_engine_does_not_show_which_inputs_are_secret(host_stack):
    """Should this fail one day, the program need not name its secret inputs any more."""
    program(
        host_stack,
        """
names = pulumi.Output.from_input(["street"])
Misbehaving("first", act="look for secrets", street=pulumi.Output.secret("1 A ST"), __secretInputs=names)
""",
    )
    host_stack.up()
    host_stack.refresh()
    outputs = host_stack.outputs("first")

    assert outputs["marks"] == 0
    assert outputs["__secretInputs"] == ["street"]
    assert "1 A ST" not in str(outputs["street"]), "an output of the same name is secret"


def test_unsafe_text_neither_breaks_the_cli_nor_steers_the_terminal(host_stack):
    program(host_stack, "Misbehaving('unsafe', act='fail with unsafe text')")
    ran = host_stack.up("--color", "always", expect=1)

    assert r"\ud800\u202ec" in ran.text
    assert "\x1b]0;" not in ran.text
    assert "panic" not in ran.text


def test_foreign_providers_of_the_program_keep_four_calls_at_a_time(host_stack):
    program(
        host_stack,
        """
ours = Misbehaving("ours", act="none")
for i in range(16):
    Foreign(f"foreign-{i}", pulumi.ResourceOptions(depends_on=[ours]))
""",
    )
    host_stack.up("--parallel", "64")

    assert max(host_stack.outputs(f"foreign-{i}")["most"] for i in range(16)) == 4
