"""
A number's way to its emergency address and back, in the documented order.

Change: clear, wait for `unregistered`, submit, wait for `registered`. Each step first looks at what is
already true, so running it again is the recovery procedure.
Source: emergency calling for SIP interfaces, Twilio docs, read 2026-11.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.registration_waiter import DeadlinePassed
from pulumi_twilio_emergency.core.account.submissions import NOTHING_KNOWN
from pulumi_twilio_emergency.core.model.problem import (
    InterruptedBeforeChange,
    Problem,
    Refused,
    RolledBack,
    StillInUse,
    Unfinished,
)
from pulumi_twilio_emergency.core.operations import binding_texts as texts
from pulumi_twilio_emergency.core.operations.transition import (
    BoundByOthers,
    RegistrationFailed,
    Stuck,
    Transition,
)
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.core.rules.next_step import Step, next_step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.account.registration_waiter import Deadline
    from pulumi_twilio_emergency.core.account.submissions import Submissions
    from pulumi_twilio_emergency.core.model.domain import Domain
    from pulumi_twilio_emergency.core.model.number import Number


def _never(_address_sid: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class DesiredBinding:
    """
    A binding as declared.

    Attributes:
        number_sid: The number, `PN...`.
        address_sid: The address it shall show, `AD...`.
        previous: The address that was in force before; it is put back when the new one fails.
        ours: Addresses that may be let go, since we know that the number was bound to them.
        is_ours: Asked at most once, about an address that the number points at and that is not in `ours`:
            whether it is proven to be of this stack's making. May raise GatewayError.
        take_over: The address that the number points at when the call begins may be let go, whosever it is.
        wait: Stay until Twilio reports `registered`.
        uncovered_since: Unix time since when an earlier, unfinished change has left it uncovered.
        submissions: Where each address is recorded before it is submitted.

    """

    number_sid: str
    address_sid: str
    previous: str | None = None
    ours: frozenset[str] = frozenset()
    is_ours: Callable[[str], bool] = _never
    take_over: bool = False
    wait: bool = True
    uncovered_since: float | None = None
    submissions: Submissions = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class BindingResult:
    """
    A number that points at its address.

    Attributes:
        number: The number as confirmed by GET.
        registered_at: Unix time of the look that found it registered; None while that is pending.
        uncovered_seconds: How long the change left it without a registered address.
        changed: Whether this call submitted or cleared anything.

    """

    number: Number
    registered_at: float | None
    uncovered_seconds: float
    changed: bool


def bind(account: Account, desired: DesiredBinding, deadline: Deadline) -> BindingResult:
    """
    Point the number at its emergency address and stay until Twilio has registered it.

    Safe to run again at any moment: each step first looks at what is already true. When the registration
    fails, what was submitted is cleared again, and the previous address, if there was one, is put back.
    Nothing is asked of Twilio after the deadline, and nothing is written after an interruption.

    Raises:
        Refused: A guard spoke; nothing was changed. InterruptedBeforeChange: the operator did.
        RolledBack: The new registration failed; the previous address is registered again.
        Unfinished: It stopped half-way; the number's state is in the exception.
        GatewayError: What else Twilio answered; nothing was changed.

    """
    with request_scope(deadline=deadline.at):
        try:
            # Looked at first: no other request lies between the look at the number and the write.
            with contextlib.suppress(GatewayError):
                account.address(desired.address_sid)
            number, may_clear = _judged(account, desired)
        except Interrupted:
            raise InterruptedBeforeChange(texts.interrupted_before_look(desired.number_sid)) from None
        transition = Transition(account, number, deadline, desired.uncovered_since, desired.submissions)
        try:
            transition.run_to(desired.address_sid, may_clear, wait=desired.wait)
        except RegistrationFailed as failed:
            if failed.refusal is not None and not transition.changed:
                raise failed.refusal from None
            rollback_address = number.emergency_address_sid if number.covered else desired.previous
            raise _roll_back(transition, failed, desired.address_sid, rollback_address) from failed.refusal
        except BoundByOthers:
            raise _left_to_others(transition, desired.address_sid) from None
        except (DeadlinePassed, Interrupted, Stuck, GatewayError) as stop:
            raise _stopped(transition, stop, desired.address_sid) from stop
        return _result(transition)


def _judged(account: Account, desired: DesiredBinding) -> tuple[Number, frozenset[str]]:
    """Judge the number before anything is written; return it, and the addresses that may be taken off it."""
    number = account.gateway.number(desired.number_sid)
    guards.refuse(guards.problem_if_cannot_register(number))
    seen = number.emergency_address_sid
    known = {desired.address_sid, *desired.ours} | ({desired.previous} if desired.previous else set())
    if seen is not None and seen not in known:
        if desired.take_over or account.unsafe:
            known.add(seen)
        elif desired.is_ours(seen):
            known.add(seen)
            number = account.gateway.number(desired.number_sid)  # the question may have taken requests
        elif number.emergency_address_status != "pending-unregistration":
            raise Refused(guards.text_bound_elsewhere(number, desired.address_sid))
    if seen != desired.address_sid:
        guards.refuse(guards.problem_if_address_does_not_fit(number, account.address(desired.address_sid)))
    return number, frozenset(known - {desired.address_sid})


def _result(transition: Transition) -> BindingResult:
    number = transition.number
    return BindingResult(
        number,
        transition.account.clock.time() if number.covered else None,
        round(transition.uncovered_seconds or 0.0, 1) if number.covered else 0.0,
        transition.changed,
    )


def _roll_back(
    transition: Transition, failed: RegistrationFailed, address_sid: str, rollback_address: str | None
) -> Exception:
    """Clear what was not taken, put the previous address back, and say what is in force now."""
    what = texts.registration_failed(transition.number, address_sid, failed.refusal)
    status, refusal = transition.number.effective_status, failed.refusal
    target = rollback_address if rollback_address != address_sid else None
    try:
        transition.run_to(target, {address_sid})
    except (RegistrationFailed, DeadlinePassed, BoundByOthers, Interrupted, Stuck, GatewayError) as stop:
        also = texts.rollback_failed(transition.number, target, stop)
        foreign = transition.number.emergency_address_sid if isinstance(stop, BoundByOthers) else None
    else:
        if target is not None:
            return RolledBack(texts.rolled_back(what, target, transition.uncovered_seconds, refusal, status))
        also, foreign = "", None
    problem = texts.left_after_failure(transition, f"{what}{also}", refusal, status)
    return _unfinished(transition, problem, foreign=foreign)


def _left_to_others(transition: Transition, address_sid: str) -> Exception:
    number = transition.number
    if not transition.changed:
        return Refused(guards.text_bound_elsewhere(number, address_sid))
    return _unfinished(
        transition, texts.bound_by_others(number, address_sid), foreign=number.emergency_address_sid
    )


def _stopped(transition: Transition, stop: Exception, address_sid: str | None) -> Exception:
    """Say how a transition stopped that was neither finished nor refused."""
    number = transition.number
    # A number that already points at the address is ours to keep in state, whoever submitted it.
    begun = transition.changed or (address_sid is not None and number.emergency_address_sid == address_sid)
    if isinstance(stop, Interrupted) and not begun:
        return InterruptedBeforeChange(texts.interrupted_before_change(number, address_sid))
    if isinstance(stop, GatewayError) and not begun:
        return stop
    return _unfinished(transition, texts.stopped(transition, stop, address_sid))


def _unfinished(transition: Transition, problem: Problem, *, foreign: str | None = None) -> Unfinished:
    submitted = frozenset(transition.submitted)
    return Unfinished(problem, transition.number, transition.uncovered_since, foreign, submitted)


def unbind(
    account: Account,
    number_sid: str,
    ours: Collection[str],
    deadline: Deadline,
    *,
    is_ours: Callable[[str], bool] = _never,
) -> Number | None:
    """
    Take our address off the number and stay until Twilio has unregistered it.

    Only what is ours is taken away: a number that points at another address is left alone. Gone counts as
    done. Returns the number as it is now, or None if it is gone.

    Args:
        account: The account.
        number_sid: The number, `PN...`.
        ours: Addresses that we know the number was bound to.
        deadline: When to stop waiting, and what to call meanwhile.
        is_ours: Asked about any other address that the number points at: whether it is proven to be of this
            stack's making. May raise GatewayError.

    Raises:
        Refused: StillInUse: the number is an enabled SIP domain's emergency caller; it was not unbound.
            InterruptedBeforeChange: the operator asked to stop.
        Unfinished: It stopped half-way and can be resumed.
        GatewayError: What else Twilio answered; nothing was changed.

    """
    with request_scope(deadline=deadline.at):
        try:
            # Before the number, so that nothing lies between the look at it and the write.
            domains = _possible_domains(account, number_sid)
            number = account.find_number(number_sid)
            if number is None:
                return None
        except Interrupted:
            raise InterruptedBeforeChange(texts.interrupted_before_look(number_sid)) from None
        transition = Transition(account, number, deadline)
        try:
            _let_go(transition, domains, set(ours), is_ours)
        except (DeadlinePassed, Interrupted, Stuck, GatewayError) as stop:
            if isinstance(stop, GatewayError) and stop.gone:
                return None
            raise _stopped(transition, stop, None) from stop
        return transition.number


def _let_go(
    transition: Transition, domains: Sequence[Domain], ours: set[str], is_ours: Callable[[str], bool]
) -> None:
    """Take off what is ours. Of any other address it is asked whether that is ours, too."""
    while True:
        _refuse_to_unbind_caller(transition, domains, ours)
        try:
            transition.run_to(None, ours)
        except BoundByOthers:
            elsewhere = str(transition.number.emergency_address_sid)
            if not is_ours(elsewhere):
                return
            ours.add(elsewhere)
            transition.look()  # the question may have taken requests
        else:
            return


def _refuse_to_unbind_caller(
    transition: Transition, domains: Sequence[Domain], ours: Collection[str]
) -> None:
    account, number = transition.account, transition.number
    if next_step(number, None, ours) is Step.CLEAR and number.emergency_address_sid is not None:
        problem = guards.problem_if_emergency_caller(number, domains)
        if problem is not None and not account.unsafe:
            raise StillInUse(problem, [each.sid for each in guards.relying_domains(domains, number.sid)])


def _possible_domains(account: Account, number_sid: str) -> Sequence[Domain]:
    """Return the domains that may show this number; a list may lag, so each is fetched before it counts."""
    # Domains change seldom and through the same program; a few seconds old is new enough.
    listed = [each for each in account.domains.recent(seconds=5) if each.emergency_caller_sid == number_sid]
    return [each for each in (account.find_domain(each.sid) for each in listed) if each is not None]
