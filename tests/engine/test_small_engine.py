"""
The small engine of the convergence tests, held against the real one.

Both run the same programs through the same commands. For each resource, the requests that the provider gets must
be the same, in the same order, with the same properties in each of their maps; and so must be what state keeps.
Resources are compared one by one, as the real engine works on several at once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.convergence import Convergence, address, binding, domain
from support.recorded_plugin import provider_requests
from support.small_engine import PROVIDER_KEY, Plugin, Ref
from support.stack import Stack
from twilio_emulator import Pace, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.small_engine import Declared, Resource
    from twilio_emulator.pytest_plugin import RunningTwilio

_RECORDED_PLUGIN = Path(provider_requests.__file__).parent
_DESK, _LOBBY, _DOMAIN = "+14155550100", "+14155550101", "example.sip.twilio.com"

OFFICE, DESK, PHONES = address("office"), binding("desk", _DESK, "office"), domain("phones", _DOMAIN, "desk")
LOBBY = binding("lobby", _LOBBY, "office", timeout=900)
ALL = [OFFICE, DESK, LOBBY, PHONES]
MOVED = [address("office", "empire"), *ALL[1:]]
RENAMED_AT_TWILIO = [address("office", friendly_name="Head office"), *ALL[1:]]
RENAMED_BINDING = [OFFICE, binding("front", _DESK, "office"), LOBBY, domain("phones", _DOMAIN, "front")]
UNKNOWN_NUMBER = [
    OFFICE,
    DESK,
    binding("lobby", "+14155550199", "office"),
    domain("phones", _DOMAIN, "lobby"),
]


@dataclass(frozen=True)
class Step:
    """
    A command.

    Attributes:
        words: As an operator types it.
        program: What the program declares from now on; None leaves it as it is.
        happens: What happens at Twilio before, a key of _EVENTS.
        succeeds: What the command is to come to, so that both engines are known to have come to the end.

    """

    words: str
    program: list[Declared] | None = None
    happens: str = ""
    succeeds: bool = True


def _fail_registrations(world: World) -> None:
    world.pace(registration=Pace.failing())


def _register_again(world: World) -> None:
    world.pace(registration=Pace.after(0))


def _release_lobby(world: World) -> None:
    world.remove(next(row["sid"] for row in world.numbers() if row["phone_number"] == _LOBBY))


_EVENTS = {
    "": lambda _: None,
    "fail": _fail_registrations,
    "mend": _register_again,
    "release": _release_lobby,
}

SCENARIOS = {
    "created, unchanged, destroyed": [
        Step("up", ALL), Step("preview"), Step("up"), Step("refresh"), Step("destroy"),
    ],
    "previewed, and destroyed after a refresh": [
        Step("preview", ALL), Step("up"), Step("up --refresh"), Step("destroy --refresh"),
    ],
    "address replaced": [Step("up", ALL), Step("preview", MOVED), Step("up"), Step("up")],
    "address updated, then replaced by force": [
        Step("up", ALL), Step("up", RENAMED_AT_TWILIO), Step("up --replace office"),
    ],
    "binding renamed, then removed": [
        Step("up", ALL), Step("preview", RENAMED_BINDING), Step("up"), Step("up", [OFFICE]), Step("up", []),
    ],
    "registration failed, and tried again": [
        Step("up", [OFFICE, DESK], happens="fail", succeeds=False),
        Step("preview"),
        Step("up", happens="mend"),
        Step("destroy"),
    ],
    "number unknown, and corrected": [
        Step("up", UNKNOWN_NUMBER, succeeds=False), Step("up", ALL), Step("destroy"),
    ],
    "number released": [
        Step("up", ALL[:3]), Step("refresh", happens="release"), Step("up", ALL[:2]), Step("destroy --refresh"),
    ],
}  # fmt: skip


class _Small:
    """The small engine, with what its provider is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stack = Convergence()
        self.world = self.stack.world
        self._requests: list[dict] = []
        self._program: list[Declared] = []
        ask = Plugin._ask

        def recorded(plugin, method, request):
            self._requests.append(provider_requests.digest(method, request))
            return ask(plugin, method, request)

        monkeypatch.setattr(Plugin, "_ask", recorded)

    def run(self, step: Step) -> bool:
        self._requests.clear()
        self._program = step.program if step.program is not None else self._program
        command, *flags = step.words.split()
        refresh = {"refresh": True} if "--refresh" in flags else {}
        if command in {"up", "preview"}:
            forced = {"replace": frozenset({flags[-1]})} if "--replace" in flags else {}
            return getattr(self.stack, command)(self._program, **refresh, **forced).ok
        return getattr(self.stack, command)(**refresh).ok

    def requests(self) -> list[dict]:
        return self._requests

    def state(self) -> list[tuple]:
        return sorted(map(self._kept, self.stack.engine.state))

    @staticmethod
    def _kept(each: Resource) -> tuple:
        return (
            each.name, each.id[:2], sorted(each.inputs), sorted(each.outputs),
            sorted(urn.rpartition("::")[2] for urn in each.needs), each.pending_delete, bool(each.init_errors),
        )  # fmt: skip


