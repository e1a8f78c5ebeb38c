"""All questions in a safe order: reading first, the registered number last; all is undone in the end."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twilio_emulator.ask import questions
from twilio_emulator.ask.account import NotAskedError, UnsettledError, UnusableError
from twilio_emulator.ask.loan_checks import check_loan
from twilio_emulator.ask.undoing import undo
from twilio_emulator.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from twilio_emulator.ask.lending import Workbench

PLAN = """\
It will, in this order, and with waits of minutes between the steps:
  - read the account's numbers
  - create three or four addresses at the known place, one of them not for emergencies, and delete them again
  - create a SIP domain of its own without traffic, and delete it again
  - bind addresses to the number and take them off, several times, and change its friendly name for a moment
  - bind an address, once, to each number given by --failed, --stuck and --toll-free, or clear it, and take
    the address off again

A number of --failed gets the address back that it had. That starts a new registration, which may succeed
this time: what was registration-failure may be registered then. A number of --stuck that takes the address
ends up without one: binding its old address would undo the removal that somebody asked for. What is not as
it was is named at the end and in the file.

It may cost: Twilio bills a monthly fee for a number with an emergency address, and perhaps for each time one
is bound; meanwhile 911 calls from these numbers may be billed as calls without an address. Use a number that
nobody calls from. No number is bought or released; no domain or address that exists is changed.
Ctrl-C or SIGTERM ends it early: it is undone first, which takes minutes, too. Where nothing answers for
some three minutes, the undoing ends, and what may be left is named."""


@dataclass(slots=True)
class Findings:
    """
    What was found.

    Attributes:
        positions: The true position of each switch that was settled.
        unsettled: The other switches, each with the reason.
        not_asked: Those of them that nothing was lent for.
        left: What could not be undone, in sentences.
        ended: Why it ended before all questions were asked; None where it did not.
        hint: What Twilio suggested when it ended; it quotes an address and is in no file.
        interrupted: Whether a signal ended it.

    """

    positions: dict[str, str] = field(default_factory=dict)
    unsettled: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    not_asked: set[str] = field(default_factory=set)
    ended: str | None = None
    hint: str = ""
    interrupted: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every question that something was lent for is settled, and all is as it was."""
        return not self.ended and not self.left and self.unsettled.keys() <= self.not_asked

    def text(self) -> str:
        """Write a file that `twilio-emulator --switches` loads."""
        lines = ["# Positions found by `twilio-emulator ask`"]
        lines += [
            f'{name}: "{self.positions[name]}"' for name in Switches.choices() if name in self.positions
        ]
        lines += [f"# {name}: not settled: {reason}" for name, reason in self.unsettled.items()]
        lines += [f"# Not undone: {sentence}" for sentence in self.left]
        return "\n".join(lines) + "\n"


class Inquiry:
    """One run through all questions."""

    def __init__(
        self,
        bench: Workbench,
        on_progress: Callable[[str], object] = lambda _: None,
        before_undoing: Callable[[], object] = lambda: None,
    ) -> None:
        self._bench = bench
        self._on_progress = on_progress
        self._before_undoing = before_undoing
        self._found = Findings()

    def run(self) -> Findings:
        """
        Ask everything, and undo what was done.

        Raises:
            UnusableError: The number is not what is needed, and nothing was done.
            OSError: There is no answer at all, and nothing was done.
            KeyboardInterrupt: It was interrupted before anything was done.

        """
        check_loan(self._bench)
        try:
            try:
                self._ask_by_reading()
                self._ask()
            finally:
                # No signal may end what follows. One that arrives just before this is caught below.
                self._before_undoing()
        except (UnsettledError, UnusableError) as error:
            self._give_up(str(error))
            self._found.hint = getattr(error, "hint", "")
        except OSError as error:
            self._give_up(f"no answer: {error}")
        except KeyboardInterrupt as error:
            self._found.interrupted = True
            self._give_up(f"interrupted by {error}" if error.args else "interrupted")
        finally:
            self._on_progress("undoing")
            self._found.left = undo(self._bench)
        return self._found

    def _give_up(self, reason: str) -> None:
        self._found.ended = reason
        for name in Switches.choices():
            if name not in self._found.positions:
                self._found.unsettled.setdefault(name, f"the inquiry ended before: {reason}")

    def _settle(self, name: str, *args: str) -> str | None:
        """Ask one question; return the position, or None."""
        self._on_progress(name)
        try:
            position: str = getattr(questions, name)(self._bench, *args)
        except UnsettledError as error:
            self._found.unsettled[name] = str(error)
            if isinstance(error, NotAskedError):
                self._found.not_asked.add(name)
            return None
        if position not in Switches.choices()[name]:
            self._found.unsettled[name] = f"{position} is none of its positions"
            return None
        self._found.positions[name] = position
        return position

    def _ask_by_reading(self) -> None:
        for name in ("foreign_account", "large_page", "never_bound_status"):
            self._settle(name)

    def _ask(self) -> None:
        bench = self._bench
        first, second = bench.make_address(), bench.make_address()
        domain = bench.make("/SIP/Domains", DomainName=f"ask-{uuid.uuid4().hex[:12]}.sip.twilio.com")
        self._settle("case_only_difference")
        self._settle("emergency_status_write")
        self._settle("unregistered_caller", domain)
        fails_at_will = self._settle("unfit_address") == "registration-failure"
        self._ask_failed_numbers(second, fails_at_will=fails_at_will)
        self._settle("unregistration_failure", second)
        self._settle("toll_free", second)
        self._ask_registered_number(first, second, domain)

    def _ask_failed_numbers(self, address: str, *, fails_at_will: bool) -> None:
        """Ask what needs failures: lent ones, or the number itself if an unfit address makes it fail."""
        bench = self._bench
        failed = [*bench.loan.failed, *([bench.loan.number] if fails_at_will else [])]
        if not failed:
            about_failures = ("rebind_after_failure", "leaving_failure")
            self._found.unsettled |= dict.fromkeys(about_failures, "needs --failed")
            self._found.not_asked.update(about_failures)
            return
        self._settle("rebind_after_failure", failed[0], address)
        self._settle("leaving_failure", failed[-1])
        if fails_at_will:
            self._recover(bench.loan.number, address)

    def _recover(self, number: str, address: str) -> None:
        """Bring a number out of a failure that does not go away by clearing it: through a registration."""
        bench = self._bench
        if bench.settled(number) == "registration-failure":
            bench.bind(number, address)
        bench.free(number)

    def _ask_registered_number(self, first: str, second: str, domain: str) -> None:
        bench, number = self._bench, self._bench.loan.number
        reply = bench.bind(number, first)
        status = bench.settled(number) if reply.accepted else f"refused (code {reply.code})"
        if status != "registered":
            raise UnsettledError(f"{number} could not be registered: {status}")
        self._settle("other_update_of_bound_number")
        self._settle("update_of_bound_address", first)
        self._settle("direct_swap", second)
        bench.account.post(f"/SIP/Domains/{domain}.json", EmergencyCallerSid=number)
        self._settle("delete_of_used_address")
        spare = bench.make_address()
        self._settle("status_after_clear")
        self._settle("sid_while_unregistering")
        self._settle("bind_while_unregistering", spare)
        bench.free(number)
        self._settle("cleared_sid")
        self._settle("enabling_with_unregistered_caller", domain)
