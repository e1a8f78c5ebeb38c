"""`twilio-emulator ask`: the open questions, asked of a Twilio."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from twilio_emulator import fields
from twilio_emulator.ask.account import Account, UnusableError
from twilio_emulator.ask.inquiry import PLAN, Findings, Inquiry
from twilio_emulator.ask.interruption import StopSignals
from twilio_emulator.ask.lending import Loan, Workbench
from twilio_emulator.clockwork import seconds_of
from twilio_emulator.seed import loaded, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_INTERRUPTED = 130
"""The exit status that shells give for a process that Ctrl-C ended."""

_ADDRESS = ("customer_name", "street", "city", "region", "postal_code", "iso_country")


def run(words: Sequence[str]) -> int:
    """Ask, if told to; return the exit status."""
    options = _parser().parse_args(words)
    try:
        bench = _bench(options)
        if options.yes and options.output:
            options.output.open("a", encoding="utf-8").close()  # before anything is asked
    except (OSError, ValueError) as error:
        print(f"twilio-emulator: {error}", file=sys.stderr)
        return 2
    account = bench.account
    asked = f"{account.url}, account {account.sid}, number {bench.loan.number}"
    print(f"twilio-emulator asks {asked}.\n{PLAN}", file=sys.stderr)
    if not options.yes:
        print("\nNothing was done. To do it, add --yes.", file=sys.stderr)
        return 0
    try:
        with StopSignals(lambda said: _say(f"... {said}")) as signals:
            found = Inquiry(bench, lambda step: _say(f"... {step}"), signals.hold).run()
    except (UnusableError, OSError) as error:
        _say(f"twilio-emulator: {error}; nothing was done")
        return 2
    except KeyboardInterrupt:
        _say("twilio-emulator: interrupted; nothing was done")
        return _INTERRUPTED
    return _report(found, options.output)


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody is there to read it after SIGHUP, and undoing goes on
        print(line, file=sys.stderr, flush=True)


def _report(found: Findings, output: Path | None) -> int:
    """Write what was found; return the exit status."""
    if found.ended:
        _say(f"twilio-emulator: not all questions were asked: {found.ended}")
    if found.hint:
        _say(f"twilio-emulator: Twilio suggests: {found.hint}")
    for sentence in found.left:
        _say(f"twilio-emulator: not undone: {sentence}")
    try:
        if output:
            output.write_text(found.text(), encoding="utf-8")
        else:
            print(found.text(), end="", flush=True)
    except OSError as error:
        _say(f"twilio-emulator: {error}; this is what was found:\n{found.text()}")
        return 1
    if found.interrupted:
        return _INTERRUPTED
    return 0 if found.is_complete else 1


def _bench(options: argparse.Namespace) -> Workbench:
    tables = {"--url": fields.needed(fields.URL)}
    url = fields.taken(tables, {"--url": options.url})["--url"]
    environment = os.environ
    sid = environment.get("TWILIO_ACCOUNT_SID", "")
    user = environment.get("TWILIO_API_KEY") or sid
    secret = environment.get("TWILIO_API_SECRET") if environment.get("TWILIO_API_KEY") else None
    secret = secret or environment.get("TWILIO_AUTH_TOKEN", "")
    if not sid or not secret:
        raise ValueError("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or an API key, are missing")
    loan = Loan(
        options.number,
        _address(options.address),
        options.never_bound,
        tuple(options.failed),
        options.stuck,
        options.toll_free,
        options.foreign_account,
    )
    return Workbench(Account(url, sid, user, secret), loan, options.patience, options.pause)


def _address(path: Path) -> dict[str, str]:
    content = loaded(text_of(path), str(path))
    if not isinstance(content, dict):
        raise ValueError(f"{path} must be a mapping of: {', '.join(_ADDRESS)}")  # noqa: TRY004 - the file's fault
    table = {name: fields.ADDRESS[name] for name in _ADDRESS}
    try:
        return fields.taken(table, content, _ADDRESS)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="twilio-emulator ask",
        description="Ask a Twilio what its documentation leaves open, and print the switches' positions.",
        epilog=f"{PLAN}\n\nCredentials: TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or with TWILIO_API_KEY and"
        " TWILIO_API_SECRET.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--number", required=True, type=_of_kind("PN"), help="SID of a US, CA or GB number without an address"
    )
    add(
        "--address",
        required=True,
        type=Path,
        help="YAML file of an address that Twilio knows as it is spelt",
    )
    add("--url", default="https://api.twilio.com", help="which Twilio (default: https://api.twilio.com)")
    add(
        "--never-bound",
        type=_of_kind("PN"),
        help="SID of a number that never had an address; it is only read",
    )
    add(
        "--failed",
        type=_of_kind("PN"),
        action="append",
        default=[],
        help="a registration-failure; may be twice",
    )
    add("--stuck", type=_of_kind("PN"), help="a number that is unregistration-failure")
    add("--toll-free", type=_of_kind("PN"), help="a toll-free number without an address")
    add("--foreign-account", type=_of_kind("AC"), help="an account that the credentials do not reach")
    _add_running(parser)
    return parser


def _add_running(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--patience",
        type=_seconds,
        default=1800.0,
        help="seconds that a registration may take (default: 1800)",
    )
    add("--pause", type=_seconds, default=5.0, help="seconds between two looks (default: 5)")
    add("--output", type=Path, help="file to write (default: stdout)")
    add("--yes", action="store_true", help="do it; without this, nothing is done")


def _seconds(text: str) -> float:
    try:
        seconds = seconds_of(float(text))
    except ValueError:
        seconds = 0.0
    if not seconds:
        raise argparse.ArgumentTypeError(f"must be seconds, more than 0, not {text!r}")
    return seconds


def _of_kind(prefix: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            return str(fields.sid(prefix).take(text))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read
