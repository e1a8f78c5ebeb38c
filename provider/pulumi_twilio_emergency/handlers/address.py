"""The six calls of EmergencyAddress. What an address is for emergencies is decided in `core`."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.account.ownership import INSTANCE, Holder, instance_of, new_instance
from pulumi_twilio_emergency.core.model.address import LOCATION, REQUIRED, Address
from pulumi_twilio_emergency.core.model.problem import (
    EmergencyError,
    Problem,
    Refused,
)
from pulumi_twilio_emergency.core.operations import address as addresses
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted
from pulumi_twilio_emergency.core.rules import address_inputs, friendly_names, guards
from pulumi_twilio_emergency.core.rules.address_normalization import (
    acceptable_spelling,
    certain_differences,
    same_place_for_sure,
)
from pulumi_twilio_emergency.handlers.base import (
    holder_of,
    lagging,
    leave_to_successor,
    once_unused,
    refuse_moved_account,
    with_delete_before_replace_hint,
    within_time_limit,
)
from pulumi_twilio_emergency.handlers.input_problems import demand, sid_problems
from pulumi_twilio_emergency.handlers.property_maps import (
    DEFAULT_NAME,
    given,
    known,
    unknown,
    with_secrets_marked,
)
from pulumi_twilio_emergency.handlers.results import Checked, Created, Diffed, ReadState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.address import AddressRecord
    from pulumi_twilio_emergency.core.operations.address import CreatedAddress
    from pulumi_twilio_emergency.handlers.call import Call

_SECRET = {"address_on_file": LOCATION}
_EMERGENCY_ENABLED = "emergency_enabled"
"""
An output that is there only where it is False: somebody has changed it, and no number can be registered here.

