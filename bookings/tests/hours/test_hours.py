"""Hours, time off and closed days, and what they leave outside."""

import datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.html import strip_tags

from accounts.models import AuditEntry, Business
from accounts.tests.factories import UserFactory
from bookings.hours import reading
from bookings.hours import services as hours_services
from bookings.hours.reading import usual_week, visits_outside
from bookings.models import Booking, ClosedDay, DayHours, TimeOff, WorkingHours
from bookings.tests.factories import BookingFactory, ClosedDayFactory, TimeOffFactory, WorkingHoursFactory
from bookings.times.roster import Code
from bookings.times.typed import ASK
from bookings.times.wallclock import Range
from bookings.visits.outcomes import cancel_booking

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)  # a Sunday in London
MONDAY = datetime.date(2026, 11, 23)
DAY = datetime.timedelta(days=1)
MORNING, AFTERNOON = Range(540, 780), Range(840, 1050)


@pytest.fixture(autouse=True)
def _sunday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def person():
    return UserFactory(name="Priya")


def at(hour, day=MONDAY):
    return datetime.datetime(day.year, day.month, day.day, hour, tzinfo=datetime.UTC)


def week(person):
    return [
        (hours.weekday, *hours.range)
        for hours in WorkingHours.objects.filter(staff=person).order_by("weekday", "start")
    ]


def outside(person=None):
    return visits_outside(business=Business.objects.current(), now=NOW, staff=person)


# --- Services ---


def test_set_week_replaces_the_week(person, admin):
    hours_services.set_week(staff=person, week={0: [MORNING], 3: [AFTERNOON]}, by=admin)

    hours_services.set_week(staff=person, week={0: [AFTERNOON, MORNING]}, by=admin)

    assert week(person) == [(0, *MORNING), (0, *AFTERNOON)]
    entry = AuditEntry.objects.filter(action="hours.changed").latest("pk")
    assert entry.by == admin
    assert entry.changes["hours"][1] == "Monday 09:00–13:00, Monday 14:00–17:30"


def test_set_week_as_it_is_leaves_no_trace(person, admin):
    hours_services.set_week(staff=person, week={0: [MORNING]}, by=admin)
    hours_services.set_week(staff=person, week={0: [MORNING]}, by=admin)

    assert AuditEntry.objects.filter(action="hours.changed").count() == 1


def test_hours_that_overlap_are_refused_by_the_database(person):
    WorkingHoursFactory(staff=person, start=540, end=720)
    WorkingHoursFactory(staff=person, start=720, end=800)
    WorkingHoursFactory(start=600, end=700)

    with pytest.raises(IntegrityError, match="working_hours_do_not_overlap"), transaction.atomic():
        WorkingHoursFactory(staff=person, start=719, end=721)

    assert len(week(person)) == 2


def test_set_day_replaces_one_day_and_gives_it_back(person, admin):
    hours_services.set_day(staff=person, date=MONDAY, hours=[MORNING], by=admin)
    assert [hours.range for hours in DayHours.objects.all()] == [MORNING]

    hours_services.set_day(staff=person, date=MONDAY, hours=[], by=admin)

    assert not DayHours.objects.exists()
    assert AuditEntry.objects.filter(action="hours.day_changed").count() == 2


def test_time_off_that_is_over_is_refused(person, admin):
    with pytest.raises(hours_services.AlreadyOver, match="gone by"):
        hours_services.add_time_off(staff=person, starts_at=NOW - 2 * DAY, ends_at=NOW, by=admin, now=NOW)

    assert not TimeOff.objects.exists()


def test_what_two_remove_at_once_is_removed_once(person, admin):
    TimeOffFactory(staff=person)
    ClosedDayFactory(date=MONDAY)
    seen = [(TimeOff.objects.get(), ClosedDay.objects.get()) for _ in range(2)]

    for off, day in seen:
        hours_services.remove_time_off(off=off, by=admin)
        hours_services.open_day(day=day, by=admin)

    removed = AuditEntry.objects.filter(action__endswith=".removed").order_by("action")
    assert [entry.action for entry in removed] == ["closed_day.removed", "time_off.removed"]
    assert not TimeOff.objects.exists()
    assert not ClosedDay.objects.exists()


