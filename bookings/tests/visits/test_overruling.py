"""Staff hear what speaks against a time, and book it with a reason or not at all."""

import datetime
import zoneinfo

import pytest

from accounts.models import AuditEntry, Business
from accounts.tests.factories import UserFactory
from bookings.hours import services as hours
from bookings.models import Booking
from bookings.refusals import BegunLongAgo, SlotTaken
from bookings.tests.acts import HOUR, MINUTE, NOW, START, book, change, everything
from bookings.tests.factories import ClosedDayFactory, ServiceFactory, TimeOffFactory, WorkingHoursFactory
from bookings.times.wallclock import Range

pytestmark = pytest.mark.django_db

TUESDAY, SUNDAY = 1, START + datetime.timedelta(days=5)


@pytest.fixture
def tom():
    """Works on Tuesdays, from nine to twelve and from one to five."""
    tom = UserFactory(name="Tom")
    for start, end in [(9, 12), (13, 17)]:
        WorkingHoursFactory(staff=tom, weekday=TUESDAY, start=start * 60, end=end * 60)
    return tom


@pytest.fixture
def massage():
    return ServiceFactory(name="Massage")


def nobody_works(tom, massage, admin):
    return {"starts_at": SUNDAY}


def they_have_lunch(tom, massage, admin):
    return {"starts_at": START - 2 * HOUR}


def it_would_end_after_work(tom, massage, admin):
    return {"starts_at": START + 2 * HOUR}


def the_day_is_closed(tom, massage, admin):
    ClosedDayFactory(date=START.date(), name="Team training")


def they_are_away(tom, massage, admin):
    TimeOffFactory(staff=tom, starts_at=START + 30 * MINUTE, ends_at=START + 2 * HOUR, reason="Dentist")


def they_do_not_perform_it(tom, massage, admin):
    massage.performers.add(admin)


def that_day_has_other_hours(tom, massage, admin):
    hours.set_day(staff=tom, date=START.date(), hours=[Range(9 * 60, 10 * 60)], by=admin)


def they_work_on_single_days_only(tom, massage, admin):
    hours.set_week(staff=tom, week={}, by=admin)
    hours.set_day(staff=tom, date=SUNDAY.date(), hours=[Range(9 * 60, 10 * 60)], by=admin)


AGAINST = [
    (nobody_works, "Tom does not work on Sun 29 Nov. Choose another time."),
    (they_have_lunch, "Tom works 09:00–12:00 and 13:00–17:00 on Tue 24 Nov. Choose another time."),
    (
        it_would_end_after_work,
        "It would end at 17:30, and Tom works 09:00–12:00 and 13:00–17:00 on Tue 24 Nov. Choose another time.",
    ),
    (the_day_is_closed, "Closed on Tue 24 Nov: Team training. Choose another time."),
    (they_are_away, "Tom is off until Tue 24 Nov, 16:30: Dentist. Choose another time."),
    (they_do_not_perform_it, "Tom does not perform Massage. Choose another time."),
    (they_work_on_single_days_only, "Tom does not work on Tue 24 Nov. Choose another time."),
    (that_day_has_other_hours, "Tom works 09:00–10:00 on Tue 24 Nov. Choose another time."),
]


@pytest.mark.parametrize(("fact", "sentence"), AGAINST)
def test_staff_book_against_the_day_with_a_reason_only(fact, sentence, tom, massage, admin, staff):
    visit = {"staff": tom, "service": massage, "by": staff} | (fact(tom, massage, admin) or {})
    before = everything()[:3]

    with pytest.raises(SlotTaken) as refusal:
        book(**visit)

    assert str(refusal.value) == sentence
    assert everything()[:3] == before
    booking = book(**visit, overrule="She begged")
    booking.refresh_from_db()
    assert (booking.overrule_reason, booking.is_overbooked) == ("She begged", False)
    assert AuditEntry.objects.about(booking).get().changes == {"overrule_reason": ["", "She begged"]}


