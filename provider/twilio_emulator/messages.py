"""One HTTP request and its answer, as the emulator handles them behind any transport."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json;charset=utf-8"
XML = "application/xml;charset=utf-8"
HTML = "text/html;charset=utf-8"
TEXT = "text/plain;charset=utf-8"
FORM = "application/x-www-form-urlencoded"

LARGEST_BODY = 1_000_000
"""Bytes of a request body; Twilio's forms are smaller by far, and memory stays bounded."""

LARGEST_HEAD = 32_768
"""Bytes of a URL and its headers."""


class UnreadableError(ValueError):
    """The request's body cannot be read as a form."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request as it arrived.

    Attributes:
        method: In capitals.
        path: Decoded, without the query.
        query: The query string as sent.
        headers: By lower-case name.
        body: Whole, whatever its framing was.

    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def parameters(self) -> dict[str, str]:
        """Return the query's parameters; of a repeated one the first."""
        return _first(parse_qsl(self.query, keep_blank_values=True))

    def form(self) -> dict[str, str]:
        """
        Return the body's parameters; of a repeated one the first. An empty value is kept.

        Raises:
            UnreadableError: The body is not a form in UTF-8.

        """
        return _first(list(self.pairs()))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """
        Return the body's parameters in their order.

        Raises:
            UnreadableError: The body is not a form in UTF-8.

        """
        if not self.body:
            return ()
        content_type = self.headers.get("content-type", FORM).partition(";")[0].strip().lower()
        if content_type != FORM:
            raise UnreadableError(f"the body is {content_type}, not {FORM}")
        try:
            text = self.body.decode()
            return tuple(parse_qsl(text, keep_blank_values=True, errors="strict"))
        except ValueError:
            raise UnreadableError("the body is not a form in UTF-8") from None

    def credentials(self) -> tuple[str, str] | None:
        """Return the user and password of Basic authentication, or None."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (user, secret) if colon else None


def _first(pairs: list[tuple[str, str]]) -> dict[str, str]:
    return dict(reversed(pairs))


@dataclass(slots=True)
class Answer:
    """
    What is answered.

    Attributes:
        status: The HTTP status.
        body: As sent.
        content_type: Its media type.
        headers: Further headers.
        ending: What the connection does then: stay as it is, break off in the middle of the body, or close
            without having announced it.

    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    ending: Literal["as-usual", "in-the-middle", "unannounced"] = "as-usual"


class ConnectionCutError(ConnectionAbortedError):
    """The connection ends without an answer: closed, or reset."""

    def __init__(self, how: Literal["closed", "reset"]) -> None:
        super().__init__(f"the connection was {how} by a fault")
        self.how = how
