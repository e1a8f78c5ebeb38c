"""Lists: filters and pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from twilio_emulator import parameters, wire
from twilio_emulator.records import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twilio_emulator.faults import Lag
    from twilio_emulator.records import Version
    from twilio_emulator.world import World

PAGE_SIZE = 50
LARGEST_PAGE = 1000
BAD_PAGE_SIZE = 20007
BAD_PAGE_TOKEN = 21481

_EQUAL = {
    "address": {
        "CustomerName": "customer_name",
        "FriendlyName": "friendly_name",
        "IsoCountry": "iso_country",
    },
    "number": {"FriendlyName": "friendly_name", "Origin": "origin"},
    "domain": {},
}
_FLAGS = {"address": {"EmergencyEnabled": "emergency_enabled"}, "number": {"Beta": "beta"}, "domain": {}}


@dataclass(frozen=True, slots=True)
class Listing:
    """A request for a page of a list; both methods raise Refusal where its query is wrong."""

    world: World
    account_sid: str
    path: str
    query: Mapping[str, str]
    lag: Lag | None = None

    def page(self, kind: str) -> bytes:
        """Write the page that is asked for."""
        versions = list(self.world.listed(kind, self.account_sid, self.lag))
        for test in _tests(kind, self.query):
            versions = [version for version in versions if test(version.fields or {})]
        rows, frame = self._cut_out(kind, versions)
        return wire.page(wire.LIST_NAME[kind], wire.texts(kind, rows, self.world.switches), frame)

    def dependents(self, address_sid: str) -> bytes:
        """Write the numbers that need an address for regulation; an emergency address is not one of those."""
        versions = [
            version
            for version in self.world.listed("number", self.account_sid, self.lag)
            if (version.fields or {}).get("address_sid") == address_sid
        ]
        rows, frame = self._cut_out("number", versions)
        return wire.page(
            "dependent_phone_numbers", [wire.dependent(each, self.world.switches) for each in rows], frame
        )

    def _cut_out(self, kind: str, versions: list[Version]) -> tuple[list[Version], dict[str, Any]]:
        """Return the rows of the page, and its frame."""
        size, number = self._size(), self._whole("Page", 0)
        token = self.query.get("PageToken")
        start = number * size if token is None else self._after(kind, token, versions)
        rows = versions[start : start + size]
        more = start + size < len(versions)
        frame = {
            "page": number,
            "page_size": size,
            "start": number * size,
            "end": number * size + max(0, len(rows) - 1),
            "uri": self._uri(size, number, token),
            "first_page_uri": self._uri(size, 0),
            "next_page_uri": self._uri(size, number + 1, _token(rows[-1])) if more else None,
            "previous_page_uri": self._uri(size, number - 1) if number else None,
        }
        return rows, frame

    def _uri(self, size: int, number: int, token: str | None = None) -> str:
        filters = {name: value for name, value in self.query.items() if not name.startswith("Page")}
        words = {**filters, "PageSize": str(size), "Page": str(number)}
        return f"{self.path}?{urlencode({**words, **({'PageToken': token} if token else {})})}"

    def _size(self) -> int:
        size = self._whole("PageSize", PAGE_SIZE)
        if size > LARGEST_PAGE and self.world.switches.large_page == "capped":
            return LARGEST_PAGE
        if not 1 <= size <= LARGEST_PAGE:
            raise Refusal(400, BAD_PAGE_SIZE, f"Page size must be between 1 and {LARGEST_PAGE}.")
        return size

    def _whole(self, name: str, default: int) -> int:
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
            # The code for a Page that is not a number is not documented.
            raise Refusal(400, BAD_PAGE_SIZE, f"{name} must be a whole number, not {text!r}.")
        return int(text)

    def _after(self, kind: str, token: str, versions: list[Version]) -> int:
        """Return where a page starts: after the token's row, so that pages survive changes in between."""
        passed = self.world.passed(kind, self.account_sid, token.removeprefix("PA"))
        if passed is None:
            raise Refusal(400, BAD_PAGE_TOKEN, "PageToken is invalid.")
        fresh = (index for index, each in enumerate(versions) if (each.fields or {})["sid"] not in passed)
        return next(fresh, len(versions))


def _token(last: Version) -> str:
    return f"PA{(last.fields or {})['sid']}"


def _tests(kind: str, query: Mapping[str, str]) -> list[Callable[[Mapping[str, Any]], bool]]:
    """Return what a row must pass to be listed."""
    tests = [_reads(field, query[name]) for name, field in _EQUAL[kind].items() if name in query]
    for name, field in _FLAGS[kind].items():
        wanted = parameters.query_flag(query, name)
        if wanted is not None:
            tests.append(_is(field, wanted=wanted))
    if kind == "number" and "PhoneNumber" in query:
        tests.append(_has_digits(query["PhoneNumber"]))
    return tests


def _reads(field: str, wanted: str) -> Callable[[Mapping[str, Any]], bool]:
    default = wire.NUMBER_DEFAULTS.get(field)
    return lambda fields: (fields.get(field, default) or "") == wanted


def _is(field: str, *, wanted: bool) -> Callable[[Mapping[str, Any]], bool]:
    return lambda fields: bool(fields.get(field)) == wanted


def _has_digits(pattern: str) -> Callable[[Mapping[str, Any]], bool]:
    """Match a part of the number; * stands for any one digit (IncomingPhoneNumber page)."""
    compiled = re.compile(re.escape(pattern).replace(r"\*", r"\d"))
    return lambda fields: compiled.search(fields["phone_number"]) is not None
