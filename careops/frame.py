"""What the frame of every page shows, read in one statement."""

from dataclasses import dataclass

from accounts.models import Business

MOST = 100  # nobody counts further than "99+"

# Every page asks this, so it is spelled out: composing the same by the ORM costs more than running it. Both counts
# are answered by partial indexes that hold only what is counted.
READ = f"""
SELECT business.*,
       (SELECT count(*) FROM (
          SELECT 1 FROM alerts_alert WHERE status = 'open' LIMIT {MOST}) AS alert) AS open_alerts,
       (SELECT count(*) FROM (
          SELECT 1 FROM messaging_conversation
          WHERE status = 'open' AND waiting_since IS NOT NULL LIMIT {MOST}) AS conversation) AS waiting
FROM accounts_business AS business
"""  # noqa: S608 - nothing in it comes from outside


@dataclass(frozen=True)
class Frame:
    """The business, and how much waits for somebody; the numbers stop at MOST."""

    business: Business
    open_alerts: int
    waiting: int

    @classmethod
    def load(cls) -> "Frame":
        business = next(iter(Business.objects.raw(READ)), None)
        if business is None:
            Business.objects.current()
            return cls.load()
        return cls(business=business, open_alerts=business.open_alerts, waiting=business.waiting)
