"""
What is said of a number whose transition did not end as desired: what happened, what it means, what to do.

Every text is about the number as last seen, so that what it says of coverage is true now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.registration_waiter import DeadlinePassed
from pulumi_twilio_emergency.core.model.countries import registration_time
from pulumi_twilio_emergency.core.model.formatting import duration, sentence
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.core.operations import gateway_error_texts
from pulumi_twilio_emergency.core.operations.gateway_error_texts import CORRECT_CREDENTIALS, said
from pulumi_twilio_emergency.core.operations.transition import BoundByOthers, RegistrationFailed
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted, NotSent
from pulumi_twilio_emergency.core.rules.guards import relying, relying_domains

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.account.registration_waiter import Unseen
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.model.status import Status
    from pulumi_twilio_emergency.core.operations.transition import Transition

_GO_ON = "Run `pulumi up` again to go on from here; nothing needs undoing."
_MORE_TIME = "custom_timeouts allows more time."
_COUNT_AS_UNCOVERED = "Count it as not covered until it has been checked again."
_GO_ON_REMOVING = "Run the same command again to go on from here; nothing needs undoing."


def interrupted_before_look(number_sid: str) -> Problem:
    """Return the text of an interruption before the number was even looked at."""
    return Problem(
        f"Interrupted before anything was changed on {number_sid}.",
        "Its emergency address is what it was.",
        "Run the same command again when you are ready.",
    )


def interrupted_before_change(number: Number, address_sid: str | None) -> Problem:
    """Return the text of an interruption before the first write."""
    return Problem(
        f"Interrupted before anything was changed: {in_force(number)}",
        number.effective_status.meaning,
        f"The next `pulumi up` will bind it to {address_sid}."
        if address_sid
        else "Run the same command again to take the address off.",
    )


def in_force(number: Number) -> str:
    """Say what is in force on a number now."""
    at = f" at {number.emergency_address_sid}" if number.emergency_address_sid else ""
    return f"{number.phone_number} is {number.effective_status.name}{at}."


def registration_failed(number: Number, address_sid: str, refusal: GatewayError | None) -> str:
    """Say that an address was not registered, and why as far as Twilio tells."""
    why = said(refusal) if refusal else f"Twilio reports {number.effective_status.name}."
    return f"{number.phone_number} could not be registered at {address_sid}: {why}"


def rollback_failed(number: Number, rollback_address: str | None, stop: Exception) -> str:
    """Say that the previous address could not be put back, or what was submitted not be cleared."""
    aim = (
        f"The previous address, {rollback_address}, could not be put back"
        if rollback_address
        else "What was submitted could not be cleared"
    )
    if isinstance(stop, BoundByOthers):
        why = f"somebody else has bound the number to {number.emergency_address_sid} meanwhile."
    elif isinstance(stop, DeadlinePassed):
        why = f"time ran out while the number was {number.effective_status.name}."
        if stop.unseen is not None:
            why = f"time ran out, and {_unseen_since(stop.unseen)}"
    elif isinstance(stop, Interrupted):
        why = "interrupted, and nothing new was begun."
    elif isinstance(stop, RegistrationFailed) and stop.refusal is not None:
        why = said(stop.refusal)
    elif isinstance(stop, GatewayError):
        why = said(stop)
    else:
        why = f"Twilio reports {number.effective_status.name}."
    return f"\n{aim}: {why}"


def rolled_back(
    what: str, rollback_address: str, uncovered: float | None, refusal: GatewayError | None, status: Status
) -> Problem:
    """Return the text of a failed change whose previous address is in force again."""
    gap = f" for {duration(uncovered)}" if uncovered is not None else ""
    return Problem(
        what,
        f"The previous address, {rollback_address}, is registered again: nothing changed, but the number was "
        f"uncovered{gap}.",
        _remedy(refusal, status),
    )


def left_after_failure(
    transition: Transition, what: str, refusal: GatewayError | None, status: Status
) -> Problem:
    """Return the text of a failed registration that was not rolled back."""
    number = transition.number
    now = f"{in_force(number)} {number.effective_status.meaning}"
    if transition.unanswered is not None:
        now = (
            f"What came of the last request is not known. Last seen: {in_force(number)} {_COUNT_AS_UNCOVERED}"
        )
    elif transition.unseen is not None:
        now = f"Last seen: {in_force(number)} {_COUNT_AS_UNCOVERED}"
    return Problem(
        what,
        f"{now}{_relying(transition)}",
        f"{_remedy(refusal, status)} Then run `pulumi up` again.",
    )


def _remedy(refusal: GatewayError | None, status: Status) -> str:
    return status.remedy if refusal is None else gateway_error_texts.remedy(refusal)


def bound_by_others(number: Number, address_sid: str) -> Problem:
    """Return the text of a number that somebody else has bound while we were waiting."""
    return Problem(
        f"{number.phone_number} ({number.sid}) was bound to another address meanwhile, "
        f"{number.emergency_address_sid} ({number.effective_status.name}), not by this resource; it was left "
        f"there, and {address_sid} is not registered.",
        f"A dispatcher would see the other address. {number.effective_status.meaning}",
        "Find out who bound it: another stack, another resource, or the Console. If it should move here, set "
        "take_over=True and run `pulumi up` again.",
    )


def stopped(transition: Transition, stop: Exception, address_sid: str | None) -> Problem:
    """Return the text of a transition that stopped half-way."""
    number, going_on = transition.number, _GO_ON if address_sid else _GO_ON_REMOVING
    meaning = f"{number.effective_status.meaning}{_relying(transition)}"
    if transition.unanswered is not None:
        return _unanswered(number, transition.unanswered, going_on)
    if isinstance(stop, DeadlinePassed):
        return _out_of_time(transition, stop, address_sid)
    if isinstance(stop, Interrupted):
        return Problem(f"Interrupted: {in_force(number)}", meaning, going_on)
    if isinstance(stop, GatewayError):
        return _broken_off(number, stop, meaning, going_on)
    status = number.effective_status
    return Problem(f"{number.phone_number} was cleared and stays {status.name}.", meaning, status.remedy)


def _unanswered(number: Number, error: GatewayError, going_on: str) -> Problem:
    return Problem(
        f"Twilio has not answered, and what came of the last request is not known: {sentence(error.text)} "
        f"Last seen: {in_force(number)}",
        _COUNT_AS_UNCOVERED,
        f"Wait a few minutes, since what was sent may still arrive. {going_on}",
    )


def _unseen_since(unseen: Unseen) -> str:
    """Say that the looks have failed, since when, and why the last one did."""
    return f"every look for the last {duration(unseen.seconds)} has failed: {said(unseen.error)}"


def _out_of_time(transition: Transition, stop: DeadlinePassed, address_sid: str | None) -> Problem:
    number = transition.number
    if stop.unseen is not None:
        return Problem(
            f"Lost contact with Twilio: {_unseen_since(stop.unseen)} Last seen: {in_force(number)}",
            f"{_COUNT_AS_UNCOVERED}{_relying(transition)}",
            f"{_GO_ON if address_sid else _GO_ON_REMOVING} {_MORE_TIME}",
        )
    what = f"{number.phone_number} is still {number.effective_status.name} after {duration(stop.limit)}."
    if address_sid is None:
        return Problem(what, "Count it as not covered.", "Run the same command again to keep waiting; "
                       "nothing needs undoing.")  # fmt: skip
    clearing = number.emergency_address_status == "pending-unregistration"
    if number.emergency_address_sid not in {None, address_sid} and not clearing:
        what = f"{in_force(number)} {address_sid}, which was submitted, is not shown by Twilio yet."
    return Problem(
        what,
        f"Until Twilio reports registered, count it as not covered.{_relying(transition)}",
        f"Registration takes {registration_time(number.phone_number)}. Run `pulumi up` again to keep "
        f"waiting; nothing needs undoing. {_MORE_TIME}",
    )


def _broken_off(number: Number, error: GatewayError, meaning: str, going_on: str) -> Problem:
    if error.gone:
        return Problem(
            f"{number.phone_number} ({number.sid}) is no longer in this account.",
            "Its emergency address went with it.",
            "Run `pulumi refresh`, and remove the binding from the program or bind another number.",
        )
    if error.forbidden:
        return Problem(
            f"Twilio stopped accepting these credentials ({error.status}) while {in_force(number)}",
            meaning,
            f"{CORRECT_CREDENTIALS} {going_on}",
        )
    reason = f"{sentence(error.text)} Last seen: {in_force(number)}"
    if isinstance(error, NotSent):
        return Problem(f"Stopped at the time limit: {reason}", meaning, f"{going_on} {_MORE_TIME}")
    if not error.transient:
        return Problem(
            f"The change stopped half-way: {said(error)} Last seen: {in_force(number)}",
            meaning,
            f"{gateway_error_texts.remedy(error)} {going_on}",
        )
    return Problem(f"Lost contact with Twilio: {reason}", meaning, going_on)


def _relying(transition: Transition) -> str:
    """Name the enabled SIP domains whose emergency calls show a number that is not covered now."""
    number, account = transition.number, transition.account
    if number.covered:
        return ""
    try:
        # Said in a failure: as new as can be had without another wait.
        domains = account.domains.recent(seconds=60, allow_stale=True)
    except (GatewayError, Interrupted):
        return ""
    return relying([each.domain_name for each in relying_domains(domains, number.sid)])
