"""One account of a Twilio, over plain HTTP: no client library stands in between."""

from __future__ import annotations

import base64
import http.client
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TIMEOUT = 30.0
_AGAIN = frozenset({429, 503})
_AGAIN_IF_HARMLESS = frozenset({500, 502, 504})
_TRIES = 6
_TRIES_UNANSWERED = 3


class UnsettledError(Exception):
    """A question that could not be answered, and why."""


class NotAskedError(UnsettledError):
    """A question that nothing was lent for."""


class UnusableError(Exception):
    """
    The inquiry cannot begin, or has to end here.

    Attributes:
        hint: What the operator may see besides, and no file: it quotes an address.

    """

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint


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
        with error:
            return error.code, _rest_of(error)
    except http.client.HTTPException as error:
        raise ConnectionError(f"the answer broke off: {error!r}") from None


def _rest_of(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read()
    except http.client.HTTPException:
        return b""


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
        heard: When it last answered; None before that.

    """

    url: str
    sid: str
    user: str
    secret: str = field(repr=False)
    send: Send = send_over_network
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    heard: float | None = None

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
        again = _AGAIN if method == "POST" else _AGAIN | _AGAIN_IF_HARMLESS
        for attempt in range(_TRIES):
            status, body = self._sent(method, url, headers, urlencode(form).encode())
            if status not in again:
                break
            self.sleep(2.0**attempt)
        return Reply(status, _json(body))

    def _sent(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Send a request; again, if its answer is lost and it changes nothing to ask twice."""
        tries = 1 if method == "POST" else _TRIES_UNANSWERED
        for attempt in range(1, tries):
            try:
                return self._sent_once(method, url, headers, body)
            except OSError as error:
                if isinstance(getattr(error, "reason", error), ConnectionRefusedError):
                    raise
                self.sleep(float(attempt))
        return self._sent_once(method, url, headers, body)

    def _sent_once(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        answer = self.send(method, url, headers, body)
        self.heard = self.now()
        return answer

    def rows(self, path: str, key: str) -> Iterator[Mapping[str, Any]]:
        """
        Yield the rows of a list.

        Raises:
            UnusableError: It cannot be read.
            OSError: There was no answer.

        """
        page: str | None = f"{path}.json?PageSize=1000"
        while page:
            reply = self.get(page)
            if not reply.accepted or not isinstance(reply.body.get(key), list):
                raise UnusableError(f"{path.strip('/')} cannot be listed: {described(reply)}")
            yield from reply.body[key]
            page = str(reply.body.get("next_page_uri") or "").partition(f"/Accounts/{self.sid}")[2]


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def described(reply: Reply) -> str:
    """Return what was answered, without the addresses that a message may quote."""
    message = str(reply.body.get("message", "")).partition(" | ")[0]
    return f"HTTP {reply.status}, code {reply.code}: {message}" if message else f"HTTP {reply.status}"
