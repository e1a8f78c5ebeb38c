"""The shape of Twilio's SIDs: two letters for the kind, then 32 hexadecimal digits."""

from __future__ import annotations

import re


def is_sid(value: object, prefix: str) -> bool:
    """Whether the value is a SID of that kind, say `AD`."""
    return isinstance(value, str) and re.fullmatch(rf"{prefix}[0-9a-fA-F]{{32}}", value) is not None
