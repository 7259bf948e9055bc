"""The visits of the demo business, around the day on which it is made. Only plans: no data is read or written here."""

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from careops.demo.clock import working_minutes_ago
from careops.demo.people import COLLEAGUES, SERVICES, Client, Colleague
from careops.demo.terms import buffers

DAYS_BACK, DAYS_AHEAD = 10, 16
STEP = datetime.timedelta(minutes=15)
HALVES = [(datetime.time(9), datetime.time(13)), (datetime.time(14), datetime.time(18))]
LUNCH = datetime.time(13)
LUNCH_MINUTES = 60
SATURDAY = 5
CANCEL_REASONS = ["Unwell", "Has to work", "Child is ill", "Away that week", "Feels better already"]
NOTES = [
    "Prefers the room on the ground floor.",
    "Check the range of motion before we start.",
    "Running late last time: remind about parking.",
    "Wants to talk about exercises for the office.",
    "Second visit after the fall.",
    "Brings the letter from the consultant.",
]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One booking, and what became of it where its time has come.

    :param fate: completed, no_show, cancelled, or open where nobody has said how it went
    :param cancelled_at: None unless the fate is cancelled
    :param moved_at: when it was moved here from ``first_starts_at``; None where the two are the same
    :param form_at: when the form came in; None: never, or no form is asked for
    :param is_told: whether the contact gets a confirmation; not where they stood at the desk
    :param reminded_at: when staff sent a reminder by hand, of the form where it asks for one; None: never
    """

    client: str
    service: str
    colleague: str
    first_starts_at: datetime.datetime
    starts_at: datetime.datetime
    booked_at: datetime.datetime
    fate: str
    cancelled_at: datetime.datetime | None = None
    cancel_reason: str = ""
    moved_at: datetime.datetime | None = None
    reminded_at: datetime.datetime | None = None
    notes: str = ""
    is_told: bool = True


@dataclass(frozen=True)
class Slot:
    """A stretch of somebody's day."""

    colleague: Colleague
    service: str
    starts_at: datetime.datetime


def plan_visits(*, clients: list[Client], now: datetime.datetime, seed: int) -> list[Visit]:
    """Plan every visit of the weeks around ``now``, whose time zone is that of the business.

    No two of one colleague overlap, nor do the times from which a visit is moved away: those are in the lunch break.
    The dice fall the same way at every time of the day.
    """
    dice = random.Random(seed)  # noqa: S311 - no secret: the same days each time are the point
    regulars = [client.name for client in clients if not client.is_new]
    visits = []
    for offset in range(-DAYS_BACK, DAYS_AHEAD + 1):
        day = now.date() + datetime.timedelta(days=offset)
        slots = [
            slot for colleague in COLLEAGUES for slot in _slots(colleague, day, offset, now.tzinfo, dice)
        ]
        names = dice.sample(regulars, len(slots))  # nobody comes twice a day
        visits += [_visit(slot, name, now, dice) for slot, name in zip(slots, names, strict=True)]
    return _leave_some_open(_move_one_a_day(visits), now)


def _slots(
    colleague: Colleague, day: datetime.date, offset: int, zone: datetime.tzinfo, dice: random.Random
) -> Iterator[Slot]:
    is_today = offset == 0
    if not colleague.services or not (is_today or day.weekday() in colleague.weekdays):
        return
    short = colleague.mornings_only or (day.weekday() == SATURDAY and not is_today)
    for opens, closes in HALVES[:1] if short else HALVES:
        at = datetime.datetime.combine(day, opens, zone)
        end = datetime.datetime.combine(day, closes, zone)
        while at < end:
            service = dice.choice(colleague.services)
            length = datetime.timedelta(minutes=SERVICES[service])
            before, after = buffers(service)
            if at + before + length + after > end:
                at += STEP
            elif dice.random() < _demand(offset):
                yield Slot(colleague, service, at + before)
                at += before + length + after + STEP * dice.choice((0, 0, 1))
            else:
                at += STEP * dice.choice((2, 3, 4))


