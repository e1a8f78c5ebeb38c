"""The JSON Schema of a sites file, made of the table of keys, for editors and their completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_twilio_emergency.sites.keys import (
    ADDRESS_KEYS,
    DOMAIN_KEYS,
    E164_PATTERN,
    SITE_KEY_PATTERN,
    SITE_KEYS,
    Key,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

# draft-07 is what the YAML servers of editors know best (yaml-language-server README, read 2026-11).
_DRAFT = "http://json-schema.org/draft-07/schema#"


def schema() -> dict[str, Any]:
    """Return the schema of the YAML form; its CSV form has the same keys as columns."""
    return {
        "$schema": _DRAFT,
        "$id": "https://schemas.invalid/pulumi-twilio-emergency/sites-1.json",
        "title": "Sites of pulumi-twilio-emergency",
        "description": "Who is where, and which phone numbers and SIP domains show it on emergency calls.",
        "type": "object",
        "additionalProperties": False,
        "required": ["sites"],
        "properties": {
            "sites": {
                "type": "object",
                "description": "Sites, each under a key that never changes: resource names come from it.",
                "minProperties": 1,
                "propertyNames": {"pattern": SITE_KEY_PATTERN},
                "additionalProperties": _mapping(SITE_KEYS),
            }
        },
    }


def _mapping(keys: Sequence[Key]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key.name for key in keys if key.required],
        "properties": {key.name: {"description": key.doc, **_value(key)} for key in keys},
    }


def _value(key: Key) -> dict[str, Any]:
    if key.kind == "address":
        return _mapping(ADDRESS_KEYS)
    if key.kind == "numbers":
        return {"type": "array", "items": _text(Key("", "", pattern=E164_PATTERN, digits=True))}
    if key.kind == "domains":
        return {"type": "array", "items": _mapping(DOMAIN_KEYS)}
    return _text(key)


def _text(key: Key) -> dict[str, Any]:
    # An editor reads 02134 and +14155550100 as numbers, whatever we do; a pattern holds for texts alone.
    shape: dict[str, Any] = {"type": ["string", "integer"] if key.digits else "string"}
    if key.choices:
        shape["enum"] = list(key.choices)
    if key.pattern:
        shape["pattern"] = key.pattern
    if key.longest:
        shape["maxLength"] = key.longest
    return shape
