"""
An emergency address at Twilio: created and validated, renamed, deleted.

Source: Address resource and emergency calling for SIP pages, Twilio docs, read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from pulumi_twilio_emergency.core.account.polling import pauses
from pulumi_twilio_emergency.core.model.address import Address, AddressRecord, OnCorrection
from pulumi_twilio_emergency.core.model.problem import InterruptedBeforeChange, Problem, Refused, Unconfirmed
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import current_scope, request_scope
from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.core.rules.address_normalization import certain_differences, same_place_for_sure
from pulumi_twilio_emergency.core.rules.suggestions import choose, comparison, proposals, why_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.model.number import Number

NOT_VALIDATED = 21628
NEAR_MATCH = 21629
IN_USE = 21625

# A list may lag behind a create whose answer was lost: so long we look before we create again.
_LOST_ANSWER_LOOKS = (0.0, 2.0, 5.0, 8.0)
_TRIES = 3
# How far a list of numbers, or Twilio's own count of an address's users, may lag behind the numbers themselves.
_LISTS_LAG_AT_MOST = 30.0
_NOTHING_CREATED = "No address was created; numbers that wait for it stay as they are."


@dataclass(frozen=True, slots=True)
class DesiredAddress:
    """
    An emergency address as declared.

    Attributes:
        address: What the operator typed.
        friendly_name: The name it is created under, and looked for.
        on_correction: What to do when Twilio knows a near match only.
        tagged: The name is the default one, which carries this resource's own tag: what is found under it is
            of this resource's making, and of nobody else's.
        may_adopt_used: An address of that name and place may be taken although numbers point at it. Only
            where nothing else can have made it, or the operator has switched the guards off.
        secret: Properties whose values are secret: they are not shown in messages.

    """

    address: Address
    friendly_name: str
    on_correction: OnCorrection = "cosmetic"
    tagged: bool = False
    may_adopt_used: bool = False
    secret: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CreatedAddress:
    """
    An address that exists and is validated.

    Attributes:
        record: What Twilio has on file.
        found: It was there already, from an earlier run.
        adopted_used: It was found, and numbers pointed at it already.
        corrected: The fields where another place than the desired one was accepted.
        deleted: Leftovers of interrupted runs that were deleted.
        kept: Leftovers that were to be deleted, and could not be.

    """

    record: AddressRecord
    found: bool = False
    adopted_used: bool = False
    corrected: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of leftovers: SIDs that are deleted, and SIDs that could not be."""

    deleted: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def create(
    account: Account,
    desired: DesiredAddress,
    deadline: Deadline,
    *,
    is_held: Callable[[str], bool],
    known_names: Collection[str] = (),
) -> CreatedAddress:
    """
    Create and validate an address, or find the one that an interrupted run has made.

    What counts as proof that an address at Twilio is this very resource's:

    1. Creates of one friendly name happen one after the other within a process, so equal addresses of one
       program never take each other's.
    2. A candidate is an emergency address of exactly that friendly name, for sure at the place that is asked
       for, which no live resource of this command holds.
    3. A candidate that a number points at is in use by something: it is neither adopted nor deleted, and a
       new address is created; unless `desired.may_adopt_used`.
    4. An unused candidate under a tagged name is a leftover of an interrupted run, or the very thing that is
       being replaced: a new address is created and validated, and then the leftovers are deleted.
    5. An unused candidate under the operator's own name is adopted, since an interrupted run may have made it.
    6. After a lost answer, a record of that name and place that was not there before the request is ours.
       Nothing is created again before that was looked for.

    Args:
        account: The account to create it in.
        desired: The declared address.
        deadline: Until when Twilio is asked.
        is_held: Whether a live resource of this command is proven to stand for an address SID.
        known_names: Other tagged names under which runs of this very resource may have left addresses.

    Raises:
        Refused: Twilio does not know the place, or knows another one; nothing was created.
            InterruptedBeforeChange: the operator asked to stop.
        Unconfirmed: The request was sent, its answer was lost, and no look could tell what came of it.
        GatewayError: What else Twilio answered; nothing was created.

    """
    with request_scope(deadline=deadline.at):
        try:
            with account.creating(desired.friendly_name):
                return _Creation(account, desired, is_held).run(known_names)
        except Interrupted:
            raise InterruptedBeforeChange(_interrupted_create(desired)) from None


