"""The business moves to another time zone."""

import datetime
import zoneinfo

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEntry, Business
from bookings.models import Booking
from bookings.tests.acts import NOW, START, book
from bookings.tests.factories import TimeOffFactory
from bookings.visits import time_zone
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
