"""Shorthand for the tests of pages: it is noon, a visit lies two days ahead, and this is what a page says."""

import datetime
import html

from accounts.models import AuditEntry
from bookings.models import Booking
from messaging.models import Message

NOW = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)
START = datetime.datetime(2026, 11, 26, 14, 30, tzinfo=datetime.UTC)
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


def words(response) -> str:
    """What a page says, with entities resolved."""
    return html.unescape(response.content.decode())


def rows():
    """Every row that a button could write."""
    return [[*model.objects.order_by("pk").values()] for model in (Booking, Message, AuditEntry)]