class _Creation:
    """One create: what was there before, and what is asked for."""

    def __init__(self, account: Account, desired: DesiredAddress, is_held: Callable[[str], bool]) -> None:
        self._account = account
        self._desired = desired
        self._is_held = is_held
        self._asked = desired.address
        self._before = account.gateway.addresses_called(desired.friendly_name)
        self._users: dict[str, bool] = {}

    def run(self, known_names: Collection[str]) -> CreatedAddress:
        adopted = self._adopted()
        if adopted is not None:
            return adopted
        try:
            record = self._posted()
        except GatewayError as error:
            if error.code != NEAR_MATCH:
                raise _validation_refusal(self._desired, error) from error
            self._asked = self._chosen(error)
            adopted = self._adopted()
            if adopted is not None:
                return adopted
            record = self._posted_as_suggested()
        self._refuse_unasked_correction(record)
        return self._with_leftovers_swept(self._result(record), known_names)

    def _result(self, record: AddressRecord) -> CreatedAddress:
        corrected = certain_differences(self._desired.address, record.address)
        return CreatedAddress(record, corrected=tuple(corrected))

    # Finding what is there

    def _adopted(self) -> CreatedAddress | None:
        for record in self._candidates(self._before):
            used = self._is_used(record.sid)
            if used and self._desired.may_adopt_used:
                return replace(self._result(record), found=True, adopted_used=True)
            if not used and not self._desired.tagged:
                return replace(self._result(record), found=True)
        return None

    def _candidates(self, records: Iterable[AddressRecord]) -> list[AddressRecord]:
        found = _candidates(records, self._desired, self._asked)
        return [record for record in found if not self._is_held(record.sid)]

    def _is_used(self, sid: str) -> bool:
        if sid not in self._users:
            self._users[sid] = bool(_users(self._account, sid))
        return self._users[sid]

    # Creating

    def _posted(self) -> AddressRecord:
        """Create it; where the answer is lost, look for it before trying again, and before giving up."""
        lost: GatewayError | None = None
        for _ in range(_TRIES):
            try:
                self._account.clock.raise_if_interrupted()
                return self._account.gateway.create_address(self._asked, self._desired.friendly_name)
            except Interrupted:
                if lost is None:
                    raise
                raise Unconfirmed(_lost_create(self._desired, lost)) from lost
            except GatewayError as error:
                if not error.outcome_unknown:
                    raise
                lost = error
            record = self._looked_for(lost)
            if record is not None:
                return record
        raise cast("GatewayError", lost)

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
            raise Unconfirmed(_lost_create(self._desired, lost)) from lost
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
                raise _validation_refusal(self._desired, error) from error
            proposed = proposals(error.text, self._desired.address)
            raise _correction_refusal(self._desired, proposed) from error

    def _chosen(self, error: GatewayError) -> Address:
        proposed = proposals(error.text, self._desired.address)
        chosen = choose(self._desired.address, proposed, self._desired.on_correction)
        if chosen is None:
            raise _correction_refusal(self._desired, proposed) from error
        return chosen

    def _refuse_unasked_correction(self, record: AddressRecord) -> None:
        """Delete again what Twilio has changed although it was told not to: nobody agreed to that address."""
        if not self._agrees(record.address, self._desired.on_correction):
            swept = _deleted_unused(self._account, [record.sid])
            raise _correction_refusal(self._desired, [record.address], kept=swept.kept)

    # Leftovers

    def _with_leftovers_swept(self, created: CreatedAddress, known_names: Collection[str]) -> CreatedAddress:
        """Delete what interrupted runs have left; that is tidying up, so no trouble with it fails the create."""
        leftovers = self._candidates(self._before) if self._desired.tagged else []
        try:
            for name in known_names:
                named = replace(self._desired, friendly_name=name)
                leftovers += _candidates(self._account.gateway.addresses_called(name), named, self._asked)
            unused = [
                each.sid
                for each in leftovers
                if each.sid != created.record.sid
                and not self._is_held(each.sid)
                and not _users(self._account, each.sid)
            ]
        except (GatewayError, Interrupted):
            return created
        swept = _deleted_unused(self._account, unused)
        return replace(created, deleted=swept.deleted, kept=swept.kept)


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
        GatewayError: What Twilio answered.

    """
    try:
        with request_scope(deadline=deadline.at):
            record = account.gateway.address(sid)
            if record.friendly_name == friendly_name:
                return record
            account.clock.raise_if_interrupted()
            return account.gateway.rename_address(sid, friendly_name)
    except Interrupted:
        raise InterruptedBeforeChange(
            Problem(
                f"Interrupted before address {sid} was renamed.",
                "What is registered stays registered.",
                "Run the same command again when you are ready.",
            )
        ) from None


def delete(account: Account, sid: str, deadline: Deadline) -> None:
    """
    Delete an address that no number points at.

    Numbers on their way out are waited for, and so is a list or a count of Twilio's that may lag. Gone counts
    as done.

    Raises:
        Refused: Numbers still use it, and are named; nothing was changed. InterruptedBeforeChange: the
            operator asked to stop.
        GatewayError: What else Twilio answered.

    """
    try:
        with request_scope(deadline=deadline.at):
            _delete(account, sid, deadline)
    except Interrupted:
        raise InterruptedBeforeChange(
            Problem(
                f"Interrupted before address {sid} was deleted.",
                "Nobody loses coverage by the address being kept.",
                "Run the same command again to delete it.",
            )
        ) from None


def _delete(account: Account, sid: str, deadline: Deadline) -> None:
    began = account.clock.monotonic()
    for pause in pauses():
        numbers = account.numbers.fresh()
        users = _users(account, sid, numbers)
        staying = [number for number in users if number.emergency_address_status != "pending-unregistration"]
        if staying:
            raise Refused(guards.text_address_in_use(sid, staying))
        refusal = None if users else _refusal_of_delete(account, sid)
        if not users and refusal is None:
            return
        # Twilio may clear the SID before the registration has ended; the address stays in use until then.
        leaving = [each for each in numbers if each.emergency_address_status == "pending-unregistration"]
        now = account.clock.monotonic()
        patience = deadline.at if leaving else min(deadline.at, began + _LISTS_LAG_AT_MOST)
        if now + pause > patience:
            raise _still_used(sid, users or leaving, refusal)
        account.clock.sleep(pause)


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


def _users(account: Account, sid: str, listed: Collection[Number] | None = None) -> list[Number]:
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
        What was really deleted, and what could not be.

    Raises:
        GatewayError: Twilio could not be asked what there is.

    """
    leftovers = [
        record.sid
        for name in dict.fromkeys(names)
        for record in account.gateway.addresses_called(name)
        if record.friendly_name == name and record.emergency_enabled and not is_held(record.sid)
    ]
    return _deleted_unused(account, [sid for sid in leftovers if not _users(account, sid)])


