"""Which times are offered, and why another one is not: one decision for the booking form and the slot detective.

Nothing is read or written here: whoever asks brings the facts, see `offers_data`. Between two visits of one person lies
at least the longer of what the first one wants free after it and the second one before it.
"""

import bisect
import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bookings.times import wallclock
from bookings.times.roster import Busy, Code, Person, Reason, Roster
from careops.core.numbers import plural

NONE, HOUR, DAY = datetime.timedelta(), datetime.timedelta(hours=1), datetime.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What decides about the times of one service.

    :param before: what it wants free before a visit, ``after`` likewise
    :param step: minutes between two starts, counted from the full hour on the wall
    :param notice: how long before the start customers may still book
    :param horizon: how many days ahead customers may book
    :param most_per_day: how many visits of it customers can have on a day, ``most_per_staff_day`` with one person;
        None: no limit
    :param booked: the visits of it that there are, as person and start
    :param people: in the order in which equals are preferred
    :param closed: days on which nobody works, and what they are called
    :param for_customers: whether the times are offered to customers; notice, horizon and limits do not bind staff
    """

    service: str
    length: datetime.timedelta
    before: datetime.timedelta = NONE
    after: datetime.timedelta = NONE
    step: int = 15
    notice: datetime.timedelta = NONE
    horizon: int = 365
    most_per_day: int | None = None
    most_per_staff_day: int | None = None
    booked: Sequence[tuple[int, datetime.datetime]] = ()
    people: Sequence[Person] = ()
    closed: Mapping[datetime.date, str] = field(default_factory=dict)
    zone: ZoneInfo
    now: datetime.datetime
    for_customers: bool = False


@dataclass(frozen=True)
class Slot:
    """A time that is offered.

    :param at: in UTC
    :param people: who is free then, the one with the least to do on that day first
    """

    at: datetime.datetime
    people: tuple[Person, ...]

    def suits(self, staff: int | None) -> bool:
        """Whether the person with that primary key is free then; None: anybody is."""
        return staff in {None, *(person.pk for person in self.people)}


def too_close(first: Busy, second: Busy) -> datetime.timedelta:
    """How much the time between two visits falls short of what they want free; zero or less: they are fine."""
    return max(first.after, second.before) - (second.starts_at - first.ends_at)


class Offers:
    """The times of one service. `slots` offers exactly those for which `why_not` finds nothing that binds."""

    def __init__(self, facts: Facts):
        self.facts = facts
        self.roster = Roster(zone=facts.zone, closed=facts.closed, is_public=facts.for_customers)
        self._busy = {
            person.pk: sorted(person.busy, key=lambda busy: busy.starts_at) for person in facts.people
        }
        self._starts = {pk: [busy.starts_at for busy in visits] for pk, visits in self._busy.items()}
        self._reach = {pk: self._reach_of(visits) for pk, visits in self._busy.items()}
        self._load = {pk: self._load_of(visits) for pk, visits in self._busy.items()}
        days = [(person, at.astimezone(facts.zone).date()) for person, at in facts.booked]
        self._booked, self._booked_of = Counter(day for _, day in days), Counter(days)

    def slots(self, first: datetime.date, last: datetime.date) -> list[Slot]:
        """Every time that is offered from ``first`` to ``last``, in order."""
        found = []
        for days in range((last - first).days + 1):
            day = first + datetime.timedelta(days=days)
            people = sorted(self.facts.people, key=lambda person: self._load[person.pk][day])
            for minute in range(0, wallclock.DAY_MINUTES, self.facts.step):
                at = wallclock.instant(day, minute, self.facts.zone)
                free = tuple(person for person in people if at and self._is_free(person, day, at))
                if free:
                    found.append(Slot(at, free))
        return found

    def nearest(
        self,
        at: datetime.datetime,
        count: int,
        *,
        first: datetime.date,
        last: datetime.date,
        staff: int | None = None,
        but: datetime.datetime | None = None,
    ) -> list[Slot]:
        """The ``count`` slots from ``first`` to ``last`` that lie nearest to ``at``, in order of time.

        :param staff: primary key of somebody who has to be free then; None: anybody
        :param but: a time that is not wanted
        """
        middle, near = at.astimezone(self.facts.zone).date(), []
        for reach in range(max(abs((middle - first).days), abs((last - middle).days)) + 1):
            for day in sorted({middle - reach * DAY, middle + reach * DAY}):
                if first <= day <= last:
                    near += [slot for slot in self.slots(day, day) if slot.at != but and slot.suits(staff)]
            near = sorted(near, key=lambda slot: (abs(slot.at - at), slot.at))[:count]
            # Whatever is offered on days further out lies further away than all the days in between are long.
            if len(near) == count and abs(near[-1].at - at) < reach * DAY - HOUR:
                break
        return sorted(near, key=lambda slot: slot.at)

    def _is_free(self, person: Person, day: datetime.date, at: datetime.datetime) -> bool:
        # Whoever does not work at the start of it need not be asked about; most of a day goes that way.
        starts_at_work = any(span.start <= at < span.end for span in self.roster.worked(person, day))
        return starts_at_work and not any(self._binds(reason) for reason in self._reasons(person, at))

    def why_not(self, person: Person, at: datetime.datetime) -> list[Reason]:
        """Everything that keeps ``person`` from being offered at ``at``.

        For staff it includes what binds customers only; nothing but that, and they are offered the time.
        """
        return list(self._reasons(person, at))

    def why_not_on_wall(self, person: Person, wall: datetime.datetime) -> list[Reason]:
        """The same for what a clock on the wall shows, which may come twice or never.

        :param wall: without a time zone
        """
        at = wallclock.instant(wall.date(), wallclock.minute_of_day(wall), self.facts.zone)
        if at is None:
            sentence = f"The clocks go forward that night, so there is no {wall:%H:%M}."
            return [Reason(Code.CLOCK_CHANGE, sentence)]
        return self.why_not(person, at)

    def _binds(self, reason: Reason) -> bool:
        return self.facts.for_customers or not reason.binds_customers_only

    def _reasons(self, person: Person, at: datetime.datetime) -> Iterator[Reason]:
        facts, wall = self.facts, at.astimezone(self.facts.zone)
        if not person.performs:
            yield Reason(Code.NOT_PERFORMED, f"{person.name} does not perform {facts.service}.")
        if at < facts.now:
            yield Reason(Code.PAST, "That time has gone by.")
        if wall.fold:
            sentence = (
                f"The clocks go back that night: {wall:%H:%M} comes twice, and the first one is offered."
            )
            yield Reason(Code.CLOCK_CHANGE, sentence)
        if wallclock.minute_of_day(wall) % facts.step or wall.second or wall.microsecond:
            every = (
                "at the full hour"
                if facts.step == 60
                else f"every {facts.step} minutes, from the full hour on"
            )
            yield Reason(Code.OFF_GRID, f"Times are offered {every}.")
        yield from self.roster.absences(person, at, at + facts.length)
        yield from self._clashes(person, at)
        if facts.now <= at < facts.now + facts.notice:
            first = (facts.now + facts.notice).astimezone(facts.zone)
            soonest = f"{Roster.day(first)}, {first:%H:%M}"
            sentence = f"Customers have to book earlier: they can have {soonest} at the soonest."
            yield Reason(Code.NOTICE, sentence, binds_customers_only=True)
        last = facts.now.astimezone(facts.zone).date() + datetime.timedelta(days=facts.horizon)
        if wall.date() > last:
            sentence = f"Customers can book until {Roster.day(last)}, {plural(facts.horizon, 'day')} ahead."
            yield Reason(Code.HORIZON, sentence, binds_customers_only=True)
        yield from self._limits(person, wall.date())

    def _limits(self, person: Person, day: datetime.date) -> Iterator[Reason]:
        facts = self.facts
        for count, most, whose in (
            (self._booked[day], facts.most_per_day, ""),
            (self._booked_of[person.pk, day], facts.most_per_staff_day, f" with {person.name}"),
        ):
            if most is not None and count >= most:
                visits = f"{plural(most, 'visit')} of {facts.service}"
                sentence = f"Customers can have {visits} a day{whose}: {Roster.day(day)} is full."
                yield Reason(Code.LIMIT, sentence, binds_customers_only=True)

    def _clashes(self, person: Person, at: datetime.datetime) -> Iterator[Reason]:
        facts, reach = self.facts, self._reach[person.pk]
        visit = Busy(at, at + facts.length, facts.before, facts.after)
        starts = self._starts[person.pk]
        near = slice(
            bisect.bisect_left(starts, at - reach), bisect.bisect_right(starts, visit.ends_at + reach)
        )
        for busy in self._busy[person.pk][near]:
            if busy.starts_at < visit.ends_at and at < busy.ends_at:
                by = f" by {busy.who}" if busy.who else ""
                sentence = f"{person.name} is taken{by} until {self._clock(busy.ends_at)}."
                yield Reason(Code.TAKEN, sentence, booking=busy.booking)
            elif (first_is_theirs := busy.ends_at <= at) and too_close(busy, visit) > NONE:
                free = max(busy.after, facts.before)
                yield Reason(Code.BUFFER, self._buffer(busy, free, after=True), booking=busy.booking)
            elif not first_is_theirs and too_close(visit, busy) > NONE:
                free = max(facts.after, busy.before)
                yield Reason(Code.BUFFER, self._buffer(busy, free, after=False), booking=busy.booking)

    def _buffer(self, busy: Busy, free: datetime.timedelta, *, after: bool) -> str:
        minutes = free // datetime.timedelta(minutes=1)
        whose = f"the visit of {busy.who}" if busy.who else "another visit"
        if after:
            until = self._clock(busy.ends_at + free)
            return f"{minutes} minutes are kept free after {whose}, until {until}."
        return f"{minutes} minutes are kept free before {whose} at {self._clock(busy.starts_at)}."

    def _clock(self, at: datetime.datetime) -> str:
        return f"{at.astimezone(self.facts.zone):%H:%M}"

    def _reach_of(self, visits: list[Busy]) -> datetime.timedelta:
        """How far away a visit can start and still be in the way."""
        longest = max((busy.ends_at - busy.starts_at for busy in visits), default=NONE)
        buffers = [self.facts.before, self.facts.after]
        return longest + max([*buffers, *(max(busy.before, busy.after) for busy in visits)])

    def _load_of(self, visits: list[Busy]) -> Counter[datetime.date]:
        """Seconds of visits by the day on which they start."""
        load: Counter[datetime.date] = Counter()
        for busy in visits:
            day = busy.starts_at.astimezone(self.facts.zone).date()
            load[day] += int((busy.ends_at - busy.starts_at).total_seconds())
        return load
