"""
Credentials and endpoint: read from stack config, then from the environment.

Only recorded here; credentials are demanded at the first API call, so that previews of new resources and
unit tests need none. Nothing of it is ever stored or printed.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from pulumi_twilio_emergency.core.model.formatting import quoted
from pulumi_twilio_emergency.core.model.problem import Problem, Refused
from pulumi_twilio_emergency.core.model.sids import is_sid
from pulumi_twilio_emergency.core.rules.guards import OVERRIDE
from pulumi_twilio_emergency.twilio_gateway.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOME_REGION = "us1"
"""Emergency operations on numbers are refused elsewhere (22402, 22403)."""

DEFAULT_IN_FLIGHT = 16
LARGEST_IN_FLIGHT = 256

CONFIG_OF = {
    "account_sid": ("twilio:accountSid", "TWILIO_ACCOUNT_SID"),
    "auth_token": ("twilio:authToken", "TWILIO_AUTH_TOKEN"),
    "api_key": ("twilio:apiKey", "TWILIO_API_KEY"),
    "api_secret": ("twilio:apiSecret", "TWILIO_API_SECRET"),
    "region": ("twilio:region", "TWILIO_REGION"),
    "edge": ("twilio:edge", "TWILIO_EDGE"),
    "api_url": ("twilio:apiUrl", "TWILIO_API_URL"),
    "max_concurrent_requests": ("twilio:maxConcurrentRequests", "TWILIO_MAX_CONCURRENT_REQUESTS"),
}
"""Our name, the stack config key, and the environment variable that is read where config is silent."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Credentials and endpoint. `repr()` shows no secret."""

    account_sid: str | None = None
    auth_token: str | None = field(default=None, repr=False)
    api_key: str | None = None
    api_secret: str | None = field(default=None, repr=False)
    region: str | None = None
    edge: str | None = None
    api_url: str | None = None
    max_concurrent_requests: str | None = None
    unsafe: bool = False

    @classmethod
    def read(cls, config: Callable[[str], str | None], environ: Mapping[str, str]) -> Settings:
        """Read each setting from config, else from the environment. Blank counts as absent."""
        values = {
            name: (config(key) or "").strip() or environ.get(variable, "").strip() or None
            for name, (key, variable) in CONFIG_OF.items()
        }
        token, key = ((config(CONFIG_OF[name][0]) or "").strip() for name in ("auth_token", "api_key"))
        if token and not key:
            # Config wins as a whole: a key in somebody's shell must not sign in for the stack's account.
            values["api_key"] = values["api_secret"] = None
        return cls(**values, unsafe=environ.get(OVERRIDE) == "1")

    @property
    def in_flight(self) -> int:
        """How many requests may be under way at a time."""
        text = self.max_concurrent_requests or ""
        return int(text) if _is_count(text) else DEFAULT_IN_FLIGHT

    @property
    def complete(self) -> bool:
        """
        Whether there are credentials to check anything with, though they may be invalid.

        Without any, a preview looks at nothing and says nothing; with a wrong one, or a key without its
        secret, it says so.
        """
        return self.account_sid is not None and (self.auth_token is not None or self.api_key is not None)

    def require_valid(self) -> None:
        """
        Make sure that an API call can be tried.

        Raises:
            Refused: Something is missing or wrong; the sentence names it.

        """
        problem = self._problem()
        if problem is not None:
            raise Refused(problem)

    def _problem(self) -> Problem | None:
        return self._credentials_problem() or self._endpoint_problem() or self._count_problem()

    def _credentials_problem(self) -> Problem | None:
        if self.account_sid is None:
            missing = "account SID"
            cure = _how_to_set("account_sid")
        elif self.api_key is not None and self.api_secret is None:
            missing = "secret of the API key"
            cure = _how_to_set("api_secret", secret=True)
        elif self.api_key is None and self.auth_token is None:
            missing = "auth token or API key"
            cure = f"{_how_to_set('auth_token', secret=True)}, or twilio:apiKey and twilio:apiSecret"
        else:
            return (
                _shape_problem("account_sid", self.account_sid, "AC")
                or (_shape_problem("api_key", self.api_key, "SK") if self.api_key else None)
                or _secret_problem("auth_token", self.auth_token)
                or _secret_problem("api_secret", self.api_secret)
            )
        return Problem(f"Twilio's {missing} is not set.", "Nothing was changed.", f"Set it: {cure}.")

    def _endpoint_problem(self) -> Problem | None:
        if self.region not in {None, HOME_REGION}:
            return Problem(
                f"twilio:region is {quoted(self.region)}; "
                f"emergency addresses are managed in {HOME_REGION} only.",
                "Nothing was changed.",
                "Remove twilio:region (or TWILIO_REGION) for this stack.",
            )
        if self.edge is not None and not re.fullmatch(r"[A-Za-z0-9-]+", self.edge):
            # It becomes part of the host's name.
            return Problem(
                "twilio:edge is not the name of an edge, such as dublin.",
                "Nothing was changed.",
                "Correct or remove twilio:edge (or TWILIO_EDGE) for this stack.",
            )
        return self._url_problem()

    def _url_problem(self) -> Problem | None:
        if self.api_url is None:
            return None
        url = _plain_url(self.api_url)
        if url is None or not url.hostname:
            return Problem(
                "twilio:apiUrl is not an http or https URL without user name and query.",
                "Nothing was changed.",
                "Set it to a URL such as https://proxy.example.com, or remove it to use Twilio itself.",
            )
        if url.scheme == "http" and not _is_loopback(url.hostname):
            return Problem(
                f"twilio:apiUrl would send credentials to {printable(url.hostname)} unencrypted.",
                "Nothing was sent.",
                "Use https; plain http is allowed for this machine only (127.0.0.1, localhost).",
            )
        return None

    def _count_problem(self) -> Problem | None:
        text = self.max_concurrent_requests
        if text is None or _is_count(text):
            return None
        return Problem(
            f"twilio:maxConcurrentRequests is {quoted(text)}, "
            f"not a whole number from 1 to {LARGEST_IN_FLIGHT}.",
            "Nothing was changed.",
            f"Set it: {_how_to_set('max_concurrent_requests')}; the default is {DEFAULT_IN_FLIGHT}.",
        )


def _plain_url(text: str) -> SplitResult | None:
    """Return an http or https URL without user name and query, or None where it is anything else."""
    try:
        url = urlsplit(text)
        plain = url.scheme in {"http", "https"} and url.port != 0 and not set("?#@") & set(text)
    except ValueError:
        return None
    return url if plain else None


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) < 10 and 1 <= int(text) <= LARGEST_IN_FLIGHT


def _how_to_set(name: str, *, secret: bool = False) -> str:
    key, variable = CONFIG_OF[name]
    return f"`pulumi config set {key} ...{' --secret' if secret else ''}` or {variable}"


def _shape_problem(name: str, value: str, prefix: str) -> Problem | None:
    if is_sid(value, prefix):
        return None
    return Problem(
        f"{CONFIG_OF[name][0]} is not a SID of the form {prefix} and 32 hexadecimal digits.",
        "Nothing was changed.",
        f"Set it: {_how_to_set(name)}.",
    )


def _secret_problem(name: str, value: str | None) -> Problem | None:
    """Say that a secret was mangled on its way here, without saying what it is."""
    if value is None or re.fullmatch(r"[!-~]+", value):
        return None
    return Problem(
        f"{CONFIG_OF[name][0]} contains characters that no Twilio credential has, "
        "such as spaces or curly quotes.",
        "Nothing was changed.",
        f"Copy it again: {_how_to_set(name, secret=True)}.",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
