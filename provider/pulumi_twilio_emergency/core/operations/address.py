"""
An emergency address's life at Twilio: created and validated, renamed, deleted.

Source: Address resource and emergency calling for SIP pages, Twilio docs, read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.registration_waiter import FIRST_PAUSE, LONGEST_PAUSE
from pulumi_twilio_emergency.core.model.address import Address, AddressRecord, OnCorrection
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.core.rules.address_inputs import comparison
from pulumi_twilio_emergency.core.rules.address_normalization import differences, same_place, suggestions

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.ports import Clock, Gateway

NOT_VALIDATED = 21628
NEAR_MATCH = 21629
IN_USE = 21625

# A list may lag behind a create whose answer was lost: so long we look before we create again.
_LOST_ANSWER_LOOKS = (0.0, 2.0, 5.0, 8.0)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """
    An emergency address as declared.

    Attributes:
        address: What the operator typed.
        friendly_name: How the address finds itself again; unique for each declared address by default.
        on_correction: What to do when Twilio knows a near match only.

    """

    address: Address
    friendly_name: str
    on_correction: OnCorrection = "cosmetic"


@dataclass(frozen=True, slots=True)
class Created:
    """
    An address that exists and is validated.

    Attributes:
        record: What Twilio has on file.
        found: It was there already, from an earlier run.
        corrected: The fields where another place than the wished one was accepted.

    """

    record: AddressRecord
    found: bool
    corrected: tuple[str, ...]


def create(
    gateway: Gateway, clock: Clock, wish: Wish, *, taken: Collection[str] = (), look_first: bool = True
) -> Created:
    """
    Create and validate an address, or find the one that an earlier run made.

    A create whose answer was lost is looked for before another one is sent, so running it again never
    makes a second address.

    Args:
        gateway: Twilio.
        clock: Time between looks.
        wish: The declared address.
        taken: SIDs that belong to something else: they are never found.
        look_first: False where an equal address exists that must not be found, since it is being replaced.

    Raises:
        Refused: Twilio does not know the place, or knows another one; nothing was created.
        GatewayError: What else Twilio answered.

    """
    found = _find(gateway, wish, wish.address, taken) if look_first else None
    if found is not None:
        return _judged(wish, found, found=True)
    asked = wish.address
    try:
        record = _create_once(gateway, clock, wish, asked, taken)
    except GatewayError as error:
        if error.code != NEAR_MATCH:
            raise _validation_refusal(wish, error) from error
        asked = _corrected(wish, suggestions(error.text, wish.address))
        try:
            record = _find(gateway, wish, asked, taken) or _create_once(gateway, clock, wish, asked, taken)
        except GatewayError as again:
            if again.code != NEAR_MATCH:
                raise _validation_refusal(wish, again) from again
            raise _correction_refusal(wish, suggestions(again.text, wish.address)) from again
    if wish.on_correction != "accept" and not same_place(record.address, asked):
        # Twilio changed it although it was told not to: an address nobody agreed to is not kept.
        gateway.delete_address(record.sid)
        raise _correction_refusal(wish, [record.address])
    return _judged(wish, record, found=False)


def _judged(wish: Wish, record: AddressRecord, *, found: bool) -> Created:
    return Created(record, found, tuple(differences(wish.address, record.address)))


def _find(gateway: Gateway, wish: Wish, asked: Address, taken: Collection[str]) -> AddressRecord | None:
    for record in gateway.addresses_called(wish.friendly_name):
        if (
            record.sid not in taken
            and record.friendly_name == wish.friendly_name
            and record.emergency_enabled
            and same_place(record.address, asked)
        ):
            return record
    return None


def _create_once(
    gateway: Gateway, clock: Clock, wish: Wish, asked: Address, taken: Collection[str]
) -> AddressRecord:
    """Create it; where the answer is lost, look for it before trying again, and before giving up."""
    tries = 0
    while True:
        tries += 1
        try:
            return gateway.create_address(asked, wish.friendly_name)
        except GatewayError as error:
            if not error.outcome_unknown:
                raise
            lost = error
        for pause in _LOST_ANSWER_LOOKS:
            clock.sleep(pause)
            record = _find(gateway, wish, asked, taken)
            if record is not None:
                return record
        if tries == _TRIES:
            raise lost


def _corrected(wish: Wish, proposals: list[Address]) -> Address:
    same_place = [proposal for proposal in proposals if same_place(proposal, wish.address)]
    if wish.on_correction == "cosmetic" and same_place:
        return same_place[0]
    if wish.on_correction == "accept" and len(proposals) == 1:
        return proposals[0]
    raise _correction_refusal(wish, proposals) from None


def _validation_refusal(wish: Wish, error: GatewayError) -> Exception:
    if error.code != NOT_VALIDATED:
        return error
    hints = ["Check the house number, and that street, city and postal code belong together."]
    if re.search(r"\b(street|avenue|road|boulevard|drive|lane)\b", wish.address.street, re.IGNORECASE):
        hints.append("Abbreviate the street type (St, Ave, Rd).")
    if wish.address.iso_country != "GB":
        hints.append("The city must be the community name of the emergency database (MSAG), which is often "
                     "not the postal city.")  # fmt: skip
    return Refused(
        Problem(
            "Twilio cannot validate the address (21628): the emergency database does not know it.",
            "No address was created; numbers that wait for it stay as they are.",
            " ".join(hints),
            where="street",
        )
    )


def _correction_refusal(wish: Wish, proposals: list[Address]) -> Refused:
    what = "Twilio does not know the address as written (21629)"
    if not proposals:
        return Refused(
            Problem(
                f"{what}, and its suggestion could not be read.",
                "No address was created; numbers that wait for it stay as they are.",
                "Check the address against the local authority's spelling (MSAG).",
                where="street",
            )
        )
    return Refused(
        Problem(
            f"{what}; it knows:\n" + "\n  or\n".join(comparison(wish.address, each) for each in proposals),
            "No address was created: help must not be sent to a place that you did not write down.",
            "If the suggestion is right, paste it into the program; on_correction='accept' takes any single "
            "suggestion.",
            where="street",
        )
    )


def rename(gateway: Gateway, sid: str, friendly_name: str) -> AddressRecord:
    """Change the friendly name, and nothing else, unless it is so already."""
    record = gateway.address(sid)
    return record if record.friendly_name == friendly_name else gateway.rename_address(sid, friendly_name)


def delete(account: Account, sid: str, deadline: Deadline) -> None:
    """
    Delete an address that no number points at.

    Numbers on their way out are waited for. Gone counts as done.

    Raises:
        Refused: Other numbers still use it, and are named; nothing was changed.
        GatewayError: What else Twilio answered.

    """
    pause = FIRST_PAUSE
    while True:
        numbers = account.numbers.fresh()
        users = _users(account, sid, [number for number in numbers if number.emergency_address_sid == sid])
        refusal: GatewayError | None = None
        if not users:
            try:
                account.gateway.delete_address(sid)
            except GatewayError as error:
                if error.gone:
                    return
                if error.code != IN_USE:
                    raise
                refusal = error
            else:
                return
        # Twilio may clear the SID before the registration has ended; the address stays in use until then.
        leaving = [
            number for number in numbers if number.emergency_address_status == "pending-unregistration"
        ]
        if not leaving or account.clock.monotonic() >= deadline.at:
            raise _still_used(sid, leaving, refusal)
        account.clock.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 1.5)


def _users(account: Account, sid: str, listed: list[Number]) -> list[Number]:
    """Return the numbers that are on their way out. A list may lag, so whoever seems to stay is fetched."""
    leaving = []
    for index, seen in enumerate(listed):
        out = seen.emergency_address_status == "pending-unregistration"
        number = seen if out else _fetched(account, seen)
        if number is None or number.emergency_address_sid != sid:
            continue
        if number.emergency_address_status != "pending-unregistration":
            raise Refused(guards.address_in_use(sid, [number, *listed[index + 1 :]]))
        leaving.append(number)
    return leaving


def _fetched(account: Account, number: Number) -> Number | None:
    try:
        return account.gateway.number(number.sid)
    except GatewayError as error:
        if error.gone:
            return None
        raise


def sweep(account: Account, friendly_name: str, held: Collection[str]) -> list[str]:
    """
    Delete addresses that an interrupted run has made and nobody knows of; return their SIDs.

    Only for friendly names that can be nobody else's. What a number points at is kept.
    """
    orphans = [
        record
        for record in account.gateway.addresses_called(friendly_name)
        if record.friendly_name == friendly_name and record.emergency_enabled and record.sid not in held
    ]
    if not orphans:
        return []
    used = {number.emergency_address_sid for number in account.numbers.fresh()}
    swept = [record.sid for record in orphans if record.sid not in used]
    for sid in swept:
        try:
            account.gateway.delete_address(sid)
        except GatewayError as error:
            if not error.gone and error.code != IN_USE:
                raise
    return swept


def _still_used(sid: str, leaving: list[Number], refusal: GatewayError | None) -> Refused:
    if leaving:
        what = f"Address {sid} cannot be deleted yet: {guards.named(leaving)} still being unregistered."
    else:
        said = f" ({refusal.code}: {refusal.text})" if refusal else ""
        what = (
            f"Twilio still counts address {sid} as in use{said}, though it is no number's emergency address."
        )
    return Refused(
        Problem(
            what,
            "Nobody loses coverage by the address being kept.",
            "Run it again later. If it stays so, look for regulatory uses of it in the Twilio Console.",
        )
    )
