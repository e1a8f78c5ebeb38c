"""One account of a Twilio, over plain HTTP: no client library stands in between."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TIMEOUT = 30.0
_AGAIN = frozenset({429, 503})
_TRIES = 6


class Send(Protocol):
    """Sends a request and returns status and body."""

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Raise OSError where there is no answer."""


def send_over_network(method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """
    Send a request; HTTPS_PROXY and SSL_CERT_FILE are respected.

    Raises:
        OSError: There was no answer.

    """
    request = urllib.request.Request(url, body or None, dict(headers), method=method)  # noqa: S310 - as given
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What was answered.

    Attributes:
        status: The HTTP status.
        body: The JSON; empty where there was none.

    """

    status: int
    body: Mapping[str, Any]

    @property
    def accepted(self) -> bool:
        """Whether it was done."""
        return self.status < 300

    @property
    def code(self) -> int | None:
        """Twilio's error code."""
        return None if self.accepted else self.body.get("code")

    @property
    def refused(self) -> bool:
        """Whether Twilio refused it for what it is, and not for who asks or how often."""
        return self.status in {400, 404, 409, 422}


@dataclass(slots=True)
class Account:
    """
    An account that is asked.

    Attributes:
        url: Where its Twilio is, say https://api.twilio.com.
        sid: The account.
        user: Its SID or an API key's.
        secret: What belongs to that.
        send: How a request is sent.
        sleep: How time passes.
        now: What time it is, in seconds.

    """

    url: str
    sid: str
    user: str
    secret: str = field(repr=False)
    send: Send = send_over_network
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    def get(self, path: str, account_sid: str | None = None) -> Reply:
        """Read something."""
        return self._ask("GET", path, {}, account_sid)

    def post(self, path: str, **form: str) -> Reply:
        """Create or change something."""
        return self._ask("POST", path, form)

    def delete(self, path: str) -> Reply:
        """Delete something."""
        return self._ask("DELETE", path, {})

    def _ask(self, method: str, path: str, form: Mapping[str, str], account_sid: str | None = None) -> Reply:
        url = f"{self.url.rstrip('/')}/2010-04-01/Accounts/{account_sid or self.sid}{path}"
        credentials = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        headers = {
            "Authorization": f"Basic {credentials}",
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        for attempt in range(_TRIES):
            status, body = self.send(method, url, headers, urlencode(form).encode())
            if status not in _AGAIN:
                break
            self.sleep(2.0**attempt)
        return Reply(status, _json(body))


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
