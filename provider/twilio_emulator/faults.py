"""
Trouble by declaration: cut connections, refusals, slowness, answers that lag.

A fault counts the requests that it matches, from 1, and says whether it strikes this one.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from twilio_emulator.clockwork import seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal[
    "cut-before", "cut-after", "cut", "cut-middle", "reset-before", "reset-after",
    "401", "429", "500", "502", "503", "504",
    "slow", "lag", "cap", "stale", "do",
]  # fmt: skip
Which = Literal["lists", "fetches", "reads"]

_REFUSALS = frozenset({"401", "429", "500", "502", "503", "504"})
_SIDES = {"cut": ("before", "after", "middle"), "reset": ("before", "after")}
COUNTS = ("at", "every", "share")
FOR_EACH = ("method", "path", "times")
OPTIONS: dict[str, tuple[str, ...]] = {
    "cut-before": ("at",),
    "cut-after": ("at",),
    "cut-middle": ("at",),
    "cut": ("every", "share"),
    "reset-before": ("at",),
    "reset-after": ("at",),
    "401": COUNTS,
    "429": (*COUNTS, "retry-after"),
    **dict.fromkeys(("500", "502", "503", "504"), (*COUNTS, "retry-after", "processed")),
    "slow": ("seconds", *COUNTS),
    "lag": ("seconds", "of"),
    "cap": ("requests", "per-account", "retry-after"),
    "stale": COUNTS,
    "do": (*COUNTS, "action", "afterwards"),
}
"""What each kind takes, besides what all take: the grammar, and what Python may say."""
_FLAGS = frozenset({"processed", "per-account", "afterwards"})
_HIGHEST = 1_000_000_000
_NEEDS_A_COUNT = frozenset({"cut", *_REFUSALS, "stale"})

GRAMMAR = """\
  cut before=K | cut after=K | cut middle=K | cut every=N | cut share=P
  reset before=K | reset after=K
  401  at=K | every=N | share=P
  429  at=K | every=N | share=P  [retry-after=S]
  500 | 502 | 503 | 504  at=K | every=N | share=P  [retry-after=S]  [processed]
  slow seconds=S  [at=K | every=N | share=P]
  lag seconds=S  [of=lists|fetches|reads]
  cap requests=N  [per-account]  [retry-after=S]
  stale at=K | every=N | share=P
and for each: [method=GET|POST|DELETE] [path=REGEX] [times=N]"""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One kind of trouble, and whom it meets.

    Attributes:
        kind: `cut-before`/`cut-after`: the connection closes before or after the request took effect;
            `cut`: either, in turn; `cut-middle`: in the middle of the answer. `reset-before`/`reset-after`:
            it is reset. `401`, `429`, `500`, `503`: refused; `502`, `504`: refused in HTML, as by a gateway.
            `slow`: answered late. `lag`: reads show the past. `cap`: more than `requests` at a time are
            refused. `stale`: the connection closes after the answer without having announced it. `do`:
            `action` runs first, or afterwards.
        at: Only the request with this number, among those that match.
        every: Every n-th of them.
        share: This share of them, by chance.
        seconds: For slow and lag.
        retry_after: Seconds to name in a Retry-After header.
        processed: A 5xx that took effect all the same.
        requests: For cap.
        per_account: For cap: of each account, instead of all together.
        of: For lag: which reads lag.
        method: Only this HTTP method.
        path: Only paths in which this regular expression is found.
        times: How often it strikes at most.
        action: For do: what somebody else does just then.
        afterwards: For do: after the request instead of before it.

    """

    kind: Kind
    at: int | None = None
    every: int | None = None
    share: float | None = None
    seconds: float = 0.0
    retry_after: float | None = None
    processed: bool = False
    requests: int = 0
    per_account: bool = False
    of: Which = "lists"
    method: str | None = None
    path: str | None = None
    times: int | None = None
    action: Callable[[], object] | None = None
    afterwards: bool = False

    def __post_init__(self) -> None:
        """
        Refuse what cannot strike.

        Raises:
            ValueError: A field is wrong; the message names it.

        """
        if not isinstance(self.kind, str) or self.kind not in get_args(Kind):
            raise ValueError(f"kind {self.kind!r}")
        for name in ("at", "every", "times", "requests"):
            _check_whole(name, getattr(self, name), lowest=int(name != "requests"))
        share = self.share
        if share is not None and (type(share) not in {int, float} or not 0 <= share <= 1):
            raise ValueError("share= is between 0 and 1")
        seconds_of(self.seconds)
        seconds_of(self.retry_after or 0.0)
        self._check_whom()
        self._check_what()

    def _check_whom(self) -> None:
        if self.method not in (None, "GET", "POST", "DELETE"):
            raise ValueError(f"method= is one of GET, POST, DELETE, not {self.method!r}")
        if self.path is not None:
            try:
                re.compile(self.path)
            except (re.error, TypeError) as error:
                raise ValueError(f"path= is not a regular expression: {error}") from None

    def _check_what(self) -> None:
        given = {
            each.name.replace("_", "-"): (getattr(self, each.name), each.default) for each in fields(self)
        }
        for name, (value, default) in given.items():
            if value != default and name not in {"kind", "action", *OPTIONS[self.kind], *FOR_EACH}:
                is_flag = name in _FLAGS
                raise ValueError(
                    f"a {self.kind} is never {name}" if is_flag else f"a {self.kind} takes no {name}="
                )
        if sum(getattr(self, name) is not None for name in COUNTS) > 1:
            raise ValueError("at=, every= and share= exclude each other")
        if self.of not in get_args(Which):
            raise ValueError(f"of= is one of {', '.join(get_args(Which))}, not {self.of!r}")
        if callable(self.action) != (self.kind == "do"):
            raise ValueError("action is something to call, of do and of nothing else")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """
        Read a fault as it is written on the command line.

        Raises:
            ValueError: It cannot be read; the text says what can.

        """
        kind, *words = text.split() or [""]
        try:
            return _parsed(kind, words)
        except (ValueError, re.error) as error:
            raise ValueError(f"{text!r} is not a fault ({error}); there are:\n{GRAMMAR}") from None