def test_close_days_keeps_those_that_are_closed(admin):
    ClosedDayFactory(date=MONDAY, name="Stocktaking")

    added = hours_services.close_days(dates=[MONDAY, MONDAY + DAY, MONDAY + DAY], name="Training", by=admin)

    assert [day.date for day in added] == [MONDAY + DAY]
    assert list(ClosedDay.objects.order_by("date").values_list("name", flat=True)) == [
        "Stocktaking",
        "Training",
    ]


def test_visits_outside_are_found_with_their_reasons(person, staff):
    hours_services.set_week(staff=person, week={0: [MORNING, AFTERNOON], 1: [MORNING]}, by=None)
    kept = BookingFactory(staff=person, starts_at=at(9), now=NOW)
    at_lunch = BookingFactory(staff=person, starts_at=at(13), now=NOW)
    cancelled = BookingFactory(staff=person, starts_at=at(7), now=NOW)
    cancel_booking(booking=cancelled, by=staff, now=NOW)
    closed = BookingFactory(staff=person, starts_at=at(10, MONDAY + DAY), now=NOW)
    ClosedDayFactory(date=MONDAY + DAY, name="")
    BookingFactory(starts_at=at(3), now=NOW)  # of somebody without any hours

    found = outside()

    assert [(visit, [reason.code for reason in reasons]) for visit, reasons in found] == [
        (at_lunch, [Code.OUTSIDE_HOURS]),
        (closed, [Code.CLOSED]),
    ]
    assert kept not in dict(found)
    assert outside(staff) == []


@pytest.mark.parametrize("visits", [1, 3])
def test_visits_outside_cost_the_same_however_many_there_are(visits, person, django_assert_num_queries):
    hours_services.set_week(staff=person, week={0: [MORNING]}, by=None)
    for hour in range(visits):
        BookingFactory(staff=person, starts_at=at(hour, MONDAY + DAY), now=NOW)
    business = Business.objects.current()

    with django_assert_num_queries(7):
        found = visits_outside(business=business, now=NOW)

    assert len(found) == visits


def test_visits_outside_are_not_looked_for_beyond_the_most(person, monkeypatch):
    hours_services.set_week(staff=person, week={0: [MORNING]}, by=None)
    visits = [BookingFactory(staff=person, starts_at=at(hour, MONDAY + DAY), now=NOW) for hour in range(4)]
    monkeypatch.setattr(reading, "MOST_OUTSIDE", 2)

    assert [visit for visit, _ in outside(person)] == visits[:2]


# --- What can be typed ---


@pytest.mark.parametrize(("typed", "sentence"), [("nine", "Write hours like 9–5"), ("13-9", "ends before")])
def test_hours_that_cannot_be_are_refused_in_words(typed, sentence, person, as_admin):
    page = as_admin.post(f"/bookings/hours/{person.pk}/", {"day_0": typed})

    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert week(person) == []


def test_what_is_wrong_on_several_days_is_said_once(person, as_admin):
    typed = {f"day_{number}": "nine" for number in (0, 1, 4)} | {"day_2": "9-25"}

    page = as_admin.post(f"/bookings/hours/{person.pk}/", typed)

    form = page.context["form"]
    assert form.non_field_errors() == [f"Monday, Tuesday and Friday: {ASK}"]
    assert page.content.decode().count(ASK) == 1 + 2  # on Wednesday in the summary and at the field
    assert list(form.errors) == ["day_2", "__all__"]
    assert page.content.decode().count('aria-invalid="true"') == 4
    assert week(person) == []


# --- Pages ---


