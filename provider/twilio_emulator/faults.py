"""
Trouble by declaration: cut connections, refusals, slowness, lists that lag.

A fault counts the requests that it matches, from 1, and says whether it strikes this one.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["cut-before", "cut-after", "cut", "429", "500", "503", "slow", "lag", "cap", "do"]

_GRAMMAR = """\
  cut before=K | cut after=K | cut every=N | cut share=P
  429 | 500 | 503  at=K | every=N | share=P  [retry-after=S]  [processed] (500 and 503 only)
  slow seconds=S  [at=K | every=N | share=P]
  lag seconds=S
  cap requests=N
and for each: [method=GET|POST|DELETE] [path=REGEX] [times=N]"""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One kind of trouble, and whom it meets.

    Attributes:
        kind: `cut-before`/`cut-after`: the connection closes before or after the request took effect; `cut`:
            either, in turn. `429`, `500`, `503`: refused. `slow`: answered late. `lag`: lists show the past.
            `cap`: more than `requests` at a time are refused. `do`: `action` runs first, or afterwards.
        at: Only the request with this number, among those that match.
        every: Every n-th of them.
        share: This share of them, by chance.
        seconds: For slow and lag.
        retry_after: Seconds to name in a Retry-After header.
        processed: A 500 or 503 that took effect all the same.
        requests: For cap.
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
    method: str | None = None
    path: str | None = None
    times: int | None = None
    action: Callable[[], object] | None = None
    afterwards: bool = False

    @classmethod
    def parse(cls, text: str) -> Fault:
        """
        Read a fault as it is written on the command line.

        Raises:
            ValueError: It cannot be read; the text says what can.

        """
        kind, *words = text.split() or [""]
        try:
            return cls._parsed(kind, dict(word.partition("=")[::2] for word in words))
        except (ValueError, re.error) as error:
            raise ValueError(f"{text!r} is no fault ({error}); there are:\n{_GRAMMAR}") from None

    @classmethod
    def _parsed(cls, kind: str, options: dict[str, str]) -> Fault:
        fault = cls("cut")
        if kind == "cut":
            for side in ("before", "after"):
                if side in options:
                    fault = cls("cut-before" if side == "before" else "cut-after", at=int(options.pop(side)))
        elif kind in {"429", "500", "503", "slow", "lag", "cap"}:
            fault = cls(kind)  # type: ignore[arg-type] # just seen to be one
        else:
            raise ValueError(f"kind {kind!r}")
        convert: dict[str, Callable[[str], object]] = {
            "at": int,
            "every": int,
            "share": float,
            "seconds": float,
            "retry-after": float,
            "requests": int,
            "times": int,
            "method": str.upper,
            "path": lambda pattern: re.compile(pattern).pattern,
            "processed": lambda _: True,
        }
        unknown = options.keys() - convert.keys()
        if unknown:
            raise ValueError(f"there is no {min(unknown)}=")
        given = {name.replace("-", "_"): convert[name](value) for name, value in options.items()}
        fault = replace(fault, **given)  # type: ignore[arg-type] # converted by name
        if fault.kind in {"slow", "lag"} and not fault.seconds:
            raise ValueError("seconds= is missing")
        if fault.kind == "cap" and not fault.requests:
            raise ValueError("requests= is missing")
        if fault.kind in {"cut", "429", "500", "503"} and not (fault.at or fault.every or fault.share):
            raise ValueError("at=, every= or share= is missing")
        if fault.kind == "429" and fault.processed:
            raise ValueError("a 429 is never processed")
        return fault


@dataclass(slots=True)
class _Armed:
    fault: Fault
    matched: int = 0
    struck: int = 0

    def strikes(self, method: str, path: str, in_flight: int, chance: random.Random) -> bool:
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
            and (fault.kind != "cap" or in_flight > fault.requests)
        )
        self.struck += hit
        return hit


@dataclass(slots=True)
class Trouble:
    """What one request meets."""

    cut: Literal["before", "after"] | None = None
    refuse: Fault | None = None
    delay: float = 0.0
    lag: float = 0.0
    before: list[Callable[[], object]] = field(default_factory=list)
    after: list[Callable[[], object]] = field(default_factory=list)


class Faults:
    """All trouble that is declared. Safe to use from any number of threads."""

    def __init__(self, *faults: Fault | str, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._chance = random.Random(seed)  # noqa: S311 - repeatable trouble, no secrets
        self._armed: list[_Armed] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str) -> None:
        """Declare trouble; a text is parsed."""
        with self._lock:
            self._armed.append(_Armed(Fault.parse(fault) if isinstance(fault, str) else fault))

    def clear(self) -> None:
        """End all trouble."""
        with self._lock:
            self._armed.clear()

    def before(self, k: int, action: Callable[[], object]) -> None:
        """Run something just before the k-th request from now is answered."""
        self.add(Fault("do", at=k, action=action))

    def after(self, k: int, action: Callable[[], object]) -> None:
        """Run something just after the k-th request from now took effect."""
        self.add(Fault("do", at=k, action=action, afterwards=True))

    def meet(self, method: str, path: str, in_flight: int) -> Trouble:
        """Work out what a request meets."""
        trouble = Trouble()
        with self._lock:
            for armed in self._armed:
                if armed.strikes(method, path, in_flight, self._chance):
                    _add(trouble, armed)
        return trouble


def _add(trouble: Trouble, armed: _Armed) -> None:
    fault = armed.fault
    if fault.kind == "cut":
        trouble.cut = "before" if armed.struck % 2 else "after"
    elif fault.kind in {"cut-before", "cut-after"}:
        trouble.cut = "before" if fault.kind == "cut-before" else "after"
    elif fault.kind == "slow":
        trouble.delay += fault.seconds
    elif fault.kind == "lag":
        trouble.lag = max(trouble.lag, fault.seconds)
    elif fault.kind == "do" and fault.action is not None:
        (trouble.after if fault.afterwards else trouble.before).append(fault.action)
    else:
        trouble.refuse = trouble.refuse or fault
