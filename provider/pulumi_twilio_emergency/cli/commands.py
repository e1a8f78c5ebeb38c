"""The group of all commands. Each is imported when it is called, so that `--help` is quick."""

from __future__ import annotations

import importlib
import importlib.metadata

import click

# Name: the module beside this one, and the line that the list of commands shows.
_COMMANDS = {
    "adopt": ("adopt", "Write files that bring an account under management as it is."),
    "audit": ("audit", "Report who is covered, who is not, and what is not as declared."),
    "check": ("check", "Check a sites file offline and list every problem in it."),
    "completion": ("completion", "Print the completion script of a shell."),
    "doctor": ("doctor", "Check credentials, permissions, Pulumi and Python."),
    "schema": ("schema", "Print a JSON Schema."),
    "watch": ("watch", "Wait until numbers are registered."),
}

_EPILOG = """\b
Examples:
  twilio-emergency check sites.yaml
  twilio-emergency audit --sites sites.yaml
  twilio-emergency schema sites > sites.schema.json

\b
Exit codes:
  0    done; nothing found that is wrong
  1    done; something is wrong: a problem, a finding, a number not registered
  2    the command line is wrong
  3    it could not be done: credentials, network, permissions, an output that cannot be written
  130  interrupted
  141  as 0, and the reader of the output has gone (| head), so that not all of it was delivered

Credentials come from the environment, never from the command line: TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN
or TWILIO_API_KEY with TWILIO_API_SECRET. No command writes to Twilio.
"""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"{__package__}.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in sorted(_COMMANDS.items())])


@click.group(
    cls=_Commands,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(
    importlib.metadata.version("pulumi-twilio-emergency"), message="twilio-emergency %(version)s"
)
def twilio_emergency() -> None:
    """Emergency addresses of Twilio numbers: what is declared, what is registered, and what is not."""
