"""One clinic under load: its two servers, and what requests to it can name."""

import datetime
import itertools
import zoneinfo
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cpu
import psycopg
import rows
from load import Target

FAR = datetime.datetime(2040, 1, 1)  # noqa: DTZ001 - on the wall of the business
STAFF_DAYS, ONLINE_DAYS = (8, 34), (35, rows.AFTER)  # from now, on which something is booked
SAMPLE = 5000  # customers, spread over all of them


@dataclass
class Clinic:
    """What a run knows of it.

    :param keys: what `data.py` has made
    :param enough: bookings to move, to call off or to complete in one run
    :ivar made: keys of bookings that requests have made, the oldest first, and nobody has called off
    :ivar pressed: keys of the bookings on which a button was pressed, by its name
    :ivar undecided: keys of visits of the past that may be completed
    :ivar first_decided: visits with smaller keys have not been taken yet
    """

    contacts: int
    url: str
    keys: dict[str, Any]
    bare: Target
    careops: Target
    enough: int
    made: list[int] = field(default_factory=list)
    pressed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    undecided: list[int] = field(default_factory=list)

    def __post_init__(self):
        now = datetime.datetime.now(zoneinfo.ZoneInfo(rows.ZONE))
        self.today = now.date()
        self.first_decided = self.contacts * rows.PER_CONTACT["bookings"]
        self.numbers = itertools.count()
        self.slots = self._slots(*STAFF_DAYS)
        self.online_times = self._online_times()
        self.bare_slots = self._bare_slots()

    def ask(self, query: str, *values: Any) -> list[tuple]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(query, values)
            return found.fetchall() if found.description else []

    def keep_worker_alive(self) -> None:
        """As one is wherever CareOps runs: else each request looks whether anything waits for it."""
        self.ask("UPDATE messaging_workerbeat SET beat_at = now()")

    def cpu_used(self, target: Target) -> float:
        """Seconds that the processes of ``target`` and those of the database have used so far."""
        query = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cpu.used([*cpu.family(target.pid), *(pid for (pid,) in self.ask(query))])

    @cached_property
    def customers(self) -> Iterator[tuple[int, str, str]]:
        """Key, name and email of those who wait for no answer, one after the other, and again.

        Whoever asks goes on where the last one stopped, so that no run finds everything as warm as the one before,
        and nobody is written to so often that it is another case.
        """
        step = max(1, self.contacts // SAMPLE)
        query = (
            "SELECT id, name, email FROM contacts_contact WHERE id = ANY (%s) ORDER BY id * 7919 %% 1009, id"
        )
        return itertools.cycle(self.ask(query, list(range(1, self.contacts - rows.WAITING, step))))

    @cached_property
    def visits(self) -> Iterator[int]:
        """Keys of bookings around today, as a front desk opens them, one after the other, and again."""
        last = self.contacts * rows.PER_CONTACT["bookings"]
        return itertools.cycle(range(last - rows.NEAR + 1, last, 37))

    def times_to_look_at(self) -> Iterator[tuple[datetime.datetime, int]]:
        """Free half hours for what is not saved, and from the beginning again."""
        return itertools.cycle(itertools.islice(self._slots(1, rows.FULL_DAY - 1), 500))

    def _slots(self, first: int, last: int) -> Iterator[tuple[datetime.datetime, int]]:
        """Free half hours, as the wall shows them, and the key of who is free then."""
        for day, half_hour, person in rows.free_slots(first, last):
            yield self._start(day, half_hour), self.keys["people"][person]

    def _online_times(self) -> Iterator[datetime.datetime]:
        """The free times of whoever is free, each as often as somebody is."""
        times = [self._start(day, half_hour) for day, half_hour, _ in rows.free_slots(*ONLINE_DAYS)]
        seen = itertools.count()
        turn = {time: itertools.count() for time in times}
        yield from sorted(times, key=lambda time: (next(turn[time]), next(seen)))

    def _bare_slots(self) -> Iterator[tuple[datetime.datetime, int]]:
        """In days of which CareOps is asked nothing."""
        people = self.keys["people"][: rows.TODAYS]
        for number in itertools.count():
            yield FAR + datetime.timedelta(minutes=30) * (number // len(people)), people[number % len(people)]

    def _start(self, day: int, half_hour: int) -> datetime.datetime:
        return rows.start_of(self.today + datetime.timedelta(days=day), half_hour)
