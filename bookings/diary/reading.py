"""Reads what the diary shows: the same few statements for one visit and for hundreds."""

import datetime
import itertools
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import cached_property

from accounts.models import Business, User
from bookings.diary.forms import DiaryForm
from bookings.diary.picture import Painter, Picture, on_day
from bookings.diary.visits import Visit, visits_of
from bookings.hours import reading as hours_reading
from bookings.models import Booking, IntakeRequest
from bookings.times.roster import Person, Roster

DAY = datetime.timedelta(days=1)
LATE_AFTER = datetime.timedelta(minutes=5)
LOOK_BACK = datetime.timedelta(days=14)  # for visits nobody has said the outcome of
MOST_COLUMNS = 40
MOST_AT_THE_DESK = 60  # of those who asked, of those who have begun, and of those who came early
MOST_IN_AGENDA = 200

# What a card says; the rest of these rows stays where it is.
ON_A_CARD = (
    *("contact__name", "contact__phone", "contact__phone_e164", "contact__phone_digits"),
    *("service__name", "service__colour", "service__buffer_before", "service__buffer_after"),
    *(
        "staff__name",
        "starts_at",
        "ends_at",
        "status",
        "source",
        "price",
        "paid_at",
        "notes",
        "customer_wrote",
    ),
    *(
        "arrived_at",
        "here_at",
        "attending_at",
        "request_expires_at",
        "status_since",
        "is_overbooked",
        "version",
    ),
)


def visits_between(start: datetime.datetime, end: datetime.datetime, **narrowed) -> list[Visit]:
    """The visits that somebody may come to in that time, in order, with what their cards say."""
    visits = Booking.objects.overlapping(starts_at=start, ends_at=end).filter(**narrowed)
    visits = visits.exclude(status=Booking.Status.CANCELLED).order_by("starts_at", "pk")
    return list(visits_of(_with_forms(visits)))


def for_cards(bookings):
    return _with_forms(bookings.for_list().only(*ON_A_CARD))


def _with_forms(bookings):
    missing = IntakeRequest.objects.missing().filter(booking=OuterRef("pk"))
    return bookings.annotate(lacks_form=Exists(missing))


@dataclass(frozen=True)
class Desk:
    """What waits for somebody at the front desk right now, the longest first.

    :param late: confirmed visits that began five minutes ago or more
    :param missing: visits that are over, and nobody has said how they went
    """

    requests: list[Booking] = field(default_factory=list)
    arrived: list[Booking] = field(default_factory=list)
    late: list[Booking] = field(default_factory=list)
    missing: list[Booking] = field(default_factory=list)

    def __bool__(self):
        return bool(self.requests or self.arrived or self.late or self.missing)

    @classmethod
    def load(cls, *, now: datetime.datetime) -> "Desk":
        # Asked one by one, as each has an index of its own.
        status, begun = Booking.Status, Q(starts_at__gte=now - LOOK_BACK, starts_at__lte=now)
        soon = Q(starts_at__gt=now, starts_at__lte=now + DAY)
        parts = (
            Booking.objects.requests().filter(starts_at__gte=now).order_by("starts_at", "pk"),
            # Whoever is here or late today goes before what was never closed.
            Booking.objects.filter(begun, status__in=Booking.UNDER_WAY).order_by("-starts_at", "-pk"),
            Booking.objects.filter(soon, status=status.ARRIVED).order_by("starts_at", "pk"),
        )
        first, *others = (part.values("pk")[:MOST_AT_THE_DESK] for part in parts)
        rows = Booking.objects.filter(pk__in=first.union(*others, all=True))
        desk = cls()
        for booking in for_cards(rows):
            if booking.is_requested:
                desk.requests.append(booking)
            elif booking.lacks_outcome(now=now):
                desk.missing.append(booking)
            elif booking.status == Booking.Status.ARRIVED:
                desk.arrived.append(booking)
            elif booking.starts_at <= now - LATE_AFTER:
                desk.late.append(booking)
        return desk


@dataclass(frozen=True)
class DayLoad:
    """How full a day of somebody is.

    :param share: booked time as a part of the working time, in percent; None: no work that day
    """

    day: datetime.date
    count: int
    share: int | None
    link: str


@dataclass
class Diary:
    """What is read for the days that the form asks for.

    :param idle: primary keys of those whose visits are shown though they are given no new ones
    """

    form: DiaryForm
    visits: list[Visit]
    roster: Roster
    persons: list[Person]
    idle: set[int]
    now: datetime.datetime

    @classmethod
    def load(
        cls, form: DiaryForm, people: list[User], *, business: Business, now: datetime.datetime
    ) -> "Diary":
        days, zone = form.days, business.zone
        start, end = (
            datetime.datetime.combine(day, datetime.time.min, zone).astimezone(datetime.UTC)
            for day in (days[0], days[-1] + DAY)
        )
        only = {"staff": form.only_staff} if form.only_staff else {}
        visits = visits_between(start, end, **only)
        if only:
            people = [person for person in people if person.pk == form.only_staff]
        known = {person.pk for person in people}
        strangers = {visit.staff_id: visit.staff for visit in visits if visit.staff_id not in known}
        roster, persons = hours_reading.roster_of(
            [*people, *strangers.values()], first=days[0], last=days[-1], business=business
        )
        idle = {*strangers, *(person.pk for person in people if not person.is_bookable)}
        return cls(form, visits, roster, list(persons.values()), idle, now)

    def picture(self) -> Picture:
        """A column for each person who is there that day, or for each person and day of the week."""
        if self.form.mode == "day":
            columns = [(person, self.form.day) for person in self.present[:MOST_COLUMNS]]
        else:
            columns = [(person, day) for person in self.persons for day in self.form.days]
        return self._painter.draw(columns, self.visits)

    @cached_property
    def present(self) -> list[Person]:
        """Who has a column in the picture of a day, for all that fit."""
        return [
            person for person in self.persons if self.form.only_staff or self._is_there(person, self.form.day)
        ]

    @property
    def left_out(self) -> int:
        """How many people have no column, as there are too many."""
        return max(0, len(self.present) - MOST_COLUMNS) if self.form.mode == "day" else 0

    def load_of_week(self) -> list[tuple[Person, list[DayLoad]]]:
        """How full every day of everybody is."""
        picture = self.picture()
        counts = Counter(card.column for card in picture.cards)
        loads = [
            (
                column.person,
                DayLoad(
                    column.day,
                    counts[number],
                    column.share,
                    self.form.link(date=column.day.isoformat(), view=None, staff=column.person.pk),
                ),
            )
            for number, column in enumerate(picture.columns, 1)
        ]
        groups = itertools.groupby(loads, key=lambda load: load[0])
        week = [(person, [load for _, load in group]) for person, group in groups]
        return [
            (person, days) for person, days in week if any(day.count or day.share is not None for day in days)
        ]

    @property
    def _painter(self) -> Painter:
        wanted = self.form.only_service
        return Painter(
            roster=self.roster,
            now=self.now,
            hides=lambda booking: bool(wanted) and booking.service_id != wanted,
            idle=self.idle,
            around_the_clock=self.form.around_the_clock,
        )

    def _is_there(self, person: Person, day: datetime.date) -> bool:
        """Whether ``person`` works on ``day``, if only to be away, or has a visit all the same."""
        if person.hours(day) and day not in self.roster.closed:
            return True
        zone = self.roster.zone
        return any(
            visit.staff_id == person.pk and on_day(day, visit.starts_at, visit.ends_at, zone)
            for visit in self.visits
        )
