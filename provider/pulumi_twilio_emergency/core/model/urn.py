"""The parts of a resource's URN, `urn:pulumi:stack::project::types::name`, and of its type token."""

from __future__ import annotations


def name_of(urn: str) -> str:
    """Return the resource's name."""
    return urn.rpartition("::")[2]


def stack_of(urn: str) -> str:
    """Return the part that all resources of one stack share; empty where the host shows no URN."""
    return "::".join(urn.split("::")[:2])


def is_of_sites_file(urn: str) -> bool:
    """Whether the resource's parent is an EmergencySites: a URN has its parents' types before its own."""
    types = "".join(urn.split("::")[2:3]).split("$")
    return len(types) > 1 and kind_of(types[-2]) == "EmergencySites"


def kind_of(type_token: str) -> str:
    """Return the last part of a type token, `EmergencyAddress`: the same from every host."""
    return type_token.rpartition(":")[2]
