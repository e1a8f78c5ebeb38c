"""The command `twilio-emulator`: a Twilio on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import queue
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from twilio_emulator.app import create_app
from twilio_emulator.clockwork import Pace
from twilio_emulator.faults import Fault, Faults
from twilio_emulator.server import serve
from twilio_emulator.switches import Switches
from twilio_emulator.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run until told to stop; return the exit status."""
    options = _parser().parse_args(words)
    world = World(seed=options.random_seed)
    try:
        account_sid, auth_token = _sow(world, options.seed)
    except (OSError, ValueError) as error:
        print(f"twilio-emulator: {error}", file=sys.stderr)
        return 2
    world.pace(registration=options.registration, unregistration=options.unregistration)
    for name, value in options.switch:
        world.switches.set(name, value)
    try:
        server = serve(create_app(world, Faults(*options.fault)), host=options.host, port=options.port)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # newer Pythons add the address
        print(f"twilio-emulator: cannot listen on port {options.port}: {reason}", file=sys.stderr)
        return 2
    # Of the standard library's ways to wait, the one that a signal handler may safely end.
    stop: queue.SimpleQueue[None] = queue.SimpleQueue()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.put(None))
    print(f"twilio-emulator: listening on {server.url}")
    print(f"export TWILIO_ACCOUNT_SID={account_sid}")
    print(f"export TWILIO_AUTH_TOKEN={auth_token}")
    print(f"export TWILIO_API_URL={server.url}", flush=True)
    with server:
        stop.get()
    return 0


def _sow(world: World, path: Path | None) -> tuple[str, str]:
    """Fill the world, and return the first account's credentials."""
    seed: Any = {}
    if path is not None:
        try:
            seed = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(seed, dict):
        raise ValueError(  # noqa: TRY004 - it is the file that is wrong
            f"{path} must be a mapping of: account_sid, auth_token, address_book, " + ", ".join(_SOWERS)
        )
    _in_quotes(path, {name: seed.get(name) for name in ("account_sid", "auth_token")})
    account = world.add_account(seed.pop("account_sid", None), seed.pop("auth_token", None))
    mode = seed.pop("address_book", "strict")
    if mode not in {"strict", "open"}:
        raise ValueError(f"{path}: address_book is strict or open, not {mode!r}")
    world.addresses_known.mode = mode
    for name, rows in seed.items():
        if name not in _SOWERS:
            raise ValueError(f"{path}: there is no {name!r}; there are: {', '.join(_SOWERS)}")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f"{path}: {name} must be a list of mappings")
        for row in rows:
            _in_quotes(f"{path}: {name}", row)
            try:
                _SOWERS[name](world)(**row)
            except TypeError as error:
                raise ValueError(f"{path}: {name}: {str(error).partition(' ')[2]}") from None
    return account.sid, account.auth_token


def _in_quotes(where: object, row: Mapping[str, Any]) -> None:
    """Refuse what YAML took for a number: +14155550100 without quotes is 14155550100."""
    for name, value in row.items():
        if value is not None and not isinstance(value, (str, bool)):
            raise ValueError(f"{where}: {name} must be in quotes")


_SOWERS: dict[str, Callable[[World], Callable[..., object]]] = {
    "numbers": lambda world: world.add_number,
    "domains": lambda world: world.add_domain,
    "addresses": lambda world: world.add_address,
    "places": lambda world: world.knows,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twilio-emulator",
        description="A Twilio for rehearsals of emergency calling, on this machine, until Ctrl-C.",
        epilog="Switches, the default first:\n"
        + "\n".join(f"  {name}={'|'.join(values)}" for name, values in Switches.choices().items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument(
        "--port", type=_worded(_port), default=8429, help="port; 0 takes a free one (default: 8429)"
    )
    parser.add_argument("--seed", type=Path, help="YAML file with numbers, domains, addresses and places")
    parser.add_argument("--random-seed", default="emulator", help="makes other SIDs")
    for which in ("registration", "unregistration"):
        parser.add_argument(
            f"--{which}",
            type=_worded(Pace.parse),
            default=Pace.at_once(),
            help="how it runs: at once, after 3s, after 2 reads, never, failing after 3s, flapping",
        )
    parser.add_argument(
        "--switch", action="append", type=_worded(_switch), default=[], metavar="NAME=VALUE", help="see below"
    )
    parser.add_argument(
        "--fault",
        action="append",
        type=_worded(Fault.parse),
        default=[],
        help="trouble, like 'cut after=3', '429 every=5 retry-after=1', 'lag seconds=5'",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise ValueError(f"{text!r} is no port; write a number from 0 to 65535")
    return int(text)


def _switch(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    Switches().set(name, value)
    return name, value


def _worded(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Let argparse show our own sentence instead of 'invalid value'."""

    def parsed(text: str) -> object:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parsed


if __name__ == "__main__":
    sys.exit(main())
