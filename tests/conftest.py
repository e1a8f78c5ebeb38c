"""What every test may ask for: the real engine, a stack on it, a Twilio."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from emulator.schema import Watch
from support.environment import RECORD_DIR
from support.stack import Stack
from support.watched_emulator import watched
from twilio_emulator.tls import Authority
from twilio_emulator.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twilio_emulator.pytest_plugin import RunningTwilio

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def engine() -> Path:
    """Return the folder of the real Pulumi CLI. It is got if it is not there; without it, tests fail."""
    spec = importlib.util.spec_from_file_location("engine", ROOT / "script" / "engine.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.find()


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the tests, and all processes that they start, a temporary folder of their own."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setenv(RECORD_DIR, str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield folder


@pytest.fixture
def forget_submissions(temporary_folder: Path) -> Callable[[], None]:
    """Return what makes this machine another one: nothing is remembered of what was submitted."""

    def forget() -> None:
        for path in temporary_folder.glob("pulumi-twilio-emergency-*/submissions*"):
            path.unlink()

    return forget


@pytest.fixture(autouse=True)
def new_machine(forget_submissions: Callable[[], None]) -> None:
    """Begin each test without a memory: emulators give the same SIDs in every test, and Twilio never does."""
    forget_submissions()


@pytest.fixture(scope="session")
def answers_of_processes(temporary_folder: Path) -> Iterator[Path]:
    """Return the file in which emulators in processes of their own write what is wrong with their answers."""
    file = temporary_folder / "answers-not-in-the-schema"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in watched(file, os.environ.get("PYTHONPATH")).items():
            patch.setenv(name, value)
        yield file


@pytest.fixture(scope="session", autouse=True)
def schema_watch(answers_of_processes: Path) -> Iterator[Watch]:
    """Hold every answer of every emulator against Twilio's OpenAPI facts."""
    watch = Watch(answers_of_processes)
    original = Traffic.__init__

    def observed(self: Traffic, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.observers.append(watch.observe)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Traffic, "__init__", observed)
        yield watch


@pytest.fixture(autouse=True)
def answers_fit_the_schema(schema_watch: Watch) -> Iterator[None]:
    """Fail a test during which the emulator gave an answer that Twilio's OpenAPI file does not know."""
    yield
    assert schema_watch.take() == []


@pytest.fixture
def report_counts(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return what says, at the end of the whole run, how much a test has tried."""
    return lambda text: record_property("tried", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests have tried, equal lines as one total."""
    tried = Counter(
        str(text)
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        if report.when == "call"
        for name, text in report.user_properties
        if name == "tried"
    )
    if tried:
        terminalreporter.section("tried")
        for text, times in tried.items():
            terminalreporter.write_line(text if times == 1 else f"{times:,} x {text}")


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Return a certificate authority that only those trust who are given its file."""
    return Authority()


@pytest.fixture(scope="session")
def ca_file(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file with the certificate of that authority."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.write_to(path)
    return path


@pytest.fixture
def twilio(twilio_emulator: RunningTwilio) -> RunningTwilio:
    """Return a running Twilio, by the shorter name."""
    return twilio_emulator


@pytest.fixture
def stack(tmp_path: Path, engine: Path, twilio: RunningTwilio) -> Iterator[Stack]:
    """Return an empty stack whose credentials are for that Twilio."""
    stack = Stack(tmp_path, engine, twilio.env)
    yield stack
    stack.close()
