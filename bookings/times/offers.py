"""Which times are offered, and why another one is not: one decision for the booking form and the slot detective.

Nothing is read or written here: whoever asks brings the facts, see `bookings.slots.reading`.
"""

import datetime
import heapq
import itertools
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from bookings.times import wallclock
from bookings.times.facts import Facts, Slot
from bookings.times.roster import Busy, Code, Person, Reason, Roster
from bookings.times.visits import Clash, Visits
from careops.core.numbers import plural

DAY = datetime.timedelta(days=1)


class Offers:
    """The times of one service. `slots` offers exactly those for which `why_not` finds nothing that binds.

    What it makes of the facts it makes when a day or a person is asked about, and once.
    """

    def __init__(self, facts: Facts):
        self.facts = facts
        self.roster = Roster(zone=facts.zone, closed=facts.closed, is_public=facts.for_customers)
        self._visits: dict[int, Visits] = {}
        self._present: dict[datetime.date, list[Person]] = {}

    def slots(self, first: datetime.date, last: datetime.date) -> list[Slot]:
        """Every time that is offered from ``first`` to ``last``, in order."""
        days = _days(first, last)
        return [slot for day in days for at in self._starts(day) if (slot := self._slot(day, at))]

    def slot(self, at: datetime.datetime) -> Slot | None:
        """What is offered at ``at``; None: nothing."""
        day = at.astimezone(self.facts.zone).date()
        return self._slot(day, at) if at in self._starts(day) else None

    def count(self, day: datetime.date) -> int:
        """How many times are offered on ``day``, whoever is free then."""
        return sum(1 for _ in self._free(day))

    def has_room(self, day: datetime.date) -> bool:
        return any(True for _ in self._free(day))

    def _free(self, day: datetime.date) -> Iterator[datetime.datetime]:
        for at in self._starts(day):
            if any(self._is_free(person, day, at) for person in self._people(day)):
                yield at

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
        middle = at.astimezone(self.facts.zone).date()
        # Outwards from there, no further than it takes.
        later = (
            (day, each) for day in _days(max(first, middle), last) for each in self._starts(day) if each >= at
        )
        earlier = (
            (day, each)
            for day in reversed(_days(first, min(middle, last)))
            for each in reversed(self._starts(day))
            if each < at
        )
        outwards = heapq.merge(earlier, later, key=lambda start: (abs(start[1] - at), start[1]))
        offered = (self._slot(day, each) for day, each in outwards if each != but)
        near = itertools.islice((slot for slot in offered if slot and slot.suits(staff)), count)
        return sorted(near, key=lambda slot: slot.at)

    def _starts(self, day: datetime.date) -> list[datetime.datetime]:
        """The instants of ``day`` at which a visit might begin, as somebody is at work then."""
        if day in self.facts.closed:
            return []
        step, zone = self.facts.step, self.facts.zone
        ranges = {hours for person in self._people(day) for hours in person.hours(day)}
        minutes = {minute for start, end in ranges for minute in range(-(-start // step) * step, end, step)}
        moments = (wallclock.instant(day, minute, zone) for minute in sorted(minutes))
        return [at for at in moments if at]

    def _people(self, day: datetime.date) -> list[Person]:
        """Who works on ``day``, the one with the least to do first."""
        if day not in self._present:
            there = [person for person in self.facts.people if self.roster.worked(person, day)]
            there.sort(key=lambda person: self._visits_of(person).load(day, self.facts.zone))
            self._present[day] = there
        return self._present[day]

    def _slot(self, day: datetime.date, at: datetime.datetime) -> Slot | None:
        free = tuple(person for person in self._people(day) if self._is_free(person, day, at))
        return Slot(at, free) if free else None

    def _is_free(self, person: Person, day: datetime.date, at: datetime.datetime) -> bool:
        # What most times fail at is asked first, as a sentence about each reason costs more than the answer.
        if not any(span.start <= at < span.end for span in self.roster.worked(person, day)):
            return False
        if any(self._clashes_of(person, at)):
            return False
        return not any(self._binds(reason) for reason in self._reasons(person, at))

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
        for code, most, whose in (
            (Code.LIMIT, facts.most_per_day, ""),
            (Code.LIMIT_OF_PERSON, facts.most_per_staff_day, f" with {person.name}"),
        ):
            if most is None:
                continue
            whom = None if code == Code.LIMIT else person.pk
            if self._booked[whom, day] >= most:
                visits = f"{plural(most, 'visit')} of {facts.service}"
                sentence = f"Customers can have {visits} a day{whose}: {Roster.day(day)} is full."
                yield Reason(code, sentence, binds_customers_only=True)

    @cached_property
    def _booked(self) -> Counter[tuple[int | None, datetime.date]]:
        """How many visits of the service there are, by person and day; those of everybody under None."""
        zone = self.facts.zone
        booked = [(person, at.astimezone(zone).date()) for person, at in self.facts.booked]
        return Counter(booked) + Counter((None, day) for _, day in booked)

    def _clashes(self, person: Person, at: datetime.datetime) -> Iterator[Reason]:
        for clash in self._clashes_of(person, at):
            code = Code.TAKEN if clash.free is None else Code.BUFFER
            yield Reason(code, self._words(clash, person), booking=clash.busy.booking)

    def _clashes_of(self, person: Person, at: datetime.datetime) -> Iterator[Clash]:
        facts = self.facts
        return self._visits_of(person).clashes(Busy(at, at + facts.length, facts.before, facts.after))

    def _visits_of(self, person: Person) -> Visits:
        if person.pk not in self._visits:
            self._visits[person.pk] = Visits(person.busy)
        return self._visits[person.pk]

    def _words(self, clash: Clash, person: Person) -> str:
        busy = clash.busy
        if clash.free is None:
            by = f" by {busy.who}" if busy.who else ""
            return f"{person.name} is taken{by} until {self._clock(busy.ends_at)}."
        minutes = clash.free // datetime.timedelta(minutes=1)
        whose = f"the visit of {busy.who}" if busy.who else "another visit"
        if clash.is_first:
            until = self._clock(busy.ends_at + clash.free)
            return f"{minutes} minutes are kept free after {whose}, until {until}."
        return f"{minutes} minutes are kept free before {whose} at {self._clock(busy.starts_at)}."

    def _clock(self, at: datetime.datetime) -> str:
        return f"{at.astimezone(self.facts.zone):%H:%M}"


def _days(first: datetime.date, last: datetime.date) -> list[datetime.date]:
    return [first + number * DAY for number in range((last - first).days + 1)]
