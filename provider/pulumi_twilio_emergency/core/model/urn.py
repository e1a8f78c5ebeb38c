"""The parts of a resource's URN, `urn:pulumi:stack::project::types::name`, and of its type token."""

from __future__ import annotations


def name_of(urn: str) -> str:
    """Return the resource's name."""
    return urn.rpartition("::")[2]


def stack_of(urn: str) -> str:
    """Return the part that all resources of one stack share; empty where the host shows no URN."""
    return "::".join(urn.split("::")[:2])


def kind_of(type_token: str) -> str:
    """Return the last part of a type token, `EmergencyAddress`: the same from every host."""
    return type_token.rpartition(":")[2]