@pytest.mark.parametrize(("fact", "sentence"), AGAINST)
def test_staff_move_against_the_day_with_a_reason_only(fact, sentence, tom, massage, admin, staff):
    booking = book(staff=UserFactory(), service=massage, starts_at=START + datetime.timedelta(days=30))
    place = {"staff": tom, "starts_at": START} | (fact(tom, massage, admin) or {})
    before = everything()[:3]

    with pytest.raises(SlotTaken) as refusal:
        change(booking, by=staff, **place)

    assert str(refusal.value) == sentence
    assert everything()[:3] == before
    moved = change(booking, by=staff, **place, overrule="She begged")
    assert (moved.starts_at, moved.overrule_reason) == (place["starts_at"], "She begged")
    entry = AuditEntry.objects.about(booking).latest("pk")
    assert entry.changes["overrule_reason"] == ["", "She begged"]


def test_within_hours_nothing_is_asked(tom, massage, staff):
    booking = book(staff=tom, service=massage, by=staff)

    assert booking.overrule_reason == ""


def test_nobody_knows_when_a_person_without_hours_works(staff, massage):
    assert book(staff=UserFactory(), service=massage, starts_at=SUNDAY, by=staff).pk


def test_hours_count_on_the_wall_of_the_business(tom, massage, staff):
    Business.objects.current()
    Business.objects.update(time_zone="America/New_York")
    nine = datetime.datetime(2026, 11, 24, 9, tzinfo=zoneinfo.ZoneInfo("America/New_York"))

    assert book(staff=tom, service=massage, starts_at=nine, by=staff).pk
    with pytest.raises(SlotTaken, match="Tom works 09:00–12:00"):
        book(staff=tom, service=massage, starts_at=nine - HOUR, by=staff)


def test_what_the_day_and_other_visits_say_is_said_at_once(tom, massage, staff):
    book(staff=tom, starts_at=START - 3 * HOUR)

    with pytest.raises(SlotTaken) as refusal:
        book(staff=tom, service=massage, starts_at=START - 2.5 * HOUR, by=staff)

    assert str(refusal.value).startswith(
        "Tom works 09:00–12:00 and 13:00–17:00 on Tue 24 Nov. Tom is busy then: "
    )
    assert str(refusal.value).count("Choose another time.") == 1


@pytest.mark.parametrize("minutes", [0, 1, 60])
def test_a_walk_in_is_booked_within_the_hour(minutes, tom, massage, staff):
    booking = book(staff=tom, service=massage, by=staff, now=START + minutes * MINUTE)

    assert booking.overrule_reason == ""


def test_the_past_is_not_for_staff(tom, massage, staff):
    before = everything()[:3]

    with pytest.raises(BegunLongAgo, match="Only an admin can book it"):
        book(staff=tom, service=massage, by=staff, now=START + 61 * MINUTE, overrule="Forgotten")

    assert everything()[:3] == before


def test_admins_book_the_past_with_a_reason_only(tom, massage, admin):
    late = {"staff": tom, "service": massage, "by": admin, "now": START + 61 * MINUTE}

    with pytest.raises(SlotTaken, match="That time has gone by"):
        book(**late)

    assert not Booking.objects.exists()
    assert book(**late, overrule="Forgotten").overrule_reason == "Forgotten"


def test_a_visit_that_has_begun_goes_to_a_colleague_and_not_into_the_past(tom, massage, staff):
    booking = book(staff=UserFactory(), service=massage, starts_at=START)
    later = START + 90 * MINUTE

    given = change(booking, by=staff, staff=tom, now=later)

    assert (given.staff, given.starts_at) == (tom, START)
    with pytest.raises(BegunLongAgo):
        change(given, by=staff, starts_at=START - HOUR, now=later)
    given.refresh_from_db()
    assert given.starts_at == START


def test_notes_of_a_visit_outside_the_hours_are_nobodys_business(tom, massage, staff):
    booking = book(staff=tom, service=massage, starts_at=SUNDAY, by=staff, overrule="She begged")

    changed = change(booking, by=staff, notes="Ring twice")

    assert (changed.notes, changed.overrule_reason) == ("Ring twice", "She begged")


def test_an_import_keeps_what_was(tom, massage, staff):
    booking = book(
        staff=tom, service=massage, starts_at=SUNDAY, by=staff, source=Booking.Source.IMPORT, now=NOW
    )

    assert booking.starts_at == SUNDAY
