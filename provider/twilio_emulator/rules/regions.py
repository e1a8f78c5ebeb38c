"""Where emergency work is done: in the default region alone (error 22402, Twilio's error dictionary)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twilio_emulator.records import Refusal

if TYPE_CHECKING:
    from twilio_emulator.world import World


def refuse_emergency_work(world: World) -> None:
    """
    Refuse emergency work outside us1.

    Raises:
        Refusal: 22402.

    """
    if (world.asked_in or world.region) != "us1":
        raise Refusal(400, 22402, "Emergency operations on phone numbers are not allowed in this Region.")
