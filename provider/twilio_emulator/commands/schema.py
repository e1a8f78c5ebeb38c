"""`twilio-emulator schema`: the JSON schema of the seed file, for editors."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from twilio_emulator import seed

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(words: Sequence[str]) -> int:
    """Print the schema."""
    argparse.ArgumentParser(
        prog="twilio-emulator schema", description="Print the JSON schema of the seed file."
    ).parse_args(words)
    print(json.dumps(seed.schema(), indent=2))
    return 0
