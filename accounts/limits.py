"""How often something may happen within a while: counters in a table of their own, which nothing evicts.

A counter is one statement, so two at once are both counted, and none outlives a crash as a lock.
"""

import datetime
import hashlib

from django.db import connection

from accounts.models import Counter

COUNT = """
INSERT INTO accounts_counter AS counter (key, began_at, ends_at, count) VALUES (%(key)s, %(now)s, %(end)s, 1)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN counter.ends_at <= %(now)s THEN 1 ELSE counter.count + 1 END,
  began_at = CASE WHEN counter.ends_at <= %(now)s THEN %(now)s ELSE counter.began_at END,
  ends_at = CASE WHEN counter.ends_at <= %(now)s THEN %(end)s ELSE counter.ends_at END
RETURNING count
"""


def allow(what: str, who: str, *, most: int, within: datetime.timedelta, now: datetime.datetime) -> bool:
    """Count one more of ``what`` by ``who``, and return whether that many may be.

    :param who: such as an address; only its digest is kept
    :param most: how many may be from the first one on until ``within`` has gone by
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": _key(what, who), "now": now, "end": now + within})
        return cursor.fetchone()[0] <= most


def take_back(what: str, who: str) -> None:
    """Count one less, as it turned out to be none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_counter SET count = count - 1 WHERE key = %s AND count > 0", [_key(what, who)]
        )


def forget(what: str, who: str) -> None:
    """Begin anew."""
    Counter.objects.filter(key=_key(what, who)).delete()


def forget_ended(*, now: datetime.datetime) -> int:
    """Delete the counters that count nothing any more; return how many that was."""
    return Counter.objects.filter(ends_at__lte=now).delete()[0]


def _key(what: str, who: str) -> str:
    return f"{what}:{hashlib.sha256(who.encode()).hexdigest()[:40]}"
