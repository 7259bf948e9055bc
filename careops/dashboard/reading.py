"""What the dashboard reads of every app: today, what waits for somebody, and how much there is of it.

What a person may not see is neither shown nor read. Four queries at most.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import User
from alerts.models import Alert
from bookings import looks
from bookings.models import Booking
from careops.core.looks import Look
from careops.core.moments import lasting
from careops.dashboard import counts, lanes
from messaging.models import Conversation

ROWS = 12  # of today's bookings
OVER = 3  # of those, how many are past
DRAWN = 100  # bookings a picture of the day can hold
EACH = 4  # of every kind that needs attention
MOMENTS = {"now": looks.NOW, "next": looks.NEXT}


@dataclass(frozen=True)
class Visit:
    """One of today's bookings.

    :param moment: "over" (or called off), "here" (and not completed), "now", "next" or "later"
    """

    booking: Booking
    moment: str
    lacks_outcome: bool

    @property
    def look(self) -> Look | None:
        """None: nothing need be said of it yet."""
        if self.lacks_outcome:
            return looks.OUTCOME_MISSING
        if self.moment == "here":
            here = looks.VISITS[Booking.Status.ARRIVED]
            since = self.booking.arrived_at
            return here._replace(words=f"Here for {lasting(since)}" if since else "Here")
        if self.moment in MOMENTS:
            return MOMENTS[self.moment]
        if not self.booking.is_confirmed:
            return looks.VISITS[self.booking.status]
        return looks.JUST_OVER if self.moment == "over" else None


def read(*, user: User, now: datetime.datetime) -> dict[str, Any]:
    """All that ``user`` may see of the dashboard, by the names its template uses; days are the active time zone's."""
    today = timezone.localdate(now)
    numbers = counts.read(user=user, today=today, now=now)
    count = {name: number.count for name, number in numbers.items()}
    has_bookings = _any(count, "today", "missing", "requests")
    todays, missing, requests = _bookings(today, now, count["today"]) if has_bookings else ([], [], [])
    visits = _visits(todays, now)
    waits = {
        "missing": missing,
        "requests": requests,
        "alerts": _alerts() if _any(count, "alerts") else [],
        "waiting": _waiting() if _any(count, "waiting") else [],
    }
    # Where there are bookings there is all that comes before them.
    is_busy = has_bookings or _any(count, "upcoming", "completed", "no_show")
    firsts = {} if is_busy else counts.firsts()
    return {
        "greeting": _greeting(user, now),
        "now": now,
        "today": today,
        "numbers": numbers,
        "is_empty": not any(count.values()),
        "is_new": not all(firsts.values()),
        **firsts,
        "visits": visits,
        "picture": lanes.draw(todays, now=now) if len(todays) == count.get("today") else None,
        "next": next((visit.booking for visit in visits if visit.moment == "next"), None),
        **waits,
        "has_more": any(count.get(name, 0) > len(rows) for name, rows in waits.items()),
    }


def _any(count: dict[str, int], *names: str) -> bool:
    return any(count.get(name) for name in names)


def _greeting(user: User, now: datetime.datetime) -> str:
    hour = timezone.localtime(now).hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return f"Good {part}, {user.get_short_name()}"


def _bookings(
    today: datetime.date, now: datetime.datetime, count: int
) -> tuple[list[Booking], list[Booking], list[Booking]]:
    """Today's bookings in order of time, the oldest without an outcome, and the next requests; in one query.

    :param count: how many today has; of more than DRAWN only those around ``now`` are read
    """
    most = DRAWN if count <= DRAWN else ROWS
    todays = Booking.objects.on_days(today, today)
    over = todays.filter(ends_at__lte=now).order_by("-starts_at", "-pk")[:most]
    to_come = todays.filter(ends_at__gt=now).order_by("starts_at", "pk")[:most]
    missing = Booking.objects.outcome_missing(now=now).order_by("starts_at", "pk")[:EACH]
    requests = Booking.objects.requests().order_by("starts_at", "pk")[:EACH]
    wanted = over.values("pk").union(*(rows.values("pk") for rows in (to_come, missing, requests)), all=True)
    bookings = list(Booking.objects.for_list().filter(pk__in=wanted))
    return (
        [booking for booking in bookings if timezone.localdate(booking.starts_at) == today],
        [booking for booking in bookings if booking.lacks_outcome(now=now)][:EACH],
        [booking for booking in bookings if booking.is_requested][:EACH],
    )


def _visits(todays: list[Booking], now: datetime.datetime) -> list[Visit]:
    """ROWS of today's bookings, from a little before ``now``."""
    over = sum(booking.ends_at <= now for booking in todays)
    first = max(0, min(over - OVER, len(todays) - ROWS))
    starts = [booking.starts_at for booking in todays if booking.is_confirmed and booking.starts_at > now]
    next_start = min(starts, default=None)
    return [
        Visit(booking, _moment(booking, now, next_start), booking.lacks_outcome(now=now))
        for booking in todays[first : first + ROWS]
    ]


def _moment(booking: Booking, now: datetime.datetime, next_start: datetime.datetime | None) -> str:
    if booking.status == Booking.Status.ARRIVED and not booking.lacks_outcome(now=now):
        return "here"
    if booking.is_requested and booking.starts_at > now:
        return "later"
    if not booking.is_confirmed or booking.ends_at <= now:
        return "over"
    if booking.starts_at <= now:
        return "now"
    return "next" if booking.starts_at == next_start else "later"


def _alerts() -> list[Alert]:
    told_otherwise = [Alert.Kind.REQUEST, Alert.Kind.OUTCOME_MISSING]  # with the visits themselves
    alerts = Alert.objects.open().exclude(kind__in=told_otherwise)
    return list(alerts.by_urgency()[:EACH])


def _waiting() -> list[Conversation]:
    return list(Conversation.objects.waiting().select_related("contact")[:EACH])
