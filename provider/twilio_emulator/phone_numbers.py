"""What a phone number says by itself: its country, its kind, how it is written by default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOLL_FREE = re.compile(r"\+1(800|888|877|866|855|844|833)")
_CANADIAN = re.compile(
    r"\+1(204|226|236|249|250|263|289|306|343|354|365|367|368|382|403|416|418|428|431|437|438|450|468|474|506"
    r"|514|519|548|579|581|584|587|604|613|639|647|672|683|705|709|742|753|778|780|782|807|819|825|867|873|879"
    r"|902|905|942)"
)


def friendly(phone_number: str) -> str:
    """Return the default friendly name: a formatted version of the number (IncomingPhoneNumber page)."""
    match = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", phone_number)
    return f"({match[1]}) {match[2]}-{match[3]}" if match else phone_number


def is_toll_free(phone_number: str) -> bool:
    """Say whether it is a toll-free number of the US and Canada."""
    return bool(_TOLL_FREE.match(phone_number))


def country_of(number: Mapping[str, Any]) -> str:
    """Return the country of a number: as declared, else by its prefix."""
    if number.get("iso_country"):
        return str(number["iso_country"])
    phone_number = number["phone_number"]
    if phone_number.startswith("+44"):
        return "GB"
    if not phone_number.startswith("+1"):
        return "elsewhere"
    return "CA" if _CANADIAN.match(phone_number) else "US"
