"""`twilio-emulator`: a Twilio on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import queue
import re
import shlex
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twilio_emulator.app import create_app
from twilio_emulator.clockwork import DEFAULT_PACE, ManualClock, Pace
from twilio_emulator.faults import Fault, Faults
from twilio_emulator.fields import REGIONS
from twilio_emulator.seed import Seed, text_of
from twilio_emulator.server import serve
from twilio_emulator.switches import Switches
from twilio_emulator.tls import Authority, TlsUnavailableError
from twilio_emulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twilio_emulator.server import Server


def run(words: Sequence[str]) -> int:
    """Run until told to stop; return the exit status."""
    options = _parser().parse_args(words)
    if options.ca_file and not options.tls:
        print("twilio-emulator: --ca-file needs --tls", file=sys.stderr)
        return 2
    try:
        start = _Start(options, _seeds(options))
        start.set_up()
        authority = Authority(options.host) if options.tls else None
    except (OSError, ValueError, TlsUnavailableError) as error:
        print(f"twilio-emulator: {error}", file=sys.stderr)
        return 2
    app = create_app(start.world, start.faults, reset=start.again)
    if options.log:
        app.log = lambda line: print(line, file=sys.stderr, flush=True)
    try:
        server = serve(app, host=options.host, port=options.port, authority=authority)
    except ValueError as error:
        print(f"twilio-emulator: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # newer Pythons add the address
        where = f"port {options.port} of {options.host}"
        print(f"twilio-emulator: cannot listen on {where}: {reason}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="twilio-emulator-") as folder, server:
        ca_file = options.ca_file or Path(folder) / "ca.pem"
        try:
            if authority is not None:
                authority.write_to(ca_file)
        except OSError as error:
            print(f"twilio-emulator: cannot write the certificate: {error}", file=sys.stderr)
            return 2
        stop = _stop_signal()  # before anybody is told that it runs
        _announce(server, start.world, ca_file)
        stop.get()
    return 0


@dataclass
class _Start:
    """What the command line asks for; `again` brings a used world back to it."""

    options: argparse.Namespace
    seeds: list[Seed]
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        clock = ManualClock() if self.options.clock == "manual" else None
        self.world = World(clock, seed=self.options.random_seed)

    def set_up(self) -> None:
        for seed in self.seeds:
            seed.apply(self.world, self.faults)
        given = {name: getattr(self.options, name) for name in ("registration", "unregistration")}
        self.world.pace(**given)
        if self.options.region:
            self.world.region = self.options.region
        for name, value in self.options.switch:
            self.world.switches.set(name, value)
        for fault in self.options.fault:
            self.faults.add(fault)

    def again(self) -> None:
        self.world.reset()
        self.set_up()


def _seeds(options: argparse.Namespace) -> list[Seed]:
    """Return all documents, at least an empty one: the first that is applied makes an account."""
    files = [Seed.read(path) for path in options.seed]
    texts = [Seed.parse(text, "--add") for text in options.add]
    positions = [_positions(path) for path in options.switches]
    return [*files, *texts, *positions] or [Seed("--seed")]


def _positions(path: Path) -> Seed:
    """Read a file of switch positions, as `twilio-emulator ask` writes it."""
    return Seed.of_switches(text_of(path), str(path))


def _announce(server: Server, world: World, ca_file: Path) -> None:
    account = next(iter(world.accounts.values()))
    exported = {
        "TWILIO_ACCOUNT_SID": account.sid,
        "TWILIO_AUTH_TOKEN": account.auth_token,
        "TWILIO_API_URL": server.url,
    }
    if server.authority is not None:
        exported |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), server.url)
        exported |= dict.fromkeys(
            ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), str(ca_file)
        )
        exported["SSL_CERT_DIR"] = ""  # some clients prefer it to SSL_CERT_FILE; empty is as good as unset
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exported.items()]
    # One write, where print() makes two: whoever waits for the first line may close the pipe then.
    sys.stdout.write("\n".join([f"twilio-emulator: listening on {server.url}", *lines, ""]))
    sys.stdout.flush()


def _stop_signal() -> queue.SimpleQueue[None]:
    """Return what holds an item once the process is told to stop."""
    # Of the standard library's ways to wait, the one that a signal handler may safely end.
    stop: queue.SimpleQueue[None] = queue.SimpleQueue()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.put(None))
    return stop


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twilio-emulator",
        description="A Twilio for tests of emergency calling, on this machine, until Ctrl-C.",
        epilog="Other commands: add, reset, schema, ask; each explains itself with --help.\n\n"
        "Switches, the default first:\n"
        + "\n".join(f"  {name}={'|'.join(values)}" for name, values in Switches.choices().items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"twilio-emulator {_version()}")
    _add_transport(parser)
    _add_world(parser)
    return parser


def _version() -> str:
    try:
        return version("twilio-emulator")
    except PackageNotFoundError:
        return "(not installed)"


def _add_transport(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument(
        "--port", type=_explained(_port), default=8429, help="port; 0 takes a free one (default: 8429)"
    )
    parser.add_argument(
        "--tls", action="store_true", help="also answer https, and as api.twilio.com behind HTTPS_PROXY"
    )
    parser.add_argument(
        "--ca-file",
        type=Path,
        help="where to write the certificate to trust (default: a temporary file)",
    )
    parser.add_argument("--log", action="store_true", help="write a line for every request to stderr")


def _add_world(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--seed", type=Path, action="append", default=[], help="YAML file with what exists; may be repeated")
    add("--add", action="append", default=[], metavar="YAML", help="the same as a text, like 'region: ie1'")
    add("--random-seed", default="emulator", help="makes other SIDs")
    add(
        "--clock",
        choices=["real", "manual"],
        default="real",
        help="manual: time moves by the control API only",
    )
    add("--region", choices=REGIONS, help="where requests arrive (default: us1)")
    for which in ("registration", "unregistration"):
        add(
            f"--{which}",
            type=_explained(Pace.parse),
            help=f"how it runs: at once, after 3s, never, failing, ... (default: {DEFAULT_PACE})",
        )
    add(
        "--switch",
        action="append",
        type=_explained(_switch),
        default=[],
        metavar="NAME=VALUE",
        help="see below",
    )
    add("--switches", type=Path, action="append", default=[], metavar="FILE", help="YAML file of switches")
    add(
        "--fault",
        action="append",
        type=_explained(Fault.parse),
        default=[],
        help="trouble, like 'cut after=3', '429 every=5 retry-after=1', 'lag seconds=5'",
    )


def _port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise ValueError(f"{text!r} is not a port; write a number from 0 to 65535")
    return int(text)


def _switch(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    Switches().set(name, value)
    return name, value


def _explained(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """Let argparse show our own sentence instead of 'invalid value'."""

    def parsed(text: str) -> object:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parsed