class _Real:
    """The real engine, with what its plugin is asked."""

    def __init__(self, folder: Path, engine: Path, twilio: RunningTwilio) -> None:
        self._record = folder / "requests.jsonl"
        env = {**twilio.env, "PYTHONPATH": str(_RECORDED_PLUGIN), "RECORDED_REQUESTS": str(self._record)}
        self.stack, self.world = Stack(folder, engine, env), twilio.world

    def run(self, step: Step) -> bool:
        self._record.write_text("")
        if step.program is not None:
            self.stack.program("\n".join(map(_line_of, step.program)))
        command, *flags = step.words.split()
        if "--replace" in flags:
            flags[-1] = self.stack.urn(flags[-1])
        run = getattr(self.stack, command)
        return run(*flags, expect=0 if step.succeeds else 1).code == 0

    def requests(self) -> list[dict]:
        return [json.loads(line) for line in self._record.read_text().splitlines()]

    def state(self) -> list[tuple]:
        return sorted(
            (
                each["name"], each["id"][:2], sorted(each["inputs"]), sorted([*each["outputs"], PROVIDER_KEY]),
                sorted({urn.rpartition("::")[2] for urn in each.get("dependencies", ())}),
                each.get("delete", False), bool(each.get("initErrors")),
            )
            for each in self.stack.entries()
        )  # fmt: skip


def _line_of(declared: Declared) -> str:
    """Return the declaration as a line of a program."""
    values = {
        name: f"{value.name}.{value.output}" if isinstance(value, Ref) else repr(value)
        for name, value in declared.inputs.items()
    }
    timeouts = dict.fromkeys(("create", "update", "delete"), f"{declared.timeout}s")
    if declared.timeout:
        values["opts"] = f"pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(**{timeouts}))"
    arguments = ", ".join(f"{name}={value}" for name, value in values.items())
    return f"{declared.name} = {declared.kind}({declared.name!r}, {arguments})"


def _by_resource(requests: list[dict]) -> dict[str, list[dict]]:
    found = defaultdict(list)
    for each in requests:
        found[each["name"]].append(each)
    return dict(found)


@pytest.fixture
def real(tmp_path: Path, engine: Path, twilio: RunningTwilio) -> Iterator[_Real]:
    real = _Real(tmp_path, engine, twilio)
    yield real
    real.stack.close()


def _prepare(world: World) -> None:
    _register_again(world)
    world.pace(unregistration=Pace.after(0))
    for number in (_DESK, _LOBBY):
        world.add_number(number)
    world.add_domain(_DOMAIN)


@pytest.mark.parametrize("name", SCENARIOS)
def test_small_engine_asks_and_keeps_what_the_real_one_does(name, real, monkeypatch, report_counts):
    small = _Small(monkeypatch)
    for each in (real, small):
        _prepare(each.world)
    for step in SCENARIOS[name]:
        for each in (real, small):
            _EVENTS[step.happens](each.world)
            assert each.run(step) is step.succeeds
        assert _by_resource(small.requests()) == _by_resource(real.requests()), step.words
        assert small.state() == real.state(), step.words
        report_counts("small engine: commands compared with the real one")
