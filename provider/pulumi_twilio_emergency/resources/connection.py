"""The process's way to Twilio: one Account for each account SID, shared by all resources."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core import guards
from pulumi_twilio_emergency.core.account import Account
from pulumi_twilio_emergency.core.problem import Interrupted, Refused
from pulumi_twilio_emergency.dynamic_host import Stopped, interruption, lifetime
from pulumi_twilio_emergency.dynamic_host.progress import say_in_debug_log
from pulumi_twilio_emergency.twilio_gateway import Governor, Limits, Settings, TwilioGateway, connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_twilio_emergency.core.clock import Clock


class PluginClock:
    """Real time, and waits that end when the operator presses Ctrl-C."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def time(self) -> float:
        """Return Unix time in seconds."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait, or raise Interrupted."""
        try:
            interruption.wait(seconds)
        except Stopped:
            raise Interrupted from None


class Connection:
    """Who we are at Twilio in this process."""

    def __init__(
        self,
        settings: Settings,
        limits: Limits | None = None,
        clock: Clock | None = None,
        govern: Callable[[Clock, Limits | None], Governor] = connect,
    ) -> None:
        """
        Prepare to connect. Nothing is sent yet.

        Args:
            settings: Credentials and place.
            limits: How hard to try; as the settings say by default.
            clock: Time; the plugin's own by default.
            govern: Makes the way that requests take.

        """
        self.settings = settings
        self._clock = clock or PluginClock()
        self._limits = limits or Limits(in_flight=settings.in_flight)
        self._govern = govern
        self._lock = threading.Lock()
        self._governor: Governor | None = None
        self._accounts: dict[str, Account] = {}
        self._reached: set[str] = set()

    def account(self, sid: str | None = None) -> Account:
        """
        Return the credentials' own account, or another one that they are said to reach.

        Raises:
            Refused: Credentials are missing or unusable.

        """
        self.settings.demand()
        sid = sid or self.settings.account_sid or ""
        with self._lock:
            if self._governor is None:
                lifetime.at_end(self._sum_up)
                self._governor = self._govern(self._clock, self._limits)
            if sid not in self._accounts:
                gateway = TwilioGateway(self.settings, self._clock, account_sid=sid, governor=self._governor)
                self._accounts[sid] = Account(gateway, self._clock, unsafe=self.settings.unsafe)
            return self._accounts[sid]

    def _sum_up(self) -> None:
        """Say what was asked of Twilio, for --debug; which kinds, and nothing of what was in them."""
        made = self._governor.requests_made if self._governor is not None else {}
        kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(made.items()))
        say_in_debug_log(f"Requests to Twilio: {kinds}")

    def home_of(self, kind: str, sid: str | None) -> Account:
        """
        Return the account in which a recorded resource lives, once the credentials are known to reach it.

        A 404 from a foreign account would look like "gone" and count as done, so this is asked first.

        Raises:
            Refused: The credentials are for another account.

        """
        account = self.account(sid)
        if account.sid != self.settings.account_sid and account.sid not in self._reached:
            if not account.gateway.reachable():
                ours = self.settings.account_sid or ""
                raise Refused(guards.other_account(kind, account.sid, ours))
            self._reached.add(account.sid)
        return account


class Onlooker:
    """
    What preview may see: the account's lists, asked impatiently, and not again after the first failure.

    A preview must work without credentials or a network; it only says more with them.
    """

    def __init__(self, settings: Settings) -> None:
        self._connection = Connection(settings, Limits(settings.in_flight, timeout=10, patience=3))
        self.blind = not settings.usable

    def account(self, sid: str | None) -> Account | None:
        """Return an account to look at, or None where nothing can be seen."""
        return None if self.blind else self._connection.account(sid)


_connections: dict[Settings, Connection] = {}
_onlookers: dict[Settings, Onlooker] = {}
_lock = threading.Lock()


def connection(settings: Settings) -> Connection:
    """Return the one connection for these settings, whichever kind of resource asks."""
    with _lock:
        return _connections.setdefault(settings, Connection(settings))


def onlooker(settings: Settings) -> Onlooker:
    """Return the one onlooker for these settings."""
    with _lock:
        return _onlookers.setdefault(settings, Onlooker(settings))
