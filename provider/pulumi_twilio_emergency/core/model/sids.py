"""The shape of Twilio's SIDs: two letters for the kind, then 32 hexadecimal digits."""

from __future__ import annotations

import re
from functools import cache


def is_sid(value: object, prefix: str) -> bool:
    """Whether the value is a SID of that kind, say `AD`."""
    return isinstance(value, str) and _pattern(prefix).fullmatch(value) is not None


@cache
def _pattern(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"{prefix}[0-9a-fA-F]{{32}}")
