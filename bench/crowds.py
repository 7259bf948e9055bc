"""`make bench-bookings`: crowds at the same slots, over HTTP to a real gunicorn with a database of the run's own.

Every crowd posts at the same moment. What counts: one winner for each slot, no overlap, no deadlock, no answer from 500
on. The positive control does the same with lock and constraint switched off, and must double-book: otherwise the crowds
were too thin to prove anything.
"""

import argparse
import contextlib
import http.client
import itertools
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlencode

from django.db import connection
from fights import CROWDS, Crowd, same_slot
from servers import LOG, on_the_server, server
from town import OWN_DATABASE, OWN_URL, Booking, Post, Town

NO_ANSWER = 599
OVERLAPS = """
SELECT count(*) FROM bookings_booking a JOIN bookings_booking b ON a.id < b.id AND a.staff_id = b.staff_id
 WHERE a.status = ANY(%(holds)s) AND b.status = ANY(%(holds)s)
   AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200, help="of each crowd")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="small crowds once, to see that it works")
    options = parser.parse_args()
    if options.tiny:
        options.size, options.repeats = 16, 1
    LOG.unlink(missing_ok=True)
    town, broken = Town(options.size), []
    print("| crowd | winners | refused | overlaps | deadlocks | from 500 on | slowest answer, s |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with server("careops.wsgi:application", OWN_URL) as served:
        for make_crowd, _ in itertools.product(CROWDS, range(options.repeats)):
            broken += run(make_crowd(town), served.port, size=options.size)
    with unprotected(), server("bench.unprotected:application", OWN_URL) as served:
        crowd = same_slot(town)
        post_together(crowd.posts, served.port)
        print(f"\nWithout lock and constraint: {crowd.count_winners()} bookings of one slot.")
        if crowd.count_winners() < 2:
            broken.append("the positive control: the crowd was too thin")
    print("Broken: " + "; ".join(broken) + f"; see {LOG}" if broken else "One winner for each slot.")
    return bool(broken)


def run(crowd: Crowd, port: int, *, size: int) -> list[str]:
    """Let a crowd loose, print what came of it, and return what is wrong with that."""
    overlapping, deadlocked = ask(OVERLAPS), ask(DEADLOCKS)
    statuses, slowest = post_together(crowd.posts, port)
    winners, overlaps = crowd.count_winners(), ask(OVERLAPS) - overlapping
    time.sleep(1.1)  # PostgreSQL counts deadlocks once a second
    deadlocks = ask(DEADLOCKS) - deadlocked
    errors = sum(count for status, count in statuses.items() if status >= 500)
    print(
        f"| {crowd.name} | {winners} | {statuses[409]} | {overlaps} | {deadlocks} | {errors} | {slowest:.1f} |",
        flush=True,
    )
    found = {"overlaps": overlaps, "deadlocks": deadlocks, "answers from 500 on": errors}
    found["a wrong number of winners"] = winners not in crowd.winners
    found["answers nobody expects"] = sum(statuses.values()) - statuses[302] - statuses[409] - errors
    return [f"{crowd.name}: {words}" for words, count in found.items() if count]


def post_together(posts: list[Post], port: int) -> tuple[Counter[int], float]:
    """Send every request at the same moment; the answers by status, and the seconds of the slowest."""
    together, statuses, slowest = threading.Barrier(len(posts)), Counter(), []

    def post(number: int, line: http.client.HTTPConnection) -> None:
        path, fields, headers = posts[number]
        headers = headers | {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": f"10.0.{number // 250}.{number % 250}",
        }
        together.wait()
        began = time.monotonic()
        try:
            line.request("POST", path, urlencode(fields), headers)
            statuses[line.getresponse().status] += 1
        except (OSError, http.client.HTTPException):
            statuses[NO_ANSWER] += 1
        slowest.append(time.monotonic() - began)
        line.close()

    lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=120) for _ in posts]
    for line in lines:
        line.connect()
    threads = [threading.Thread(target=post, args=pair) for pair in enumerate(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses, max(slowest, default=0)


def ask(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, {"holds": [str(status) for status in Booking.HOLDS_TIME]})
        return cursor.fetchone()[0]


@contextlib.contextmanager
def unprotected() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bookings_booking DROP CONSTRAINT one_visit_at_a_time")
    yield


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        connection.close_pool()
        on_the_server(f"DROP DATABASE {OWN_DATABASE} WITH (FORCE)")