def test_week_form_saves_several_ranges_a_day(as_admin, person):
    page = as_admin.post(
        f"/bookings/hours/{person.pk}/", {"day_0": "9-13, 14-17:30", "day_5": "10-12"}, follow=True
    )

    assert week(person) == [(0, 540, 780), (0, 840, 1050), (5, 600, 720)]
    assert "Saved the hours of Priya." in page.content.decode()
    assert 'value="09:00–13:00, 14:00–17:30"' in page.content.decode()


def test_copy_monday_saves_it_for_the_working_days(as_admin, person):
    hours_services.set_week(staff=person, week={2: [AFTERNOON], 5: [AFTERNOON]}, by=None)

    page = as_admin.post(
        f"/bookings/hours/{person.pk}/",
        {"day_0": "9-1", "day_2": "", "day_5": "10-12", "copy": "yes"},
        follow=True,
    )

    assert week(person) == [*((number, *MORNING) for number in range(5)), (5, 600, 720)]
    assert "Saved the hours of Priya, Tuesday to Friday as Monday." in page.content.decode()


def test_without_a_monday_there_is_nothing_to_copy(as_admin, person):
    hours_services.set_week(staff=person, week={1: [MORNING]}, by=None)

    page = as_admin.post(
        f"/bookings/hours/{person.pk}/", {"day_0": "", "day_1": "9-13", "copy": "yes"}, follow=True
    )

    assert "There are no hours to copy, so nothing was saved." in page.content.decode()
    assert page.context["form"]["day_1"].value() == "9-13"
    assert week(person) == [(1, *MORNING)]


def test_somebody_new_starts_with_the_hours_that_most_have_on_each_day(as_admin, person):
    oldest, second, third = UserFactory.create_batch(3)
    hours_services.set_week(staff=oldest, week={0: [MORNING], 2: [MORNING]}, by=None)
    hours_services.set_week(staff=second, week={0: [MORNING, AFTERNOON], 3: [MORNING]}, by=None)
    hours_services.set_week(staff=third, week={0: [MORNING, AFTERNOON], 3: [MORNING], 6: [MORNING]}, by=None)

    page = as_admin.get(f"/bookings/hours/{person.pk}/")

    assert "Priya has no hours yet. These are the hours that most people here have" in page.content.decode()
    shown = [page.context["form"][f"day_{number}"].value() for number in range(7)]
    assert shown == ["09:00–13:00, 14:00–17:30", None, None, "09:00–13:00", None, None, None]
    assert week(person) == []
    listed = " ".join(as_admin.get("/bookings/hours/").content.decode().split())
    assert f'<a href="/bookings/hours/{person.pk}/">start with the usual ones</a>' in listed


def test_of_hours_equally_usual_those_of_the_oldest_colleague_count():
    first, second, gone = UserFactory.create_batch(3)
    hours_services.set_week(staff=second, week={0: [MORNING]}, by=None)
    hours_services.set_week(staff=first, week={0: [AFTERNOON]}, by=None)
    hours_services.set_week(staff=gone, week={0: [MORNING]}, by=None)
    type(gone).objects.filter(pk=gone.pk).update(takes_bookings=False)

    assert usual_week() == {0: [AFTERNOON]}


def test_where_nobody_has_hours_somebody_new_has_none(as_admin, person):
    page = as_admin.get(f"/bookings/hours/{person.pk}/")

    assert "has no hours yet" not in page.content.decode()
    assert [page.context["form"][f"day_{number}"].value() for number in range(7)] == [None] * 7
    assert "say when" in as_admin.get("/bookings/hours/").content.decode()


def test_shorter_hours_keep_visits_and_show_them(as_admin, person):
    hours_services.set_week(staff=person, week={0: [MORNING, AFTERNOON]}, by=None)
    visit = BookingFactory(staff=person, starts_at=at(15), now=NOW)

    page = as_admin.post(f"/bookings/hours/{person.pk}/", {"day_0": "9-13"}, follow=True)

    html = page.content.decode()
    assert "1 visit lies outside" in html
    assert f'href="{visit.get_absolute_url()}"' in html
    visit.refresh_from_db()
    assert visit.is_confirmed


