"""The command `twilio-emulator`: serves until Ctrl-C, or does one of the other things it is asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130
"""The exit status that shells give for a process that Ctrl-C ended."""


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say; return the exit status."""
    try:
        return _run(list(sys.argv[1:] if words is None else words))
    except KeyboardInterrupt:
        sys.stderr.write("twilio-emulator: interrupted\n")
        return _INTERRUPTED


def _run(words: Sequence[str]) -> int:
    # Loaded here, where Ctrl-C is a sentence: loading takes the first tenths of a second.
    from twilio_emulator.commands import ask, remote, schema, serve  # noqa: PLC0415

    commands = {"add": remote.add, "reset": remote.reset, "schema": schema.run, "ask": ask.run}
    if words and words[0] in commands:
        return commands[words[0]](words[1:])
    return serve.run(words)


if __name__ == "__main__":
    sys.exit(main())
