"""
Time, and how long the emergency service takes.

A registration runs through stages as time passes or as somebody reads it. Nothing happens in the background:
the stage is worked out when the number is looked at, so a test that owns the clock owns everything.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Return Unix time in seconds."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class RealClock:
    """The machine's time."""

    def now(self) -> float:
        """Return Unix time in seconds."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """
        Refuse: only a ManualClock is moved.

        Raises:
            ValueError: Always.

        """
        raise ValueError(
            f"this emulator runs on real time, which does not advance by {seconds!r} s; start it with a"
            ' ManualClock, in pytest with clock="manual"'
        )


class ManualClock:
    """A time that moves only when it is told to, or when somebody sleeps by it."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        if isinstance(now, bool) or not isinstance(now, (int, float)) or not 0 <= now <= LAST_MOMENT:
            raise ValueError(f"now is a Unix time in seconds, not {now!r}")
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return Unix time in seconds."""
        return self._now

    def monotonic(self) -> float:
        """Return the same time, for those who want to measure."""
        return self._now

    def time(self) -> float:
        """Return the same time, by the name that the standard library uses."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on at once by so many seconds, or to the end of all dates."""
        self.advance(min(seconds, LAST_MOMENT - self._now))

    def advance(self, seconds: float) -> None:
        """
        Move on by so many seconds.

        Raises:
            ValueError: The time would run backwards, or not be a number any more.

        """
        try:
            seconds = seconds_of(seconds)
        except ValueError:
            raise ValueError(f"a clock advances by 0 or more seconds, not by {seconds!r}") from None
        with self._lock:
            if self._now + seconds > LAST_MOMENT:
                raise ValueError("a clock stops at the end of the year 9999")
            self._now += seconds


LAST_MOMENT = 253_402_300_799.0
"""Unix time of the end of the year 9999; later dates cannot be written."""
_A_CENTURY = 3.2e9
_MOST_READS = 1_000_000_000
_BY_READS = r"after ([0-9]{1,10}) reads?(?: or ([0-9]{1,10}(?:\.[0-9]{1,20})?) ?s)?"
_BY_TIME = r"(?:(failing|flapping) ?)?(?:after ([0-9]{1,10}(?:\.[0-9]{1,20})?) ?s)?"
PACE_PATTERN = f"^(?=.)(?:at once|never|{_BY_READS}|{_BY_TIME})$"
"""How a pace is written, for editors."""


def seconds_of(value: object) -> float:
    """
    Return a duration, from 0 to a hundred years.

    Raises:
        ValueError: It is none.

    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _A_CENTURY:
        raise ValueError(f"seconds are a number from 0 to {_A_CENTURY:.0f}, not {value!r}")
    return value


class Outcome(Enum):
    """How a registration, or the end of one, stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failure"


@dataclass(frozen=True, slots=True)
class Stage:
    """
    One stage of a pace.

    Attributes:
        outcome: What reads show meanwhile.
        seconds: How long it lasts; None when reads end it, or nothing does.
        reads: How many reads it lasts; None when time ends it, or nothing does. With both, what comes first.

    """

    outcome: Outcome
    seconds: float | None = None
    reads: int | None = None

    def __post_init__(self) -> None:
        """
        Refuse what no time and no number of reads can be.

        Raises:
            ValueError: It is.

        """
        if not isinstance(self.outcome, Outcome):
            raise ValueError(f"outcome is an Outcome, not {self.outcome!r}")  # noqa: TRY004 - one kind of error
        if self.seconds is not None:
            seconds_of(self.seconds)
        reads = self.reads
        if reads is not None and (type(reads) is not int or not 0 <= reads <= _MOST_READS):
            raise ValueError(f"reads are a whole number from 0 to {_MOST_READS}, not {reads!r}")


