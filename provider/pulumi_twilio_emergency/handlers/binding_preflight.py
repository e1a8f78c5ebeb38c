"""
What preview says of a binding beyond its inputs: what `up` will surely meet, and the gaps that will open.

The same rules judge a binding in preview and at the start of `up`: the engine sends check and diff in both.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.status import Phase
from pulumi_twilio_emergency.core.model.urn import is_of_sites_file
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.rules import friendly_names, guards
from pulumi_twilio_emergency.core.rules.address_normalization import acceptable_spelling
from pulumi_twilio_emergency.handlers import binding_outputs as state
from pulumi_twilio_emergency.handlers import number_lookup, rename_texts
from pulumi_twilio_emergency.handlers.base import RECENT, declared_twice
from pulumi_twilio_emergency.handlers.property_maps import DELETE_BEFORE_REPLACE, known, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.handlers.call import Call


def ours_by_evidence(
    call: Call, account: Account, number_sid: str, *, in_state: bool
) -> Callable[[str], bool]:
    """
    Return what tells whether an address that state does not expect on a number was put there by this stack.

    Proof: state says that a binding of this stack submitted this address to this number; or state has an
    EmergencyAddress for it; or, for a binding that is in state itself, the address carries this stack's tag:
    then an interrupted run has put it there.
    """

    def is_ours(sid: str) -> bool:
        ownership = call.run.ownership
        if ownership.was_submitted(number_sid, sid) or ownership.is_in_state(sid):
            return True
        if in_state:
            return _carries_our_tag(call, account, sid)
        return is_lost_work(call, account, sid)

    return is_ours


def is_lost_work(call: Call, account: Account, address_sid: str) -> bool:
    """Whether an address is of an interrupted run whose state was never written (PULUMI_SKIP_CHECKPOINTS)."""
    return call.run.state_may_be_lost and _carries_our_tag(call, account, address_sid)


def _carries_our_tag(call: Call, account: Account, address_sid: str) -> bool:
    record = account.find_address(address_sid)
    return record is not None and friendly_names.is_tagged_for_stack(record.friendly_name, call.urn)


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
    number = number_lookup.listed_or_fetched(
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
    if not _may_take_over(call, news) and not ours_by_evidence(call, account, number.sid, in_state=False)(
        current or ""
    ):
        return [_text_bound_elsewhere(call, account, number, wanted)]
    if number.covered:
        _announce(call, account, number)
    return []


def _text_bound_elsewhere(call: Call, account: Account, number: Number, wanted: str | None) -> Problem:
    problem = guards.text_bound_elsewhere(number, wanted, of_sites_file=is_of_sites_file(call.urn))
    record = account.find_address(number.emergency_address_sid or "")
    if record is None or not friendly_names.is_tagged_for_stack(record.friendly_name, call.urn):
        return problem
    remedy = rename_texts.remedy_of_new_binding(call.urn, record.friendly_name, wanted)
    return replace(problem, remedy=remedy)


def look_at(call: Call, id_: str, olds: dict[str, Any]) -> Number | None:
    """
    Return the number of a binding that is in state, as far as preview can look; None where it cannot.

    What a list shows otherwise than state is fetched; a number that is gone is reported.
    """
    found: list[Number] = []

    def look(account: Account) -> list[Problem]:
        number = number_lookup.listed_or_fetched(
            account, {"number_sid": id_}, fits=lambda each: state.shows(olds, each)
        )
        if number is None:
            missing = number_lookup.no_such_number(account, {"number_sid": id_})
            call.line.warn(f"{missing.what} Run `pulumi refresh`.")
        else:
            found.append(number)
        return []

    call.run.twilio.look(call.line, olds.get("account_sid"), look)
    return found[0] if found else None


def has_drifted(call: Call, live: Number | None, olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """
    Return whether Twilio shows the number otherwise than state does, so that `up` has something to fix.

    Somebody else's address is not fixed unseen: that is only reported. A number that state and program agree
    to leave pending is reported as not covered yet. Where the address is not known yet, the number is only
    compared with state.
    """
    if live is None:
        return False
    wanted = known(news).get("address_sid") or olds.get("address_sid")
    if state.shows(olds, live):
        _warn_if_not_covered(call, live, olds, news, wanted)
        return False
    if live.emergency_address_sid == wanted and live.covered:
        return True  # what was under way has ended since: the outputs are to say so
    is_foreign = _is_foreign(call, live, olds, wanted)
    _warn_of_drift(call, live, olds, wanted, is_foreign=is_foreign)
    return not is_foreign


def note_found_and_declared(
    call: Call, live: Number | None, olds: dict[str, Any], news: dict[str, Any]
) -> None:
    """Say why an update shows no difference: the address that a refresh has found is declared by now."""
    wanted = known(news).get("address_sid")
    is_found = olds.get("address_sid") == wanted and state.was_not_submitted(olds, wanted)
    if is_found and live is not None and live.emergency_address_sid == wanted:
        call.line.note(guards.text_found_and_declared(live.phone_number))


def warn_of_lost_coverage(call: Call, live: Number, outputs: dict[str, Any]) -> None:
    """Say in a refresh what it is about to write over: that a number which was covered is so no more."""
    if state.is_covered(outputs):
        _warn_of_drift(call, live, outputs)


def _warn_if_not_covered(
    call: Call, live: Number, olds: dict[str, Any], news: dict[str, Any], wanted: str | None
) -> None:
    """Say what state knows as well: the next who looks may not."""
    if live.covered:
        return
    leaving = live.emergency_address_status == "pending-unregistration"
    under_way = live.status.phase is Phase.WAITING and live.emergency_address_sid == wanted and not leaving
    is_awaited = known(news).get("wait_for_registration") is not False if under_way else None
    _warn(call, live, olds, guards.text_not_covered(live, is_awaited=is_awaited))


def _warn_of_drift(
    call: Call,
    live: Number,
    outputs: dict[str, Any],
    declared: str | None = None,
    *,
    is_foreign: bool = False,
) -> None:
    before = state.as_in_state(outputs, live)
    problem = guards.problem_if_not_as_in_state(live, before, declared, is_foreign=is_foreign)
    if problem is not None:
        _warn(call, live, outputs, problem)


def _warn(call: Call, live: Number, outputs: dict[str, Any], problem: Problem) -> None:
    """Warn of a number, and of the domains whose emergency calls are not covered either."""
    names: list[str] = []

    def look(account: Account) -> list[Problem]:
        with contextlib.suppress(GatewayError):  # a key that may not read domains is told so elsewhere
            names.extend(_relying_domains(account, live.sid, allow_stale=True))
        return []

    if not live.covered:
        call.run.twilio.look(call.line, outputs.get("account_sid"), look)
    call.line.warn(str(guards.with_relying_domains(problem, names)))


def _is_foreign(call: Call, live: Number, olds: dict[str, Any], wanted: str | None) -> bool:
    """Whether the number points at an address that this stack has not put there."""
    current = live.emergency_address_sid
    if current in {None, wanted, *state.releasable_sids(olds)}:
        return False
    ours: list[bool] = []

    def look(account: Account) -> list[Problem]:
        ours.append(ours_by_evidence(call, account, live.sid, in_state=True)(current or ""))
        return []

    call.run.twilio.look(call.line, olds.get("account_sid"), look)
    return ours != [True]


def refuse_or_announce(call: Call, live: Number | None, olds: dict[str, Any], news: dict[str, Any]) -> None:
    """
    Say what an update of the binding will meet: a refusal now, or the gap that it opens.

    Raises:
        Refused: `up` would refuse it: somebody else has bound the number.

    """
    wanted = known(news).get("address_sid")
    if live is None:
        if state.is_covered(olds) and wanted != olds.get("address_sid"):
            _announce_move(call, olds, news, str(olds.get("phone_number")))
        return
    if live.emergency_address_sid == wanted and wanted is not None:
        return  # it is there already: nothing will be cleared
    leaving = live.emergency_address_status == "pending-unregistration"
    if not _may_take_over(call, news) and not leaving and _is_foreign(call, live, olds, wanted):
        raise Refused(guards.text_bound_elsewhere(live, wanted, of_sites_file=is_of_sites_file(call.urn)))
    _refuse_unfit_address(call, live, olds, news)
    if live.covered:
        _announce_move(call, olds, news, live.phone_number)


def _refuse_unfit_address(call: Call, live: Number, olds: dict[str, Any], news: dict[str, Any]) -> None:
    def look(account: Account) -> list[Problem]:
        problem = _address_problem(account, live, known(news))
        return [problem] if problem is not None else []

    guards.refuse(next(iter(call.run.twilio.look(call.line, olds.get("account_sid"), look)), None))


def _may_take_over(call: Call, news: dict[str, Any]) -> bool:
    return bool(known(news).get("take_over")) or "take_over" in unknown(news) or call.run.settings.unsafe


def announce_replacement(call: Call, olds: dict[str, Any]) -> None:
    """
    Say what becomes of the number that a binding has, when the program gives it another number.

    Nothing is said where another resource has declared the number. It may be declared after this resource,
    though, and whether the old copy is deleted at all is not shown to a provider.
    """
    phone_number, number_sid = str(olds.get("phone_number")), str(olds.get("number_sid"))
    if call.run.ownership.declared_by_another([number_sid, phone_number], call.urn) is not None:
        return
    if state.is_covered(olds):
        call.line.warn(
            f"{phone_number} leaves this binding, which names another number now.\n"
            "It will be unbound, and then is not covered, unless another resource of the program declares "
            "it, or the old binding is not deleted (retain_on_delete, --exclude).\n"
            "Declare a second binding if both numbers are to be covered."
        )
    domains = _domains_of(call, olds, number_sid)
    if domains:
        call.line.warn(str(guards.text_caller_leaves(phone_number, domains)))


def _domains_of(call: Call, olds: dict[str, Any], number_sid: str) -> list[str]:
    domains: list[str] = []

    def look(account: Account) -> list[Problem]:
        domains.extend(_relying_domains(account, number_sid))
        return []

    call.run.twilio.look(call.line, olds.get("account_sid"), look)
    return domains


def _announce(call: Call, account: Account, number: Number) -> None:
    domains = _relying_domains(account, number.sid)
    call.run.gaps.announce(call.line, number.phone_number, hint=guards.relying(domains))


def _announce_move(call: Call, olds: dict[str, Any], news: dict[str, Any], phone_number: str) -> None:
    domains: list[str] = []
    hints: list[str] = []

    def look(account: Account) -> list[Problem]:
        domains.extend(_relying_domains(account, str(olds.get("number_sid"))))
        if "address_sid" in unknown(news):
            hints.append(_rename_hint(call, account, str(olds.get("address_sid") or "")))
        return []

    call.run.twilio.look(call.line, olds.get("account_sid"), look)
    call.run.gaps.announce(call.line, phone_number, hint=guards.relying(domains) + "".join(hints))


def _rename_hint(call: Call, account: Account, old_sid: str) -> str:
    """Say how a renamed address keeps its numbers covered, where the new one is for the same place."""
    declared = call.run.gaps.new_addresses
    if not declared or not old_sid:
        return ""
    try:
        on_file = account.address(old_sid).address
    except GatewayError as error:
        if not error.gone:
            raise
        return ""
    name = next((name for name, place in declared.items() if acceptable_spelling(place, on_file)), None)
    if name is None:
        return ""
    return rename_texts.hint_of_new_address(call.urn, name)


def _relying_domains(account: Account, number_sid: str, *, allow_stale: bool = False) -> list[str]:
    """Name the enabled SIP domains that show the number on their emergency calls."""
    listed = account.domains.recent(RECENT, allow_stale=allow_stale)
    return [domain.domain_name for domain in guards.relying_domains(listed, number_sid)]
