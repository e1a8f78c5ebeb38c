"""Signals that end an inquiry early: the first one leads to undoing, and none of the others ends that."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class StopSignals:
    """
    While it is entered, the first signal raises KeyboardInterrupt, and all others only tell what goes on.

    In another thread than the main one it does nothing.
    """

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._before: dict[int, Any] = {}
        self._held = False

    def hold(self) -> None:
        """Raise nothing from now on."""
        self._held = True

    def __enter__(self) -> Self:
        """Listen to the signals, but for those that are ignored, as SIGHUP is under nohup."""
        if threading.current_thread() is threading.main_thread():
            for each in _SIGNALS:
                if signal.getsignal(each) is not signal.SIG_IGN:
                    self._before[each] = signal.signal(each, self._arrived)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Do what was done before."""
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _arrived(self, number: int, _frame: object) -> None:
        if self._held:
            self._tell("still undoing; wait, or something of this inquiry is left behind")
            return
        self._held = True
        raise KeyboardInterrupt(signal.Signals(number).name)
