"""
An emergency address at Twilio: created and validated, and renamed; deleting is in `address_removal`.

Source: Address resource and emergency calling for SIP pages, Twilio docs, read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from pulumi_twilio_emergency.core.model.address import DesiredAddress
from pulumi_twilio_emergency.core.model.problem import InterruptedBeforeChange, Unconfirmed
from pulumi_twilio_emergency.core.operations import address_texts as texts
from pulumi_twilio_emergency.core.operations.address_removal import (
    NOTHING_SWEPT,
    Swept,
    delete,
    deleted_unused,
    sweep,
    users_of,
)
from pulumi_twilio_emergency.core.operations.interruption import lost_write
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import current_scope, request_scope
from pulumi_twilio_emergency.core.rules.address_normalization import certain_differences, same_place_for_sure
from pulumi_twilio_emergency.core.rules.suggestions import choose, proposals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.model.address import Address, AddressRecord, OnCorrection

__all__ = ["CreatedAddress", "DesiredAddress", "Swept", "create", "delete", "rename", "sweep"]

NEAR_MATCH = 21629
# Of the place itself: what was refused so now was refused so by an earlier try whose answer was lost.
_REFUSALS_OF_THE_PLACE = {NEAR_MATCH, texts.NOT_VALIDATED}

# A list may lag behind a create whose answer was lost: so long we look before we create again.
_LOST_ANSWER_LOOKS = (0.0, 2.0, 5.0, 8.0)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class CreatedAddress:
    """
    An address that exists and is validated.

    Attributes:
        record: What Twilio has on file.
        found: It was there already, from an earlier run.
        adopted_used: It was found, and numbers pointed at it already.
        corrected: The fields where another place than the desired one was accepted.
        swept: What became of the leftovers of interrupted runs.

    """

    record: AddressRecord
    found: bool = False
    adopted_used: bool = False
    corrected: tuple[str, ...] = ()
    swept: Swept = NOTHING_SWEPT


def create(
    account: Account,
    desired: DesiredAddress,
    deadline: Deadline,
    *,
    is_held: Callable[[str], bool],
) -> CreatedAddress:
    """
    Create and validate an address, or find the one that an interrupted run has made.

    What counts as proof that an address at Twilio is this very resource's:

    1. Creates of one friendly name happen one after the other within a process, and what one of them has
       returned is no candidate for another: equal addresses of one program never take each other's.
    2. A candidate is an emergency address of exactly that friendly name, for sure at the place that is asked
       for, which no live resource of this command holds.
    3. A candidate that a number points at is in use by something: it is neither adopted nor deleted, and a
       new address is created; unless `desired.may_adopt_used`.
    4. An unused candidate under a tagged name is a leftover of an interrupted run, or the very thing that is
       being replaced: a new address is created and validated, and then the leftovers are deleted.
    5. An unused candidate under the operator's own name is adopted: an interrupted run may have made it.
    6. After a lost answer, a record of that name and place that was not there before the request is ours.
       Nothing is created again before that was looked for.

    Args:
        account: The account to create it in.
        desired: The declared address.
        deadline: Until when Twilio is asked.
        is_held: Whether a live resource of this command is proven to stand for an address SID.

    Raises:
        Refused: Twilio does not know the place, or knows another one; nothing was created.
            InterruptedBeforeChange: the operator asked to stop.
        Unconfirmed: The request was sent, its answer was lost, and no look could tell what came of it.
        GatewayError: What else Twilio answered; nothing was created.

    """
    with request_scope(deadline=deadline.at):
        try:
            with account.creating(desired.friendly_name):
                created = _Creation(account, desired, is_held).run()
                account.note_made(created.record.sid)
                return created
        except Interrupted:
            raise InterruptedBeforeChange(texts.interrupted_create(desired)) from None


class _Creation:
    """One create: what was there before, and what is asked for."""

    def __init__(self, account: Account, desired: DesiredAddress, is_held: Callable[[str], bool]) -> None:
        self._account = account
        self._desired = desired
        self._is_held = is_held
        self._asked = desired.address
        self._before = account.gateway.addresses_called(desired.friendly_name)

    def run(self) -> CreatedAddress:
        adopted = self._adopted()
        if adopted is not None:
            return adopted
        try:
            record = self._posted()
        except GatewayError as error:
            if error.code != NEAR_MATCH:
                raise texts.validation_refusal(self._desired, error) from error
            self._asked = self._chosen(error)
            adopted = self._adopted()
            if adopted is not None:
                return adopted
            record = self._posted_as_suggested()
        self._refuse_unasked_correction(record)
        return self._with_leftovers_swept(self._result(record))

    def _result(self, record: AddressRecord) -> CreatedAddress:
        corrected = certain_differences(self._desired.address, record.address)
        return CreatedAddress(record, corrected=tuple(corrected))

    # Finding what is there

    def _adopted(self) -> CreatedAddress | None:
        for record in self._candidates(self._before):
            if self._desired.may_adopt_used and self._is_used(record.sid):
                return replace(self._result(record), found=True, adopted_used=True)
            if not self._desired.tagged and not self._is_used(record.sid):
                return replace(self._result(record), found=True)
        return None

    def _candidates(self, records: Iterable[AddressRecord]) -> list[AddressRecord]:
        found = _candidates(records, self._desired, self._asked)
        return [
            record
            for record in found
            if not self._is_held(record.sid) and not self._account.has_made(record.sid)
        ]

    def _is_used(self, sid: str) -> bool:
        return bool(users_of(self._account, sid))

    # Creating

    def _posted(self) -> AddressRecord:
        """Create it; where the answer is lost, look for it before trying again, and before giving up."""
        lost: GatewayError | None = None
        for _ in range(_TRIES):
            try:
                self._account.clock.raise_if_interrupted()
                return self._account.gateway.create_address(self._asked, self._desired.friendly_name)
            except Interrupted as interrupted:
                lost = lost_write(interrupted) or lost
                if lost is None:
                    raise
                record = self._looked_for(lost)
                if record is None:
                    raise Unconfirmed(texts.lost_create(self._desired, lost)) from interrupted
                return record
            except GatewayError as error:
                if not error.outcome_unknown:
                    if lost is None or error.code in _REFUSALS_OF_THE_PLACE:
                        raise
                    raise Unconfirmed(texts.lost_create(self._desired, lost, then=error)) from error
                lost = error
            record = self._looked_for(lost)
            if record is not None:
                return record
        raise Unconfirmed(texts.lost_create(self._desired, cast("GatewayError", lost))) from lost

    def _looked_for(self, lost: GatewayError) -> AddressRecord | None:
        """
        Return what a create made whose answer was lost, or None where no look has shown any.

        Raises:
            Unconfirmed: Looking was impossible, or was interrupted.

        """
        known = {record.sid for record in self._before}
        looked = False
        try:
            for _ in self._looks_left():
                try:
                    records = self._account.gateway.addresses_called(self._desired.friendly_name)
                except GatewayError:
                    looked = False
                    continue
                looked = True
                for record in records:
                    if record.sid not in known and self._is_what_we_sent(record):
                        return record
        except Interrupted:
            looked = False
        if not looked:
            raise Unconfirmed(texts.lost_create(self._desired, lost)) from lost
        return None

    def _looks_left(self) -> Iterator[float]:
        """Wait before each look after a lost answer; even an interruption leaves time for the first."""
        deadline = current_scope().deadline
        for pause in _LOST_ANSWER_LOOKS:
            if deadline is not None and self._account.clock.monotonic() + pause > deadline:
                return
            if pause:
                self._account.clock.sleep(pause)
            yield pause

    def _is_what_we_sent(self, record: AddressRecord) -> bool:
        # Twilio may have stored it in another standard spelling.
        return (
            record.friendly_name == self._desired.friendly_name
            and record.emergency_enabled
            and self._agrees(record.address, "cosmetic")
        )

    def _agrees(self, stored: Address, on_correction: OnCorrection) -> bool:
        return (
            same_place_for_sure(stored, self._asked)
            or choose(self._asked, [stored], on_correction) is not None
        )

    # Suggestions

    def _posted_as_suggested(self) -> AddressRecord:
        try:
            return self._posted()
        except GatewayError as error:
            if error.code != NEAR_MATCH:
                raise texts.validation_refusal(self._desired, error) from error
            proposed = proposals(error.text, self._desired.address)
            raise texts.correction_refusal(self._desired, proposed) from error

    def _chosen(self, error: GatewayError) -> Address:
        proposed = proposals(error.text, self._desired.address)
        chosen = choose(self._desired.address, proposed, self._desired.on_correction)
        if chosen is None:
            raise texts.correction_refusal(self._desired, proposed) from error
        return chosen

    def _refuse_unasked_correction(self, record: AddressRecord) -> None:
        """Delete again what Twilio has changed although it was told not to: nobody agreed to that address."""
        if not self._agrees(record.address, self._desired.on_correction):
            swept = deleted_unused(self._account, [record.sid])
            raise texts.correction_refusal(self._desired, [record.address], kept=(*swept.in_use, *swept.kept))

    # Leftovers

    def _with_leftovers_swept(self, created: CreatedAddress) -> CreatedAddress:
        """Delete what interrupted runs have left. That is tidying up: no trouble with it fails the create."""
        leftovers = self._candidates(self._before) if self._desired.tagged else []
        try:
            unused = [
                each.sid
                for each in leftovers
                if each.sid != created.record.sid and not self._is_used(each.sid)
            ]
        except (GatewayError, Interrupted):
            return created
        return replace(created, swept=deleted_unused(self._account, unused))


def _candidates(
    records: Iterable[AddressRecord], desired: DesiredAddress, asked: Address
) -> list[AddressRecord]:
    """Return the emergency addresses of exactly that name and, for sure, that place."""
    return [
        record
        for record in records
        if record.friendly_name == desired.friendly_name
        and record.emergency_enabled
        and same_place_for_sure(record.address, asked)
    ]


def rename(account: Account, sid: str, friendly_name: str, deadline: Deadline) -> AddressRecord:
    """
    Change the friendly name, and nothing else, unless it is so already.

    Raises:
        InterruptedBeforeChange: The operator asked to stop.
        Unconfirmed: They did when the rename was sent already, and its answer was lost.
        GatewayError: What Twilio answered.

    """
    try:
        with request_scope(deadline=deadline.at):
            record = account.gateway.address(sid)
            if record.friendly_name == friendly_name:
                return record
            account.clock.raise_if_interrupted()
            return account.gateway.rename_address(sid, friendly_name)
    except Interrupted as interrupted:
        if lost_write(interrupted):
            raise Unconfirmed(texts.lost_rename(sid)) from interrupted
        raise InterruptedBeforeChange(texts.interrupted_rename(sid)) from None
