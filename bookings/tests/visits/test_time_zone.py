"""The business moves to another time zone."""

import datetime
import zoneinfo

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEntry, Business
from alerts.models import Alert
from bookings.intake import overdue
from bookings.models import Booking
from bookings.tests.acts import NOW, START, book, service_with_form
from bookings.tests.factories import TimeOffFactory
from bookings.visits import attending, time_zone
from bookings.visits.time_zone import Keep
from messaging.models import Message

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
PARIS, TOKYO = "Europe/Paris", "Asia/Tokyo"


def walls(zone):
    return [
        f"{booking.starts_at.astimezone(zoneinfo.ZoneInfo(zone)):%d %H:%M}"
        for booking in Booking.objects.order_by("starts_at")
    ]


def reminders():
    return list(
        Message.objects.planned().filter(rule="reminder").order_by("send_at").values_list("send_at", "body")
    )


@pytest.mark.parametrize("zone", [PARIS, TOKYO, "America/New_York"])
def test_visits_keep_their_time_on_the_clock_and_nobody_is_written_to(staff, admin, zone):
    for hour in range(3):  # one after the other: none may get in the way of the next
        book(staff=staff, starts_at=START + 48 * HOUR + hour * HOUR)
    before, said = walls("Europe/London"), reminders()
    sent = Message.objects.filter(status="queued").count()

    time_zone.change_with_visits(keep=Keep.CLOCK, time_zone=zone, by=admin, now=NOW)

    assert walls(zone) == before
    assert set(Booking.objects.values_list("is_overbooked", "overrule_reason")) == {(False, "")}
    assert [body.split("http")[0] for _, body in reminders()] == [body.split("http")[0] for _, body in said]
    assert [at for at, _ in reminders()] != [at for at, _ in said]
    assert Message.objects.filter(status="queued").count() <= sent
    entry = AuditEntry.objects.get(action="business.zone_changed")
    assert entry.changes == {"time_zone": ["Europe/London", zone], "visits": [3, "clock"]}


def test_visits_may_keep_their_moment_and_plans_say_the_new_time(staff, admin):
    book(staff=staff, starts_at=START + 48 * HOUR)
    before = walls("UTC")
    ((at, words),) = reminders()

    time_zone.change_with_visits(keep=Keep.MOMENT, time_zone=PARIS, by=admin, now=NOW)

    assert walls("UTC") == before
    ((then, new_words),) = reminders()
    assert then == at
    assert new_words != words
    assert "15:30" in new_words


@pytest.mark.parametrize("count", [2, 12])
@pytest.mark.parametrize(("keep", "statements"), [(Keep.CLOCK, 32), (Keep.MOMENT, 24)])
def test_it_costs_the_same_for_any_number_of_visits(
    staff, admin, keep, statements, count, django_assert_num_queries
):
    service = service_with_form()
    for number in range(count):
        book(staff=staff, service=service, starts_at=START + 48 * HOUR + number * HOUR)

    with django_assert_num_queries(statements):
        time_zone.change_with_visits(keep=keep, time_zone=PARIS, by=admin, now=NOW)


def test_what_is_known_of_a_visit_and_what_is_due_before_it_moves_along(staff, admin):
    booking = book(staff=staff, service=service_with_form())
    attending.note_attending(booking=booking, now=NOW)
    asked = booking.intake_requests.get()
    Booking.objects.update(told_starts_at=START)
    overdue.look(now=START - HOUR)
    confirmation = Message.objects.get(rule="confirmation")

    time_zone.change_with_visits(keep=Keep.CLOCK, time_zone=PARIS, by=admin, now=START - 2 * HOUR)

    moved = Booking.objects.get()
    assert (moved.starts_at, moved.ends_at) == (booking.starts_at - HOUR, booking.ends_at - HOUR)
    assert (moved.told_starts_at, moved.attending_at) == (moved.starts_at, NOW)
    assert moved.version == booking.version + 1
    assert booking.intake_requests.get().due_at == asked.due_at - HOUR
    assert Alert.objects.get(kind="form_overdue").matters_at == moved.starts_at
    in_calendar = Message.objects.get(pk=confirmation.pk).calendar
    assert f"DTSTART:{moved.starts_at:%Y%m%dT%H%M%SZ}" in in_calendar
    entry = AuditEntry.objects.get(action="booking.changed")
    assert entry.changes["starts_at"] == [START.isoformat(), moved.starts_at.isoformat()]


def test_what_waits_says_the_new_time_in_all_its_words(staff, admin):
    booking = book(staff=staff)
    Message.objects.planned().update(
        body=f"Edited: {START:%A %-d %B %Y}, at {START:%H:%M} sharp.", subject=f"At {START:%H:%M}"
    )

    time_zone.change_with_visits(keep=Keep.MOMENT, time_zone=TOKYO, by=admin, now=NOW)

    said = Message.objects.planned().get()
    there = booking.starts_at.astimezone(zoneinfo.ZoneInfo(TOKYO))
    assert said.body == f"Edited: {there:%A %-d %B %Y}, at {there:%H:%M} sharp."
    assert said.subject == f"At {there:%H:%M}"


def test_at_an_hour_that_is_missing_there_one_visit_lies_on_another(staff, admin):
    two = datetime.datetime(2027, 3, 14, 2, tzinfo=datetime.UTC)  # in New York, the clock goes from 2 to 3
    for hour in range(2):
        book(staff=staff, starts_at=two + hour * HOUR)

    time_zone.change_with_visits(keep=Keep.CLOCK, time_zone="America/New_York", by=admin, now=NOW)

    first, second = Booking.objects.order_by("pk")
    assert first.starts_at == second.starts_at
    assert [first.is_overbooked, second.is_overbooked] == [False, True]
    assert second.overrule_reason == time_zone.ALONG


def test_time_off_keeps_its_time_on_the_clock(staff, admin):
    off = TimeOffFactory(staff=staff, starts_at=START, ends_at=START + HOUR)

    time_zone.change_with_visits(keep=Keep.CLOCK, time_zone=PARIS, by=admin, now=NOW)

    off.refresh_from_db()
    assert (off.starts_at, off.ends_at) == (START - HOUR, START)


def test_another_change_of_the_business_leaves_visits_alone(staff, admin):
    booking = book(staff=staff)

    time_zone.change_with_visits(keep=Keep.CLOCK, name="Riverside", by=admin, now=NOW)

    booking.refresh_from_db()
    assert (booking.starts_at, booking.schedule_no) == (START, 1)
    assert Business.objects.current().name == "Riverside"
    assert not AuditEntry.objects.filter(action="business.zone_changed").exists()


@time_machine.travel(NOW, tick=False)
def test_the_page_says_how_many_it_concerns_and_asks(staff, as_admin):
    book(staff=staff, starts_at=START + 48 * HOUR)
    page = reverse("admin:accounts_business_change", args=[Business.objects.current().pk])

    html = as_admin.get(page).content.decode()

    assert "1 visit and " in html
    assert "their time on the clock" in html
    form = {"name": "CareOps", "time_zone": PARIS, "currency": "GBP", "keep": "clock"}
    assert as_admin.post(page, form).status_code == 302
    assert Business.objects.current().time_zone == PARIS
    assert Booking.objects.get().starts_at == START + 47 * HOUR
