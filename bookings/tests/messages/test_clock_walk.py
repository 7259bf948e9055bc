"""Two days, minute by minute, over the nights in which the clocks change: each visit is reminded of once, in time."""

import datetime
import zoneinfo
from collections import Counter

import pytest
from django.db.models import Min

from accounts.models import Business, subject_key
from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.tests.acts import book, change, deliver, messages
from bookings.tests.factories import ServiceFactory
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory
from messaging.models import Automation, Message
from messaging.tests.taking import take_next
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
# The noon before the night in which the clocks change.
NOONS = {
    "Berlin, spring": ("Europe/Berlin", "2026-03-28T12:00"),
    "Berlin, autumn": ("Europe/Berlin", "2026-10-24T12:00"),
    "New York, spring": ("America/New_York", "2026-03-07T12:00"),
    "New York, autumn": ("America/New_York", "2026-10-31T12:00"),
}
# On the wall, within two days of the day after that noon: early, late, at midnight, around the missing hour.
HOURS = ["00:00", "01:30", "03:00", "03:30", "08:00", "12:30", "21:00", "23:45"]
OPENS, CLOSES = datetime.time(8), datetime.time(21)


class Walk:
    """Bookings at awkward hours, and a worker that looks each minute."""

    def __init__(self, zone: str, noon: str, *, hours=HOURS, phone: bool = False):
        self.zone = zoneinfo.ZoneInfo(zone)
        Business.objects.current()
        Business.objects.update(time_zone=zone)
        self.noon = datetime.datetime.fromisoformat(noon).replace(tzinfo=self.zone)
        self.now = self.noon.astimezone(datetime.UTC)
        self.left: list[tuple[datetime.datetime, Message]] = []
        self.service = ServiceFactory(minutes=5)
        self.reach = {"email": "", "phone": "07400 123456"} if phone else {}
        day = self.noon.date() + datetime.timedelta(days=1)
        starts = [
            datetime.datetime.combine(day + datetime.timedelta(days=later), datetime.time.fromisoformat(hour))
            for later in (0, 1, 2)
            for hour in hours
        ]
        # Those whose reminder would have left before the walk begins stay out of it.
        starts = [start for start in starts if start - 24 * HOUR >= self.wall(self.now)]
        self.bookings = [self.book(start.replace(tzinfo=self.zone)) for start in starts]

    def book(self, start: datetime.datetime) -> Booking:
        return book(
            contact=ContactFactory(**self.reach),
            service=self.service,
            staff=UserFactory(),
            starts_at=start,
            now=self.now - 14 * 24 * HOUR,
        )

    def go(self, minutes: int) -> None:
        """Look each minute for what is due, as the worker does; minutes in which nothing can be are passed over."""
        Message.objects.filter(rule=RuleCode.CONFIRMATION).delete()
        end = self.now + minutes * MINUTE
        while self.now < end:
            while message := take_next(now=self.now):
                self.left.append((self.now, message))
            self.now += MINUTE
            self.now = max(self.now, min(self.next_due(), end))

    def next_due(self) -> datetime.datetime:
        """The first whole minute at which something that is planned now is due."""
        moment = Message.objects.pending().aggregate(first=Min("send_at"))["first"]
        moment = moment or self.now + 365 * 24 * HOUR
        return moment if moment.second == moment.microsecond == 0 else moment.replace(second=0) + MINUTE

    def reminded(self) -> Counter:
        """How often each booking was reminded of."""
        return Counter(
            message.about_key for _, message in self.left if message.status == Message.Status.SENDING
        )

    def wall(self, moment: datetime.datetime) -> datetime.datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def due(walk: Walk, booking: Booking) -> datetime.datetime:
    """A day before on the wall; where that time is missing, as much later as the clocks went forward."""
    on_the_wall = walk.wall(booking.starts_at) - 24 * HOUR
    return on_the_wall.replace(tzinfo=walk.zone).astimezone(datetime.UTC)


