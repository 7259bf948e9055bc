"""Every write of a common day, and the things of the bare Django that all are measured beside.

A write that CareOps refuses would be fast: what cannot be told from the answer is looked up after each run.
"""

import datetime
import itertools
import re
import sys
from collections.abc import Iterator
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import load
import rows
import tokens
from clinic import Clinic
from load import Request
from pages import LOCAL_MINUTE, Thing, from_anywhere, page
from servers import LOG

PATIENCE = 5  # seconds
AN_HOUR = datetime.timedelta(hours=1)
COMPLETED = "UPDATE bookings_booking SET status = 'completed' WHERE id = ANY (%s) AND status <> 'completed'"
UNDECIDED = """
UPDATE bookings_booking SET status = 'confirmed' WHERE id IN (
  SELECT id FROM bookings_booking WHERE status = 'completed' AND id < %s ORDER BY id DESC LIMIT %s) RETURNING id
"""


def _create_contact(clinic: Clinic) -> Iterator[Request]:
    for number in clinic.numbers:
        fields = {
            "name": f"Bench {number}",
            "email": f"bench{number}@client.example",
            "phone": "",
            "notes": "",
        }
        yield Request("/contacts/new/", fields | {"welcome": "on", "once": tokens.new_once()})


def _create_booking(clinic: Clinic) -> Iterator[Request]:
    for (key, _, _), (start, person) in zip(clinic.customers, clinic.slots, strict=False):
        fields = _what_and_when(clinic, start, person) | {"contact": key, "once": tokens.new_once()}
        yield Request("/bookings/new/", fields)


def _what_and_when(clinic: Clinic, start: datetime.datetime, person: int) -> dict:
    return {
        "service": clinic.keys["measured"],
        "staff": person,
        "starts_at": f"{start:{LOCAL_MINUTE}}",
        "notes": "",
        "notes_for_customer": "",
        "tell": "on",
    }


def _book_online(clinic: Clinic) -> Iterator[Request]:
    """Customers who are known, and do not mind with whom."""
    service, zone = clinic.keys["measured"], ZoneInfo(rows.ZONE)
    opened = tokens.opened(datetime.datetime.now(datetime.UTC) - AN_HOUR)
    for (_, name, email), start in zip(clinic.customers, clinic.online_times, strict=False):
        at = tokens.time_of_visit(start.replace(tzinfo=zone), service=service)
        fields = {"name": name, "email": email, "note": "", "website": "", "opened": opened}
        yield Request(
            f"/book/{service}/details/?{urlencode({'staff': 'any', 'at': at})}",
            fields | {"once": tokens.new_once()},
            from_anywhere(clinic),
        )


def _keep_in_mind(clinic: Clinic, result: load.Result) -> int:
    """Which bookings have come of it, to be moved and called off; how many answers led elsewhere."""
    places = [place for place in result.locations if place]
    made = [int(match[1]) for place in places if (match := re.fullmatch(r"/bookings/(\d+)/", place))]
    clinic.made += made
    return len(places) - len(made)


def _have_bookings(clinic: Clinic) -> None:
    """Make some as a front desk does, unless there are enough; where that takes too long, fewer have to do."""
    requests = itertools.islice(_create_booking(clinic), max(0, clinic.enough - len(clinic.made)))
    result = load.run(clinic.careops, requests, expect=302, clients=8, seconds=PATIENCE)
    _keep_in_mind(clinic, result)
    if not clinic.made:
        sys.exit(f"CareOps makes no booking: it answers {result.wrong[0]}; {LOG} may say why.")


def _move(clinic: Clinic) -> Iterator[Request]:
    _have_bookings(clinic)
    return (
        Request(f"/bookings/{key}/edit/", _what_and_when(clinic, start, person))
        for key, (start, person) in zip(itertools.cycle(clinic.made), clinic.slots, strict=False)
    )


def _cancel(clinic: Clinic) -> Iterator[Request]:
    _have_bookings(clinic)
    return _press("cancel", clinic, clinic.made, {"tell": "on"})


def _complete(clinic: Clinic) -> Iterator[Request]:
    """Visits of the past that nobody has decided about, for once."""
    clinic.undecided = [key for (key,) in clinic.ask(UNDECIDED, clinic.first_decided, clinic.enough)]
    clinic.first_decided = min(clinic.undecided)
    return _press("complete", clinic, clinic.undecided.copy(), {"follow_up": "on"})


def _press(button: str, clinic: Clinic, bookings: list[int], fields: dict) -> Iterator[Request]:
    """A button on each of ``bookings``, which are taken from the list."""
    while bookings:
        key = bookings.pop()
        clinic.pressed[button].append(key)
        yield Request(f"/bookings/{key}/{button}/", fields)


def _not_cancelled(clinic: Clinic, result: load.Result) -> int:
    return _refused("cancel", clinic, status="cancelled")


def _not_completed(clinic: Clinic, result: load.Result) -> int:
    refused = _refused("complete", clinic, status="completed")
    clinic.ask(COMPLETED, clinic.undecided)
    return refused


def _refused(button: str, clinic: Clinic, *, status: str) -> int:
    """How many of the bookings on which a button was pressed are not in that state; they are forgotten then."""
    query = "SELECT count(*) FROM bookings_booking WHERE id = ANY (%s) AND status <> %s"
    [(count,)] = clinic.ask(query, clinic.pressed.pop(button, []), status)
    return count


def _reply(clinic: Clinic) -> Iterator[Request]:
    for key, _, _ in clinic.customers:
        fields = {
            "body": "There is, behind the house.",
            "channel": "email",
            "seen": "",
            "once": tokens.new_once(),
        }
        yield Request(f"/messages/{key}/reply/", fields)


def _adjust_stock(clinic: Clinic) -> Iterator[Request]:
    for item in itertools.cycle(clinic.keys["items"]):
        yield Request(f"/inventory/{item}/adjust/", {"kind": "receive", "quantity": "1", "reason": ""})


def _bare_booking(clinic: Clinic) -> Iterator[Request]:
    for (key, _, _), (start, person) in zip(clinic.customers, clinic.bare_slots, strict=False):
        yield Request("/bookings/new/", _what_and_when(clinic, start, person) | {"contact": key})


BOOKING, CONTACT = "create booking", "create contact"
WRITES = [
    Thing(CONTACT, _create_contact, CONTACT, 302, is_hot=True),
    Thing(BOOKING, _create_booking, BOOKING, 302, _keep_in_mind, is_hot=True),
    Thing("book online", _book_online, BOOKING, 302, is_hot=True),
    Thing("move", _move, BOOKING, 302, is_hot=True),
    Thing("cancel", _cancel, BOOKING, 302, _not_cancelled, is_hot=True),
    Thing("complete", _complete, BOOKING, 302, _not_completed, is_hot=True),
    Thing("reply", _reply, CONTACT, 302, is_hot=True),
    Thing("adjust stock", _adjust_stock, CONTACT, 302),
]
BARE = {
    thing.name: thing
    for thing in [
        Thing("list", page("/contacts/")),
        Thing("detail", lambda clinic: (Request(f"/contacts/{key}/") for key, _, _ in clinic.customers)),
        Thing("dashboard", page("/")),
        Thing(CONTACT, _create_contact, expect=302),
        Thing(BOOKING, _bare_booking, expect=302),
    ]
}
