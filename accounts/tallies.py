"""How often somebody may do something, counted in one statement; each page that is open to everybody pays for it.

The limiter of allauth would keep its list in the cache: a dozen statements, and those who come together wait in turn.
"""

import datetime

from allauth.core.internal import ratelimit
from django.db import connection
from django.http import HttpRequest

from accounts.models import Tally

COUNT = """
INSERT INTO accounts_tally AS tally (key, count, ends_at) VALUES (%(key)s, 1, now() + %(length)s)
    ON CONFLICT (key) DO UPDATE
   SET count = CASE WHEN tally.ends_at <= now() THEN 1 ELSE tally.count + 1 END,
       ends_at = CASE WHEN tally.ends_at <= now() THEN excluded.ends_at ELSE tally.ends_at END
RETURNING count
"""


def is_within(rate: str, request: HttpRequest, *, action: str) -> bool:
    """Whether whoever asks may do it once more; counts it.

    :param rate: as allauth writes it, such as 60/m/ip
    """
    limit = ratelimit.parse_rate(rate)
    key = ratelimit.get_cache_key(request, app="public", action=action, rate=limit)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key, "length": datetime.timedelta(seconds=limit.duration)})
        return cursor.fetchone()[0] <= limit.amount


def forget(*, now: datetime.datetime) -> None:
    Tally.objects.filter(ends_at__lte=now).delete()
