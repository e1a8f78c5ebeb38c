"""A request that sets what state does not know of yet: it is recorded before it is sent."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.operations.interruption import lost_write
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_twilio_emergency.core.account.submissions import Submissions


@contextlib.contextmanager
def submitting(submissions: Submissions, object_sid: str, value_sid: str | None) -> Iterator[None]:
    """Record a value for the time of its request and beyond, unless it was refused or surely never sent."""
    submissions.note(object_sid, value_sid)
    try:
        yield
    except Interrupted as interrupted:
        if lost_write(interrupted) is None:
            submissions.withdraw(object_sid, value_sid)
        raise
    except GatewayError as error:
        if not error.outcome_unknown:
            submissions.withdraw(object_sid, value_sid)
        raise
