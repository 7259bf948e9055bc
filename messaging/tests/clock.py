"""Shorthand for the tests of what is planned: it is nine o'clock, and this is what became of a message."""

import datetime

NOW = datetime.datetime(2031, 3, 4, 9, 0, tzinfo=datetime.UTC)
MINUTE, HOUR = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)
DAY = 24 * HOUR


def fate(message) -> tuple[str, str]:
    """What stands in the database about a message: its status, and why."""
    message.refresh_from_db()
    return message.status, message.reason
