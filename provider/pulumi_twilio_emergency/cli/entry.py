"""The installed command. Imports click only when it is there."""

from __future__ import annotations

import importlib.util
import sys


def main() -> None:
    """Run `twilio-emergency` with the process's arguments, and end the process."""
    missing = [name for name in ("click", "rich") if importlib.util.find_spec(name) is None]
    if missing:
        print(  # noqa: T201 - there is nothing else to say it with
            f"twilio-emergency needs {' and '.join(missing)}, which are not installed.\n"
            "Install them: pip install 'pulumi-twilio-emergency[cli]'",
            file=sys.stderr,
        )
        sys.exit(3)
    try:
        from pulumi_twilio_emergency.cli.commands import twilio_emergency  # noqa: PLC0415 - once click is there
        from pulumi_twilio_emergency.cli.running import run  # noqa: PLC0415 - as above
    except KeyboardInterrupt:
        print("Interrupted. Nothing was changed at Twilio.", file=sys.stderr)  # noqa: T201 - as above
        sys.exit(130)
    sys.exit(run(twilio_emergency, sys.argv[1:]))
