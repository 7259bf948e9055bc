"""What the frame of every page shows, read in one query."""

from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery

from accounts.models import Business
from alerts.models import Alert
from messaging.models import Conversation

MOST = 100  # nobody counts further than "99+"


@dataclass(frozen=True)
class Frame:
    """The business, and how much waits for somebody; the numbers stop at MOST."""

    business: Business
    open_alerts: int
    waiting: int

    @classmethod
    def load(cls) -> "Frame":
        businesses = Business.objects.annotate(
            open_alerts=ArraySubquery(Alert.objects.open().order_by().values("pk")[:MOST]),
            waiting=ArraySubquery(Conversation.objects.waiting().order_by().values("pk")[:MOST]),
        )
        business = businesses.first()
        if business is None:
            Business.objects.current()
            business = businesses.get()
        return cls(business=business, open_alerts=len(business.open_alerts), waiting=len(business.waiting))
