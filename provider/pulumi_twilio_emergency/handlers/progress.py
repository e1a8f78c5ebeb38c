"""What a waiting call shows on its resource's row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.formatting import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.core.account.registration_waiter import Waited
    from pulumi_twilio_emergency.handlers.call import Call

SLOW_AFTER = 5 * 60.0
"""Seconds after which a wait is worth a warning; half a minute is common in the US (field reports)."""


def on_progress(call: Call) -> Callable[[Waited], None]:
    """Return what shows a wait on the resource's row, and warns once when it takes long."""
    limit = call.time_limit()
    warned = False

    def show(waited: Waited) -> None:
        nonlocal warned
        status = waited.number.status
        since = f" for {duration(waited.seconds)}" if waited.seconds >= 1 else ""
        others = f"; {waited.others} other{'s' if waited.others > 1 else ''} waiting" if waited.others else ""
        call.line.status(status.name, f"{since}{others}")
        if waited.seconds >= min(SLOW_AFTER, limit / 2) and not warned:
            warned = True
            call.line.warn(
                f"{waited.number.phone_number} has been {status.name} for {duration(waited.seconds)}, "
                "which is slower "
                f"than usual. {status.meaning} Waiting up to {duration(limit)}."
            )

    return show
