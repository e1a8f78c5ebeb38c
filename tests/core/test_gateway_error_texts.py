"""Who has answered what: only what is Twilio's own word is called a refusal of Twilio's."""

from __future__ import annotations

import pytest

from pulumi_twilio_emergency.core.operations.gateway_error_texts import remedy, said
from pulumi_twilio_emergency.core.ports import WRONG_API_URL, GatewayError, NotSent
from pulumi_twilio_emergency.twilio_gateway.errors import FinalError
from support.fake_twilio import Fault

FILTER = f"what answered GET x with HTTP 403 is not Twilio's own answer; {WRONG_API_URL}"
NO_API = f"what answered GET x is not Twilio's own answer; {WRONG_API_URL}"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (FinalError(FILTER), f"no usable answer from Twilio: {FILTER}"),
        (GatewayError(NO_API, status=404), f"no usable answer from Twilio (404): {NO_API}"),
        (FinalError("a proxy asks"), "no usable answer from Twilio: a proxy asks."),
        (
            Fault.LOST_AFTER.error(),
            "no usable answer from Twilio: the connection broke before Twilio answered.",
        ),
        (Fault.UNAVAILABLE.error(), "no usable answer from Twilio (20503): unavailable."),
        (Fault.TOO_MANY.error(), "no usable answer from Twilio (20429): Too Many Requests."),
        (Fault.REFUSED.error(), "Twilio refused (20422): Invalid parameter."),
        (Fault.NOT_FOUND.error(), "Twilio refused (20404): was not found."),
        (Fault.UNAUTHORIZED.error(), "Twilio does not accept the credentials any more (401)."),
        (NotSent("The time limit passed."), "The time limit passed."),
    ],
)
def test_only_what_twilio_itself_has_answered_is_called_its_refusal(error, text):
    assert said(error) == text


@pytest.mark.parametrize(
    ("error", "begins"),
    [
        (FinalError(FILTER), "Check twilio:apiUrl, and whether a proxy or web filter answers"),
        (GatewayError(NO_API, status=404), "Check twilio:apiUrl"),
        (FinalError("a proxy asks"), "Correct that first."),
        (Fault.LOST_AFTER.error(), "Wait until Twilio answers again."),
        (Fault.UNAVAILABLE.error(), "Wait until Twilio answers again."),
        (Fault.REFUSED.error(), "Correct what Twilio refused."),
        (Fault.UNAUTHORIZED.error(), "Correct the credentials or their permissions"),
        (GatewayError("restricted key", status=403, code=20003), "Correct the credentials"),
    ],
)
def test_remedy_is_of_whoever_has_answered(error, begins):
    assert remedy(error).startswith(begins)
