"""What preview says beyond the program: a look at Twilio that is never needed, and never in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.resources.resource import progress
from pulumi_twilio_emergency.session.error_messages import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.core.account.account import Account
    from pulumi_twilio_emergency.core.model.problem import Problem
    from pulumi_twilio_emergency.session.session import Onlooker


def foreseen(
    onlooker: Onlooker, account_sid: str | None, look: Callable[[Account], list[Problem]]
) -> list[Problem]:
    """Return what a look at Twilio foresees; where it cannot be had, warn once and say nothing more."""
    account = onlooker.account(account_sid)
    if account is None:
        return []
    try:
        return look(account)
    except GatewayError as error:
        if not onlooker.blind:
            onlooker.blind = True
            progress().warn(f"Not checked against Twilio.\n{problem_of(error)}")
        return []
