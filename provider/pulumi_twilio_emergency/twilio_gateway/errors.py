"""What a failed request means: the one place that makes a GatewayError, and says whether to try again."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any

import requests
import urllib3.exceptions

from pulumi_twilio_emergency.core.ports import WRONG_API_URL, GatewayError
from pulumi_twilio_emergency.twilio_gateway.exchange import TooLarge, TooSlow
from pulumi_twilio_emergency.twilio_gateway.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from twilio.http.response import Response

_LONGEST_TEXT = 2_000
_LONGEST_RETRY_AFTER = 300.0
_CONFLICTS = frozenset({20162, 20409})
"""Another change of the same object is under way; the request was not processed (error dictionary)."""
_ENDED = frozenset({(500, 20500), (503, 20503)})
"""Statuses and codes by which Twilio itself says that it has given a request up (error dictionary)."""
_MISREAD_CODES = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
"""What OpenSSL says of an answer that is not TLS, by version and by what was read."""

REJECTED_AFTER = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError)
"""Whatever `requests` raises when there is no answer. A CA bundle that is not there is a bare OSError."""


class FinalError(GatewayError):
    """No answer of Twilio's, and waiting does not bring one: something has to be set right first."""

    @property
    def transient(self) -> bool:
        """The same request cannot succeed a little later."""
        return False


class NotFoundError(GatewayError):
    """Twilio's own answer that there is no such object. Proves nothing until the account was reached."""


class TryAgain(Exception):
    """
    No useful answer, after which the same request may be sent again.

    Attributes:
        error: What to raise when it is not sent again.
        retry_after: Seconds that Twilio asks to wait; None when it does not.
        dropped: The connection ended before a byte of the answer, as an idle one does that the server closed.

    """

    def __init__(
        self, error: GatewayError, *, retry_after: float | None = None, dropped: bool = False
    ) -> None:
        super().__init__(error.text)
        self.error = error
        self.retry_after = retry_after
        self.dropped = dropped


def wrong_answer(asked: str, reason: str, *, write: bool) -> GatewayError:
    """
    Say that something answered that is not Twilio, or not to this request.

    Args:
        asked: Method and path, without query.
        reason: What gave it away, in a few words.
        write: The request asked for a change, which may have been made.

    """
    return FinalError(
        f"what answered is not an answer to {printable(asked)} ({reason}); {WRONG_API_URL}",
        outcome_unknown=write,
    )


def may_be_under_way(response: Response) -> bool:
    """
    Whether a write that got this answer, no success, may still be carried out, after whatever follows it.

    Twilio's own 500 and 503 end it, whether or not it took effect. A 502 or 504 is about a server behind the
    one that answers, whoever words it (RFC 9110, 15.6.3 and 15.6.5), and a 5xx in other words is of something
    on the way, which knows no more. A 3xx or 4xx refuses the request, and it goes no further; so does a 429.
    """
    status, body = response.status_code, _mapping(response.text)
    ended = (status, _code(body)) in _ENDED and body.get("status") == status
    return status >= 500 and not ended


def refusal(response: Response, asked: str, *, write: bool, repeatable: bool) -> GatewayError | TryAgain:
    """Return the error, or the TryAgain, for an answer that is not a success."""
    status = response.status_code
    body = _mapping(response.text)
    code = _code(body)
    if status not in {404, 429} and status < 500 and not _is_twilios(body, status):
        # Without its status, or a web filter's 403 would count as Twilio's word about the credentials.
        return FinalError(_foreign_text(status, asked))
    error = GatewayError(_text(body, status, asked), status=status, code=code)
    if status == 429:
        return TryAgain(error, retry_after=_retry_after(response.headers))
    if status >= 500:
        # A server error says nothing about whether the request took effect.
        error.outcome_unknown = write
        return TryAgain(error, retry_after=_retry_after(response.headers)) if repeatable else error
    if code in _CONFLICTS:
        return TryAgain(error)
    if status == 404 and code == 20404 and body.get("status") == 404:
        return NotFoundError(error.text, status=status, code=code)
    return error


