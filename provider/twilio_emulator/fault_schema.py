"""The text of a fault as a regular expression, for the JSON schema of a seed."""

from __future__ import annotations

from typing import get_args

from twilio_emulator.faults import COUNTS, FOR_EACH, OPTIONS, Which

_WRITTEN = {
    **dict.fromkeys(("at", "every", "times", "requests"), "=[0-9]{1,10}"),
    **dict.fromkeys(("share", "seconds", "retry-after"), r"=[0-9]+(\.[0-9]+)?"),
    "method": "=(GET|POST|DELETE|get|post|delete)",
    "path": r"=\S+",
    "of": f"=({'|'.join(get_args(Which))})",
    "processed": "",
    "per-account": "",
}
_NEEDED = {"lag": ("seconds",), "slow": ("seconds",), "cap": ("requests",)}


def pattern() -> str:
    """Return a regular expression for the text of a fault, for editors: near enough, and never too narrow."""
    return f"^({'|'.join(_pattern_of(kind) for kind in OPTIONS if kind != 'do')})$"


def _pattern_of(kind: str) -> str:
    word, _, side = kind.partition("-")
    counts = tuple(name for name in OPTIONS[kind] if name in COUNTS)
    needed = _NEEDED.get(kind, counts)
    options = [name for name in (*OPTIONS[kind], *FOR_EACH) if not (side and name == "at")]
    if side:
        needed, known = (side,), {**_WRITTEN, side: "=[0-9]{1,10}"}
        options.append(side)
    else:
        known = _WRITTEN
    words = "|".join(f"{name}{known[name]}" for name in options)
    return f"{word}(?=.* ({'|'.join(needed)})=)( +({words}))+"
