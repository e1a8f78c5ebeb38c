"""Waiting, from outside of Pulumi, until numbers are registered. Only reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pulumi_twilio_emergency.core.model.status import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pulumi_twilio_emergency.core.model.number import Number
    from pulumi_twilio_emergency.core.ports import Clock

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Seconds between two looks; a registration takes minutes to hours, so the pauses grow."""
SINGLE_LOOKUPS = 3
"""Up to so many numbers of an account are asked for one by one, and more by the list."""
_SETTLED_AFTER = 2
"""Looks in a row that must say the same before a number is given up: a list may lag behind a change."""

NOT_OWNED = "not a number of this account"


class Source(Protocol):
    """One account, as far as waiting reads it. A Gateway is one."""

    def numbers(self) -> Sequence[Number]:
        """List all numbers."""

    def numbers_called(self, phone_number: str) -> Sequence[Number]:
        """List the numbers that are this E.164 number."""


@dataclass
class Watched:
    """
    Where the numbers stand.

    Attributes:
        status: Twilio's word for each number, by E.164 number; NOT_OWNED where there is no such number.
        registered: The numbers that are covered.
        given_up: The numbers that will not become so by waiting: failed, not bound, or not owned.

    """

    status: dict[str, str] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)

    @property
    def waiting(self) -> list[str]:
        """The numbers that may still become registered, in order."""
        return [name for name in self.status if name not in self.registered | self.given_up]

    @property
    def all_registered(self) -> bool:
        """Whether nothing is left to wait for, and nothing was given up."""
        return self.registered == set(self.status)


def watch(
    wanted: Mapping[str, Source],
    clock: Clock,
    timeout: float,
    show: Callable[[Watched], None] = lambda _: None,
) -> Watched:
    """
    Look until every number is registered or given up, or until the time is over.

    Args:
        wanted: The numbers, each with the account that owns it.
        clock: Time.
        timeout: Seconds after which waiting ends.
        show: Is told where the numbers stand after every look.

    Raises:
        GatewayError: An account could not be read.
        Interrupted: The operator has asked to stop.

    """
    watched = Watched(dict.fromkeys(wanted, ""))
    settled: dict[str, int] = {}
    deadline, pause = clock.monotonic() + timeout, FIRST_PAUSE
    while True:
        _look(wanted, watched, settled)
        show(watched)
        left = deadline - clock.monotonic()
        if not watched.waiting or left <= 0:
            return watched
        clock.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _look(wanted: Mapping[str, Source], watched: Watched, settled: dict[str, int]) -> None:
    found = _found(wanted, watched.waiting)
    for name in watched.waiting:
        number = found.get(name)
        watched.status[name] = NOT_OWNED if number is None else number.effective_status.name
        if number is not None and number.covered:
            watched.registered.add(name)
        elif number is not None and number.effective_status.phase is Phase.WAITING:
            settled.pop(name, None)
        else:
            settled[name] = settled.get(name, 0) + 1
            if settled[name] >= _SETTLED_AFTER:
                watched.given_up.add(name)


def _found(wanted: Mapping[str, Source], names: Sequence[str]) -> dict[str, Number]:
    by_source: dict[int, tuple[Source, list[str]]] = {}
    for name in names:
        by_source.setdefault(id(wanted[name]), (wanted[name], []))[1].append(name)
    found: dict[str, Number] = {}
    for source, mine in by_source.values():
        if len(mine) <= SINGLE_LOOKUPS:
            listed = [number for name in mine for number in source.numbers_called(name)]
        else:
            listed = list(source.numbers())
        found.update((number.phone_number, number) for number in listed)
    return found
