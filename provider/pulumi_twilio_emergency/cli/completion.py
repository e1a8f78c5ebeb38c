"""`twilio-emergency completion`: the script that makes a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from pulumi_twilio_emergency.cli.command_line import Command

_EPILOG = """\b
Examples:
  twilio-emergency completion bash >> ~/.bashrc
  twilio-emergency completion zsh >> ~/.zshrc
  twilio-emergency completion fish > ~/.config/fish/completions/twilio-emergency.fish
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    script = get_completion_class(shell)
    if script is not None:
        made = script(ctx.find_root().command, {}, "twilio-emergency", "_TWILIO_EMERGENCY_COMPLETE")
        click.echo(made.source())