def test_time_off_covers_whole_days_of_the_business(as_admin, person):
    as_admin.post(
        f"/bookings/hours/{person.pk}/time-off/",
        {"first": "2026-11-24", "last": "2026-11-25", "reason": "Holiday"},
    )

    off = TimeOff.objects.get()
    assert (off.starts_at, off.ends_at, off.reason) == (
        at(0, MONDAY + DAY),
        at(0, MONDAY + 3 * DAY),
        "Holiday",
    )
    assert "Holiday" in as_admin.get("/bookings/hours/").content.decode()


def test_time_off_sent_twice_is_taken_once(as_admin, person):
    typed = {"first": "2026-11-24", "last": "2026-11-25", "reason": "Holiday"}

    for _ in range(2):
        assert as_admin.post(f"/bookings/hours/{person.pk}/time-off/", typed).status_code == 302

    assert TimeOff.objects.count() == 1
    assert AuditEntry.objects.filter(action="time_off.added").count() == 1


def test_time_off_may_be_part_of_a_day(as_admin, person):
    typed = {"first": "2026-11-24", "first_time": "14:00", "last": "2026-11-24", "last_time": "16:00"}

    as_admin.post(f"/bookings/hours/{person.pk}/time-off/", typed)

    off = TimeOff.objects.get()
    assert (off.starts_at, off.ends_at) == (at(14, MONDAY + DAY), at(16, MONDAY + DAY))


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"first": "2026-11-25", "last": "2026-11-24"}, 200, "The last day lies before the first one."),
        (
            {"first": "2026-11-25", "first_time": "10:00", "last": "2026-11-25", "last_time": "10:00"},
            200,
            "ends before",
        ),
        ({"first": "2026-11-01", "last": "2026-11-02"}, 409, "That time has gone by"),
        ({"first": "1999-11-01", "last": "2026-11-29"}, 200, "Choose a date between 2000 and 2099."),
        ({"first": "2026-11-25"}, 200, "This field is required."),
    ],
)
def test_time_off_that_cannot_be_is_refused_in_words(typed, status, sentence, as_admin, person):
    page = as_admin.post(f"/bookings/hours/{person.pk}/time-off/", typed)

    assert page.status_code == status
    assert sentence in page.content.decode()
    assert not TimeOff.objects.exists()


def test_time_off_until_the_end_of_the_century(as_admin, person):
    page = as_admin.post(
        f"/bookings/hours/{person.pk}/time-off/", {"first": "2026-11-25", "last": "2099-12-31"}
    )

    assert page.status_code == 302
    assert as_admin.get("/bookings/hours/").status_code == 200


def test_time_off_can_be_removed(as_admin, person):
    off = TimeOffFactory(staff=person)

    page = as_admin.post(f"/bookings/hours/time-off/{off.pk}/remove/", follow=True)

    assert "Removed time off of Priya." in page.content.decode()
    assert not TimeOff.objects.exists()


def test_hours_of_one_day_are_shown_together_and_changed(as_admin, person):
    url = f"/bookings/hours/{person.pk}/day/"
    as_admin.post(url, {"date": "2026-11-24", "hours": "9-11, 15-16"})

    assert "Tue 24 Nov: 09:00–11:00, 15:00–16:00 only" in strip_tags(as_admin.get("/bookings/hours/").text)
    assert 'value="09:00–11:00, 15:00–16:00"' in as_admin.get(f"{url}?date=2026-11-24").content.decode()
    assert as_admin.get(f"{url}?date=never").status_code == 200

    as_admin.post(url, {"date": "2026-11-24", "hours": ""})
    assert not DayHours.objects.exists()


