"""Everything that is lent must be what the manual says, before anything is written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from twilio_emulator import phone_numbers
from twilio_emulator.ask.account import UnusableError
from twilio_emulator.ask.lending import emergency_of, is_free
from twilio_emulator.fields import WITH_EMERGENCY_CALLING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from twilio_emulator.ask.lending import Loan, Workbench

_MOST_FAILED = 2
_IN_TROUBLE = {"--failed": "registration-failure", "--stuck": "unregistration-failure"}


def check_loan(bench: Workbench) -> None:
    """
    Read every number that is lent.

    Raises:
        UnusableError: One is not what its option says, is lent twice, or cannot be read.
        OSError: There is no answer.

    """
    lent = list(_lent(bench.loan))
    sid, times = Counter(sid for _, sid in lent).most_common(1)[0]
    if times > 1:
        options = " and ".join(option for option, each in lent if each == sid)
        raise UnusableError(f"number {sid} is lent twice: {options}")
    if len(bench.loan.failed) > _MOST_FAILED:
        raise UnusableError(f"--failed may be given twice, not {len(bench.loan.failed)} times")
    for option, sid in lent:
        problem = _problem(option, bench.number(sid))
        if problem:
            raise UnusableError(f"{option}: number {sid} {problem}")


def _lent(loan: Loan) -> Iterator[tuple[str, str]]:
    yield "--number", loan.number
    single = {"--never-bound": loan.never_bound, "--stuck": loan.stuck, "--toll-free": loan.toll_free}
    yield from ((option, sid) for option, sid in single.items() if sid)
    yield from (("--failed", sid) for sid in loan.failed)


def _problem(option: str, number: Mapping[str, Any]) -> str | None:
    """Say why a number cannot be lent like that, or None."""
    sid, status = emergency_of(number)
    if option in _IN_TROUBLE:
        expected = _IN_TROUBLE[option]
        return None if status == expected else f"must be {expected}, and is {status}"
    if not is_free(number):
        return f"has an emergency address already: {sid or 'none shown'}, {status}"
    if option == "--never-bound":
        return None
    if option == "--toll-free" and not phone_numbers.is_toll_free(number["phone_number"]):
        return "is not toll-free"
    if phone_numbers.country_of(number) not in WITH_EMERGENCY_CALLING:
        return "is not a US, CA or GB number"
    return None if number["capabilities"].get("voice") else "has no voice"
