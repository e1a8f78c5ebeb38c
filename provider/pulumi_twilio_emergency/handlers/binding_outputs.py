"""A binding in state: what its outputs say, and what they become."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.core.account.ownership import INSTANCE, instance_of
from pulumi_twilio_emergency.core.model.status import Phase, status_of
from pulumi_twilio_emergency.handlers.property_maps import NONE_OUTPUTS, known, with_secrets_marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_twilio_emergency.core.account.ownership import Holder
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.model.problem import Unfinished
    from pulumi_twilio_emergency.core.operations.binding import BindingResult, DesiredBinding
    from pulumi_twilio_emergency.handlers.call import Call

_SECRET = {
    "submitted_address_sid": ("address_sid",),
    "previous_address_sid": ("address_sid",),
    "__previous_address_sid_of_others": ("address_sid",),
    "__foreign_address_sid": ("address_sid",),
    "phone_number": ("number_sid",),
}
_SUBMITTED = "submitted_address_sid"
_FOREIGN = "__foreign_address_sid"
"""A hidden output: the address that somebody else bound while this binding was waiting. It is never ours."""
_PREVIOUS_OF_OTHERS = "__previous_address_sid_of_others"
"""A hidden output: the previous address where this binding had not submitted it. It is never taken off."""
_FLAGS = (("wait_for_registration", True), ("take_over", False))
_OPTIONAL = (
    "number_sid",
    "phone_number",
    "wait_for_registration",
    "take_over",
    "account_sid",
    "registered_at",
)

# What state says


def is_covered(outputs: Mapping[str, Any]) -> bool:
    """Whether state says that the number is registered."""
    return status_of(outputs.get("emergency_address_status")).phase is Phase.COVERED


def flags_differ(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether a flag was changed in the program."""
    return any(
        news.get(name, default) != (olds[name] if olds.get(name) is not None else default)
        for name, default in _FLAGS
    )


def was_not_submitted(olds: Mapping[str, Any], address_sid: str | None) -> bool:
    """Whether state says that this binding has submitted another address than this one, or none."""
    return submitted_sid(olds) != address_sid


