"""The command `twilio-emulator`: serves until Ctrl-C, or does one of the other things it is asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from twilio_emulator.commands import ask, remote, schema, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "add": remote.add,
    "reset": remote.reset,
    "schema": schema.run,
    "ask": ask.run,
}


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say; return the exit status."""
    given = list(sys.argv[1:] if words is None else words)
    if given and given[0] in _COMMANDS:
        return _COMMANDS[given[0]](given[1:])
    return serve.run(given)


if __name__ == "__main__":
    sys.exit(main())
