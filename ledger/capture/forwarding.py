"""Passing signals on to a child while it runs."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from types import TracebackType
from typing import Any
from typing import Self

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

_FROM_TERMINAL = {signal.SIGINT, signal.SIGQUIT}


class SignalForwarding:
    """While it is entered, signals that would end this process go to the child instead.

    Ctrl-C at a terminal reaches every process of the foreground group, the child too; it is not
    sent a second time, because many programs take a second one as "stop without tidying up".
    Python lets only the main thread receive signals; in any other thread this does nothing.

    Attributes:
        received: the signals that came, in order.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self._send: Callable[[int], None] | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals over."""
        if threading.current_thread() is threading.main_thread():
            for number in FORWARDED:
                if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
                    self._previous[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def to(self, send: Callable[[int], None]) -> None:
        """Name the receiver; what came before it was known is sent now."""
        self._send = send
        for number in self.received:
            self._forward(number)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)
        self._forward(number)

    def _forward(self, number: int) -> None:
        if self._send is None or (number in _FROM_TERMINAL and _is_foreground()):
            return
        with contextlib.suppress(ProcessLookupError):
            self._send(number)


def _is_foreground() -> bool:
    """Whether this process's group is the foreground group of its controlling terminal."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