def _deleted_unused(account: Account, sids: Sequence[str]) -> Swept:
    """Delete what can be deleted: an address that stays does no harm, and is reported as kept."""
    deleted, kept = [], []
    for sid in sids:
        try:
            refused = _refusal_of_delete(account, sid) is not None
        except (GatewayError, Interrupted):
            refused = True
        (kept if refused else deleted).append(sid)
    return Swept(tuple(deleted), tuple(kept))


# Texts


def _interrupted_create(desired: DesiredAddress) -> Problem:
    return Problem(
        f"Interrupted before the address {desired.friendly_name!r} was created.",
        _NOTHING_CREATED,
        "Run `pulumi up` again when you are ready.",
    )


def _lost_create(desired: DesiredAddress, lost: GatewayError) -> Problem:
    return Problem(
        f"The address {desired.friendly_name!r} was sent to Twilio, the answer was lost, and no look could tell "
        f"whether it was created: {lost.text}",
        "Nothing is registered with it; numbers that wait for it stay as they are.",
        "Run `pulumi up` again: it looks for that address before it creates another one.",
    )


def _validation_refusal(desired: DesiredAddress, error: GatewayError) -> Exception:
    if error.code != NOT_VALIDATED:
        return error
    hints = ["Check the house number, and that street, city and postal code belong together."]
    if re.search(r"\b(street|avenue|road|boulevard|drive|lane)\b", desired.address.street, re.IGNORECASE):
        hints.append("Abbreviate the street type (St, Ave, Rd).")
    if desired.address.iso_country != "GB":
        hints.append("The city must be the community name of the emergency database (MSAG), which is often "
                     "not the postal city.")  # fmt: skip
    return Refused(
        Problem(
            "Twilio cannot validate the address (21628): the emergency database does not know it.",
            _NOTHING_CREATED,
            " ".join(hints),
            where="street",
        )
    )


def _correction_refusal(
    desired: DesiredAddress, proposed: Sequence[Address], kept: Collection[str] = ()
) -> Refused:
    what = "Twilio does not know the address as written (21629)"
    if not proposed:
        return Refused(
            Problem(
                f"{what}, and its suggestion could not be read.",
                _NOTHING_CREATED,
                "Check the address against the local authority's spelling (MSAG).",
                where="street",
            )
        )
    comparisons = "\n  or\n".join(comparison(desired.address, each, desired.secret) for each in proposed)
    reason = why_asked(desired.address, proposed[0])
    meaning = "No address was created: help must not be sent to a place that you did not write down."
    if kept:
        meaning = (
            f"Twilio has stored that other place as {', '.join(kept)}, which could not be deleted again; no "
            "number uses it."
        )
    return Refused(
        Problem(
            f"{what}; it knows:\n{comparisons}",
            f"{meaning} {reason}".strip(),
            "If the suggestion is right, paste it into the program; on_correction='accept' takes any single "
            "suggestion.",
            where="street",
        )
    )


def _still_used(sid: str, leaving: Sequence[Number], refusal: GatewayError | None) -> Refused:
    if leaving:
        verb = "is" if len(leaving) == 1 else "are"
        what = (
            f"Address {sid} cannot be deleted yet: {guards.named(leaving)} {verb} still being unregistered."
        )
    else:
        said = f" ({refusal.code}: {refusal.text})" if refusal else ""
        what = (
            f"Twilio still counts address {sid} as in use{said}, though it is no number's emergency address."
        )
    return Refused(
        Problem(
            what,
            "Nobody loses coverage by the address being kept.",
            "Run the same command again later. If it stays so, look for regulatory uses of the address in the "
            "Twilio Console.",
        )
    )
