"""When an edit takes the address off so many numbers that somebody has to say that it is intended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Collection

SHARE = 5
"""More than one number in five is a mass removal ..."""
FEWEST = 3
"""... unless it is fewer than three: small accounts change as well."""
_NAMED_AT_MOST = 10


def removed_numbers(before: Collection[str], after: Collection[str]) -> list[str]:
    """Return the numbers that are declared no more, in order."""
    return sorted(set(before) - set(after))


def problem_if_mass_removal(
    before: Collection[str], after: Collection[str], allowed: int, file: str
) -> Problem | None:
    """
    Say that an edit removes many numbers at once, or None where it does not, or where that is allowed.

    Args:
        before: The numbers that the last `pulumi up` has declared.
        after: Those that the file declares now.
        allowed: How many removals the program allows: exactly so many. An allowance that is left in the
            program after its edit does not let a file pass that was cut off later.
        file: The file, for the sentence.

    """
    removed = removed_numbers(before, after)
    if len(removed) < FEWEST or len(removed) * SHARE <= len(set(before)) or len(removed) == allowed:
        return None
    named = ", ".join(removed[:_NAMED_AT_MOST])
    if len(removed) > _NAMED_AT_MOST:
        named += f" and {len(removed) - _NAMED_AT_MOST} more"
    other = f" allow_removals={allowed} is for another count." if allowed else ""
    return Problem(
        f"{file} no longer has {len(removed)} of {len(set(before))} numbers: {named}.{other}",
        "They would lose their emergency address: calls from them would reach a national centre that does "
        "not know where the caller is.",
        f"Put them back, or pass allow_removals={len(removed)} if this is intended, and take it out after "
        "that `pulumi up`.",
        where="allow_removals",
    )
