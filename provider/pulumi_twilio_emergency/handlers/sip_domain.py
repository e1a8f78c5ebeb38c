"""The six calls of SipDomainEmergency. What the switch is for emergencies is decided in `core`."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.account.ownership import INSTANCE, Holder, instance_of, new_instance
from pulumi_twilio_emergency.core.account.submissions import NONE
from pulumi_twilio_emergency.core.model.domain import Domain
from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import InterruptedBeforeChange, Problem, Refused, Unconfirmed
from pulumi_twilio_emergency.core.operations import sip_domain
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.core.rules.site_inputs import is_domain_name
from pulumi_twilio_emergency.handlers import domain_lookup
from pulumi_twilio_emergency.handlers.base import (
    RECENT,
    await_successor,
    being_deleted,
    declared_twice,
    holder_of,
    leave_to_successor,
    refuse_moved_account,
    within_time_limit,
)
from pulumi_twilio_emergency.handlers.input_problems import boolean_problems, both_given, demand, sid_problems
from pulumi_twilio_emergency.handlers.property_maps import (
    SUBMITTED_CALLER,
    given,
    known,
    unknown,
    with_secrets_marked,
)
from pulumi_twilio_emergency.handlers.results import Checked, Created, Diffed, NotReady, ReadState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.handlers.call import Call


def input_problems(inputs: dict[str, Any], secret: Collection[str] = ()) -> list[Problem]:
    """Return everything that can be said offline against the inputs of a domain's emergency calling."""
    return [
        *both_given(inputs, "domain_sid", "domain_name"),
        *sid_problems(inputs, "domain_sid", "SD", secret),
        *sid_problems(inputs, "emergency_caller_sid", "PN", secret),
        *boolean_problems(inputs, "enabled"),
        *sid_problems(inputs, "account_sid", "AC", secret),
        *_name_problems(inputs, secret),
    ]


