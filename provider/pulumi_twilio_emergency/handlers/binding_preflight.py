"""
What preview says of a binding beyond its inputs: what `up` will surely meet, and the gaps that will open.

The same rules judge a binding in preview and at the start of `up`: the engine sends check and diff in both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.rules import friendly_names, guards
from pulumi_twilio_emergency.handlers import binding_outputs as state
from pulumi_twilio_emergency.handlers import number_lookup
from pulumi_twilio_emergency.handlers.base import RECENT, declared_twice
from pulumi_twilio_emergency.handlers.property_maps import DELETE_BEFORE_REPLACE, known, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.handlers.call import Call


def ours_by_evidence(call: Call, account: Account, *, in_state: bool) -> Callable[[str], bool]:
    """
    Return what tells whether an address that state does not expect on a number is of this stack's own making.

    Proof: this command has seen the address in this stack's state; or, for a binding that is in state itself,
    the address carries the tag of this stack. Then an interrupted run has put it there, and nobody else.
    """

    def is_ours(sid: str) -> bool:
        if call.run.ownership.is_in_state(sid):
            return True
        if not in_state and not call.run.state_may_be_lost:
            return False
        record = account.find_address(sid)
        return record is not None and friendly_names.is_tagged_for_stack(record.friendly_name, call.urn)

    return is_ours


def problems(call: Call, news: dict[str, Any], *, is_new: bool) -> list[Problem]:
    """
    Return what stands against a binding that the program declares.

    Args:
        call: The check.
        news: The inputs, which are well-formed.
        is_new: It is created, or replaces one; then Twilio is asked what `up` would meet.

    """
    values = known(news)
    seen: list[Number] = []

    def look(account: Account) -> list[Problem]:
        if "account_sid" in unknown(news) or not {"number_sid", "phone_number"} & values.keys():
            return []
        return _new_binding(call, account, news, seen) if is_new else _known_binding(account, values, seen)

    found = call.run.twilio.look(call.line, values.get("account_sid"), look)
    keys = {str(values[name]) for name in ("number_sid", "phone_number") if name in values}
    for number in seen:
        keys |= {number.sid, number.phone_number}
    what = seen[0].phone_number if seen else next(iter(sorted(keys)), "")
    where = "number_sid" if "number_sid" in values else "phone_number"
    return [*declared_twice(call, keys, f"Number {what}", where), *found]


def _known_binding(account: Account, values: Mapping[str, Any], seen: list[Number]) -> list[Problem]:
    number = number_lookup.listed(account, values, allow_stale=True)
    seen.extend([number] if number else [])
    return []


def _new_binding(call: Call, account: Account, news: dict[str, Any], seen: list[Number]) -> list[Problem]:
    values = known(news)
    number = number_lookup.confirmed(
        account, values, fits=lambda each: each.voice and each.emergency_address_sid is None
    )
    if number is None:
        missing = number_lookup.no_such_number(account, values)
        if "number_sid" in values:
            return [missing]
        call.line.warn(f"{missing.what} It must be there before this resource is created.")
        return []
    seen.append(number)
    problem = guards.problem_if_cannot_register(number) or _address_problem(account, number, values)
    if problem is not None:
        return [problem]
    return _bound_elsewhere(call, account, number, news)


def _address_problem(account: Account, number: Number, values: Mapping[str, Any]) -> Problem | None:
    sid = values.get("address_sid")
    if not sid or sid == number.emergency_address_sid:
        return None
    try:
        record = account.address(sid)  # fetched once: a thousand numbers may share it
    except GatewayError as error:
        if not error.gone:
            raise
        return _no_such_address(account, sid)
    return guards.problem_if_address_does_not_fit(number, record)


def _no_such_address(account: Account, sid: str) -> Problem:
    return Problem(
        f"Account {account.sid} has no address {sid}.",
        "Nothing was changed.",
        "An address belongs to one account: pass the sid of an EmergencyAddress in the number's own "
        "account. If it was "
        "deleted outside Pulumi, run `pulumi refresh` first.",
        where="address_sid",
    )


def _bound_elsewhere(call: Call, account: Account, number: Number, news: dict[str, Any]) -> list[Problem]:
    current = number.emergency_address_sid
    wanted = known(news).get("address_sid")
    if current == wanted and number.covered and known(news).get(DELETE_BEFORE_REPLACE):
        call.run.gaps.announce(call.line, number.phone_number, "while it is replaced (delete_before_replace)")
    if current in {None, wanted} or number.emergency_address_status == "pending-unregistration":
        return []
    allowed = bool(known(news).get("take_over")) or "take_over" in unknown(news) or call.run.settings.unsafe
    if not allowed and not ours_by_evidence(call, account, in_state=False)(current or ""):
        return [_text_bound_elsewhere(call, account, number, wanted)]
    if number.covered:
        _announce(call, account, number)
    return []


def _text_bound_elsewhere(call: Call, account: Account, number: Number, wanted: str | None) -> Problem:
    problem = guards.text_bound_elsewhere(number, wanted)
    record = account.find_address(number.emergency_address_sid or "")
    if record is None or not friendly_names.is_tagged_for_stack(record.friendly_name, call.urn):
        return problem
    remedy = (
        "If resources were renamed or moved, name their old places with the option aliases: that sends "
        f"nothing. That address, {record.friendly_name!r}, was made by this stack, or by another one of its "
        "name. If this "
        "stack has retained it, or lost it from state, take it back as it is: run `pulumi up` once with "
        f"{guards.OVERRIDE}=1. {problem.remedy}"
    )
    return replace(problem, remedy=remedy)


def refuse_move(call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> None:
    """
    Announce the gap that a change of address opens.

    Raises:
        Refused: `up` would refuse the change: somebody else has bound the number, or it is gone.

    """
    found: list[Number] = []

    def look(account: Account) -> list[Problem]:
        fine = {None, known(news).get("address_sid"), *state.releasable_sids(olds)}
        number = number_lookup.confirmed(
            account, {"number_sid": id_}, fits=lambda each: each.emergency_address_sid in fine
        )
        if number is None:
            return [number_lookup.no_such_number(account, {"number_sid": id_})]
        found.append(number)
        allowed = bool(known(news).get("take_over")) or call.run.settings.unsafe
        if number.emergency_address_sid in fine or allowed:
            return []
        if ours_by_evidence(call, account, in_state=True)(number.emergency_address_sid or ""):
            return []
        return [guards.text_bound_elsewhere(number, known(news).get("address_sid"))]

    for problem in call.run.twilio.look(call.line, olds.get("account_sid"), look):
        raise Refused(problem)
    live = found[0] if found else None
    wanted = known(news).get("address_sid")
    if live is not None and live.emergency_address_sid == wanted and wanted is not None:
        return  # it is there already: nothing will be cleared
    if live.covered if live is not None else state.is_covered(olds):
        number = live.phone_number if live is not None else str(olds.get("phone_number"))
        _announce_move(call, olds, number, id_)


def has_drifted(call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """
    Return whether Twilio shows the number otherwise than state does, so that `up` has something to fix.

    Somebody else's address is not fixed unseen: that is only reported. A number that state and
    program agree to leave pending is reported as not covered yet.
    """
    wanted = news["address_sid"] if known(news).get("address_sid") else None

    def look(account: Account) -> list[Problem]:
        number = number_lookup.confirmed(
            account,
            {"number_sid": id_},
            fits=lambda each: each.covered and each.emergency_address_sid == wanted,
        )
        if number is None:
            call.line.warn(
                f"{number_lookup.no_such_number(account, {'number_sid': id_}).what} Run `pulumi refresh`."
            )
            return []
        if number.covered and number.emergency_address_sid == wanted:
            # Registered since: the outputs are to say so.
            return [] if state.is_covered(olds) else [guards.text_not_as_in_state(number, str(wanted))]
        problem = guards.text_not_as_in_state(number, str(wanted))
        call.line.warn(str(problem))
        foreign = number.emergency_address_sid not in {None, wanted}
        if foreign and ours_by_evidence(call, account, in_state=True)(number.emergency_address_sid or ""):
            foreign = False
        as_agreed = not state.is_covered(olds) and number.emergency_address_sid == wanted
        return [] if foreign or as_agreed else [problem]

    return bool(call.run.twilio.look(call.line, olds.get("account_sid"), look))


def _announce(call: Call, account: Account, number: Number) -> None:
    domains = relying_domains(account, number.sid)
    call.run.gaps.announce(call.line, number.phone_number, _because(domains))


def _announce_move(call: Call, olds: dict[str, Any], phone_number: str, number_sid: str) -> None:
    domains: list[str] = []

    def look(account: Account) -> list[Problem]:
        domains.extend(relying_domains(account, number_sid))
        return []

    call.run.twilio.look(call.line, olds.get("account_sid"), look)
    call.run.gaps.announce(call.line, phone_number, _because(domains))


def _because(domains: list[str]) -> str:
    if not domains:
        return "while its address changes"
    return (
        f"while its address changes, and so will emergency calls from {', '.join(domains)}, whose "
        "emergency caller it is"
    )


def relying_domains(account: Account, number_sid: str) -> list[str]:
    """Name the enabled SIP domains that show the number on their emergency calls."""
    return [
        domain.domain_name
        for domain in account.domains.recent(RECENT)
        if domain.emergency_calling_enabled and domain.emergency_caller_sid == number_sid
    ]
