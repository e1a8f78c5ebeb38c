"""Whether a write of ours may have taken effect, although what ended the operation says nothing of it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.single_flight import own_copy
from pulumi_twilio_emergency.core.ports import GatewayError, Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator


def lost_write(interrupted: Interrupted) -> GatewayError | None:
    """
    Return the error of an earlier try that may have taken effect; None where nothing was sent.

    The gateway names it as the cause of the interruption.
    """
    cause = interrupted.__cause__
    return cause if isinstance(cause, GatewayError) and cause.outcome_unknown else None


@dataclass(slots=True)
class LostWrite:
    """
    The last write of an operation whose answer was lost.

    Attributes:
        error: Its error; None while there is none.

    """

    error: GatewayError | None = None

    @contextlib.contextmanager
    def remembered(self) -> Iterator[None]:
        """Let what ends the block say as well that the write may have taken effect."""
        try:
            yield
        except GatewayError as error:
            if self.error is None:
                raise
            own = own_copy(error)  # that of a list is other threads' as well
            own.outcome_unknown = True  # type: ignore[attr-defined] # a copy is of the same class
            raise own from error
        except Interrupted as interrupted:
            raise interrupted from lost_write(interrupted) or self.error
