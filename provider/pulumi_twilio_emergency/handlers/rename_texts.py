"""How a resource that was renamed or moved keeps its number covered: by aliases, wherever they can be set."""

from __future__ import annotations

from pulumi_twilio_emergency.core.model.urn import is_of_sites_file
from pulumi_twilio_emergency.core.rules.guards import OVERRIDE


def remedy_of_new_binding(urn: str, friendly_name: str, wanted: str | None) -> str:
    """
    Return what to do where a new binding's number is at an address that this stack seems to have made.

    Args:
        urn: The binding.
        friendly_name: Of the address that the number points at.
        wanted: The address that the program declares; None where it is not created yet.

    """
    made = f"That address, {friendly_name!r}, was made by this stack, or by another one of its name."
    return (
        f"{_aliases(urn)}: that sends nothing, and the number stays covered (if an `up` of the new names has "
        f"failed already, first run `pulumi up` with the old ones). {made} `{OVERRIDE}=1 pulumi up` "
        f"{_override_does(wanted)}"
    )


def hint_of_new_address(urn: str, name: str) -> str:
    """Return what to do where a binding moves to a new address resource that has the old one's place."""
    if is_of_sites_file(urn):
        rename = (
            "if its key in the sites file was changed, put the old key back, or set its alias by "
            "`transforms` on the EmergencySites"
        )
    else:
        rename = "if it is the old one renamed, give it the option aliases with the old name"
    return (
        f" {name} is a new resource for the address that the number has now: {rename}, and the number stays "
        "covered."
    )


def _aliases(urn: str) -> str:
    if not is_of_sites_file(urn):
        return "If resources were renamed or moved, name their old places with the option aliases"
    return (
        "If the EmergencySites was renamed or moved, give it the option aliases; if its resources were "
        "declared one by one before, set their aliases by `transforms` on it"
    )


def _override_does(wanted: str | None) -> str:
    if wanted is not None:
        return "moves the number to the new address, with a gap."
    return (
        "takes the address back as it is, if state has lost it and it is declared as before. If not, it "
        "moves the number to the new address, with a gap. A preview with the same variable shows which it "
        "will be."
    )