def test_several_days_are_closed_at_once(as_admin):
    typed = {
        "first": "2026-12-24",
        "last": "2026-12-26",
        "also_1": "2027-01-01",
        "also_3": "",
        "name": "Holidays",
    }

    page = as_admin.post("/bookings/hours/closed/", typed, follow=True)

    days = [f"{day.date:%d.%m.}" for day in ClosedDay.objects.order_by("date")]
    assert days == ["24.12.", "25.12.", "26.12.", "01.01."]
    assert "Closed on Thu 24 Dec, Fri 25 Dec, Sat 26 Dec and more." in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first": "2026-12-24", "last": "2026-12-23"}, "The last day lies before the first one."),
        ({"first": "2026-12-24", "last": "2027-12-24"}, "Close at most 62 days at a time."),
        ({"first": "", "last": "2027-12-24"}, "This field is required."),
    ],
)
def test_closed_days_that_cannot_be_are_refused_in_words(typed, sentence, as_admin):
    page = as_admin.post("/bookings/hours/closed/", typed)

    assert sentence in page.content.decode()
    assert not ClosedDay.objects.exists()


def test_a_day_can_be_opened_again(as_admin):
    day = ClosedDayFactory(date=MONDAY)

    page = as_admin.post(f"/bookings/hours/closed/{day.pk}/open/", follow=True)

    assert "Open again on Mon 23 Nov." in page.content.decode()
    assert not ClosedDay.objects.exists()


def test_staff_see_hours_and_change_none(as_staff, person):
    hours_services.set_week(staff=person, week={0: [MORNING]}, by=None)
    off = TimeOffFactory(staff=person)

    html = as_staff.get("/bookings/hours/").content.decode()

    assert "09:00–13:00" in html
    assert f"/bookings/hours/{person.pk}/" not in html
    assert f"/bookings/hours/time-off/{off.pk}/" not in html
    assert "Only admins change hours and closed days." in html
    assert as_staff.post(f"/bookings/hours/{person.pk}/", {"day_0": "1-2"}).status_code == 403
    assert as_staff.post(f"/bookings/hours/time-off/{off.pk}/remove/").status_code == 403
    assert week(person) == [(0, *MORNING)]
    assert TimeOff.objects.get() == off


def test_staff_take_time_off_and_take_it_back(as_staff, staff):
    page = as_staff.get("/bookings/hours/").content.decode()
    form = as_staff.get(f"/bookings/hours/{staff.pk}/time-off/")
    typed = {"first": "2026-11-23", "first_time": "10:00", "last": "2026-11-23", "last_time": "11:00"}

    added = as_staff.post(f"/bookings/hours/{staff.pk}/time-off/", typed, follow=True)

    assert f'href="/bookings/hours/{staff.pk}/time-off/"' in page
    assert f'href="/bookings/hours/{staff.pk}/"' not in form.content.decode()
    off = TimeOff.objects.get()
    assert (off.staff, off.starts_at, off.ends_at) == (staff, at(10), at(11))
    assert added.redirect_chain == [("/bookings/hours/", 302)]
    assert f"/bookings/hours/time-off/{off.pk}/remove/" in added.content.decode()
    removed = as_staff.post(f"/bookings/hours/time-off/{off.pk}/remove/", follow=True)
    assert removed.redirect_chain == [("/bookings/hours/", 302)]
    assert not TimeOff.objects.exists()


def test_staff_give_nobody_else_time_off(as_staff, person):
    url = f"/bookings/hours/{person.pk}/time-off/"

    assert as_staff.get(url).status_code == 403
    assert as_staff.post(url, {"first": "2026-11-23", "last": "2026-11-23"}).status_code == 403
    assert not TimeOff.objects.exists()


@pytest.mark.parametrize("people", [1, 3])
def test_hours_cost_the_same_however_many_people_there_are(people, as_staff, django_assert_max_num_queries):
    for person in UserFactory.create_batch(people):
        hours_services.set_week(staff=person, week={0: [MORNING]}, by=None)
        TimeOffFactory(staff=person)
        hours_services.set_day(staff=person, date=MONDAY, hours=[AFTERNOON], by=None)
        BookingFactory(staff=person, starts_at=at(9), now=NOW)
    Business.objects.current()

    with django_assert_max_num_queries(17):
        page = as_staff.get("/bookings/hours/")

    assert len(page.context["outside"]) == people
    assert Booking.objects.count() == people
