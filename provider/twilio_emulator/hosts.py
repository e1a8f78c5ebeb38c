"""Host names: which lead to this emulator, which are Twilio's, and which may use the control API."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twilio_emulator.fields import REGIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_OWN_PAGES = frozenset({None, "same-origin", "none"})
_EDGES = (
    *("ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla"),
    *("ashburn-ix", "frankfurt-ix", "london-ix", "san-jose-ix", "singapore-ix", "sydney-ix", "tokyo-ix"),
)
"""Public edges and those of Twilio Interconnect ("Edge locations", Twilio docs, read 2026-11)."""
_API = re.compile(rf"api(?:(?:\.(?:{'|'.join(_EDGES)}))?\.({'|'.join(REGIONS)}))?\.twilio\.com")
"""api.twilio.com, api.REGION.twilio.com and api.EDGE.REGION.twilio.com."""


def is_twilios(host: str) -> bool:
    """Say whether a host is one of the API's, whatever its case."""
    return bool(_API.fullmatch(host.lower()))


@functools.lru_cache(maxsize=64)
def region_of(host: str | None) -> str | None:
    """Return the region that a Host header names, or None where it names none."""
    match = _API.fullmatch(_name(host) or "") if host else None
    return match[1] if match else None


def is_local(host: str) -> bool:
    """Say whether nobody outside can make a host name lead here: an IP address, or a name without a dot."""
    name = host.lower()
    if re.fullmatch(rf"{_LABEL}(\.localhost)?", name):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def problem_with(headers: Mapping[str, str], own_names: Collection[str]) -> str | None:
    """
    Say why a request may not change the emulator, or None.

    A web page that somebody has open elsewhere can send requests to this machine. Browsers say so by Origin
    and Sec-Fetch-Site; a page whose own name was made to lead here (DNS rebinding) is known by Host.
    """
    host = headers.get("host")
    name = _name(host) if host is not None else "localhost"
    if not name or not (is_local(name) or name in own_names):
        return (
            f"the control API is not reached as {host!r}; use an IP address, localhost, a name without a dot,"
            " or the name that the emulator was started with as --host"
        )
    origin = headers.get("origin")
    foreign = origin is not None and _authority_of(origin) != (host or "").lower()
    if foreign or headers.get("sec-fetch-site") not in _OWN_PAGES:
        return "the control API takes no requests from web pages of other sites"
    return None


def _authority_of(url: str) -> str | None:
    """Return host and port of a URL, or None where it has none."""
    try:
        return urlsplit(url).netloc.lower() or None
    except ValueError:
        return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