class SipDomainHandler:
    """Handles SipDomainEmergency resources."""

    def check(self, call: Call, olds: dict[str, Any], news: dict[str, Any]) -> Checked:
        """Say what is wrong with the inputs, and what `up` would surely meet."""
        call.run.note_check(call.urn, in_state=bool(olds))
        problems = input_problems(news, call.secret)
        if not problems:
            problems += _preflight(call, given(news), changed=known(olds) != known(news), is_new=not olds)
        return Checked(given(news), problems)

    def diff(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> Diffed:
        """Another domain is another switch; the two fields are changed in place."""
        for_program = call.run.is_for_the_program(call.urn)
        _see_in_state(call, id_, olds)
        refuse_moved_account(call, "SIP domain", news, olds)
        replaces = [
            name
            for name in ("domain_sid", "domain_name", "account_sid")
            if news.get(name) is not None and news[name] != olds.get(name)
        ]
        if replaces:
            if for_program:
                _refuse_if_of_others(call, id_, olds)
            return Diffed(changes=True, replaces=replaces)
        caller = news.get("emergency_caller_sid")
        changes = (news.get("enabled", True), caller) != _switch(olds)
        # A refresh may have found what the program declares now: the update records it as ours.
        is_found = not changes and olds.get(SUBMITTED_CALLER) not in {None, caller or NONE}
        changes = changes or is_found
        if for_program:
            # Looked at in any case: an edit must not hide what somebody else has changed.
            has_drifted = _has_drifted(call, id_, olds)
            if is_found and not has_drifted:
                call.line.note(guards.text_found_and_declared(str(olds.get("domain_name"))))
            changes = has_drifted or changes
            if not changes:
                call.run.ownership.claim(id_, holder_of(call, olds))
        return Diffed(changes=changes)

    def create(self, call: Call, inputs: dict[str, Any]) -> Created:
        """Switch it as declared."""
        demand(inputs, "domain_sid", "domain_name")
        with within_time_limit(call):
            account = call.run.twilio.account(inputs.get("account_sid"))
            domain_sid = domain_lookup.sid_of(account, inputs)
            holder = Holder(call.urn, new_instance())
            with call.run.alone_with(domain_sid):
                desired = _desired(call, domain_sid, inputs, {})
                outputs = _written(call, account, desired, inputs, holder)
        return Created(domain_sid, outputs)

    def read(self, call: Call, id_: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> ReadState | None:
        """Return the two fields as they are now; None when the domain is gone."""
        call.run.note_read(call.urn)
        _see_in_state(call, id_, outputs)
        with within_time_limit(call):
            account = call.run.twilio.home_of("SIP domain", outputs.get("account_sid"))
            domain = _as_in_state_or_fetched(account, id_, outputs)
        if domain is None:
            return None
        inputs = given(inputs)
        if inputs.get("enabled", True) != domain.emergency_calling_enabled:
            inputs["enabled"] = domain.emergency_calling_enabled
        inputs["emergency_caller_sid"] = domain.emergency_caller_sid
        with contextlib.suppress(GatewayError), within_time_limit(call):
            _warn_of_lost_caller(call, account, domain)
        if _switch_of(domain) != _switch(outputs) and outputs:
            call.line.warn(str(guards.text_domain_not_as_in_state(domain.domain_name, *_switch_of(domain))))
        # What state says we have set stays: what the read has found is not ours by that.
        submitted = _submitted(outputs) or (domain.emergency_caller_sid if not outputs else None) or NONE
        # The switch as it was imported; an audit of the state tells it from one that somebody turned off.
        imported_off = {} if outputs or domain.emergency_calling_enabled else {"enabled": False}
        outputs = {**outputs, **imported_off, SUBMITTED_CALLER: submitted}
        return ReadState(id_, _outputs(domain, outputs, instance_of(outputs), call.secret), given(inputs))

    def update(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """Change what differs."""
        _see_in_state(call, id_, olds)
        with within_time_limit(call):
            account = call.run.twilio.home_of("SIP domain", olds.get("account_sid"))
            with call.run.alone_with(id_):
                # What somebody else has changed is put back: preview reports it as drift.
                desired = replace(_desired(call, id_, news, olds), is_ours=lambda _: True)
                return _written(call, account, desired, news, holder_of(call, olds))

    def delete(self, call: Call, id_: str, outputs: dict[str, Any]) -> None:
        """Switch emergency calling off and clear the caller. The domain stays."""
        _see_in_state(call, id_, outputs)
        what = f"Emergency calling of {outputs.get('domain_name') or id_}"
        names = [outputs.get("domain_name")]
        await_successor(call, id_, outputs, names)
        with call.run.alone_with(id_), within_time_limit(call):
            if leave_to_successor(call, id_, outputs, what, names):
                return
            account = call.run.twilio.home_of("SIP domain", outputs.get("account_sid"))
            off = _desired(call, id_, {"enabled": False}, outputs)
            try:
                with being_deleted(call, id_):
                    sip_domain.switch_off(account, off, account.deadline(call.time_limit()))
            except Refused as error:
                raise _with_state_delete_hint(call, error) from None
            call.run.ownership.drop(id_, holder_of(call, outputs))


def _with_state_delete_hint(call: Call, error: Refused) -> Refused:
    """Name the way to leave a domain to others that this resource was to switch off."""
    if isinstance(error, InterruptedBeforeChange):
        return error
    hint = f"To leave it to others: `pulumi state delete '{call.urn}'`, and run the command again."
    return Refused(replace(error.problem, remedy=f"{error.problem.remedy} {hint}"))


def _submitted(outputs: Mapping[str, Any]) -> str | None:
    """Return the caller that state says this stack has set; `none` where it has cleared it."""
    return outputs.get(SUBMITTED_CALLER) or outputs.get("emergency_caller_sid")


def _see_in_state(call: Call, id_: str, outputs: Mapping[str, Any]) -> None:
    """Leave what state says as evidence: a renamed resource is created before the old one is deleted."""
    submitted = _submitted(outputs)
    if submitted is not None:
        call.run.ownership.see_submitted(id_, submitted)


def _switch(outputs: Mapping[str, Any]) -> tuple[bool, str | None]:
    """Return the two fields that are ours."""
    return bool(outputs.get("emergency_calling_enabled")), outputs.get("emergency_caller_sid")


def _switch_of(domain: Domain) -> tuple[bool, str | None]:
    return domain.emergency_calling_enabled, domain.emergency_caller_sid


def _as_in_state_or_fetched(account: Account, id_: str, outputs: Mapping[str, Any]) -> Domain | None:
    return domain_lookup.listed_or_fetched(
        account, id_, fits=lambda domain: _switch_of(domain) == _switch(outputs)
    )


def _name_problems(news: dict[str, Any], secret: Collection[str]) -> list[Problem]:
    value = known(news).get("domain_name")
    if value is None or (isinstance(value, str) and is_domain_name(value)):
        return []
    said = "" if "domain_name" in secret else f", not {quoted(value)}"
    return [
        Problem(
            f"domain_name must be a SIP domain's full name like example.sip.twilio.com{said}.",
            where="domain_name",
        )
    ]


# Looks that preview takes


def _preflight(call: Call, news: dict[str, Any], *, changed: bool, is_new: bool) -> list[Problem]:
    values = known(news)
    keys = {str(values[name]) for name in ("domain_sid", "domain_name") if name in values}

    def look(account: Account) -> list[Problem]:
        if "account_sid" in unknown(news) or not keys:
            return []
        domain = domain_lookup.listed(account, values) or (
            domain_lookup.fetched(account, values) if changed else None
        )
        if domain is not None:
            keys.update({domain.sid, domain.domain_name})
        if not changed:
            if domain is not None:
                _warn_of_lost_caller(call, account, domain)
            return []
        _warn_of_caller(call, account, values)
        if domain is not None:
            # A caller that is not known yet may be the one that the domain has: create judges it.
            is_known = "emergency_caller_sid" not in unknown(news)
            wanted = _desired(call, domain.sid, news, {})
            if is_new and is_known and not call.run.settings.unsafe and wanted.is_of_others(domain):
                return [replace(guards.text_domain_of_others(domain), where="emergency_caller_sid")]
            return []
        missing = domain_lookup.no_such_domain(account, values)
        if "domain_sid" in values:
            return [missing]
        # Another resource of the program may be about to create it.
        call.line.warn(f"{missing.what} It must be there before this resource is created. {missing.remedy}")
        return []

    found = call.run.twilio.look(call.line, values.get("account_sid"), look)
    where = "domain_sid" if "domain_sid" in values else "domain_name"
    what = f"SIP domain {values.get('domain_name') or values.get('domain_sid')}"
    return [*declared_twice(call, keys, what, where), *found]


def _warn_of_caller(call: Call, account: Account, values: Mapping[str, Any]) -> None:
    caller_sid = values.get("emergency_caller_sid")
    # A binding that the program declares for that number registers it first.
    if not caller_sid or call.run.ownership.declared_by_another([str(caller_sid)], call.urn) is not None:
        return
    problem = guards.problem_if_unfit_caller(str(caller_sid), _caller(account, str(caller_sid)))
    if problem is not None:
        # Somebody else may buy or register it until then, so it is no more than a warning here.
        call.line.warn(str(problem))


def _caller(account: Account, sid: str) -> Number | None:
    """Return a number as listed when it is registered there, or else as fetched; None when it is gone."""
    listed = account.numbers.recent(RECENT).find(sid=sid)
    return listed if listed is not None and listed.covered else account.find_number(sid)


def _warn_of_lost_caller(call: Call, account: Account, domain: Domain) -> None:
    """Warn of a domain that shows a number without a registered address, whatever the program changes."""
    caller_sid = domain.emergency_caller_sid
    # A binding of this program says itself what became of its number.
    if not (domain.emergency_calling_enabled and caller_sid) or (
        call.run.ownership.declared_by_another([caller_sid], call.urn) is not None
    ):
        return
    caller = _caller(account, caller_sid)
    if caller is None or not caller.covered:
        call.line.warn(str(guards.text_caller_lost(domain, caller)))


def _has_drifted(call: Call, id_: str, olds: dict[str, Any]) -> bool:
    """Return whether Twilio shows the domain otherwise than state does, so that `up` has something to fix."""

    def look(account: Account) -> list[Problem]:
        domain = _as_in_state_or_fetched(account, id_, olds)
        if domain is None:
            call.line.warn(f"Account {account.sid} has no SIP domain {id_}. Run `pulumi refresh`.")
            return []
        if _switch_of(domain) == _switch(olds):
            return []
        problem = guards.text_domain_not_as_in_state(domain.domain_name, *_switch_of(domain))
        call.line.warn(str(problem))
        return [problem]

    return bool(call.run.twilio.look(call.line, olds.get("account_sid"), look))


def _refuse_if_of_others(call: Call, id_: str, olds: dict[str, Any]) -> None:
    """Stop a replacement before it begins, whose old domain could not be switched off in the end."""

    def look(account: Account) -> list[Problem]:
        domain = _as_in_state_or_fetched(account, id_, olds)
        off = _desired(call, id_, {"enabled": False}, olds)
        if domain is None or call.run.settings.unsafe or not off.is_of_others(domain):
            return []
        return [guards.text_domain_of_others(domain)]

    problem = next(iter(call.run.twilio.look(call.line, olds.get("account_sid"), look)), None)
    if problem is not None:
        raise _with_state_delete_hint(call, Refused(problem))


def _desired(
    call: Call, domain_sid: str, inputs: Mapping[str, Any], olds: Mapping[str, Any]
) -> sip_domain.DesiredEmergencyCalling:
    """
    Return what is wanted of a domain, and what tells whether another caller may be replaced.

    Proof: state says that this stack has set that caller on that domain, or this machine's record says so. A
    resource that is created may have been renamed, and its domain be in state under the old name: then what
    this command has seen of that state counts, or the last entry of the record.
    """
    values = known(inputs)
    in_state = _submitted(olds)
    submissions = call.submissions(in_state)

    def is_ours(caller_sid: str) -> bool:
        if olds:
            return caller_sid == in_state or submissions.has(domain_sid, caller_sid)
        seen = call.run.ownership.was_submitted(domain_sid, caller_sid)
        return seen or submissions.has_last(domain_sid, caller_sid)

    return sip_domain.DesiredEmergencyCalling(
        domain_sid,
        enabled=bool(values.get("enabled", True)),
        caller_sid=values.get("emergency_caller_sid"),
        is_ours=is_ours,
        is_new=not olds,
        submissions=submissions,
    )


def _written(
    call: Call,
    account: Account,
    desired: sip_domain.DesiredEmergencyCalling,
    inputs: dict[str, Any],
    holder: Holder,
) -> dict[str, Any]:
    """Switch the domain; what was sent and not confirmed is kept as a resource that is not ready."""
    try:
        domain = sip_domain.switch(account, desired, account.deadline(call.time_limit()))
    except Unconfirmed as error:
        # It was sent, so it may be in force: kept in state, so that `destroy` takes it down.
        domain = _asked_for(account, desired, inputs)
        call.run.ownership.claim(domain.sid, holder)
        raise NotReady(
            str(error), domain.sid, _outputs_of(domain, desired, inputs, holder, call.secret)
        ) from error
    call.run.ownership.claim(domain.sid, holder)
    return _outputs_of(domain, desired, inputs, holder, call.secret)


def _asked_for(
    account: Account, desired: sip_domain.DesiredEmergencyCalling, inputs: Mapping[str, Any]
) -> Domain:
    name = str(inputs.get("domain_name") or desired.domain_sid)
    return Domain(desired.domain_sid, account.sid, name, desired.enabled, desired.caller_sid)


def _outputs_of(
    domain: Domain,
    desired: sip_domain.DesiredEmergencyCalling,
    inputs: Mapping[str, Any],
    holder: Holder,
    secret: frozenset[str],
) -> dict[str, Any]:
    submitted = desired.caller_sid or NONE
    return _outputs(domain, {**inputs, SUBMITTED_CALLER: submitted}, holder.instance, secret)


def _outputs(
    domain: Domain, inputs: Mapping[str, Any], instance: str, secret: frozenset[str]
) -> dict[str, Any]:
    outputs = {
        **dict.fromkeys(("enabled", "account_sid")),
        **known(inputs),
        "domain_sid": domain.sid,
        "domain_name": domain.domain_name,
        "emergency_calling_enabled": domain.emergency_calling_enabled,
        "emergency_caller_sid": domain.emergency_caller_sid,
        "account_sid": domain.account_sid,
        INSTANCE: instance,
    }
    return with_secrets_marked(outputs, {SUBMITTED_CALLER: ("emergency_caller_sid",)}, secret)
