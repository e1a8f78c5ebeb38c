"""Rows of the world with their past, and the record of what was asked and what became of it."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from twilio_emulator.clockwork import Run

KEPT_VERSIONS = 16
"""Versions of a row that are kept whatever their age."""
MOST_VERSIONS = 10_000
"""Versions of a row that are kept for reads that lag, however many there were in that time."""


KEPT_CHARACTERS = 50_000_000
"""Characters of all requests, and of all changes, that are remembered: large bodies must not fill memory."""


class Refusal(Exception):
    """An error answer of Twilio's."""

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


@dataclass(slots=True)
class Version:
    """What a row was from some moment on; `fields` is None from its removal on."""

    at: float
    order: int  # the place among all changes of the world
    fields: dict[str, Any] | None
    text: bytes | None = None  # its JSON, once somebody has asked for it
    written_for: object = None  # the switches' positions it was written for


@dataclass(eq=False, slots=True)
class Row:
    """An address, a number or a domain, and what it was before: lists may lag."""

    kind: str
    sid: str
    versions: list[Version]
    run: Run | None = field(default=None)
    forgot: bool = False  # whether its oldest versions are gone

    @property
    def now(self) -> dict[str, Any]:
        """Its fields. Replace them with `set`; never change them in place."""
        return self.versions[-1].fields or {}

    @property
    def gone(self) -> bool:
        """Whether it was removed."""
        return self.versions[-1].fields is None

    def as_of(self, moment: float, order: int = -1) -> Version | None:
        """Return what it was then, or at that place among the changes if that is later; None where absent."""
        by_time = bisect.bisect_right(self.versions, moment, key=lambda version: version.at)
        by_order = bisect.bisect_right(self.versions, order, key=lambda version: version.order)
        index = max(by_time, by_order) - 1
        if index < 0 and self.forgot:
            index = 0  # nearer to the truth than a row that is not there
        version = self.versions[index] if index >= 0 else None
        return version if version is not None and version.fields is not None else None

    def set(self, at: float, order: int, past: float, **fields: Any) -> None:
        """Change fields; the versions of so many seconds in the past are kept, up to MOST_VERSIONS."""
        self.versions.append(Version(max(at, self.versions[-1].at), order, {**self.now, **fields}))
        count = len(self.versions)
        if count > KEPT_VERSIONS:
            in_force = bisect.bisect_right(self.versions, at - past, key=lambda version: version.at) - 1
            superfluous = max(min(in_force, count - KEPT_VERSIONS), count - MOST_VERSIONS)
            if superfluous > 0:
                del self.versions[:superfluous]
                self.forgot = True

    def remove(self, at: float, order: int) -> None:
        """Let it be gone."""
        self.versions.append(Version(at, order, None))


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    A request, as it came in.

    Attributes:
        k: Its place in the order of arrival, from 1.
        at: Unix time of its arrival.
        method: GET, POST or DELETE.
        path: Without host, query, `/2010-04-01` and `.json`.
        query: Its parameters in their order.
        form: Its body's parameters in their order; an empty value is kept.
        status: The HTTP status that was answered; None when the connection was cut.
        outcome: `answered`, or the fault that met it, say `cut-after`.

    """

    k: int
    at: float
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...]
    status: int | None
    outcome: str

    @property
    def took_effect(self) -> bool:
        """Whether it changed something, answered or not."""
        changed = self.status is None or self.status < 300 or self.outcome.endswith("-after")
        return self.method != "GET" and not self.outcome.endswith("-before") and changed

    @property
    def order(self) -> int:
        """Its place in the record."""
        return self.k

    @property
    def size(self) -> int:
        """About how many characters it holds."""
        return len(self.path) + sum(len(name) + len(value) for name, value in (*self.query, *self.form))


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something that happened in the world.

    Attributes:
        at: Unix time.
        kind: `created`, `changed`, `removed`, `status`.
        sid: What it happened to.
        detail: The fields that changed.
        by: `api`, or `others` for what did not come through the API, or `time`.
        order: Its place among all changes.

    """

    at: float
    kind: str
    sid: str
    detail: dict[str, Any]
    by: str
    order: int = 0

    @property
    def size(self) -> int:
        """About how many characters it holds."""
        return sum(len(value) for value in self.detail.values() if isinstance(value, str))


class _Ordered(Protocol):
    @property
    def order(self) -> int: ...
    @property
    def size(self) -> int: ...


Entry = TypeVar("Entry", bound=_Ordered)


class Record(list[Entry]):
    """
    A list that forgets its oldest entries, so that an emulator may run for ever.

    Attributes:
        limit: How many entries are kept at least, unless they are large; a tenth more before the oldest go.
        largest: How many characters all of them hold at most.

    """

    def __init__(self, limit: int, largest: int = KEPT_CHARACTERS) -> None:
        super().__init__()
        self.limit = limit
        self.largest = largest
        self._size = 0

    def add(self, entry: Entry) -> None:
        """Put an entry in its place: a slow request is answered after those that came later."""
        if not self or self[-1].order <= entry.order:
            self.append(entry)
        else:
            bisect.insort(self, entry, key=lambda each: each.order)
        if len(self) > self.limit * 1.1:
            del self[: len(self) - self.limit]
        self._size += entry.size
        if self._size > self.largest:
            self._shrink()

    def _shrink(self) -> None:
        """Drop the oldest until nine tenths of the size are left; the newest stays in any case."""
        self._size = sum(each.size for each in self)
        superfluous = 0
        while self._size > self.largest * 0.9 and superfluous < len(self) - 1:
            self._size -= self[superfluous].size
            superfluous += 1
        del self[:superfluous]
