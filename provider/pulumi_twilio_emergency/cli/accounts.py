"""The accounts that a command reads, and what to say when one of them cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.cli.running import CannotRun
from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.session.error_messages import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_twilio_emergency.audit.report import AccountNotReadableError
    from pulumi_twilio_emergency.core.model.account import AccountRecord
    from pulumi_twilio_emergency.core.ports import Gateway
    from pulumi_twilio_emergency.session.session import TwilioSession
    from pulumi_twilio_emergency.twilio_gateway.settings import Settings

_REMEDY_FOR_KEYS = (
    "Use the account's auth token (TWILIO_AUTH_TOKEN, without TWILIO_API_KEY), or audit each subaccount with "
    "a key of its own."
)


@dataclass
class Accounts:
    """
    Which accounts are read.

    Attributes:
        read: Their SIDs, in the order of reading.
        not_read: Accounts that belong to them and cannot be read.

    """

    read: list[str]
    not_read: list[AccountRecord] = field(default_factory=list)

    def add(self, sids: Iterable[str]) -> None:
        """Read these as well, unless it is known already that they cannot be read."""
        known = {*self.read, *(each.sid for each in self.not_read)}
        self.read += [sid for sid in sids if sid not in known]


def list_accounts(session: TwilioSession) -> Accounts:
    """
    Return the credentials' own account and its subaccounts, those that are not active apart.

    Raises:
        Refused: Credentials are missing or unusable.
        CannotRun: Twilio does not list the accounts.

    """
    gateway = session.account().gateway
    try:
        listed = _listed(gateway, with_key=session.settings.api_key is not None)
    except GatewayError as error:
        raise CannotRun(str(problem_of(error))) from None
    return Accounts(
        [each.sid for each in listed if each.active], [each for each in listed if not each.active]
    )


_LIST_DENIED = Problem(
    "Twilio does not let this API key list the subaccounts.",
    "Nothing was read. Standard keys may not list accounts, and no key reaches subaccounts of its account.",
    _REMEDY_FOR_KEYS,
)
"""Source: "API keys overview" and "REST API: Subaccounts", Twilio docs, read 2026-11."""


def _listed(gateway: Gateway, *, with_key: bool) -> Sequence[AccountRecord]:
    try:
        return gateway.accounts()
    except GatewayError as error:
        # A key that is simply wrong is answered in the same way.
        if error.forbidden and with_key and gateway.reachable():
            raise CannotRun(str(_LIST_DENIED)) from None
        raise


def account_problem(settings: Settings, failure: AccountNotReadableError) -> Problem:
    """Return why an account could not be read, and what to do."""
    sid, error = failure.account_sid, failure.error
    if settings.api_key is not None and error.forbidden and sid != settings.account_sid:
        return Problem(
            f"Twilio does not let this API key read subaccount {sid}.",
            "A key reaches the account that it was made in, and not its subaccounts.",
            _REMEDY_FOR_KEYS,
        )
    problem = problem_of(error)
    if sid == settings.account_sid:
        return problem
    return Problem(f"Account {sid} could not be read. {problem.what}", problem.meaning, problem.remedy)
