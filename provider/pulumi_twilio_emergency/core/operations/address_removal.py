"""
An emergency address at Twilio: deleted when no number points at it.

Source: Address resource and emergency calling for SIP pages, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.polling import pauses
from pulumi_twilio_emergency.core.model.problem import InterruptedBeforeChange, StillInUse, Unconfirmed
from pulumi_twilio_emergency.core.operations import address_texts as texts
from pulumi_twilio_emergency.core.operations.interruption import LostWrite, lost_write
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.core.rules import guards

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.model.number import Number

IN_USE = 21625
# How far a list of numbers, or Twilio's own count of an address's users, may lag behind the numbers.
_LISTS_LAG_AT_MOST = 30.0


@dataclass(frozen=True, slots=True)
class Swept:
    """
    What became of leftovers, by SID.

    Attributes:
        deleted: Those that are deleted.
        in_use: Those that Twilio counts as in use, though no number points at them.
        kept: Those that could not be deleted for another reason.

    """

    deleted: tuple[str, ...] = ()
    in_use: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


NOTHING_SWEPT = Swept()


def delete(account: Account, sid: str, deadline: Deadline) -> None:
    """
    Delete an address that no number points at.

    Numbers on their way out are waited for, and so is a list or a count of Twilio's that may lag. Gone counts
    as done.

    Raises:
        Refused: StillInUse: numbers still use it, and are named; nothing was changed.
            InterruptedBeforeChange: the operator asked to stop.
        Unconfirmed: They did when the delete was sent already, and its answer was lost.
        GatewayError: What else Twilio answered; `outcome_unknown` where the answer of a delete was lost.

    """
    try:
        with request_scope(deadline=deadline.at):
            _delete(account, sid, deadline)
    except Interrupted as interrupted:
        if lost_write(interrupted):
            raise Unconfirmed(texts.lost_delete(sid)) from interrupted
        raise InterruptedBeforeChange(texts.interrupted_delete(sid)) from None


def _delete(account: Account, sid: str, deadline: Deadline) -> None:
    lost = LostWrite()
    with lost.remembered():
        _delete_once_unused(account, sid, deadline, lost)


def _delete_once_unused(account: Account, sid: str, deadline: Deadline, lost: LostWrite) -> None:
    began = account.clock.monotonic()
    schedule = pauses()
    while True:
        numbers = account.numbers.fresh()
        users = users_of(account, sid, numbers)
        staying = [number for number in users if number.emergency_address_status != "pending-unregistration"]
        if staying:
            raise StillInUse(guards.text_address_in_use(sid, staying), [number.sid for number in staying])
        refusal = None if users else _refusal_of_delete(account, sid)
        if not users and refusal is None:
            return
        if refusal is not None and refusal.outcome_unknown:
            lost.error = refusal
        # Twilio may clear the SID before the registration has ended; the address stays in use until then.
        leaving = users or _of_status(numbers, "pending-unregistration", (None, sid))
        now, pause = account.clock.monotonic(), next(schedule)
        patience = deadline.at if leaving else min(deadline.at, began + _LISTS_LAG_AT_MOST)
        if now + pause > patience:
            raise texts.still_used(
                sid, leaving, _of_status(numbers, "unregistration-failure", (None,)), refusal
            )
        account.clock.sleep(pause)


def _of_status(numbers: Iterable[Number], status: str, sids: Collection[str | None]) -> list[Number]:
    """Return the numbers of this status that show one of these addresses."""
    return [
        each
        for each in numbers
        if each.emergency_address_status == status and each.emergency_address_sid in sids
    ]


def _refusal_of_delete(account: Account, sid: str) -> GatewayError | None:
    """Delete the address; return what Twilio said where it counts it as in use."""
    account.clock.raise_if_interrupted()
    try:
        account.gateway.delete_address(sid)
    except GatewayError as error:
        if error.gone:
            return None
        if error.code != IN_USE:
            raise
        return error
    return None


def users_of(account: Account, sid: str, listed: Iterable[Number] | None = None) -> list[Number]:
    """
    Return the numbers that point at an address, each as fetched: a list only says whom to ask.

    One that stays is enough to know that the address is in use; the others are then named as listed.
    """
    rows = account.numbers.fresh() if listed is None else listed
    seen = [number for number in rows if number.emergency_address_sid == sid]
    users: list[Number] = []
    for index, each in enumerate(seen):
        number = account.find_number(each.sid)
        if number is None or number.emergency_address_sid != sid:
            continue
        users.append(number)
        if number.emergency_address_status != "pending-unregistration":
            return [number, *seen[index + 1 :]]
    return users


def sweep(account: Account, names: Collection[str], is_held: Callable[[str], bool]) -> Swept:
    """
    Delete addresses that an interrupted run has made and nobody knows of.

    Only for friendly names that can be nobody else's. What a number points at, or a live resource stands for,
    is left alone and not mentioned.

    Returns:
        What was really deleted, and what could not be, and why.

    Raises:
        GatewayError: Twilio could not be asked what there is.

    """
    leftovers = [
        record.sid
        for name in dict.fromkeys(names)
        for record in account.gateway.addresses_called(name)
        if record.friendly_name == name and record.emergency_enabled and not is_held(record.sid)
    ]
    return deleted_unused(account, [sid for sid in leftovers if not users_of(account, sid)])


def deleted_unused(account: Account, sids: Sequence[str]) -> Swept:
    """Delete what can be deleted: an address that stays does no harm, and is reported."""
    deleted: list[str] = []
    in_use: list[str] = []
    kept: list[str] = []
    for sid in sids:
        try:
            outcome = deleted if _refusal_of_delete(account, sid) is None else in_use
        except GatewayError as error:
            outcome = deleted if error.outcome_unknown and _address_is_gone(account, sid) else kept
        except Interrupted as interrupted:
            outcome = deleted if lost_write(interrupted) and _address_is_gone(account, sid) else kept
        outcome.append(sid)
    return Swept(tuple(deleted), tuple(in_use), tuple(kept))


def _address_is_gone(account: Account, sid: str) -> bool:
    try:
        return account.find_address(sid) is None
    except (GatewayError, Interrupted):
        return False
