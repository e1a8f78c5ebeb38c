"""
For tests of infrastructure repositories: the fixture `twilio_emulator`, a Twilio that runs as long as a test.

Installed with `twilio-emulator`; pytest finds it by itself. Options come from the ini file
(`twilio_emulator_scope`, `_seed`, `_pace`, `_switches`, `_clock`) and, closer to a test, from the marker
`twilio_emulator`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, get_args

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from twilio_emulator.clockwork import Clock
    from twilio_emulator.faults import Faults
    from twilio_emulator.seed import Seed
    from twilio_emulator.traffic import Traffic
    from twilio_emulator.world import World

Scope = Literal["function", "class", "module", "package", "session"]

_MARKER = "twilio_emulator"
_OPTIONS = ("seed", "pace", "switches", "clock")
_CLOCKS = ("real", "manual")
_WIDTH: tuple[Scope, ...] = get_args(Scope)
_SHOWN = {"function": "a single test", "class": "a class", "module": "a module", "package": "a package"}


@dataclass(frozen=True)
class RunningTwilio:
    """
    A running emulator with one account.

    Attributes:
        url: Where it listens; the account's twilio:apiUrl.
        world: What exists, and what others do to it.
        faults: Trouble to come.
        app: The API itself; `most_in_flight` says how many requests were under way at once.
        account_sid: The account.
        auth_token: Its token.

    """

    url: str
    world: World
    faults: Faults
    app: Traffic
    account_sid: str
    auth_token: str
    _set_up: Callable[[], object] = field(repr=False, default=lambda: None)

    @property
    def env(self) -> dict[str, str]:
        """The environment variables with which a program finds it."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_API_URL": self.url,
        }

    @property
    def clock(self) -> Clock:
        """Where its time comes from; with `clock="manual"`, a test moves it by `advance(seconds)`."""
        return self.world.clock

    def reset(self) -> None:
        """Bring it back to what it was when the fixture began."""
        self.faults.clear()
        self.world.reset()
        self._set_up()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    parser.addini(
        "twilio_emulator_scope", "how long a twilio_emulator runs: function, module, ...", default="function"
    )
    parser.addini(
        "twilio_emulator_seed", "YAML file with what exists, relative to the root directory", default=""
    )
    parser.addini("twilio_emulator_pace", "how registrations run, like: at once, after 3s", default="")
    parser.addini(
        "twilio_emulator_switches", "switches as NAME=VALUE, one a line", type="linelist", default=[]
    )
    parser.addini("twilio_emulator_clock", "real, or manual: time moves by the test only", default="real")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and refuse ini options that make no sense."""
    config.addinivalue_line(
        "markers", f"{_MARKER}(seed, pace, switches, clock): how the fixture twilio_emulator starts"
    )
    scope, clock = config.getini("twilio_emulator_scope"), config.getini("twilio_emulator_clock")
    if scope not in get_args(Scope):
        raise pytest.UsageError(
            f"twilio_emulator_scope is one of {', '.join(get_args(Scope))}, not {scope!r}"
        )
    if clock not in _CLOCKS:
        raise pytest.UsageError(f"twilio_emulator_clock is one of {', '.join(_CLOCKS)}, not {clock!r}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker on less than what shares one emulator: it would do nothing."""
    if _MARKER not in getattr(item, "fixturenames", ()):
        return
    scope = item.config.getini("twilio_emulator_scope")
    for path in _ignored_marks(item):
        pytest.fail(f"pytest ignores the mark in {path}; say it in the ini file", pytrace=False)
    for node, _ in item.iter_markers_with_node(_MARKER):
        part = _part(node)
        if _WIDTH.index(part) < _WIDTH.index(scope):
            instead = f"mark the {scope}" if scope in {"class", "module"} else "say it in the ini file"
            pytest.fail(f"twilio_emulator_scope is {scope}: {instead}, not {_SHOWN[part]}", pytrace=False)


def _ignored_marks(item: pytest.Item) -> Iterator[Path]:
    """Yield the __init__.py files above a test with the marker, which pytest does not heed."""
    for node in item.listchain():
        taken = any(mark.name == _MARKER for mark in node.own_markers)
        if isinstance(node, pytest.Package) and not taken:
            path = node.path if node.path.name == "__init__.py" else node.path / "__init__.py"
            if _is_marked(str(path)):
                yield path


