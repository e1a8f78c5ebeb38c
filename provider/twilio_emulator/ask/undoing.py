"""Everything that an inquiry did, undone: the only place that does it, however the inquiry ended."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from twilio_emulator.ask.account import UnsettledError, UnusableError, described
from twilio_emulator.ask.lending import emergency_of, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from twilio_emulator.ask.account import Account
    from twilio_emulator.ask.lending import Workbench

_TRIES = 3
_SILENCE = 120.0
"""Seconds without any answer after which nothing more is tried: a server that hangs must not hold it up."""
_KEYS = {"/SIP/Domains": "domains", "/Addresses": "addresses"}
"""Domains before addresses: nothing may use what is deleted."""


def undo(bench: Workbench) -> list[str]:
    """Undo everything; return a sentence for each thing that could not be undone."""
    left = []
    bench.account.heard = bench.account.now()  # the silence counts from here
    for number in bench.used:
        problem = _tried(bench, partial(_bring_back, bench, number))
        left += [f"{number}: {problem}; it was {_told(bench.used[number])}"] if problem else []
    for path in _KEYS:
        if path in bench.attempted:
            left += _delete_all(bench, path)
    return left


def _bring_back(bench: Workbench, number: str) -> None:
    """
    Give a number the emergency address, the name and the dead status that it had.

    Raises:
        UnsettledError: Something on it does not end.
        UnusableError: It is not as it was.

    """
    before = bench.used[number]
    _bring_address_back(bench, number, before)
    shown = bench.number(number)
    if name_of(shown) != name_of(before):
        bench.write(number, FriendlyName=name_of(before))
    if shown.get("emergency_status") != before.get("emergency_status"):
        bench.write(number, EmergencyStatus=str(before.get("emergency_status") or ""))
    _check_restored(before, bench.number(number))


def _bring_address_back(bench: Workbench, number: str, before: Mapping[str, Any]) -> None:
    """Take our address off, and bind the one that had failed; others had none, or were leaving it."""
    had, shown = emergency_of(before), emergency_of(bench.number(number))
    if shown == had:
        return
    to_bind = had[0] if had[1] == "registration-failure" else ""
    if not to_bind:
        bench.free(number)
        return
    sid, status = shown
    if sid == to_bind or status == "pending-unregistration":
        bench.settled(number)  # on its way there already, if an answer was lost, or still leaving
        sid, _ = emergency_of(bench.number(number))
    if sid != to_bind:
        _bind_again(bench, number, to_bind, is_bound=bool(sid))


def _bind_again(bench: Workbench, number: str, address_sid: str, *, is_bound: bool) -> None:
    if is_bound:
        bench.free(number)
    reply = bench.bind(number, address_sid)
    if not reply.accepted:
        raise UnusableError(f"its address {address_sid} cannot be bound again: {described(reply)}")
    bench.settled(number)


def _check_restored(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse to call it undone where a field that was written differs."""
    if emergency_of(before) != emergency_of(after):
        raise UnusableError(f"it is {_told(after)} now")
    if name_of(before) != name_of(after):
        raise UnusableError("its friendly name was not written back")
    if before.get("emergency_status") != after.get("emergency_status"):
        raise UnusableError(f"its EmergencyStatus was {before.get('emergency_status')}, and is not any more")


def _told(number: Mapping[str, Any]) -> str:
    sid, status = emergency_of(number)
    return f"{status} with {sid}" if sid else f"{status} without an address"


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
    reason = "not tried, as nothing has answered"
    for attempt in range(_TRIES):
        if _is_silent(bench.account):
            return reason
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


def _is_silent(account: Account) -> bool:
    return account.heard is not None and account.now() - account.heard > _SILENCE