def _check_whole(name: str, value: object, *, lowest: int) -> None:
    if value is None and name != "requests":
        return
    if type(value) is not int or not lowest <= value <= _HIGHEST:
        raise ValueError(f"{name}= is {lowest} or more, and {_HIGHEST} at most")


def _parsed(kind: str, words: list[str]) -> Fault:
    options = dict(word.partition("=")[::2] for word in words)
    if len(options) < len(words):
        raise ValueError("an option is named twice")
    fault = _of_kind(kind, options)
    unknown = options.keys() - _CONVERT.keys()
    if unknown:
        raise ValueError(f"there is no {min(unknown)}=")
    given = {name.replace("-", "_"): _CONVERT[name](value) for name, value in options.items()}
    fault = replace(fault, **given)  # type: ignore[arg-type] # converted by name
    if kind in {"slow", "lag"} and not fault.seconds:
        raise ValueError("seconds= is missing")
    if kind == "cap" and not fault.requests:
        raise ValueError("requests= is missing")
    if kind in _NEEDS_A_COUNT and not (fault.at or fault.every or fault.share):
        raise ValueError("at=, every= or share= is missing")
    return fault


def _of_kind(kind: str, options: dict[str, str]) -> Fault:
    """Return the fault by its kind, and take from the options what names it."""
    sides = [side for side in _SIDES.get(kind, ()) if side in options]
    if len(sides) > 1:
        raise ValueError(f"{sides[0]}= and {sides[1]}= exclude each other")
    if sides and options.keys() & set(COUNTS):
        raise ValueError(f"{sides[0]}= excludes at=, every= and share=")
    if sides:
        return Fault(f"{kind}-{sides[0]}", at=_whole(options.pop(sides[0])))  # type: ignore[arg-type] # a Kind
    if kind == "reset":
        raise ValueError("before= or after= is missing")
    if kind not in {"cut", "slow", "lag", "cap", "stale", *_REFUSALS}:
        raise ValueError(f"kind {kind!r}")
    return Fault(kind)  # type: ignore[arg-type] # just seen to be one