def no_answer(
    error: BaseException, asked: str, *, write: bool, repeatable: bool, sent: bool | None
) -> GatewayError | TryAgain:
    """
    Return the error, or the TryAgain, for a request that brought no answer.

    Args:
        error: Why there is none.
        asked: Method and path, without query.
        write: The request asked for a change.
        repeatable: It may be sent again, even if it took effect.
        sent: Whether it had begun to be sent; None where only the kind of error tells.

    """
    causes = list(_causes(error))
    never_sent = _was_never_sent(error, causes) if sent is None else not sent
    final = _final_text(error) if never_sent else None
    if final is not None:
        return FinalError(final)
    if isinstance(error, TooLarge):
        return wrong_answer(asked, "it does not end", write=write)
    if any(_is_no_http(each) for each in causes):
        return wrong_answer(asked, "it is not HTTP", write=write)
    if not (never_sent or isinstance(error, _BROKEN)):
        return wrong_answer(asked, f"it cannot be read: {type(error).__name__}", write=write)
    failure = GatewayError(
        _passing_text(error, causes, never_sent=never_sent), outcome_unknown=write and not never_sent
    )
    if not (repeatable or never_sent):
        return failure
    began = isinstance(error, requests.exceptions.ChunkedEncodingError)
    dropped = not never_sent and not began and any(isinstance(each, ConnectionError) for each in causes)
    return TryAgain(failure, dropped=dropped)


