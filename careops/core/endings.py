"""Being told to end, at any moment and more than once: what was begun is finished or undone, nothing stays behind."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

SOON = 0.05  # seconds
SIGNALS = [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)]


class Endings:
    """Turns the first signal to end into an exception, and passes over all that follow.

    Make passes on the signal that its group has got already, so two come within a millisecond; the second one must not
    interrupt what cleans up after the first.
    """

    def __init__(self, exception: type[BaseException] = SystemExit):
        self.exception = exception
        self.came: int | None = None
        self.held = 0

    def listen(self, *signals: signal.Signals) -> "Endings":
        """Take over in the main thread; in another one nothing can, and nothing need.

        :param signals: which; none: all that ask for an end
        """
        if threading.current_thread() is threading.main_thread():
            for signum in signals or SIGNALS:
                signal.signal(signum, self._note)
            self._unraisable, sys.unraisablehook = sys.unraisablehook, self._note_lost
        return self

    def _note(self, signum: int, _frame: object) -> None:
        if self.came is None:
            self.came = signum
            if not self.held:
                self._end()

    def _note_lost(self, lost: "sys.UnraisableHookArgs") -> None:
        """Python drops what is raised while it clears something away, as it does all the time: end a moment later."""
        if self.came is None or lost.exc_type is not self.exception:
            self._unraisable(lost)
            return
        signum, self.came = self.came, None
        signal.signal(signal.SIGALRM, lambda *_: self._note(signum, None))
        signal.setitimer(signal.ITIMER_REAL, SOON)

    def _end(self) -> None:
        raise self.exception(128 + (self.came or 0))

    @contextlib.contextmanager
    def later(self) -> Iterator[None]:
        """Hold a signal back until the block is done: starting a process, and noting that it was started."""
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1
        if self.came is not None and not self.held:
            self._end()