def _whole(text: str) -> int:
    if not re.fullmatch("[0-9]{1,10}", text):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def _one_of(*values: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in values:
            raise ValueError(f"{text!r} is not one of {', '.join(values)}")
        return text

    return convert


_CONVERT: dict[str, Callable[[str], object]] = {
    "at": _whole,
    "every": _whole,
    "share": float,
    "seconds": float,
    "retry-after": float,
    "requests": _whole,
    "times": _whole,
    "method": lambda text: _one_of("GET", "POST", "DELETE")(text.upper()),
    "path": lambda pattern: re.compile(pattern).pattern,
    "of": _one_of(*get_args(Which)),
    "processed": lambda text: _no_value("processed", text),
    "per-account": lambda text: _no_value("per-account", text),
}


def _no_value(name: str, text: str) -> bool:
    if text:
        raise ValueError(f"{name} takes no value")
    return True


@dataclass(slots=True)
class _Armed:
    fault: Fault
    since: int | None = None  # the place among the world's changes when it was declared
    matched: int = 0
    struck: int = 0

    def strikes(self, method: str, path: str, in_flight: tuple[int, int], chance: random.Random) -> bool:
        fault = self.fault
        if (fault.method and fault.method != method) or (fault.path and not re.search(fault.path, path)):
            return False
        self.matched += 1
        if fault.times is not None and self.struck >= fault.times:
            return False
        hit = (
            (fault.at is None or self.matched == fault.at)
            and (fault.every is None or self.matched % fault.every == 0)
            and (fault.share is None or chance.random() < fault.share)
            and (fault.kind != "cap" or in_flight[fault.per_account] > fault.requests)
        )
        self.struck += hit
        return hit


@dataclass(frozen=True, slots=True)
class Lag:
    """How far back reads look, but never behind the moment at which the fault was declared."""

    seconds: float
    since: int
    of: Which


@dataclass(slots=True)
class Trouble:
    """What one request meets."""

    cut: Literal["before", "after", "middle"] | None = None
    reset: bool = False
    stale: bool = False
    refuse: Fault | None = None
    delay: float = 0.0
    lag: Lag | None = None
    before: list[Callable[[], object]] = field(default_factory=list)
    after: list[Callable[[], object]] = field(default_factory=list)


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable trouble, no secrets


class Past(Protocol):
    """What faults need of a world for reads that lag."""

    def place_in_order(self) -> int:
        """Return how many changes there have been."""

    def keep_past(self, seconds: float) -> None:
        """Keep what rows were so many seconds ago."""


class Faults:
    """All trouble that is declared. Safe to use from any number of threads."""

    def __init__(self, *faults: Fault | str, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._chance = _chance(seed)
        self._armed: list[_Armed] = []
        self._rows: Past | None = None
        for fault in faults:
            self.add(fault)

    def belong_to(self, rows: Past) -> None:
        """Say which world they strike; what was declared before counts from here."""
        self._rows = rows
        for armed in self._armed:
            rows.keep_past(armed.fault.seconds)
            if armed.since is None:
                armed.since = rows.place_in_order()

    def add(self, fault: Fault | str) -> None:
        """
        Declare trouble; a text is parsed.

        Raises:
            ValueError: It cannot be read; the text says what can.

        """
        read = Fault.parse(fault) if isinstance(fault, str) else fault
        if not isinstance(read, Fault):
            raise ValueError(f"{fault!r} is neither a Fault nor the text of one")  # noqa: TRY004
        since = None
        if self._rows is not None:
            self._rows.keep_past(read.seconds)
            since = self._rows.place_in_order()
        with self._lock:
            self._armed.append(_Armed(read, since))

    def clear(self) -> None:
        """End all trouble; what comes by chance begins anew, the same as at first."""
        with self._lock:
            self._armed.clear()
            self._chance = _chance(self._seed)

    def before(self, k: int, action: Callable[[], object]) -> None:
        """Run something just before the k-th request from now is answered."""
        self.add(Fault("do", at=k, action=action))

    def after(self, k: int, action: Callable[[], object]) -> None:
        """Run something just after the k-th request from now took effect."""
        self.add(Fault("do", at=k, action=action, afterwards=True))

    def meet(self, method: str, path: str, in_flight: int, of_account: int | None = None) -> Trouble:
        """Work out what a request meets, with so many under way at all and for its account."""
        trouble = Trouble()
        if not self._armed:
            return trouble
        together = (in_flight, in_flight if of_account is None else of_account)
        with self._lock:
            for armed in self._armed:
                if armed.strikes(method, path, together, self._chance):
                    _add(trouble, armed)
        return trouble


def _add(trouble: Trouble, armed: _Armed) -> None:
    fault = armed.fault
    kind, _, side = fault.kind.partition("-")
    if kind in {"cut", "reset"}:
        trouble.cut = side or ("before" if armed.struck % 2 else "after")  # type: ignore[assignment] # a side
        trouble.reset = kind == "reset"
    elif kind == "slow":
        trouble.delay += fault.seconds
    elif kind == "lag":
        trouble.lag = Lag(fault.seconds, armed.since or 0, fault.of)
    elif kind == "stale":
        trouble.stale = True
    elif kind == "do" and fault.action is not None:
        (trouble.after if fault.afterwards else trouble.before).append(fault.action)
    else:
        trouble.refuse = trouble.refuse or fault
