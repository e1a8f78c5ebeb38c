"""Text that is safe to show: what a service answered must not steer the operator's terminal."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"  # control characters; a newline is kept
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that reorder what is read
    "\u2028\u2029\ud800-\udfff]"  # line separators, and surrogates, which no protobuf takes
)
_COLOR_TAG = "<{%"


def printable(text: str) -> str:
    r"""
    Return the text with control characters, bidirectional marks and lone surrogates as `\x1b`, `\u202e`.

    Pulumi's own color tags are broken up too: an unknown one makes the CLI panic (`colors.go`, 3.259).
    """
    escaped = _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return escaped.replace(_COLOR_TAG, "<{ %")