States of earlier releases do not have it; an address that was created is one for emergencies.
"""


def input_problems(inputs: dict[str, Any], secret: Collection[str] = ()) -> list[Problem]:
    """Return everything that can be said offline against the inputs of an address."""
    pending = unknown(inputs)
    on_correction = None if "on_correction" in pending else inputs.get("on_correction")
    return [
        *address_inputs.problems(inputs, pending, secret),
        *address_inputs.on_correction_problems(on_correction, secret),
        *sid_problems(inputs, "account_sid", "AC", secret),
    ]


class AddressHandler:
    """Handles EmergencyAddress resources."""

    def check(self, call: Call, olds: dict[str, Any], news: dict[str, Any]) -> Checked:
        """Say everything that can be said offline, and give the address its default name."""
        is_new = not olds and not call.run.is_declared(call.urn)  # not the second check, of a replacement
        call.run.note_check(call.urn, in_state=bool(olds))
        call.run.twilio.refuse_bad_settings()
        inputs = given(news)
        if is_new and unknown(inputs).isdisjoint(LOCATION):
            call.run.gaps.note_new_address(call.name, _address(inputs))
        _fill_in_name(call.urn, olds, inputs)
        for advice in address_inputs.advice(inputs, unknown(inputs), call.secret):
            call.line.warn(str(advice))
        return Checked(inputs, input_problems(inputs, call.secret))

    def diff(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> Diffed:
        """Another place is a replacement; another spelling of the same place is only noted."""
        ownership = call.run.ownership
        ownership.see_in_state(id_)
        for_program = call.run.is_for_the_program(call.urn)
        refuse_moved_account(call, "address", news, olds)
        replaces = _replaces(olds, news)
        if not replaces and for_program and ownership.other_holder(id_, holder_of(call, olds)) is not None:
            replaces = ["friendly_name"]  # another resource of the program stands for this object already
        if replaces:
            return Diffed(changes=True, replaces=replaces)
        edited = any(
            (news.get(name) or "") != (olds.get(name) or "")
            for name in (*LOCATION, "friendly_name", "on_correction")
        )
        if for_program and not edited:
            ownership.claim(id_, holder_of(call, olds))
        return Diffed(changes=edited)

    def create(self, call: Call, inputs: dict[str, Any]) -> Created:
        """Create and validate it, or find the one that an interrupted run made."""
        for name in REQUIRED:
            demand(inputs, name)
        with within_time_limit(call):
            account = call.run.twilio.account(inputs.get("account_sid"))
            deadline = account.deadline(call.time_limit())
            desired = _desired(call, inputs)
            created = addresses.create(account, desired, deadline, is_held=_is_held(call))
        record = created.record
        holder = Holder(call.urn, new_instance())
        call.run.ownership.claim(record.sid, holder)
        account.remember(record)
        _report_created(call, created, desired.address)
        return Created(record.sid, _outputs(record, inputs, holder.instance, call.secret))

    def read(self, call: Call, id_: str, outputs: dict[str, Any], inputs: dict[str, Any]) -> ReadState | None:
        """Return what Twilio has on file now; what differs only in case or blanks is no drift."""
        call.run.note_read(call.urn)
        call.run.ownership.see_in_state(id_)
        with within_time_limit(call):
            account = call.run.twilio.home_of("address", outputs.get("account_sid"))
            record = account.find_address(id_)
            if record is None:
                _refuse_contradiction(account, id_, str(outputs.get("friendly_name") or ""))
                return None
        live = dataclasses.asdict(record.address)
        inputs = given(inputs)
        for name in certain_differences(record.address, _on_file(outputs)):
            inputs[name] = live[name]
        if inputs.get("friendly_name") not in {None, record.friendly_name}:
            inputs["friendly_name"] = record.friendly_name
            inputs.pop(DEFAULT_NAME, None)
        if not record.emergency_enabled:
            call.line.warn(str(guards.text_emergency_disabled(id_)))
        places = {name: inputs.get(name) for name in LOCATION}
        outs = _outputs(record, {**known(outputs), **places}, instance_of(outputs), call.secret)
        return ReadState(id_, outs, inputs)

    def update(self, call: Call, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
        """Rename it in place; whatever else can be updated is not Twilio's business."""
        call.run.ownership.see_in_state(id_)
        with within_time_limit(call):
            account = call.run.twilio.home_of("address", olds.get("account_sid"))
            name = news.get("friendly_name") or olds["friendly_name"]
            _refuse_changed_place(account, id_, olds)
            record = addresses.rename(account, id_, name, account.deadline(call.time_limit()))
        call.run.ownership.claim(id_, holder_of(call, olds))
        return _outputs(record, news, instance_of(olds), call.secret)

    def delete(self, call: Call, id_: str, outputs: dict[str, Any]) -> None:
        """Delete it when no number points at it any more; numbers on their way out are waited for."""
        ownership = call.run.ownership
        ownership.see_in_state(id_)
        if leave_to_successor(call, id_, outputs, f"Address {id_}"):
            return
        with within_time_limit(call):
            account = call.run.twilio.home_of("address", outputs.get("account_sid"))
            deadline = account.deadline(call.time_limit())
            try:
                once_unused(call, lambda: addresses.delete(account, id_, deadline))
            except Refused as error:
                raise with_delete_before_replace_hint(call, error) from None
            ownership.drop(id_, holder_of(call, outputs))
            self._sweep(call, account, str(outputs.get("friendly_name") or ""))

    def _sweep(self, call: Call, account: Account, friendly_name: str) -> None:
        """Delete unused addresses that interrupted runs have made for this resource."""
        if not friendly_names.is_tagged_for(friendly_name, call.urn):
            return
        names = {
            friendly_names.default_friendly_name(call.urn),
            friendly_names.friendly_name_of_0_1_0(call.urn),
        }
        # Tidying up: the address itself is deleted, whatever becomes of leftovers.
        with contextlib.suppress(GatewayError, Interrupted, EmergencyError):
            swept = addresses.sweep(account, sorted(names), is_held=_is_held(call))
            _report_swept(call, swept)


def _refuse_contradiction(account: Account, sid: str, friendly_name: str) -> None:
    """A fetch may lag behind a create: what a list still shows is not taken for gone."""
    if any(each.sid == sid for each in account.gateway.addresses_called(friendly_name)):
        raise Refused(lagging(f"address {sid}"))


def _refuse_changed_place(account: Account, sid: str, olds: dict[str, Any]) -> None:
    """Stop an update that would take what somebody has changed in the Console for what the program says."""
    record = account.find_address(sid)
    if record is None:
        return
    if not record.emergency_enabled:
        raise Refused(guards.text_emergency_disabled(sid))
    if not olds.get("address_on_file"):
        return
    changed = certain_differences(record.address, _on_file(olds))
    if changed:
        raise Refused(
            Problem(
                f"Address {sid} was changed outside Pulumi: {', '.join(changed)} on file differ from state.",
                "A dispatcher may see another place than the program says.",
                "Run `pulumi refresh`, which shows the change, and then `pulumi up`, which undoes it.",
            )
        )


def _address(props: dict[str, Any]) -> Address:
    return Address(**{name: str(known(props).get(name) or "") for name in LOCATION})


def _on_file(outputs: dict[str, Any]) -> Address:
    return Address(**{**dict.fromkeys(LOCATION, ""), **(outputs.get("address_on_file") or {})})


