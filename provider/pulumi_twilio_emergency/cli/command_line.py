"""What holds for the command line of every command."""

from __future__ import annotations

from collections import Counter

import click


class Command(click.Command):
    """
    A command that refuses an option with one value when it is given again, and any value that is empty.

    Click takes the last value and says nothing: an audit would leave out a stack that was named, and report
    that all is well. An empty value, as of a shell variable that is not set, would count as none at all.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """
        Parse the words of a command line.

        Raises:
            click.UsageError: An option with one value is repeated, a value is empty, or click finds something
                else wrong.

        """
        words = list(args)
        rest = super().parse_args(ctx, args)
        if ctx.resilient_parsing:  # for shell completion, which offers words and judges none
            return rest
        given, _, order = self.make_parser(ctx).parse_args(args=words)
        for parameter, count in Counter(order).items():
            name = _name(parameter)
            if count > 1 and isinstance(parameter, click.Option) and not _may_be_repeated(parameter):
                ctx.fail(f"{name} is given {count} times, and only the last would count. Give it once.")
            if _is_empty(given.get(parameter.name or "")):
                ctx.fail(f"{name} is given an empty value. Is a shell variable not set?")
        return rest


def _name(parameter: click.Parameter) -> str:
    """Return the name by which the help shows it."""
    return parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name


def _is_empty(given: object) -> bool:
    values = given if isinstance(given, list | tuple) else [given]
    return any(isinstance(value, str) and not value.strip() for value in values)


def _may_be_repeated(option: click.Option) -> bool:
    return option.multiple or option.is_flag or option.count
