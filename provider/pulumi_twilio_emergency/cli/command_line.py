"""What holds for the command line of every command."""

from __future__ import annotations

from collections import Counter

import click


class Command(click.Command):
    """
    A command that refuses an option with one value when it is given again.

    Click takes the last value and says nothing: an audit would leave out a stack that was named, and report
    that all is well.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """
        Parse the words of a command line.

        Raises:
            click.UsageError: An option with one value is repeated, or click finds something else wrong.

        """
        words = list(args)
        rest = super().parse_args(ctx, args)
        if ctx.resilient_parsing:  # for shell completion, which offers words and judges none
            return rest
        _, _, order = self.make_parser(ctx).parse_args(args=words)
        for parameter, count in Counter(order).items():
            if count > 1 and isinstance(parameter, click.Option) and not _may_be_repeated(parameter):
                option = parameter.opts[0]
                ctx.fail(f"{option} is given {count} times, and only the last would count. Give it once.")
        return rest


def _may_be_repeated(option: click.Option) -> bool:
    return option.multiple or option.is_flag or option.count
