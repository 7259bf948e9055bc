"""When people at the demo business work, and on what terms it offers its services. Only plans, like the diary."""

import datetime
from decimal import Decimal

from bookings.models.terms import Terms
from bookings.times.wallclock import Range
from careops.demo.people import COLLEAGUES, Colleague

MORNING, AFTERNOON = Range(9 * 60, 13 * 60), Range(14 * 60, 18 * 60)
SATURDAY = 5
TERMS = {
    "Initial assessment": {"price": Decimal(65), "colour": 8, "buffer_after": 15, "notice": 1440},
    "Physiotherapy": {"price": Decimal(48), "colour": 6},
    "Sports massage": {"price": Decimal(55), "colour": 3},
    "Deep tissue massage": {"price": Decimal(78), "colour": 2, "buffer_after": 15},
    "Pilates one-to-one": {"price": Decimal(52), "colour": 10, "step": Terms.Step.THIRTY},
    "Acupuncture": {"price": Decimal("49.50"), "colour": 5, "buffer_after": 15, "needs_approval": True},
    "Running gait analysis": {"price": Decimal(85), "colour": 12, "buffer_before": 15, "is_public": False},
}
HOLIDAY = ("Priya Nair", 18, 21, "Holiday")  # who, from and until which day from today on, what for
TRAINING = (24, "Team training")  # how many days from today, at the earliest


def buffers(service: str) -> tuple[datetime.timedelta, datetime.timedelta]:
    """What is kept free before a visit and after it."""
    terms = TERMS[service]
    return tuple(datetime.timedelta(minutes=terms.get(name, 0)) for name in ("buffer_before", "buffer_after"))


def week_of(colleague: Colleague) -> dict[int, list[Range]]:
    if not colleague.services:
        return {}
    return {weekday: _hours(colleague, weekday) for weekday in colleague.weekdays}


def _hours(colleague: Colleague, weekday: int) -> list[Range]:
    return [MORNING] if colleague.mornings_only or weekday == SATURDAY else [MORNING, AFTERNOON]


def extra_hours(colleague: Colleague, today: datetime.date) -> list[Range]:
    """What the diary has them work today beyond their week; nothing where that is their week."""
    hours = [MORNING] if colleague.mornings_only else [MORNING, AFTERNOON]
    return hours if colleague.services and week_of(colleague).get(today.weekday()) != hours else []


def performers(service: str) -> list[str]:
    return [colleague.name for colleague in COLLEAGUES if service in colleague.services]


def training_day(today: datetime.date) -> datetime.date:
    """A Tuesday."""
    day = today + datetime.timedelta(days=TRAINING[0])
    return day + datetime.timedelta(days=(1 - day.weekday()) % 7)
