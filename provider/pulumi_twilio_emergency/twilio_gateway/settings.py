"""
Credentials and endpoint: read from stack config, then from the environment.

Only recorded here; credentials are demanded at the first API call, so that previews of new resources and
unit tests need none. Nothing of it is ever stored or printed.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field, replace
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


class UnusableSettings(Refused):
    """Credentials or the endpoint are missing or wrong; nothing was sent."""


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
    has_stack_config: bool = True
    """Whether there is a stack config, so that messages name its keys beside the environment variables."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read each setting where there is no stack: from the environment alone."""
        return replace(cls.read(lambda _: None, environ), has_stack_config=False)

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
        return cls(**values, unsafe=environ.get(OVERRIDE) == "1", has_stack_config=True)

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
            UnusableSettings: Something is missing or wrong; the sentence names it.

        """
        problem = self._problem()
        if problem is not None:
            raise UnusableSettings(problem)

    def _problem(self) -> Problem | None:
        return self._credentials_problem() or self._endpoint_problem() or self._count_problem()

    def _credentials_problem(self) -> Problem | None:
        if self.account_sid is None:
            missing = "account SID"
            set_it = self._set_it("account_sid")
        elif self.api_key is not None and self.api_secret is None:
            missing = "secret of the API key"
            set_it = self._set_it("api_secret", secret=True)
        elif self.api_key is None and self.auth_token is None:
            missing = "auth token or API key"
            key, secret = self._name("api_key"), self._name("api_secret")
            set_it = f"{self._set_it('auth_token', secret=True)}, or {key} and {secret}"
        else:
            return (
                self._shape_problem("account_sid", self.account_sid, "AC")
                or (self._shape_problem("api_key", self.api_key, "SK") if self.api_key else None)
                or self._secret_problem("auth_token", self.auth_token)
                or self._secret_problem("api_secret", self.api_secret)
            )
        return Problem(f"Twilio's {missing} is not set.", "Nothing was changed.", f"{set_it}.")

    def _shape_problem(self, name: str, value: str, prefix: str) -> Problem | None:
        if is_sid(value, prefix):
            return None
        return Problem(
            f"{self._name(name)} is not a SID of the form {prefix} and 32 hexadecimal digits.",
            "Nothing was changed.",
            f"{self._set_it(name)}.",
        )

    def _secret_problem(self, name: str, value: str | None) -> Problem | None:
        """Say that a secret was mangled on its way here, without saying what it is."""
        if value is None or re.fullmatch(r"[!-~]+", value):
            return None
        return Problem(
            f"{self._name(name)} contains characters that no Twilio credential has, "
            "such as spaces or curly quotes.",
            "Nothing was changed.",
            f"Copy it again. {self._set_it(name, secret=True)}.",
        )

    def _endpoint_problem(self) -> Problem | None:
        if self.region not in {None, HOME_REGION}:
            return Problem(
                f"{self._name('region')} is {quoted(self.region)}; "
                f"emergency addresses are managed in {HOME_REGION} only.",
                "Nothing was changed.",
                f"Remove {self._where('region')}.",
            )
        if self.edge is not None and not re.fullmatch(r"[A-Za-z0-9-]+", self.edge):
            # It becomes part of the host's name.
            return Problem(
                f"{self._name('edge')} is not the name of an edge, such as dublin.",
                "Nothing was changed.",
                f"Correct or remove {self._where('edge')}.",
            )
        return self._url_problem()

    def _url_problem(self) -> Problem | None:
        if self.api_url is None:
            return None
        url = _plain_url(self.api_url)
        if url is None or not url.hostname:
            return Problem(
                f"{self._name('api_url')} is not an http or https URL without user name and query.",
                "Nothing was changed.",
                f"Set {self._where('api_url')} to a URL such as https://proxy.example.com, or remove it to "
                "use Twilio itself.",
            )
        if url.scheme == "http" and not _is_loopback(url.hostname):
            return Problem(
                f"{self._name('api_url')} would send credentials to {printable(url.hostname)} unencrypted.",
                "Nothing was sent.",
                "Use https; plain http is allowed for this machine only (127.0.0.1, localhost).",
            )
        return None

    def _count_problem(self) -> Problem | None:
        text = self.max_concurrent_requests
        if text is None or _is_count(text):
            return None
        return Problem(
            f"{self._name('max_concurrent_requests')} is {quoted(text)}, "
            f"not a whole number from 1 to {LARGEST_IN_FLIGHT}.",
            "Nothing was changed.",
            f"{self._set_it('max_concurrent_requests')}; the default is {DEFAULT_IN_FLIGHT}.",
        )

    # How the operator sets a setting: in stack config or in the environment, or in the latter alone.

    def _name(self, name: str) -> str:
        key, variable = CONFIG_OF[name]
        return key if self.has_stack_config else variable

    def _where(self, name: str) -> str:
        key, variable = CONFIG_OF[name]
        return f"{key} (or {variable})" if self.has_stack_config else variable

    def _set_it(self, name: str, *, secret: bool = False) -> str:
        key, variable = CONFIG_OF[name]
        if not self.has_stack_config:
            return f"Set it in {variable}"
        return f"Set it: `pulumi config set {key} ...{' --secret' if secret else ''}` or {variable}"


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


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
