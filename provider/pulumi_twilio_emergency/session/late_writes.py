"""
Changes that Twilio has not answered, and may still carry out: what a command says of them when it is over.

A command that is killed cannot say it, and whoever is told to wait may not: so each is kept in the record of
this machine, and the commands of the next minutes say it, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_twilio_emergency.core.model.problem import Problem
from pulumi_twilio_emergency.twilio_gateway import LateWrite

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pulumi_twilio_emergency.core.account.submissions import SubmissionRecord
    from pulumi_twilio_emergency.core.ports import Clock

_KEPT = "unanswered"
_MAY_ARRIVE_WITHIN = 15 * 60.0
"""Seconds. Nothing says how long a gateway may hold a request; most have time limits of minutes."""
_NAMED_AT_MOST = 100


class LateWrites:
    """What may still be changed by writes, in the record of this machine."""

    def __init__(self, record: SubmissionRecord, clock: Clock) -> None:
        """
        Prepare to keep and to tell.

        Args:
            record: What outlives a command.
            clock: Time.

        """
        self._record = record
        self._clock = clock
        self._began = clock.time()

    def note(self, write: LateWrite) -> None:
        """Keep a change that was sent, and that Twilio has not answered."""
        entry = {"what": _KEPT, "account": write.account_sid, "object": write.sid}
        self._record.append({**entry, "at": f"{self._clock.time():.0f}"})

    def of_earlier_commands(self, account_sids: Collection[str]) -> set[LateWrite]:
        """Return those of commands before this one, in these accounts, that may still arrive."""
        found = set()
        for entry in self._record.entries():
            write = LateWrite(entry.get("account", ""), entry.get("object", ""))
            # Another process of this very command tells its own.
            is_due = self._began - _MAY_ARRIVE_WITHIN < _time(entry) <= self._began
            if entry.get("what") == _KEPT and is_due and write.account_sid in account_sids:
                found.add(write)
        return found


def _time(entry: Mapping[str, str]) -> float:
    try:
        return float(entry.get("at", ""))
    except ValueError:
        return float("-inf")


def warning(
    own: Sequence[LateWrite],
    earlier: Sequence[LateWrite],
    *,
    names: Mapping[str, str],
    with_accounts: bool,
) -> Problem:
    """
    Return the warning of changes that Twilio may still carry out.

    Args:
        own: What those of this command would change.
        earlier: What those of commands before it would change.
        names: Phone numbers and domain names by SID, as far as they are known.
        with_accounts: Say in which account each is: the command is not about the credentials' own alone.

    """

    def named(write: LateWrite) -> str:
        kind = "number" if write.sid.startswith("PN") else "SIP domain"
        name = f"{names[write.sid]} ({write.sid})" if write.sid in names else write.sid
        return f"{kind} {name}{f' of account {write.account_sid}' if with_accounts else ''}"

    said = [*map(named, own), *(f"{named(each)}, by a command before this one" for each in earlier)]
    more = f"; and {len(said) - _NAMED_AT_MOST} more" if len(said) > _NAMED_AT_MOST else ""
    listed = "; ".join(said[:_NAMED_AT_MOST])
    return Problem(
        f"Twilio has not said what came of changes that were sent to {listed}{more}.",
        "If it carries one of them out late, that undoes what was set and confirmed there since: a number "
        "may lose its registered address, a SIP domain its emergency caller.",
        "Check in a few minutes, and before the next change: `pulumi preview` warns of numbers and SIP "
        "domains that are not as in state, and `pulumi up` puts them right. What a destroyed stack has left "
        "is shown by `twilio-emergency audit`.",
    )
