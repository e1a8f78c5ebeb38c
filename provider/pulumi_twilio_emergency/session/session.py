"""One command's way to Twilio: one Account for each account SID, shared by whoever asks."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.account.account import Account
from pulumi_twilio_emergency.core.account.submissions import MemorySubmissionRecord
from pulumi_twilio_emergency.core.model.problem import Refused
from pulumi_twilio_emergency.core.ports import GatewayError
from pulumi_twilio_emergency.core.request_scope import request_scope
from pulumi_twilio_emergency.core.rules import guards
from pulumi_twilio_emergency.session.error_messages import STACK_CONFIG, problem_of
from pulumi_twilio_emergency.session.late_writes import LateWrites, warning
from pulumi_twilio_emergency.twilio_gateway import Limits, TwilioGateway, connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.core.account.submissions import SubmissionRecord
    from pulumi_twilio_emergency.core.model.problem import Problem
    from pulumi_twilio_emergency.core.ports import Clock
    from pulumi_twilio_emergency.session.reporter import Line, Reporter
    from pulumi_twilio_emergency.twilio_gateway import Governor, Settings

PREVIEW_PATIENCE = 10.0
"""Seconds that one look of a preview may take, whatever Twilio answers."""
FAILED_LOOKS = 2
"""After so many failed looks an account is not looked at any more: one slow answer is no outage."""


class TwilioSession:
    """The accounts that one set of credentials reaches, behind one governor."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        reporter: Reporter,
        *,
        limits: Limits | None = None,
        govern: Callable[[Clock, Limits | None], Governor] | None = None,
        record: SubmissionRecord | None = None,
    ) -> None:
        """Prepare to connect. Nothing is sent or demanded of the settings before it is needed."""
        self.settings = settings
        self._clock = clock
        self._reporter = reporter
        self._limits = limits or Limits(in_flight=settings.in_flight)
        self._govern = govern or connect
        self._lock = threading.Lock()
        self._governor: Governor | None = None
        self._accounts: dict[str, Account] = {}
        self._failed_looks: Counter[str] = Counter()
        self._late = LateWrites(record or MemorySubmissionRecord(), clock)

    def account(self, sid: str | None = None) -> Account:
        """
        Return the credentials' own account, or another one that they are said to reach.

        Raises:
            Refused: Credentials are missing or unusable.

        """
        sid = sid or self.settings.account_sid or ""
        with self._lock:
            if self._governor is None:
                self.settings.require_valid()
                self._reporter.at_end(self._report_requests)
                self._reporter.at_end(self._report_late)
                self._governor = self._govern(self._clock, self._limits)
                self._governor.on_late = self._late.note
            if sid not in self._accounts:
                gateway = TwilioGateway(self.settings, self._clock, account_sid=sid, governor=self._governor)
                self._accounts[sid] = Account(
                    gateway, self._clock, unsafe=self.settings.unsafe, concurrency=self._limits.in_flight
                )
            return self._accounts[sid]

    def home_of(self, kind: str, sid: str | None) -> Account:
        """
        Return the account in which a recorded resource lives, once the credentials are known to reach it.

        Raises:
            Refused: The credentials are for another account.
            GatewayError: Whether they are could not be found out.

        """
        account = self.account(sid)
        if account.sid != self.settings.account_sid and not account.gateway.reachable():
            raise Refused(guards.text_other_account(kind, account.sid, self.settings.account_sid or ""))
        return account

    def refuse_bad_settings(self) -> None:
        """
        Say in preview what is wrong with the settings; a preview without credentials says nothing.

        Raises:
            Refused: They are there, and unusable.

        """
        if self.settings.complete:
            self.settings.require_valid()

    def look(self, line: Line, sid: str | None, look: Callable[[Account], list[Problem]]) -> list[Problem]:
        """
        Return what a look at Twilio shows during check or diff; it must never be in the way of a preview.

        Where an account cannot be looked at, that is said once for it, and the others are still looked at.
        Without credentials nothing is looked at, and nothing is said.
        """
        if not self.settings.complete:
            return []
        name = sid or self.settings.account_sid or ""
        if self._failed_looks[name] >= FAILED_LOOKS:
            return []
        try:
            with request_scope(deadline=self._clock.monotonic() + PREVIEW_PATIENCE):
                return look(self.account(sid))
        except GatewayError as error:
            with self._lock:
                first = not self._failed_looks[name]
                self._failed_looks[name] += FAILED_LOOKS if error.forbidden else 1
            if first:
                line.warn(
                    f"This resource could not be checked against Twilio account {name}, and others in it may "
                    "not be either: what is planned for them rests on the program and Pulumi's state only.\n"
                    f"{problem_of(error, STACK_CONFIG)}"
                )
            return []

    def _report_late(self) -> None:
        """Warn of changes that may take effect after all that was seen."""
        own = self._governor.late if self._governor is not None else set()
        earlier = self._late.of_earlier_commands(self._accounts.keys()) - own
        if own or earlier:
            of_others = set(self._accounts) != {self.settings.account_sid}
            names: dict[str, str] = {}
            for account in self._accounts.values():
                names |= account.known_names()
            self._reporter.warn(
                str(warning(sorted(own), sorted(earlier), names=names, with_accounts=of_others))
            )

    def _report_requests(self) -> None:
        """Report the kinds of requests to Twilio, for --debug, and nothing of their content."""
        made = self._governor.requests_made if self._governor is not None else {}
        kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(made.items()))
        self._reporter.debug(f"Requests to Twilio: {kinds}")
