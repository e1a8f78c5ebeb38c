"""`twilio-emulator add` and `reset`: changes to an emulator that is running."""

from __future__ import annotations

import argparse
import http.client
import os
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIMEOUT = 300.0
"""Seconds: tens of thousands of numbers take their time."""


def add(words: Sequence[str]) -> int:
    """Add what a seed document says to a running emulator."""
    parser = _parser("add", "Add numbers, places, subaccounts and so on to a running emulator.")
    parser.add_argument(
        "document", help="a seed document, like 'numbers: [{phone_number: \"+14155550100\"}]', or - for stdin"
    )
    options = parser.parse_args(words)
    document = sys.stdin.read() if options.document == "-" else options.document
    return _post(options.url, "/_emulator/seed", document)


def reset(words: Sequence[str]) -> int:
    """Bring a running emulator back to its start."""
    options = _parser("reset", "Bring a running emulator back to what it was when it started.").parse_args(
        words
    )
    return _post(options.url, "/_emulator/reset", "")


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"twilio-emulator {command}", description=description)
    parser.add_argument(
        "--url",
        default=os.environ.get("TWILIO_API_URL", "http://127.0.0.1:8429"),
        help="where it listens (default: TWILIO_API_URL, else http://127.0.0.1:8429)",
    )
    return parser


def _post(url: str, path: str, body: str) -> int:
    # It is on this machine, and no business of a proxy's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        request = urllib.request.Request(url.rstrip("/") + path, body.encode(), method="POST")  # noqa: S310 - as given
        with opener.open(request, timeout=_TIMEOUT) as answer:
            shown = answer.read().decode()
    except urllib.error.HTTPError as error:
        print(f"twilio-emulator: {_sentence_of(error, url)}", file=sys.stderr)
        return 1
    except TimeoutError:
        said = f"{url} did not answer within {_TIMEOUT:g} s; it may do it all the same"
        print(f"twilio-emulator: {said}", file=sys.stderr)
        return 1
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        print(f"twilio-emulator: no emulator answers at {url}: {reason}", file=sys.stderr)
        return 1
    if shown:
        print(shown)
    return 0


def _sentence_of(error: urllib.error.HTTPError, url: str) -> str:
    """Return what the emulator said; of anything else only that it is none."""
    text = error.read().decode(errors="replace").strip()
    is_sentence = error.headers.get_content_type() == "text/plain"
    return text if is_sentence else f"what answers at {url} is not an emulator: HTTP {error.code}"
