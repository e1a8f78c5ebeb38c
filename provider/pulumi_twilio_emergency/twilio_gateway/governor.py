"""
The way every request to Twilio takes.

Few at a time, patient with refusals, and never repeated where that could do harm.

Twilio limits concurrent requests per account and does not process what it answers with 429, so those can
always be sent again (error 20429, read 2026-11).
"""

from __future__ import annotations

import collections
import contextlib
import json
import logging
import queue
import random
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
import tenacity
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient

from pulumi_twilio_emergency.core.ports import GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twilio.http.response import Response

    from pulumi_twilio_emergency.core.ports import Clock

_LOG = logging.getLogger("pulumi_twilio_emergency.requests")
# The helper's own logger writes whole requests, addresses included; it gets one that goes nowhere.
_NOWHERE = logging.getLogger(f"{__name__}.nowhere")
_NOWHERE.disabled = True

_BROKEN = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How hard to try.

    Attributes:
        in_flight: Requests at a time.
        timeout: Seconds to wait for an answer.
        patience: Seconds after which a request is not sent again.
        longest_pause: Seconds between two tries, unless Twilio asks for more.

    """

    in_flight: int = 16
    timeout: float = 30.0
    patience: float = 300.0
    longest_pause: float = 30.0


class _TryAgain(Exception):
    """An answer, or the lack of one, after which the same request may be sent again."""

    def __init__(self, error: GatewayError, retry_after: float | None = None) -> None:
        super().__init__(error.text)
        self.error = error
        self.retry_after = retry_after


class Governor(HttpClient):  # type: ignore[misc] # twilio ships no types
    """
    The HTTP client that the twilio helper uses: answers are records, or a GatewayError is raised.

    Safe to use from any number of threads; each request borrows one of a few sessions, which is what limits
    how many are in flight.
    """

    def __init__(self, clock: Clock, limits: Limits, sessions: Callable[[], requests.Session]) -> None:
        super().__init__(_NOWHERE, False, limits.timeout)  # noqa: FBT003 - the helper's signature
        self._clock = clock
        self._limits = limits
        self._free: queue.LifoQueue[TwilioHttpClient] = queue.LifoQueue()
        for _ in range(limits.in_flight):
            client = TwilioHttpClient(timeout=limits.timeout, logger=_NOWHERE)
            client.session = sessions()
            self._free.put(client)
        self._count_lock = threading.Lock()
        self._jitter = random.Random()  # noqa: S311 - spreads load, guards nothing
        self._quiet_until = float("-inf")
        self.requests_made: collections.Counter[str] = collections.Counter()

    def request(  # noqa: PLR0917 - the helper's signature
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - ours is set
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the helper's signature
    ) -> Response:
        """
        Send one request, again if that is safe, and return its answer.

        Raises:
            GatewayError: Twilio refused it, or no answer came in time.

        """
        repeatable = _repeatable(method, url)
        kind = f"{method} {_kind(url)}"

        def once() -> Response:
            with self._session() as client:
                self._count(kind)
                return _judged(
                    lambda: client.request(method, url, params, data, headers, auth, None, allow_redirects),
                    repeatable=repeatable,
                )

        began = self._clock.monotonic()
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgain),
            wait=self._pause,
            stop=lambda _: self._clock.monotonic() - began >= self._limits.patience,
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return retrying(once)
        except _TryAgain as last:
            raise last.error from None

    @contextlib.contextmanager
    def _session(self) -> Iterator[TwilioHttpClient]:
        client = self._free.get()
        try:
            # After a 429 everybody holds back, not only the one who was refused.
            while (wait := self._quiet_until - self._clock.monotonic()) > 0:
                self._clock.sleep(wait)
            yield client
        finally:
            self._free.put(client)

    def _pause(self, state: tenacity.RetryCallState) -> float:
        outcome = state.outcome
        failed = outcome.exception() if outcome else None
        pause: float = min(self._limits.longest_pause, 0.5 * 2.0 ** (state.attempt_number - 1))
        pause *= self._jitter.uniform(0.5, 1.0)
        if isinstance(failed, _TryAgain) and failed.retry_after is not None:
            self._quiet_until = max(self._quiet_until, self._clock.monotonic() + failed.retry_after)
            return failed.retry_after + pause * 0.1
        return pause

    def _count(self, kind: str) -> None:
        with self._count_lock:
            self.requests_made[kind] += 1
        _LOG.debug("%s", kind)


def _repeatable(method: str, url: str) -> bool:
    """Whether sending it twice does what sending it once does. Creating an address does not."""
    return method != "POST" or _SID.fullmatch(_last_part(url)) is not None


def _last_part(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2].removesuffix(".json")


def _kind(url: str) -> str:
    """Return the kind of resource, with SIDs and host left out."""
    path = url.partition("?")[0].partition("/Accounts/")[2].removesuffix(".json")
    return _SID.sub("{sid}", path.partition("/")[2]) or "account"


def _judged(send: Callable[[], Response], *, repeatable: bool) -> Response:
    try:
        response = send()
    except requests.exceptions.RequestException as error:
        raise _no_answer(error, repeatable=repeatable) from None
    if response.status_code < 300:
        return _a_record(response)
    failure = _refusal(response)
    if response.status_code == 429:
        raise _TryAgain(failure, _retry_after(response.headers))
    if response.status_code >= 500 and repeatable:
        raise _TryAgain(failure, _retry_after(response.headers))
    # 20162 and 20409: another change of the same object is under way; it was not processed.
    if failure.code in {20162, 20409}:
        raise _TryAgain(failure)
    raise failure


def _a_record(response: Response) -> Response:
    """Make sure that the helper gets JSON, or nothing where nothing belongs."""
    if response.status_code != 204 and not _is_mapping(response.text):
        raise GatewayError("what answered is not Twilio's API (no JSON); is twilio:apiUrl right?")
    return response


def _is_mapping(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _no_answer(error: requests.exceptions.RequestException, *, repeatable: bool) -> Exception:
    never_sent = isinstance(error, requests.exceptions.ConnectTimeout) or re.search(
        "NewConnectionError|NameResolutionError", repr(error)
    )
    if isinstance(error, requests.exceptions.SSLError):
        return GatewayError("the TLS certificate of Twilio's API could not be verified")
    if not isinstance(error, _BROKEN):
        return GatewayError(f"the request could not be made ({type(error).__name__})")
    text = "Twilio's API cannot be reached" if never_sent else "the connection broke before Twilio answered"
    failure = GatewayError(text, outcome_unknown=not never_sent)
    return _TryAgain(failure) if repeatable or never_sent else failure


def _refusal(response: Response) -> GatewayError:
    try:
        body: Any = json.loads(response.text)
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    code = body.get("code")
    text = body.get("message") or body.get("detail") or body.get("title")
    # A server error says nothing about whether the request took effect.
    lost = response.status_code >= 500
    return GatewayError(
        str(text) if text else f"HTTP {response.status_code}",
        status=response.status_code,
        code=code if isinstance(code, int) else None,
        outcome_unknown=lost,
    )


def _retry_after(headers: Any) -> float | None:
    value: Any = (headers or {}).get("Retry-After")
    try:
        return min(300.0, max(0.0, float(value)))
    except (TypeError, ValueError):
        return None
