"""Which number a binding is for, and what is true of it: from a list, or from a fetch where that matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.handlers.base import RECENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.number import Number


def listed(account: Account, props: Mapping[str, Any], *, allow_stale: bool = False) -> Number | None:
    """Return the number as a list of the last minute has it. A list is a hint."""
    numbers = account.numbers.recent(RECENT, allow_stale=allow_stale)
    return numbers.find(sid=props.get("number_sid"), phone_number=props.get("phone_number"))


def fetched(account: Account, props: Mapping[str, Any]) -> Number | None:
    """Return the number as it is now, or None if Twilio itself says that it is not there."""
    if props.get("number_sid") is not None:
        return account.find_number(props["number_sid"])
    return next(iter(account.gateway.numbers_called(props["phone_number"])), None)


def listed_or_fetched(
    account: Account, props: Mapping[str, Any], *, fits: Callable[[Number], bool]
) -> Number | None:
    """Return the number from the list if it is as expected there; otherwise as a fetch shows it."""
    # What was written to other numbers meanwhile does not make the list too old for this one.
    number = listed(account, props, allow_stale=True)
    if number is not None and fits(number):
        return number
    return fetched(account, props)


def sid_of(account: Account, props: Mapping[str, Any]) -> str:
    """
    Return the SID of the number that the inputs name.

    Raises:
        Refused: The account has no such number.

    """
    if props.get("number_sid") is not None:
        return str(props["number_sid"])
    # Which number it is does not depend on what was written to others meanwhile.
    number = listed(account, props, allow_stale=True) or fetched(account, props)
    if number is None:
        raise Refused(no_such_number(account, props))
    return number.sid


def no_such_number(account: Account, props: Mapping[str, Any]) -> Problem:
    """Say that the account has no such number."""
    where = "number_sid" if props.get("number_sid") is not None else "phone_number"
    return Problem(
        f"Account {account.sid} has no number {props[where]}.",
        "Nothing was changed.",
        "Check the number, and that the credentials are for the account that owns it.",
        where=where,
    )