def _is_marked(file: str) -> bool:
    """Say whether a module that was imported from a file has the marker."""
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == file:
            marks = getattr(module, "pytestmark", [])
            each = marks if isinstance(marks, (list, tuple)) else [marks]
            return any(getattr(mark, "name", None) == _MARKER for mark in each)
    return False


def _part(node: object) -> Scope:
    """Return what a marked node is, by the name of the scope that is as wide."""
    if isinstance(node, pytest.Item):
        return "function"
    if isinstance(node, pytest.Class):
        return "class"
    if isinstance(node, pytest.Package):  # a Module, too, before pytest 8
        return "package"
    if isinstance(node, pytest.Module):
        return "module"
    return "session" if isinstance(node, pytest.Session) else "package"


def _scope(fixture_name: str, config: pytest.Config) -> Scope:  # noqa: ARG001 - pytest's signature
    scope: Scope = config.getini("twilio_emulator_scope")
    return scope


@pytest.fixture(scope=_scope)
def twilio_emulator(request: pytest.FixtureRequest) -> Iterator[RunningTwilio]:
    """Run an emulator on a free port of this machine."""
    # Loaded only where it is used: most pytest runs find the plugin and do without.
    from twilio_emulator.app import create_app  # noqa: PLC0415
    from twilio_emulator.server import serve  # noqa: PLC0415

    try:
        world, faults, set_up = _start(_options(request), request.config.rootpath)
    except (ValueError, OSError) as error:
        pytest.fail(f"twilio_emulator: {error}", pytrace=False)
    account = next(iter(world.accounts.values()))

    def reset() -> None:
        world.reset()
        set_up()

    app = create_app(world, faults, reset=reset)
    with serve(app) as server:
        yield RunningTwilio(server.url, world, faults, app, account.sid, account.auth_token, set_up)


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the ini's options with the marker's over them."""
    config = request.config
    lines = [line.partition("=") for line in config.getini("twilio_emulator_switches")]
    options: dict[str, Any] = {
        "seed": config.getini("twilio_emulator_seed"),
        "pace": config.getini("twilio_emulator_pace"),
        "switches": {name.strip(): value.strip() for name, _, value in lines},
        "clock": config.getini("twilio_emulator_clock"),
    }
    for mark in reversed(list(request.node.iter_markers(_MARKER))):
        if mark.args:
            raise ValueError(f"the marker takes {', '.join(_OPTIONS)} by name")
        for name, value in mark.kwargs.items():
            if name not in _OPTIONS:
                raise ValueError(f"the marker has no {name!r}; there are: {', '.join(_OPTIONS)}")
            if name == "switches":
                if not isinstance(value, dict):
                    raise ValueError(f"switches must be a dict of names and positions, not {value!r}")
                value = {**options["switches"], **value}  # noqa: PLW2901 - the marker's over the ini's
            options[name] = value
    return options


def _start(options: Mapping[str, Any], root: Path) -> tuple[World, Faults, Callable[[], None]]:
    """Return a world as the options say, its faults, and what sets it up again after a reset."""
    from twilio_emulator.clockwork import ManualClock, Pace  # noqa: PLC0415
    from twilio_emulator.faults import Faults  # noqa: PLC0415
    from twilio_emulator.world import World  # noqa: PLC0415

    document = _document(options["seed"], root)
    if options["clock"] not in _CLOCKS:
        raise ValueError(f"clock is one of {', '.join(_CLOCKS)}, not {options['clock']!r}")
    world = World(ManualClock() if options["clock"] == "manual" else None)
    faults = Faults()

    def set_up() -> None:
        document.apply(world, faults)
        if options["pace"] not in (None, ""):
            pace = Pace.of(options["pace"])
            world.pace(registration=pace, unregistration=pace)
        world.switches.set_all(options["switches"])

    set_up()
    return world, faults, set_up


def _document(seed: object, root: Path) -> Seed:
    from twilio_emulator.seed import Seed  # noqa: PLC0415

    if isinstance(seed, dict):
        try:
            text = json.dumps(seed)
        except TypeError as error:
            raise ValueError(f"seed holds what no seed file can: {error}") from None
        return Seed.parse(text, "seed")
    if seed is None or seed == "":
        return Seed("seed")
    if not isinstance(seed, (str, PurePath)):
        raise ValueError(f"seed must be a file or a dict, not {seed!r}")  # noqa: TRY004 - one kind of error
    return Seed.read(root / seed)
