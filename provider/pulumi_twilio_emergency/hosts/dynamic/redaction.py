"""What the program has marked as secret is shown in no text, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_twilio_emergency.session.reporter import Line

_SHORTEST = 3  # a shorter value stands in other words, too: "CA" in CALIFORNIA


class Redaction:
    """Replaces the values of secret inputs by their names."""

    def __init__(self, props: Mapping[str, Any], secret: Collection[str]) -> None:
        values = {name: props[name] for name in secret if isinstance(props.get(name), str)}
        # The longest first: one value may be part of another.
        self._names = {
            value: name
            for name, value in sorted(values.items(), key=lambda item: -len(item[1]))
            if len(value) >= _SHORTEST
        }

    def __call__(self, text: str) -> str:
        """Return the text without secret values."""
        for value, name in self._names.items():
            text = text.replace(value, f"({name} is secret)")
        return text


@dataclass(frozen=True, slots=True)
class RedactedLine:
    """A resource's row on which no secret value is shown."""

    line: Line
    redact: Redaction

    def status(self, subject: str, details: str = "") -> None:
        """Show a passing line."""
        self.line.status(self.redact(subject), self.redact(details))

    def note(self, text: str) -> None:
        """Leave an info line."""
        self.line.note(self.redact(text))

    def warn(self, text: str) -> None:
        """Leave a warning."""
        self.line.warn(self.redact(text))