def _demand(offset: int) -> float:
    """How likely a time is to be wanted, from 0 to 1: today is full, and the weeks ahead fill up as they come near."""
    if offset == 0:
        return 0.95
    if offset < 0:
        return 0.52
    return max(0.6 - offset * 0.04, 0.07)


def _visit(slot: Slot, client: str, now: datetime.datetime, dice: random.Random) -> Visit:
    starts_at = slot.starts_at
    booked_at = _booked_at(starts_at, now, dice)
    weights = (95, 2, 3) if starts_at.date() == now.date() else (87, 5, 8)  # a day to look at
    fate = dice.choices(("completed", "no_show", "cancelled"), weights=weights)[0]
    share, hour, lucky = dice.random(), dice.randint(9, 16), dice.random()
    cancelled_at = (booked_at + share * (starts_at - booked_at)).replace(hour=hour)
    cancelled_at = min(max(cancelled_at, booked_at + 2 * STEP), starts_at - 2 * STEP)
    minutes = SERVICES[slot.service]
    fits_into_lunch = minutes <= LUNCH_MINUTES and not any(buffers(slot.service))
    is_moved = lucky < 0.035 and fate == "completed" and fits_into_lunch
    the_day_before = (starts_at - datetime.timedelta(days=1)).replace(hour=17, minute=10)
    is_reminded = lucky > 0.88 and starts_at.hour < 12 and booked_at < the_day_before
    return Visit(
        client=client,
        service=slot.service,
        colleague=slot.colleague.name,
        first_starts_at=datetime.datetime.combine(starts_at.date(), LUNCH, now.tzinfo)
        if is_moved
        else starts_at,
        starts_at=starts_at,
        booked_at=booked_at,
        fate=fate,
        cancelled_at=cancelled_at if fate == "cancelled" else None,
        cancel_reason=dice.choice(CANCEL_REASONS) if fate == "cancelled" else "",
        moved_at=booked_at + STEP if is_moved else None,
        reminded_at=the_day_before if is_reminded and fate != "cancelled" else None,
        notes=dice.choice(NOTES) if dice.random() < 0.1 else "",
        is_told=not 0.4 < share < 0.44,
    )


def _booked_at(
    starts_at: datetime.datetime, now: datetime.datetime, dice: random.Random
) -> datetime.datetime:
    """One to fourteen days ahead, in working hours; a few of the visits to come were booked just now."""
    lead = datetime.timedelta(days=dice.choice((1, 2, 3, 4, 5, 7, 7, 8, 10, 14)))
    clock = datetime.time(dice.randint(9, 17), dice.choice((5, 10, 20, 35, 40, 55)))
    just_now, minutes = dice.random() < 0.05, dice.randint(20, 400)
    if just_now and starts_at.date() > now.date() + datetime.timedelta(days=1):
        return working_minutes_ago(minutes, now=now)
    day = min(starts_at.date(), now.date()) - lead
    return datetime.datetime.combine(day, clock, now.tzinfo)


def _move_one_a_day(visits: list[Visit]) -> list[Visit]:
    """Nobody has two visits in one lunch break."""
    taken, kept = set(), []
    for visit in visits:
        if visit.moved_at and (visit.colleague, visit.starts_at.date()) in taken:
            visit = replace(visit, first_starts_at=visit.starts_at, moved_at=None)
        elif visit.moved_at:
            taken.add((visit.colleague, visit.starts_at.date()))
        kept.append(visit)
    return kept


def _leave_some_open(visits: list[Visit], now: datetime.datetime) -> list[Visit]:
    """Nobody has said how the last two visits before today went."""
    past = [visit for visit in visits if visit.starts_at.date() < now.date() and visit.fate == "completed"]
    return [replace(visit, fate="open") if visit in past[-2:] else visit for visit in visits]
