"""Lists: filters and pages."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from twilio_emulator import fields as tables
from twilio_emulator import parameters, wire
from twilio_emulator.records import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from twilio_emulator.faults import Lag
    from twilio_emulator.fields import Field
    from twilio_emulator.records import Version
    from twilio_emulator.world import World

PAGE_SIZE = 50
LARGEST_PAGE = 1000
BAD_PAGE_SIZE = 20007
BAD_PAGE_TOKEN = 21481

_EQUAL = {
    "account": {"FriendlyName": "friendly_name"},
    "address": {
        "CustomerName": "customer_name",
        "FriendlyName": "friendly_name",
        "IsoCountry": "iso_country",
    },
    "number": {"FriendlyName": "friendly_name", "Origin": "origin"},
    "domain": {},
}
_CHECKED: Mapping[str, Mapping[str, tuple[str, Field]]] = {
    "account": {"Status": ("status", tables.ACCOUNT["status"])},
    "address": {"EmergencyEnabled": ("emergency_enabled", tables.FLAG)},
    "number": {"Beta": ("beta", tables.FLAG)},
    "domain": {},
}
"""Filters that refuse what the field cannot hold."""

Listed = TypeVar("Listed")


@dataclass(frozen=True, slots=True)
class Listing:
    """A request for a page of a list; all methods raise Refusal where its query is wrong."""

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
        rows, frame = self._cut_out(versions, _sid, self._passed(kind))
        return wire.page(wire.LIST_NAME[kind], wire.texts(kind, rows, self.world.switches), frame)

    def accounts(self) -> bytes:
        """Write the account and its subaccounts, whatever their status."""
        owned = [each for each in self.world.accounts.values() if self.account_sid in {each.sid, each.parent}]
        order = [each.sid for each in owned]
        for test in _tests("account", self.query):
            owned = [each for each in owned if test(asdict(each))]
        rows, frame = self._cut_out(
            owned,
            lambda each: each.sid,
            lambda sid: set(order[: order.index(sid) + 1]) if sid in order else None,
        )
        texts = [json.dumps(wire.account(each)).encode() for each in rows]
        return wire.page(wire.LIST_NAME["account"], texts, frame)

    def dependents(self, address_sid: str) -> bytes:
        """Write the numbers that need an address for regulation; an emergency address is not one of those."""
        versions = [
            version
            for version in self.world.listed("number", self.account_sid, self.lag)
            if (version.fields or {}).get("address_sid") == address_sid
        ]
        rows, frame = self._cut_out(versions, _sid, self._passed("number"))
        return wire.page(
            "dependent_phone_numbers", [wire.dependent(each, self.world.switches) for each in rows], frame
        )

    def _passed(self, kind: str) -> Callable[[str], Collection[str] | None]:
        return lambda sid: self.world.passed(kind, self.account_sid, sid)

    def _cut_out(
        self,
        listed: list[Listed],
        sid_of: Callable[[Listed], str],
        passed: Callable[[str], Collection[str] | None],
    ) -> tuple[list[Listed], dict[str, Any]]:
        """Return the rows of the page, and its frame; `passed` says what the list has shown up to a row."""
        size, number = self._size(), self._whole("Page", 0)
        token = self.query.get("PageToken")
        start = number * size
        if token is not None:
            start = _start_after(passed(token.removeprefix("PA")), map(sid_of, listed))
        rows = listed[start : start + size]
        more = start + size < len(listed)
        frame = {
            "page": number,
            "page_size": size,
            "start": number * size,
            "end": number * size + max(0, len(rows) - 1),
            "uri": self._uri(size, number, token),
            "first_page_uri": self._uri(size, 0),
            "next_page_uri": self._uri(size, number + 1, f"PA{sid_of(rows[-1])}") if more else None,
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


def _start_after(passed: Collection[str] | None, sids: Iterable[str]) -> int:
    """Return where a page starts: after the token's row, so that pages survive changes in between."""
    if passed is None:
        raise Refusal(400, BAD_PAGE_TOKEN, "PageToken is invalid.")
    index = -1
    for index, sid in enumerate(sids):
        if sid not in passed:
            return index
    return index + 1


def _sid(version: Version) -> str:
    return str((version.fields or {})["sid"])


def _tests(kind: str, query: Mapping[str, str]) -> list[Callable[[Mapping[str, Any]], bool]]:
    """Return what a row must pass to be listed."""
    tests = [_reads(field, query[name]) for name, field in _EQUAL[kind].items() if name in query]
    for name, (field, described) in _CHECKED[kind].items():
        wanted = parameters.query_value(query, name, described)
        if wanted is not None:
            tests.append(_is(field, wanted))
    if kind == "number" and "PhoneNumber" in query:
        tests.append(_has_digits(query["PhoneNumber"]))
    return tests


def _reads(field: str, wanted: str) -> Callable[[Mapping[str, Any]], bool]:
    default = wire.NUMBER_DEFAULTS.get(field)
    return lambda fields: (fields.get(field, default) or "") == wanted


def _is(field: str, wanted: object) -> Callable[[Mapping[str, Any]], bool]:
    return lambda fields: (fields.get(field) or False) == wanted


def _has_digits(pattern: str) -> Callable[[Mapping[str, Any]], bool]:
    """Match a part of the number; * stands for any one digit (IncomingPhoneNumber page)."""
    compiled = re.compile(re.escape(pattern).replace(r"\*", r"\d"))
    return lambda fields: compiled.search(fields["phone_number"]) is not None