def _fill_in_name(urn: str, olds: dict[str, Any], inputs: dict[str, Any]) -> None:
    name = inputs.get("friendly_name")
    inputs[DEFAULT_NAME] = name is None or (isinstance(name, str) and not name.strip())
    if not inputs[DEFAULT_NAME]:
        return
    before = str(olds.get("friendly_name") or "")
    # States of release 0.1.0 do not say whose name it is.
    was_default = olds.get(DEFAULT_NAME, friendly_names.looks_like_a_default(before))
    # Kept although the URN may have changed since: a rename with aliases costs no request.
    kept = before if before and was_default else ""
    inputs["friendly_name"] = kept or friendly_names.default_friendly_name(urn, repr(_address(inputs)))


def _replaces(olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    replaces = [name for name in LOCATION if name in unknown(news)]
    # Writing down what Twilio has on file is no move: that is the place that is registered.
    if not replaces and not same_place_for_sure(_address(news), _on_file(olds)):
        replaces = certain_differences(_address(news), _address(olds))
    if news.get("account_sid") not in {None, olds.get("account_sid")}:
        replaces.append("account_sid")
    if olds.get(_EMERGENCY_ENABLED) is False:
        replaces.append(_EMERGENCY_ENABLED)  # no update makes it one again: only the name is ever sent
    return replaces


def _desired(call: Call, inputs: dict[str, Any]) -> addresses.DesiredAddress:
    name = inputs.get("friendly_name") or friendly_names.default_friendly_name(
        call.urn, repr(_address(inputs))
    )
    tagged = friendly_names.is_tagged_for(name, call.urn)
    return addresses.DesiredAddress(
        _address(inputs),
        name,
        inputs.get("on_correction") or "cosmetic",
        tagged=tagged,
        secret=call.secret,
        may_adopt_used=call.run.settings.unsafe or (tagged and call.run.state_may_be_lost),
    )


def _is_held(call: Call) -> Callable[[str], bool]:
    ownership = call.run.ownership
    return lambda sid: ownership.is_held(sid) or ownership.is_in_state(sid)


def _outputs(
    record: AddressRecord, inputs: dict[str, Any], instance: str, secret: frozenset[str]
) -> dict[str, Any]:
    outputs = {
        **dict.fromkeys((*LOCATION, "on_correction")),
        **known(inputs),
        "sid": record.sid,
        "address_on_file": dataclasses.asdict(record.address),
        "friendly_name": record.friendly_name,
        "account_sid": record.account_sid,
        INSTANCE: instance,
    }
    outputs.pop(_EMERGENCY_ENABLED, None)
    if not record.emergency_enabled:
        outputs[_EMERGENCY_ENABLED] = False
    return with_secrets_marked(outputs, _SECRET, secret)


def _report_created(call: Call, created: CreatedAddress, desired: Address) -> None:
    sid = created.record.sid
    if created.adopted_used:
        call.line.warn(
            f"Took over {sid}, which has this resource's friendly name and place and is in use by "
            "numbers: an interrupted "
            "run of this stack is taken to have made it.\n"
            "If another stack made it, both now share it: take it out of this one with `pulumi state "
            "delete`, "
            "give the resource another friendly_name, and run `pulumi up` again."
        )
    elif created.found:
        call.line.note(
            f"Took over {sid} instead of creating a second one: it has this friendly name and place, and "
            "no number uses it."
        )
    # Which fields, and not what is in them: addresses stay out of logs.
    fields = ", ".join(created.corrected)
    if fields and acceptable_spelling(desired, created.record.address):
        call.line.note(
            f"Twilio has this place in another spelling of {fields}: see the output address_on_file."
        )
    elif fields:
        call.line.warn(
            f"Twilio's suggestion was accepted (on_correction): {fields} on file may be another place than "
            "the program's.\nA dispatcher sees what is on file. Compare the output address_on_file."
        )
    _report_swept(call, created.swept)


def _report_swept(call: Call, swept: addresses.Swept) -> None:
    for sid in swept.deleted:
        call.line.warn(
            f"Deleted {sid} as well: it carries this resource's name, as leftovers of interrupted runs do, "
            "and nothing used it."
        )
    for sid in swept.in_use:
        why = "Twilio counts it as in use, as it does while a number is unregistered from it"
        call.line.warn(str(_not_deleted_yet(sid, why)))
    for sid in swept.kept:
        call.line.warn(str(_not_deleted_yet(sid, "Twilio has not confirmed its deletion")))


def _not_deleted_yet(sid: str, why: str) -> Problem:
    """Return the warning of a leftover that a later delete of this resource's addresses will take along."""
    return Problem(
        f"Address {sid} was not deleted yet: it carries this resource's name, as leftovers of interrupted "
        f"runs do, and {why}.",
        "No number points at it, so nobody's coverage is affected.",
        "The next delete of an address of this resource, perhaps in this same command, tries again. If it "
        "stays, look for its uses in the Twilio Console.",
    )
