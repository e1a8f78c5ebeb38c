"""`twilio-emergency schema`: the JSON Schemas of what we read and write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pulumi_twilio_emergency.audit import exports
from pulumi_twilio_emergency.cli.command_line import Command
from pulumi_twilio_emergency.sites import schema as sites_schema

if TYPE_CHECKING:
    from collections.abc import Callable

_SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {"audit": exports.schema, "sites": sites_schema.schema}

_EPILOG = """\b
Examples:
  twilio-emergency schema sites > sites.schema.json

\b
and, so that an editor completes and checks, as the first line of sites.yaml:
  # yaml-language-server: $schema=sites.schema.json
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("name", type=click.Choice(sorted(_SCHEMAS)))
def command(name: str) -> None:
    """Print the JSON Schema of a file that we read or write."""
    click.echo(json.dumps(_SCHEMAS[name](), indent=2))
