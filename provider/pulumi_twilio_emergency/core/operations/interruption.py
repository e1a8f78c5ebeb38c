"""Whether an interrupted write may have been sent: the gateway says so by the cause of the interruption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.ports import GatewayError

if TYPE_CHECKING:
    from pulumi_twilio_emergency.core.ports import Interrupted


def lost_write(interrupted: Interrupted) -> GatewayError | None:
    """Return the error of an earlier try that may have taken effect; None where nothing was sent."""
    cause = interrupted.__cause__
    return cause if isinstance(cause, GatewayError) and cause.outcome_unknown else None