_NEVER_LEFT = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    UnicodeError,
)
"""What is raised before a connection is looked for."""
_NEVER_SENT = (
    requests.exceptions.ConnectTimeout,
    urllib3.exceptions.NewConnectionError,  # refused, unreachable, no such host
    urllib3.exceptions.ConnectTimeoutError,
)
_BROKEN = (
    TooSlow,
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def _final_text(error: BaseException) -> str | None:
    """Say what has to be set right before a request can be sent, or None where the trouble may pass."""
    if any(_is_no_http(each) for each in _causes(error)):
        return "what answers at HTTPS_PROXY or ALL_PROXY is no proxy: it does not speak HTTP"
    for kind, text in _FINAL:
        if isinstance(error, kind):
            return text(error)
    return f"the request could not be made ({type(error).__name__})"


def _was_never_sent(error: BaseException, causes: Sequence[BaseException]) -> bool:
    """Infer it from the error, for an adapter that does not note it."""
    before = isinstance(error, _NEVER_LEFT) or _lacks_ca_bundle(error)
    return before or any(isinstance(each, _NEVER_SENT) for each in causes)


def _lacks_ca_bundle(error: BaseException) -> bool:
    """`requests` says it by a bare OSError and this text (2.34, read 2026-11)."""
    return "CA certificate bundle" in str(error)


def _ca_bundle_text(error: BaseException) -> str:
    if _lacks_ca_bundle(error):
        return "the CA certificates cannot be read: REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names no such file"
    return f"the request could not be made ({type(error).__name__})"


def _proxy_text(error: BaseException) -> str | None:
    """A tunnel that the proxy refuses stays refused; a proxy that cannot be reached may come back."""
    said = " ".join(str(each) for each in _causes(error))
    if "failed: 407" in said:  # of a tunnel; the digits alone may be part of a URL
        return "the proxy in HTTPS_PROXY or ALL_PROXY does not accept its user name and password (HTTP 407)"
    if "Tunnel connection failed" in said:
        return "the proxy in HTTPS_PROXY or ALL_PROXY refuses to connect to Twilio's API"
    return None


def _tls_text(error: BaseException) -> str | None:
    said = " ".join(str(each) for each in _causes(error)).upper().replace(" ", "_")
    if any(code in said for code in _MISREAD_CODES):
        return f"what answered speaks plain http, not https; {WRONG_API_URL}"
    if any(isinstance(each, ssl.SSLEOFError | ssl.SSLZeroReturnError) for each in _causes(error)):
        return None
    if "NO_CERTIFICATE_OR_CRL_FOUND" in said or "[X509" in said:
        return "the file in REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE holds no CA certificates"
    return "the TLS certificate of Twilio's API could not be verified"


_FINAL: tuple[
    tuple[type[Exception] | tuple[type[Exception], ...], Callable[[BaseException], str | None]], ...
] = (
    (
        requests.exceptions.InvalidProxyURL,
        lambda _: "the proxy in HTTPS_PROXY or ALL_PROXY is not a valid address",
    ),
    (requests.exceptions.ProxyError, _proxy_text),
    (requests.exceptions.SSLError, _tls_text),
    (UnicodeError, lambda _: "the request holds characters that cannot be sent"),
    ((*_BROKEN, TooLarge), lambda _: None),
    (
        requests.exceptions.RequestException,
        lambda error: f"the request could not be made ({type(error).__name__})",
    ),
    (OSError, _ca_bundle_text),
)
"""The first row that fits; the order is from special to general, as `requests` derives its exceptions."""


def _passing_text(error: BaseException, causes: Sequence[BaseException], *, never_sent: bool) -> str:
    if isinstance(error, requests.exceptions.ProxyError) and never_sent:
        return "the proxy in HTTPS_PROXY or ALL_PROXY cannot be reached"
    if never_sent:
        return "Twilio's API cannot be reached"
    if any(isinstance(each, _TIMEOUTS) for each in causes):
        return "Twilio's API did not answer in time"
    return "the connection broke before Twilio answered"


_TIMEOUTS = (TooSlow, requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError)
"""`requests` calls a body that stops coming a ConnectionError, and wraps why (2.34, read 2026-11)."""


def _is_no_http(cause: BaseException) -> bool:
    """Whether the answer was not HTTP at all, say TLS on a plain socket."""
    return isinstance(cause, http.client.HTTPException) and not isinstance(
        cause, http.client.RemoteDisconnected | http.client.IncompleteRead | http.client.NotConnected
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that it wraps, as `requests` and urllib3 do it: in args, reason and context."""
    todo: list[object] = [error]
    seen: set[int] = set()
    while todo:
        each = todo.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        todo += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]


def _mapping(text: str) -> dict[str, Any]:
    body = parsed(text)
    return body if isinstance(body, dict) else {}


def parsed(text: str) -> object:
    """Return what JSON text says, or None where it is not JSON (or is nested beyond all reason)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _code(body: dict[str, Any]) -> int | None:
    code = body.get("code")
    return code if type(code) is int and 0 < code < 1_000_000 else None


def _is_twilios(body: dict[str, Any], status: int) -> bool:
    """Whether an error body is Twilio's: it has a code of five digits, or its status and a message."""
    has_code = (_code(body) or 0) >= 10_000
    return has_code or (body.get("status") == status and isinstance(body.get("message"), str))


def _foreign_text(status: int, asked: str) -> str:
    if 300 <= status < 400:
        return f"what answered {asked} is a redirect to another address; {WRONG_API_URL}"
    if status == 407:
        return "a proxy asks for a user name and password"
    return f"what answered {asked} with HTTP {status} is not Twilio's own answer; {WRONG_API_URL}"


def _text(body: dict[str, Any], status: int, asked: str) -> str:
    for name in ("message", "detail", "title"):
        said = body.get(name)
        if isinstance(said, str) and said:
            return printable(said[:_LONGEST_TEXT])
    if status == 404:
        return f"what answered {asked} is not Twilio's own answer; {WRONG_API_URL}"
    return f"HTTP {status}"


def _retry_after(headers: Any) -> float | None:
    value: Any = (headers or {}).get("Retry-After")
    try:
        # max() first: a NaN is no number of seconds either, and loses every comparison.
        return min(_LONGEST_RETRY_AFTER, max(0.0, float(value)))
    except (TypeError, ValueError):
        return None
