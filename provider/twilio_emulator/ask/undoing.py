"""Everything that an inquiry did, undone: the only place that does it, however the inquiry ended."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from twilio_emulator.ask.account import UnsettledError, UnusableError, described

if TYPE_CHECKING:
    from collections.abc import Callable

    from twilio_emulator.ask.lending import Workbench

_TRIES = 3
_KEYS = {"/SIP/Domains": "domains", "/Addresses": "addresses"}
"""Domains before addresses: nothing may use what is deleted."""


def undo(bench: Workbench) -> list[str]:
    """Undo everything; return a sentence for each thing that could not be undone."""
    left = []
    for number in bench.used:
        problem = _tried(bench, partial(_bring_back, bench, number))
        left += [f"{number}: {problem}"] if problem else []
    for path in _KEYS:
        if path in bench.attempted:
            left += _delete_all(bench, path)
    return left


def _bring_back(bench: Workbench, number: str) -> None:
    """Take its address off a number, and give it its name."""
    bench.free(number)
    name = bench.used[number]
    shown = bench.number(number)
    if (shown["friendly_name"] or shown["phone_number"]) != name:
        bench.write(number, FriendlyName=name)


def _delete_all(bench: Workbench, path: str) -> list[str]:
    """Delete what was made, and what carries the tag: an answer may have been lost."""
    left = []
    sids = [each.removesuffix(".json") for each in bench.made if each.startswith(f"{path}/")]

    def look() -> None:
        for row in bench.account.rows(path, _KEYS[path]):
            own = f"{path}/{row['sid']}"
            if str(row.get("friendly_name")).startswith(bench.tag) and own not in sids:
                sids.append(own)

    problem = _tried(bench, look)
    if problem:
        left.append(f"{path}: {problem}; look for the friendly name {bench.tag}")
    for each in sids:
        problem = _tried(bench, partial(_delete, bench, each))
        left += [f"{each}: {problem}"] if problem else []
    return left


def _delete(bench: Workbench, path: str) -> None:
    reply = bench.account.delete(f"{path}.json")
    if not reply.accepted and reply.status != 404:
        raise UnusableError(described(reply))


def _tried(bench: Workbench, action: Callable[[], None]) -> str | None:
    """Return why something cannot be done, or None; a lost answer is no reason to give up at once."""
    for attempt in range(_TRIES):
        try:
            action()
        except OSError as error:
            reason = f"no answer: {error}"
            if attempt < _TRIES - 1:
                bench.account.sleep(bench.pause)
        except (UnsettledError, UnusableError) as error:
            return str(error)
        else:
            return None
    return reason