def needs_update(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether state says that the number is not what the binding promises, though the inputs are the same."""
    if was_not_submitted(olds, news.get("address_sid")):
        return True  # a refresh has found what the program declares now: the update records it as ours
    phase = status_of(olds.get("emergency_address_status")).phase
    if phase is Phase.WAITING:
        # Pending is nobody's fault, but `up` has promised to wait until it is over.
        return bool(news.get("wait_for_registration", True))
    return phase is not Phase.COVERED


def shows(outputs: Mapping[str, Any], number: Number) -> bool:
    """Whether a listed number is as state says, so that it need not be fetched."""
    return (
        number.emergency_address_sid == outputs.get("address_sid")
        and number.emergency_address_status == outputs.get("emergency_address_status")
        and number.phone_number == outputs.get("phone_number")
    )


def as_in_state(outputs: Mapping[str, Any], number: Number) -> Number:
    """Return the number as state has it."""
    return replace(
        number,
        emergency_address_sid=outputs.get("address_sid"),
        emergency_address_status=str(outputs.get("emergency_address_status") or ""),
    )


def previous_address(outputs: Mapping[str, Any]) -> str | None:
    """Return the address that was in force before the last change began; it is put back when that fails."""
    shown_now = outputs.get("address_sid") if is_covered(outputs) else None
    if shown_now == outputs.get(_FOREIGN):
        shown_now = None
    return outputs.get("previous_address_sid") or outputs.get(_PREVIOUS_OF_OTHERS) or shown_now


def submitted_sid(outputs: Mapping[str, Any]) -> str | None:
    """Return the address that this binding submitted last, by state; None where it was cut short before."""
    if _SUBMITTED in (outputs.get(NONE_OUTPUTS) or ()):
        return None
    # An imported binding, and one of 0.1.0, may have nothing but the address that the number points at.
    return outputs.get(_SUBMITTED) or outputs.get("address_sid")


def submitted_sids(outputs: Mapping[str, Any]) -> frozenset[str]:
    """Return the addresses that this binding itself has submitted: all that its delete may take off."""
    newest = submitted_sid(outputs)
    return frozenset(sid for sid in (newest, outputs.get("previous_address_sid")) if sid)


def record_submitted(call: Call, number_sid: str, outputs: Mapping[str, Any]) -> None:
    """Record, as evidence for this command, what state says that this binding has submitted to its number."""
    call.run.ownership.see_in_state(number_sid)
    for address_sid in submitted_sids(outputs):
        call.run.ownership.see_submitted(number_sid, address_sid)


def releasable_sids(outputs: Mapping[str, Any]) -> frozenset[str]:
    """Return the addresses that a change may take off: ours, and what the last refresh has shown."""
    shown_now = outputs.get("address_sid")
    if shown_now in {None, outputs.get(_FOREIGN)}:
        return submitted_sids(outputs)
    return submitted_sids(outputs) | {shown_now}


# What goes into state


def outputs_of(
    result: BindingResult,
    desired: DesiredBinding,
    holder: Holder,
    news: Mapping[str, Any],
    *,
    olds: Mapping[str, Any],
    secret: frozenset[str],
) -> dict[str, Any]:
    """Return the outputs of a binding that was brought to its address."""
    outputs = {**_base(result.number, news, olds), _SUBMITTED: desired.address_sid}
    if result.changed or not outputs["registered_at"]:
        outputs["registered_at"] = _timestamp(result.registered_at)
        outputs["uncovered_seconds"] = result.uncovered_seconds
    return _finished(outputs, holder.instance, secret)


def outputs_of_unfinished(
    stop: Unfinished,
    desired: DesiredBinding,
    holder: Holder,
    news: Mapping[str, Any],
    *,
    olds: Mapping[str, Any],
    secret: frozenset[str],
) -> dict[str, Any]:
    """Return what is true of a binding whose change stopped half-way."""
    shown_now = stop.number.emergency_address_sid
    # What was only going to be sent is no evidence: another stack may give the number that very address.
    is_ours = desired.address_sid in {shown_now, *stop.submitted}
    outputs = {
        **_base(stop.number, news, {}),
        "address_sid": shown_now,
        _SUBMITTED: desired.address_sid if is_ours else submitted_sid(olds),
        "uncovered_since": stop.uncovered_since,
    }
    if stop.foreign_address_sid is not None:
        outputs[_FOREIGN] = stop.foreign_address_sid
    if desired.previous not in {None, desired.address_sid}:
        ours = desired.previous in submitted_sids(olds)
        outputs["previous_address_sid" if ours else _PREVIOUS_OF_OTHERS] = desired.previous
    return _finished(outputs, holder.instance, secret)


def outputs_of_read(
    number: Number, olds: Mapping[str, Any], secret: frozenset[str], *, now: float
) -> dict[str, Any]:
    """Return what Twilio shows of a binding."""
    # A refresh shows what is there, and the next `up` is asked to change it: that is no surprise any more.
    outputs = {**known(olds), **_base(number, olds, olds)}
    outputs.pop(_FOREIGN, None)
    outputs[_SUBMITTED] = submitted_sid(olds)
    outputs["address_sid"] = number.emergency_address_sid
    if number.covered:
        # The change that was under way has ended: its gap is over, and there is nothing to go back to.
        for name in ("uncovered_since", "previous_address_sid", _PREVIOUS_OF_OTHERS):
            outputs.pop(name, None)
    if not number.covered:
        outputs["registered_at"] = None
    elif not outputs["registered_at"]:
        outputs["registered_at"] = _timestamp(now)
    return _finished(outputs, instance_of(olds), secret)


def text_for_state(stop: Unfinished, news: Mapping[str, Any], secret: frozenset[str]) -> str:
    """Return a text that may stand in state unencrypted: a secret number is named by its property only."""
    text = str(stop)
    values = {**known(news), "phone_number": stop.number.phone_number, "number_sid": stop.number.sid}
    for name in sorted(secret & values.keys()):
        what = "the number" if name == "phone_number" else "the value"
        text = text.replace(str(values[name]), f"{what} ({name} is secret)")
    return text


def _base(number: Number, inputs: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **dict.fromkeys(_OPTIONAL),
        **known(inputs),
        "number_sid": number.sid,
        "phone_number": number.phone_number,
        "emergency_address_status": number.emergency_address_status,
        "registered_at": before.get("registered_at"),
        "uncovered_seconds": before.get("uncovered_seconds") or 0.0,
        "account_sid": number.account_sid,
    }


def _finished(outputs: dict[str, Any], instance: str, secret: frozenset[str]) -> dict[str, Any]:
    return with_secrets_marked({**outputs, INSTANCE: instance}, _SECRET, secret)


def _timestamp(unix: float | None) -> str | None:
    if unix is None:
        return None
    return dt.datetime.fromtimestamp(unix, dt.timezone.utc).isoformat(timespec="seconds")
