"""What is said of an address that was not created or deleted: what happened, what it means, what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.address import LOCATION
from pulumi_twilio_emergency.core.model.formatting import sentence
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.status import status_of
from pulumi_twilio_emergency.core.operations.gateway_error_texts import CORRECT_CREDENTIALS, said
from pulumi_twilio_emergency.core.ports import NotSent
from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.core.rules.suggestions import comparison, why_asked

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pulumi_twilio_emergency.core.model.address import Address, DesiredAddress
    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.ports import GatewayError

NOT_VALIDATED = 21628
_LOOKS_FIRST = "Run the same command again: it first looks at what is already true."
_KEPT = "Keeping the address does not affect anyone's coverage."
_NOTHING_CREATED = "No address was created; numbers that wait for it stay as they are."


def interrupted_rename(sid: str) -> Problem:
    """Return the text of an interruption before a rename."""
    return Problem(
        f"Interrupted before address {sid} was renamed.",
        "No registration was changed.",
        "Run the same command again when you are ready.",
    )


def interrupted_delete(sid: str) -> Problem:
    """Return the text of an interruption before a delete."""
    return Problem(
        f"Interrupted before address {sid} was deleted.",
        _KEPT,
        "Run the same command again to delete it.",
    )


def lost_rename(sid: str) -> Problem:
    """Return the text of a rename that was sent, lost its answer, and was then interrupted."""
    return Problem(
        f"Interrupted after asking Twilio to rename {sid}; the answer was lost.",
        "No registration depends on it: the friendly name is not part of the address that a dispatcher sees.",
        _LOOKS_FIRST,
    )


def lost_delete(sid: str) -> Problem:
    """Return the text of a delete that was sent, lost its answer, and was then interrupted."""
    return Problem(
        f"Interrupted after asking Twilio to delete {sid}; the answer was lost.",
        "No registration depends on it: no number uses this address.",
        _LOOKS_FIRST,
    )


def interrupted_create(desired: DesiredAddress) -> Problem:
    """Return the text of an interruption before anything was created."""
    return Problem(
        f"Interrupted before the address {desired.friendly_name!r} was created.",
        _NOTHING_CREATED,
        "Run `pulumi up` again when you are ready.",
    )


def lost_create(desired: DesiredAddress, lost: GatewayError, then: GatewayError | None = None) -> Problem:
    """
    Return the text of a create whose answer was lost, and that no look has found.

    Args:
        desired: The declared address.
        lost: The error of the create whose answer was lost.
        then: What a second create was answered, which says nothing of the first.

    """
    # What was not sent was not asked.
    again = "" if then is None or isinstance(then, NotSent) else f" Asked again: {said(then)}"
    next_up = (
        "it creates the address, and then deletes that one if it is there."
        if desired.tagged
        else "it looks for that address before it creates another one."
    )
    remedy = f"Run `pulumi up` again: {next_up}"
    return Problem(
        f"The address {desired.friendly_name!r} was sent to Twilio, the answer was lost, and no look could "
        f"tell whether it was created: {sentence(lost.text)}{again}",
        "Nothing is registered with it; numbers that wait for it stay as they are.",
        f"{CORRECT_CREDENTIALS} {remedy}" if then is not None and then.forbidden else remedy,
    )


def validation_refusal(desired: DesiredAddress, error: GatewayError) -> Exception:
    """Return what to raise for a create that Twilio refused: hints where it does not know the place."""
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
            "Twilio cannot validate the address (21628): the emergency database does not know "
            f"{_sent(desired)}.",
            _NOTHING_CREATED,
            " ".join(hints),
            where="street",
        )
    )


def _sent(desired: DesiredAddress) -> str:
    """Return the place in one line as it was sent, unless a part of it is secret."""
    if not set(LOCATION).isdisjoint(desired.secret):
        return "it"
    values = [getattr(desired.address, name) for name in LOCATION if name != "customer_name"]
    return repr(", ".join(value for value in values if value))


def correction_refusal(
    desired: DesiredAddress, proposed: Sequence[Address], kept: Collection[str] = ()
) -> Refused:
    """Return the refusal of a place that nobody has agreed to, beside what was desired."""
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
    meaning = "No address was created: help must not be sent to a place that you did not enter."
    if kept:
        meaning = (
            f"Twilio has stored that other place as {', '.join(kept)}, which could not be deleted again; no "
            "number uses it."
        )
    return Refused(
        Problem(
            f"{what}, and suggests another place.\n{comparisons}",
            f"{meaning} {reason}".strip(),
            "If the suggestion is right, paste it into the program; on_correction='accept' takes any single "
            "suggestion.",
            where="street",
        )
    )


def still_used(
    sid: str, leaving: Sequence[Number], failed: Sequence[Number], refusal: GatewayError | None
) -> Refused:
    """
    Return the refusal to delete an address that is in use, or that Twilio counts so.

    Args:
        sid: The address.
        leaving: Numbers that are being unregistered from it, or perhaps from it: those without a SID.
        failed: Numbers without a SID whose unregistration failed.
        refusal: What Twilio said to the delete, if it was asked.

    """
    remedy = "Run the same command again later."
    if leaving:
        verb = "is" if len(leaving) == 1 else "are"
        still = f"{guards.named(leaving)} {verb} still being unregistered"
        certain = all(each.emergency_address_sid == sid for each in leaving)
        why = "" if certain else ", and may still hold it"
        return Refused(Problem(f"Address {sid} cannot be deleted yet: {still}{why}.", _KEPT, remedy))
    why = f" ({refusal.code}: {refusal.text})" if refusal else ""
    what = f"Twilio still counts address {sid} as in use{why}, though it is no number's emergency address."
    if failed:
        what += f" It may still be held by {guards.named(failed)}, whose unregistration failed."
        remedy = status_of("unregistration-failure").remedy
    also = "Also look" if failed else "If it stays so, look"
    remedy += f" {also} for regulatory uses of the address in the Twilio Console."
    return Refused(Problem(what, _KEPT, remedy))
