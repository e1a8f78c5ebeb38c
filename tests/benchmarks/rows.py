"""What was measured, and what was expected of it."""

from __future__ import annotations

from collections import Counter  # noqa: TC003 - dataclasses
from dataclasses import dataclass, field

from benchmarks.expectations import TOLERANCE


@dataclass
class Measured:
    """One row of the table; `parts` are the seconds that were expected, by what takes them."""

    who: str
    what: str
    size: int
    seconds: float
    requests: Counter[str]
    mebibytes: float
    computed: str = ""
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def expected(self) -> float | None:
        return sum(self.parts.values()) if self.parts else None

    @property
    def ratio(self) -> float | None:
        return self.seconds / self.expected if self.expected else None

    @property
    def above(self) -> str:
        """Say what was expected where the row is more than a third above it; else nothing."""
        if self.ratio is None or self.ratio <= TOLERANCE:
            return ""
        parts = " + ".join(f"{name} {seconds:.1f}" for name, seconds in self.parts.items())
        return (
            f"{self.who}, {self.what} of {self.size}: {self.seconds:.1f} s, "
            f"expected {self.expected:.1f} s ({parts}), ratio {self.ratio:.2f}"
        )


@dataclass(frozen=True)
class Figure:
    """A measurement beside the table, with the most that it may be."""

    name: str
    measured: float
    most: float
    unit: str
    note: str = ""

    @property
    def above(self) -> str:
        """Say what was expected where it is more than that; else nothing."""
        if self.measured <= self.most:
            return ""
        return f"{self.name}: {self.measured:.2f} {self.unit}, at most {self.most:.2f} expected ({self.note})"
