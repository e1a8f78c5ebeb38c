"""How we say durations, values and kinds of values."""

from __future__ import annotations

_QUOTED_AT_MOST = 60


def duration(seconds: float) -> str:
    """Say a time span as a person would: `45 s`, `10 min`, `2 min 5 s`, `3 h 20 min`."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if minutes == 0:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def counted(count: int, noun: str) -> str:
    """Say how many there are: `1 number`, `2 numbers`, `1,000 numbers`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def sentence(text: str) -> str:
    """Return what somebody else has said, ended with a full stop."""
    said = text.strip()
    return said if said.endswith((".", "!", "?")) else f"{said}."


def kind_of(value: object) -> str:
    """Say what a value is, in words for people: a number, a list, True."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list | tuple):
        return "a list"
    return "a mapping" if isinstance(value, dict) else type(value).__name__


def quoted(value: object) -> str:
    """Quote what somebody wrote, as Python would, and no more of it than fits on a line."""
    text = repr(value[: 2 * _QUOTED_AT_MOST]) if isinstance(value, str) else repr(value)
    return text if len(text) <= _QUOTED_AT_MOST else f"{text[: _QUOTED_AT_MOST - 4]} ..."
