"""The six calls of NumberEmergencyBinding. What a binding is for emergencies is decided in `core`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.account.ownership import Holder, new_instance
from pulumi_twilio_emergency.core.model.countries import is_e164
from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import Problem, Refused, Unfinished
from pulumi_twilio_emergency.core.operations import binding as bindings
from pulumi_twilio_emergency.handlers import binding_outputs as state
from pulumi_twilio_emergency.handlers import binding_preflight as preflight
from pulumi_twilio_emergency.handlers import number_lookup
from pulumi_twilio_emergency.handlers.base import (
    await_successor,
    being_deleted,
    holder_of,
    lagging,
    leave_to_successor,
    once_unused,
    refuse_moved_account,
    with_delete_before_replace_hint,
    within_time_limit,
)
from pulumi_twilio_emergency.handlers.input_problems import boolean_problems, both_given, demand, sid_problems
from pulumi_twilio_emergency.handlers.progress import on_progress
from pulumi_twilio_emergency.handlers.property_maps import given, known
from pulumi_twilio_emergency.handlers.results import Checked, Created, Diffed, NotReady, ReadState

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.handlers.call import Call


def input_problems(inputs: dict[str, Any], secret: Collection[str] = ()) -> list[Problem]:
    """Return everything that can be said offline against the inputs of a binding."""
    return [
        *both_given(inputs, "number_sid", "phone_number"),
        *sid_problems(inputs, "number_sid", "PN", secret),
        *sid_problems(inputs, "address_sid", "AD", secret),
        *boolean_problems(inputs, "wait_for_registration", "take_over"),
        *sid_problems(inputs, "account_sid", "AC", secret),
        *_phone_number_problems(inputs, secret),
    ]


class NumberBindingHandler:
    """Handles NumberEmergencyBinding resources."""

    def check(self, call: Call, olds: dict[str, Any], news: dict[str, Any]) -> Checked:
        """Say what is wrong with the inputs, and what `up` would surely meet."""
        call.run.note_check(call.urn, in_state=bool(olds))
        problems = input_problems(news, call.secret)
        if not problems:
            problems += preflight.problems(call, given(news), is_new=not olds)
        return Checked(given(news), problems)

    def diff(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> Diffed:
        """Another number is another binding; another address is a change in the documented order."""
        for_program = call.run.is_for_the_program(call.urn)
        refuse_moved_account(call, "binding", news, olds)
        replaces = [
            name
            for name in ("number_sid", "phone_number", "account_sid")
            if news.get(name) is not None and news[name] != olds.get(name)
        ]
        state.record_submitted(call, id_, olds)
        if replaces:
            if for_program:
                preflight.announce_replacement(call, olds)
            return Diffed(changes=True, replaces=replaces)
        moves = news.get("address_sid") != olds.get("address_sid")
        changes = moves or state.flags_differ(olds, news) or state.needs_update(olds, news)
        if for_program:
            live = preflight.look_at(call, id_, olds)
            changes = preflight.has_drifted(call, live, olds, news) or changes
            preflight.note_found_and_declared(call, live, olds, news)
            if changes:
                preflight.refuse_or_announce(call, live, olds, news)
            else:
                call.run.ownership.claim(id_, holder_of(call, olds))
        return Diffed(changes=changes)

    def create(self, call: Call, inputs: dict[str, Any]) -> Created:
        """Bind and wait for `registered`, or find that an earlier run did."""
        demand(inputs, "number_sid", "phone_number")
        demand(inputs, "address_sid")
        with within_time_limit(call):
            account = call.run.twilio.account(inputs.get("account_sid"))
            number_sid = number_lookup.sid_of(account, inputs)
            holder = Holder(call.urn, new_instance())
            with call.run.alone_with(number_sid):
                return Created(number_sid, _bind(call, account, holder, number_sid, inputs, olds={}))

    def read(self, call: Call, id_: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> ReadState | None:
        """Return what Twilio has now; None when the number is gone."""
        call.run.note_read(call.urn)
        with within_time_limit(call):
            account = call.run.twilio.home_of("binding", outputs.get("account_sid"))
            number = number_lookup.listed_or_fetched(
                account, {"number_sid": id_}, fits=lambda each: state.shows(outputs, each)
            )
            if number is None and number_lookup.listed(account, {"number_sid": id_}) is not None:
                raise Refused(lagging(f"number {id_}"))
        if number is None:
            return None
        state.record_submitted(call, id_, outputs)
        preflight.warn_of_lost_coverage(call, number, outputs)
        outs = state.outputs_of_read(number, outputs, call.secret, now=call.run.clock.time())
        inputs = given(inputs)
        inputs["address_sid"] = number.emergency_address_sid
        return ReadState(id_, outs, given(inputs))

    def update(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """Go on where the last run stopped, or change the address in the documented order."""
        demand(news, "address_sid")
        with within_time_limit(call):
            account = call.run.twilio.home_of("binding", olds.get("account_sid"))
            with call.run.alone_with(id_):
                return _bind(call, account, holder_of(call, olds), id_, news, olds=olds)

    def delete(self, call: Call, id_: str, outputs: dict[str, Any]) -> None:
        """Take our address off the number and wait for `unregistered`. The number stays."""
        phone_number = str(outputs.get("phone_number") or id_)
        await_successor(call, id_, outputs, [phone_number])
        with call.run.alone_with(id_):
            what = f"The emergency address of {phone_number}"
            if leave_to_successor(call, id_, outputs, what, [phone_number]):
                return
            with being_deleted(call, id_):
                left = once_unused(call, lambda: _unbind(call, id_, outputs))
            call.run.ownership.drop(id_, holder_of(call, outputs))
        if left is None or left.emergency_address_sid is None:
            call.line.status("unregistered")
            return
        call.line.warn(
            f"{left.phone_number} is left as it is: it points at {left.emergency_address_sid} "
            f"({left.emergency_address_status}), which this binding did not submit."
        )


def _unbind(call: Call, id_: str, outputs: dict[str, Any]) -> Number | None:
    with within_time_limit(call):
        account = call.run.twilio.home_of("binding", outputs.get("account_sid"))
        submissions = call.submissions(state.submitted_sid(outputs))

        def was_ours(address_sid: str) -> bool:
            """Whether a run of this stack that was killed has submitted what state does not know of."""
            if submissions.has(id_, address_sid):
                return True
            return preflight.is_lost_work(call, account, address_sid)

        try:
            return bindings.unbind(
                account,
                id_,
                state.submitted_sids(outputs),
                account.deadline(call.time_limit(), on_progress(call)),
                is_ours=was_ours,
            )
        except Refused as error:
            raise with_delete_before_replace_hint(call, error) from None


def _phone_number_problems(news: dict[str, Any], secret: Collection[str]) -> list[Problem]:
    value = known(news).get("phone_number")
    if value is None or (isinstance(value, str) and is_e164(value)):
        return []
    said = "" if "phone_number" in secret else f", not {quoted(value)}"
    return [
        Problem(
            f"phone_number must be in E.164 without blanks, like +14155550100{said}.", where="phone_number"
        )
    ]


def _bind(
    call: Call,
    account: Account,
    holder: Holder,
    number_sid: str,
    news: dict[str, Any],
    *,
    olds: dict[str, Any],
) -> dict[str, Any]:
    """Bring the number to its address; what could not be finished is kept as a resource that is not ready."""
    desired = _desired(call, account, number_sid, news, olds)
    deadline = account.deadline(call.time_limit(), on_progress(call))
    try:
        result = bindings.bind(account, desired, deadline)
    except Unfinished as stop:
        call.run.ownership.claim(number_sid, holder)
        raise NotReady(
            state.text_for_state(stop, news, call.secret),
            number_sid,
            state.outputs_of_unfinished(stop, desired, holder, news, olds=olds, secret=call.secret),
        ) from stop
    call.run.ownership.claim(number_sid, holder)
    call.line.status(result.number.status.name)
    if not result.number.covered:
        _warn_of_pending(call, result.number)
    return state.outputs_of(result, desired, holder, news, olds=olds, secret=call.secret)


def _desired(
    call: Call, account: Account, number_sid: str, news: dict[str, Any], olds: dict[str, Any]
) -> bindings.DesiredBinding:
    return bindings.DesiredBinding(
        number_sid=number_sid,
        address_sid=news["address_sid"],
        previous=state.previous_address(olds),
        ours=state.releasable_sids(olds),
        is_ours=preflight.ours_by_evidence(call, account, number_sid, in_state=bool(olds)),
        take_over=bool(news.get("take_over", False)),
        wait=bool(news.get("wait_for_registration", True)),
        uncovered_since=olds.get("uncovered_since"),
        submissions=call.submissions(state.submitted_sid(olds)),
    )


def _warn_of_pending(call: Call, number: Number) -> None:
    call.line.warn(
        f"{number.phone_number} is {number.status.name}: it is not covered yet.\n{number.status.meaning}\n"
        "`pulumi refresh` shows when it is registered."
    )
