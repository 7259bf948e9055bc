"""Threads that call services at the same moment, each with its own connection and transaction."""

import threading
from collections import Counter
from collections.abc import Callable

from django.db import connection

from bookings.models import Booking

# Asked for without the constraint, whose own words it repeats: an overlap is one however it came about.
OVERLAPS = """
SELECT count(*) FROM bookings_booking a JOIN bookings_booking b ON a.id < b.id AND a.staff_id = b.staff_id
 WHERE a.status = ANY(%(holds)s) AND b.status = ANY(%(holds)s) AND NOT a.is_overbooked AND NOT b.is_overbooked
   AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
"""


def together(*acts: Callable) -> list:
    """What each act returns or raises, in the same order."""
    start, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = acts[number]()
        except Exception as refusal:
            outcomes[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def kinds(outcomes: list) -> Counter:
    """How often it was a booking, and how often which refusal."""
    return Counter(type(outcome).__name__ for outcome in outcomes)


def overlaps() -> int:
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS, {"holds": [str(status) for status in Booking.HOLDS_TIME]})
        return cursor.fetchone()[0]
