"""What comes to the front desk of the demo besides calls: people who arrive, money, and bookings made online."""

import datetime
import random
from functools import partial

from accounts.models import Business, User
from bookings.models import Booking, Service
from bookings.online import booking
from bookings.slots.for_customers import Search, public_offers
from bookings.visits import moving, outcomes
from careops.demo.clock import Past
from careops.demo.diary import Visit
from careops.demo.people import RECEPTION, SERVICES
from contacts.unverified import UnverifiedContact

MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)
PAYS_BY_INVOICE = "Margaret Whitcombe"
SOON, FAR = 3, 14  # days ahead
CLEAR = datetime.timedelta(hours=2)  # from every visit of the plan
# Who booked what online: how many minutes ago, and what they wrote along with it.
ONLINE = [
    (
        UnverifiedContact("Kwame Mensah", "kwame.mensah@example.com"),
        "Acupuncture",
        35,
        "My shoulder again. I have had it done elsewhere and it helped.",
    ),
    (
        UnverifiedContact("Bethan Yorke", "bethan.yorke@example.com", "07700 900412"),
        "Acupuncture",
        190,
        "First time for me. Is it all right to drive afterwards?",
    ),
    (UnverifiedContact("Ravi Anand", "ravi.anand@example.com", "07700 900431"), "Pilates one-to-one", 75, ""),
]


def plan_visit(
    *, past: Past, visit: Visit, held: dict[str, Booking], users: dict[str, User], seed: int
) -> None:
    """Have those who come today noted as here, and most of those who came pay at the desk."""
    if visit.fate != "completed":
        return
    dice = random.Random(f"{seed} {visit.client} {visit.starts_at} desk")  # noqa: S311 - no secret, as in `Story`
    early, forgets = dice.randint(-4, 20), dice.random() < 0.08
    if visit.starts_at.date() == past.now.date():
        past.plan(
            visit.starts_at - early * MINUTE, partial(_on_booking, outcomes.arrive_booking, held, users)
        )
    if visit.client != PAYS_BY_INVOICE and not forgets:
        over = visit.starts_at + (SERVICES[visit.service] + 4) * MINUTE
        past.plan(over, partial(_on_booking, moving.mark_paid, held, users))


def _on_booking(service, held: dict[str, Booking], users: dict[str, User], at: datetime.datetime) -> None:
    held["booking"] = service(booking=held["booking"], by=users[RECEPTION], now=at)


def plan_online(*, past: Past, services: dict[str, Service], visits: list[Visit]) -> None:
    """Have people book online at times that no visit of the plan comes near."""
    for who, service, minutes, note in ONLINE:
        act = partial(_book_online, who, service, note, services, visits)
        # In UTC, as on the wall it may be an hour that there never was.
        at = past.now.astimezone(datetime.UTC) - minutes * MINUTE
        past.plan(at.astimezone(past.now.tzinfo), act)


def _book_online(
    who: UnverifiedContact,
    service: str,
    note: str,
    services: dict[str, Service],
    visits: list[Visit],
    at: datetime.datetime,
) -> None:
    first, last = (at.date() + days * DAY for days in (SOON, FAR))
    business = Business.objects.current()
    offers = public_offers(Search(service=services[service], business=business, now=at), first, last)
    free = (
        (slot.at, person.pk)
        for slot in offers.slots(first, last)
        for person in slot.people
        if _is_clear(slot.at, person.name, visits)
    )
    if found := next(free, None):
        starts_at, person = found
        booking.book_online(
            who=who,
            service=services[service],
            staff=User.objects.get(pk=person),
            starts_at=starts_at,
            note=note,
            business=business,
            now=at,
            once=None,
        )


def _is_clear(at: datetime.datetime, colleague: str, visits: list[Visit]) -> bool:
    theirs = [visit for visit in visits if visit.colleague == colleague]
    return all(
        abs(start - at) >= CLEAR for visit in theirs for start in (visit.starts_at, visit.first_starts_at)
    )
