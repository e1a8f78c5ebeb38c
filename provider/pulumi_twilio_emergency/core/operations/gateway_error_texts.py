"""What is said of an error that Twilio, or the way to it, answered in the middle of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.formatting import sentence
from pulumi_twilio_emergency.core.ports import NotSent

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.ports import GatewayError

CORRECT_CREDENTIALS = "Correct the credentials or their permissions; waiting cannot help."


def said(error: GatewayError) -> str:
    """Return what was answered, as one sentence."""
    if error.status == 401:
        return "Twilio does not accept the credentials any more (401)."
    if isinstance(error, NotSent):
        return sentence(error.text)
    code = f" ({error.code or error.status})" if error.code or error.status else ""
    who = "Twilio refused" if error.is_refusal else "no usable answer from Twilio"
    return f"{who}{code}: {sentence(error.text)}"


def remedy(error: GatewayError) -> str:
    """Return what to do about it, before the change can go on."""
    if error.forbidden:
        return CORRECT_CREDENTIALS
    if error.is_refusal:
        return "Correct what Twilio refused."
    if error.doubts_api_url:
        return "Check twilio:apiUrl, and whether a proxy or web filter answers instead of Twilio."
    return "Wait until Twilio answers again." if error.transient else "Correct that first."
