"""Who may sign in, and what for."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Literal

KeyKind = Literal["standard", "main"]


@dataclass(slots=True)
class Account:
    """
    An account or a subaccount.

    Attributes:
        sid: AC and 32 digits.
        auth_token: What opens it, together with its SID.
        parent: The account that owns it; None for one that owns itself.
        status: `active`, `suspended` or `closed`.
        friendly_name: As its owner named it.
        created: Unix time.
        updated: Unix time of its last change.

    """

    sid: str
    auth_token: str
    parent: str | None = None
    status: str = "active"
    friendly_name: str = "Emulator"
    created: float = 0.0
    updated: float = 0.0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """
    An API key.

    Attributes:
        account_sid: The account that it opens.
        secret: What opens it, together with its SID.
        kind: A `standard` key reaches everything but accounts and keys ("API keys overview", Twilio docs,
            read 2026-11); a `main` key reaches everything.

    """

    account_sid: str
    secret: str
    kind: KeyKind = "standard"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: an account, by its token or by a key."""

    account: Account
    key: ApiKey | None = None

    @property
    def may_manage_accounts(self) -> bool:
        """Whether it may read and change accounts."""
        return self.key is None or self.key.kind == "main"

    def reaches(self, asked: Account | None) -> bool:
        """Say whether it knows of an account: its own, or a subaccount of it."""
        return asked is not None and self.account.sid in {asked.sid, asked.parent}

    def may_work_in(self, asked: Account) -> bool:
        """
        Say whether it may read and change what is in an account that it knows of.

        The keys of a main account open that account alone, and not its subaccounts ("REST API:
        Subaccounts", Twilio docs, read 2026-11).
        """
        return self.key is None or asked.sid == self.account.sid


@dataclass(slots=True)
class Accounts:
    """All accounts and their keys."""

    by_sid: dict[str, Account] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)

    def is_active(self, account: Account) -> bool:
        """Say whether an account may be used: a suspended parent suspends its subaccounts (error 10001)."""
        parent = self.by_sid.get(account.parent or "")
        return account.status == "active" and (parent is None or self.is_active(parent))

    def sign_in(self, credentials: tuple[str, str] | None) -> Caller | None:
        """Return who has these credentials, or None."""
        if credentials is None:
            return None
        user, secret = credentials
        key = self.keys.get(user)
        account = self.by_sid.get(key.account_sid if key else user)
        expected = key.secret if key else account.auth_token if account else None
        if account is None or expected is None:
            return None
        return Caller(account, key) if hmac.compare_digest(expected.encode(), secret.encode()) else None
