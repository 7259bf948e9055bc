"""The hours in which automation may write: what is due outside of them is moved, whatever the clocks do."""

import datetime
import zoneinfo
from dataclasses import dataclass

from messaging.models import Automation

MINUTE = datetime.timedelta(minutes=1)


@dataclass(frozen=True)
class Window:
    """From ``opens`` until just before ``closes``, by the clock on the wall, each day.

    An hour that the clocks skip or repeat makes any calculation with edges wrong somewhere, so the minutes are walked.
    A night takes a millisecond.
    """

    opens: datetime.time
    closes: datetime.time
    zone: zoneinfo.ZoneInfo

    @classmethod
    def of(cls, automation: Automation, zone: zoneinfo.ZoneInfo) -> "Window":
        return cls(automation.opens, automation.closes, zone)

    def holds(self, at: datetime.datetime) -> bool:
        return self.opens <= at.astimezone(self.zone).time() < self.closes

    def next_opening(self, at: datetime.datetime) -> datetime.datetime:
        """``at`` itself if it lies in the window, else when that opens next."""
        while not self.holds(at):
            at = at.replace(second=0, microsecond=0) + MINUTE
        return at

    def last_closing(self, at: datetime.datetime) -> datetime.datetime:
        """The last minute of the window that closed before ``at``."""
        at = at.replace(second=0, microsecond=0) - MINUTE
        while not self.holds(at):
            at -= MINUTE
        return at