@dataclass(frozen=True, slots=True)
class Pace:
    """The stages that a registration or an unregistration runs through; the last one stays."""

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        """
        Refuse what is no row of stages.

        Raises:
            ValueError: It is none.

        """
        stages = self.stages
        if not isinstance(stages, tuple) or not stages or not all(isinstance(each, Stage) for each in stages):
            raise ValueError(f"stages are one Stage or more in a tuple, not {stages!r}")

    @classmethod
    def of(cls, value: object) -> Pace:
        """
        Return a pace, or read its text.

        Raises:
            ValueError: It is neither.

        """
        if isinstance(value, str):
            return cls.parse(value)
        if not isinstance(value, cls):
            raise ValueError(f"{value!r} is not a pace; write one of: {', '.join(PACES)}")  # noqa: TRY004
        return value

    @classmethod
    def at_once(cls) -> Pace:
        """Done before the answer is written."""
        return cls((Stage(Outcome.DONE),))

    @classmethod
    def by_default(cls) -> Pace:
        """Pending in the answer and in the next two reads, or for a second, then done."""
        return cls.parse(DEFAULT_PACE)

    @classmethod
    def after(cls, seconds: float) -> Pace:
        """Pending for so many seconds, then done."""
        return cls((Stage(Outcome.PENDING, seconds=seconds), Stage(Outcome.DONE)))

    @classmethod
    def after_reads(cls, reads: int) -> Pace:
        """Pending for so many reads (the answer to the write is the first), then done."""
        return cls((Stage(Outcome.PENDING, reads=reads), Stage(Outcome.DONE)))

    @classmethod
    def never(cls) -> Pace:
        """Pending for ever."""
        return cls((Stage(Outcome.PENDING),))

    @classmethod
    def failing(cls, seconds: float = 0.0) -> Pace:
        """Pending for so many seconds, then a failure."""
        return cls((Stage(Outcome.PENDING, seconds=seconds), Stage(Outcome.FAILED)))

    @classmethod
    def flapping(cls, seconds: float = 0.0) -> Pace:
        """Pending, done for one read, pending for two more, then done for good."""
        return cls(
            (
                Stage(Outcome.PENDING, seconds=seconds),
                Stage(Outcome.DONE, reads=1),
                Stage(Outcome.PENDING, reads=2),
                Stage(Outcome.DONE),
            )
        )

    @classmethod
    def parse(cls, text: str) -> Pace:
        """
        Read a pace as it is written on the command line.

        Raises:
            ValueError: The text is not a pace; the message shows what is.

        """
        try:
            return cls._parsed(text)
        except ValueError as error:
            reason = f" ({error})" if error.args else ""
            raise ValueError(f"{text!r} is not a pace{reason}; write one of: {', '.join(PACES)}") from None

    @classmethod
    def _parsed(cls, text: str) -> Pace:
        words = " ".join(text.split())
        plain = {"at once": cls.at_once(), "never": cls.never()}
        if words in plain:
            return plain[words]
        reads = re.fullmatch(_BY_READS, words)
        if reads:
            seconds = float(reads[2]) if reads[2] else None
            return cls((Stage(Outcome.PENDING, seconds, int(reads[1])), Stage(Outcome.DONE)))
        timed = re.fullmatch(_BY_TIME, words)
        if timed is None or not words:
            raise ValueError
        kinds = {None: cls.after, "failing": cls.failing, "flapping": cls.flapping}
        return kinds[timed[1]](float(timed[2] or 0))


PACES = (
    "at once",
    "after 3s",
    "after 2 reads",
    "after 3 reads or 1s",
    "never",
    "failing",
    "failing after 3s",
    "flapping",
    "flapping after 3s",
)
"""How a pace is written, by example."""
DEFAULT_PACE = "after 3 reads or 1s"
"""A script that does not look at the status finds out: the answer is never the end of a registration."""


@dataclass(slots=True)
class Run:
    """One registration or unregistration on its way."""

    pace: Pace
    since: float
    stage: int = 0
    reads: int = 0

    def look(self, now: float) -> tuple[Outcome, float]:
        """Return how it stands, and since when it has stood so."""
        while not self.over:
            stage = self.pace.stages[self.stage]
            if stage.seconds is not None and now - self.since >= stage.seconds:
                self.since += stage.seconds
            elif stage.reads is not None and self.reads >= stage.reads:
                self.since = now
            else:
                break
            self.stage += 1
            self.reads = 0
        return self.pace.stages[self.stage].outcome, self.since

    def count(self) -> None:
        """Count a read."""
        self.reads += 1

    @property
    def over(self) -> bool:
        """Whether nothing can change any more."""
        return self.stage == len(self.pace.stages) - 1