@pytest.mark.parametrize("place", NOONS)
def test_each_visit_is_reminded_of_once_a_day_before_on_the_wall(place):
    walk = Walk(*NOONS[place])
    expected = {
        f"booking:{booking.pk}": due(walk, booking)
        for booking in walk.bookings
        if walk.now <= due(walk, booking) < walk.now + 48 * HOUR
    }

    walk.go(48 * 60)

    assert len(expected) >= 12
    assert walk.reminded() == dict.fromkeys(expected, 1)
    for moment, message in walk.left:
        assert moment == expected[message.about_key], message.subject


@pytest.mark.parametrize("place", NOONS)
def test_texts_keep_to_the_sending_window_on_the_wall(place, settings):
    settings.SMS_URL = "twilio://account:token@localhost/+15550100"
    walk = Walk(*NOONS[place], phone=True)
    Automation.objects.update_or_create(pk=1, defaults={"daily_cap": 20})

    walk.go(48 * 60)

    settled = [booking for booking in walk.bookings if due(walk, booking) < walk.now - 12 * HOUR]
    assert len(settled) >= 8
    assert {f"booking:{booking.pk}" for booking in settled} <= walk.reminded().keys()
    assert set(walk.reminded().values()) == {1}
    by_key = {f"booking:{booking.pk}": booking for booking in walk.bookings}
    for moment, message in walk.left:
        wanted, start = due(walk, by_key[message.about_key]), by_key[message.about_key].starts_at
        assert message.channel == "sms"
        assert OPENS <= walk.wall(moment).time() < CLOSES
        assert moment < start - 2 * HOUR
        if OPENS <= walk.wall(wanted).time() < CLOSES:
            assert moment == wanted
        else:
            assert abs(moment - wanted) <= 12 * HOUR


# What the clock does about visits that change meanwhile, and when it has stood still


@pytest.fixture
def walk():
    return Walk("Europe/Berlin", "2026-03-28T12:00", hours=[])


def reminders(booking) -> list[str]:
    return [*messages(booking).filter(rule=RuleCode.REMINDER).values_list("status", flat=True)]


def test_a_reminder_dies_with_a_cancelled_booking(walk, staff):
    booking = walk.book(walk.now + 30 * HOUR)
    outcomes.cancel_booking(booking=booking, by=staff, now=walk.now)

    walk.go(48 * 60)

    assert reminders(booking) == ["cancelled"]
    assert [message.rule for _, message in walk.left] == ["cancelled"]


def test_a_reminder_moves_along_with_a_moved_booking(walk, staff):
    booking = walk.book(walk.now + 30 * HOUR)
    deliver(booking)
    change(booking, starts_at=walk.now + 40 * HOUR, by=staff, now=walk.now)

    walk.go(48 * 60)

    left = [(moment, message.rule) for moment, message in walk.left]
    reminded_at = due(walk, Booking.objects.get(pk=booking.pk))
    assert left == [(walk.noon + 3 * MINUTE, "moved"), (reminded_at, "reminder")]
    assert reminders(booking) == ["cancelled", "sending"]


def test_downtime_catches_up_in_order_of_visit_time_and_drops_the_stale(walk):
    """The worker stood still for a day and comes back shortly before some visits, and after others."""
    later, sooner, begun, in_ten_minutes, over = (
        walk.book(walk.now + hours) for hours in [30 * HOUR, 26 * HOUR, 24 * HOUR, 25 * HOUR, 20 * HOUR]
    )
    Message.objects.filter(rule=RuleCode.CONFIRMATION).delete()
    walk.now += 24 * HOUR + 50 * MINUTE

    walk.go(1)

    sent = [message.about_key for _, message in walk.left if message.status == Message.Status.SENDING]
    assert sent == [subject_key(sooner), subject_key(later)]
    for booking in (begun, in_ten_minutes, over):
        row = messages(booking).get(rule=RuleCode.REMINDER)
        assert (row.status, row.reason_code) == ("skipped", "too_late")
