"""States that releases have left behind, and what stood at Twilio then."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.handler_commands import Resource, binding, emergency_address, sip_domain

if TYPE_CHECKING:
    from twilio_emulator import World

RECORDED = sorted((Path(__file__).parent.parent / "state").glob("*/*.json"))
_BOOKKEEPING = {"created", "updated", "running"}
"""What the emulator of that time has noted for itself in each row."""
_MAKE = {
    "EmergencyAddress": emergency_address,
    "NumberEmergencyBinding": binding,
    "SipDomainEmergency": sip_domain,
}


def world_of(recorded: dict[str, Any], world: World) -> World:
    """Let a world hold what stood at Twilio when the state was recorded."""
    if recorded["account_sid"] not in world.accounts:
        world.add_account(recorded["account_sid"], "0" * 32)
    for kind, add in (
        ("addresses", world.add_address),
        ("numbers", world.add_number),
        ("domains", world.add_domain),
    ):
        for row in recorded[kind]:
            add(**{name: value for name, value in row.items() if name not in _BOOKKEEPING})
    return world


def resources_of(recorded: dict[str, Any]) -> dict[str, Resource]:
    """Return the resources of ours in a recorded state, by name."""
    rows = recorded["state"]["deployment"]["resources"]
    found = (_resource(row) for row in rows if "dynamic/twilio" in row["type"])
    return {each.name: each for each in found}


def _resource(row: dict[str, Any]) -> Resource:
    stack, project, _, name = row["urn"].removeprefix("urn:pulumi:").split("::")
    made = _MAKE[row["type"].rpartition(":")[2]](name, stack=stack, project=project)
    made.keep(row["id"], _without_provider(row["inputs"]), _without_provider(row["outputs"]))
    assert made.urn == row["urn"]
    return made


def _without_provider(props: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if name != "__provider"}
