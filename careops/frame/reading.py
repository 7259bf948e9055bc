"""What the frame of every page shows, read in one statement."""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import Business
from messaging.running import heartbeat

MOST = 100  # nobody counts further than "99+"

# Every page asks this, so it is spelled out: composing the same by the ORM costs more than running it. The counts and
# the message that has waited longest are answered by partial indexes that hold only what is looked for.
READ = f"""
SELECT business.*,
       (SELECT count(*) FROM (
          SELECT 1 FROM alerts_alert WHERE status = 'open' LIMIT {MOST}) AS alert) AS open_alerts,
       (SELECT count(*) FROM (
          SELECT 1 FROM messaging_conversation
          WHERE status = 'open' AND waiting_since IS NOT NULL LIMIT {MOST}) AS conversation) AS waiting,
       (SELECT send_at FROM messaging_message
          WHERE status IN ('planned', 'queued') AND send_at <= %(now)s AND channel NOT IN (
            SELECT channel FROM messaging_provider WHERE open_until > %(rested)s)
          ORDER BY send_at LIMIT 1) AS due_since,
       (SELECT beat_at FROM messaging_workerbeat WHERE id = 1) AS beat_at,
       EXISTS (SELECT 1 FROM alerts_alert WHERE kind = 'restored' AND cause_ended_at IS NULL) AS is_restored
FROM accounts_business AS business
"""  # noqa: S608 - nothing in it comes from outside


@dataclass(frozen=True)
class Frame:
    """The business, and how much waits for somebody; the numbers stop at MOST.

    :param is_restored: whether the database is a copy, which sends nothing until an admin decides
    :param is_late: whether messages leave late
    :param silent_since: when the worker was last alive, if it has stopped while something is due
    """

    business: Business
    open_alerts: int
    waiting: int
    is_restored: bool
    is_late: bool
    silent_since: datetime.datetime | None

    @classmethod
    def load(cls) -> "Frame":
        now = timezone.now()
        facts = {"now": now, "rested": now - heartbeat.LATE_AFTER}
        business = next(iter(Business.objects.raw(READ, facts)), None)
        if business is None:
            Business.objects.current()
            return cls.load()
        is_silent = heartbeat.is_silent(beat_at=business.beat_at, now=now)
        return cls(
            business=business,
            open_alerts=business.open_alerts,
            waiting=business.waiting,
            is_restored=business.is_restored,
            is_late=heartbeat.is_late(due_since=business.due_since, beat_at=business.beat_at, now=now),
            silent_since=business.beat_at if is_silent else None,
        )
