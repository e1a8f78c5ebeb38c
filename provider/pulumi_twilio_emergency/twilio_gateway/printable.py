"""Text of others, made safe for a terminal and for Pulumi's protocol."""

from __future__ import annotations

import unicodedata

_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, invisible formatting (bidirectional marks among it), lone surrogates, line separators."""
_JOINERS = frozenset("\u200c\u200d")
"""Part of how Persian words and some emoji are written; they reorder nothing."""


def printable(text: str) -> str:
    r"""
    Return the text with everything that a terminal would obey, or cannot show, escaped as Python would.

    An escape sequence in an error text could repaint what the operator reads, a bidirectional mark reorder
    it, and a lone surrogate cannot be encoded for Pulumi's engine.

    Args:
        text: What somebody else wrote.

    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if _is_harmless(each) else _escape(each) for each in text)


def _is_harmless(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _ESCAPED


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
