"""The visits of one person in a calendar of their own."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from accounts.models import AuditEntry
from accounts.roles import STAFF
from accounts.services import change_user
from bookings.models import Booking, CalendarFeed
from bookings.online import linking
from bookings.tests.acts import HOUR, NOW, START, book
from bookings.tests.factories import ServiceFactory
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def entries(client, feed) -> list:
    response = client.get(reverse("calendar_feed", args=[feed.secret]))
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content).walk("VEVENT")


def test_the_feed_lists_the_visits_of_its_person_and_of_nobody_else(client, staff, admin):
    feed = linking.renew_feed(staff=staff)
    mine = book(
        staff=staff, contact=ContactFactory(name="Ada Lovelace"), service=ServiceFactory(name="Massage")
    )
    book(staff=admin)

    [event] = entries(client, feed)

    assert event["UID"] == f"{mine.key}@careops"
    assert event["SUMMARY"] == "Ada Lovelace: Massage"
    assert event["DTSTART"].dt == START


def test_the_feed_of_somebody_who_may_see_no_bookings_any_more_is_not_there(client, staff):
    feed = linking.renew_feed(staff=staff)
    book(staff=staff)
    staff.groups.clear()

    response = client.get(reverse("calendar_feed", args=[feed.secret]))

    assert response.status_code == 404
    assert CalendarFeed.objects.get() == feed


def test_the_feed_says_what_is_only_requested_and_leaves_out_what_is_off(client, staff):
    feed = linking.renew_feed(staff=staff)
    book(staff=staff, service=ServiceFactory(needs_approval=True), source=Booking.Source.ONLINE)
    off = book(staff=staff, starts_at=START + HOUR)
    outcomes.cancel_booking(booking=off, by=staff, now=NOW)

    [event] = entries(client, feed)

    assert event["STATUS"] == "TENTATIVE"
    assert event["DESCRIPTION"].startswith("Requested\n")


def test_the_feed_reaches_from_thirty_days_ago_to_a_hundred_and_eighty_ahead(client, staff):
    feed = linking.renew_feed(staff=staff)
    for days in [-31, -29, 179, 181]:
        book(staff=staff, starts_at=NOW + days * DAY)

    starts = [event["DTSTART"].dt for event in entries(client, feed)]

    assert starts == [NOW - 29 * DAY, NOW + 179 * DAY]


@pytest.mark.parametrize("count", [1, 3])
def test_the_feed_takes_as_many_statements_for_one_visit_as_for_many(client, staff, count):
    feed = linking.renew_feed(staff=staff)
    for number in range(count):
        book(staff=staff, starts_at=START + number * DAY)
    url = reverse("calendar_feed", args=[feed.secret])

    with CaptureQueriesContext(connection) as queries:
        client.get(url)

    assert (
        len([query for query in queries if ' "bookings_' in query["sql"]]) == 2
    )  # the address and the visits


def test_reading_the_feed_changes_nothing(client, staff):
    feed = linking.renew_feed(staff=staff)
    before = [*CalendarFeed.objects.values(), *AuditEntry.objects.values()]

    for ask in (client.get, client.head):
        assert ask(reverse("calendar_feed", args=[feed.secret])).status_code == 200

    assert [*CalendarFeed.objects.values(), *AuditEntry.objects.values()] == before


def test_a_wrong_secret_finds_nothing(client, staff):
    feed = linking.renew_feed(staff=staff)

    for wrong in [feed.secret[:-1], feed.secret + "x", "x", feed.secret.swapcase()]:
        assert client.get(reverse("calendar_feed", args=[wrong])).status_code == 404


def test_the_feed_of_somebody_who_left_is_gone(client, staff):
    feed = linking.renew_feed(staff=staff)
    type(staff).objects.filter(pk=staff.pk).update(is_active=False)

    assert client.get(reverse("calendar_feed", args=[feed.secret])).status_code == 404


def test_an_old_address_stays_dead_when_somebody_comes_back(client, as_staff, staff, admin):
    as_it_was = {"name": staff.name, "role": STAFF, "by": admin}
    with time_machine.travel(NOW, tick=False) as clock:
        feed = linking.renew_feed(staff=staff)
        clock.shift(DAY)
        change_user(user=staff, is_active=False, **as_it_was)
        change_user(user=staff, is_active=True, **as_it_was)
        assert client.get(reverse("calendar_feed", args=[feed.secret])).status_code == 404

        staff.refresh_from_db()
        as_staff.force_login(staff, backend="accounts.backends.RoleBackend")
        assert "You have none yet" in as_staff.get(reverse("bookings:feed")).content.decode()
        clock.shift(DAY)
        as_staff.post(reverse("bookings:feed"))
        new = CalendarFeed.objects.get()
        assert client.get(reverse("calendar_feed", args=[feed.secret])).status_code == 404
        assert client.get(reverse("calendar_feed", args=[new.secret])).status_code == 200


def test_a_new_address_makes_the_old_one_useless(client, as_staff, staff):
    as_staff.post(reverse("bookings:feed"))
    old = CalendarFeed.objects.get()

    response = as_staff.post(reverse("bookings:feed"), follow=True)

    new = CalendarFeed.objects.get()
    assert "The old address works no more." in response.content.decode()
    assert client.get(reverse("calendar_feed", args=[old.secret])).status_code == 404
    assert client.get(reverse("calendar_feed", args=[new.secret])).status_code == 200


def test_an_address_can_be_taken_away(client, as_staff, staff):
    feed = linking.renew_feed(staff=staff)

    as_staff.post(reverse("bookings:feed_end"))

    assert not CalendarFeed.objects.exists()
    assert client.get(reverse("calendar_feed", args=[feed.secret])).status_code == 404
    as_staff.post(reverse("bookings:feed_end"))
    actions = AuditEntry.objects.filter(action__startswith="calendar_feed").values_list("action", flat=True)
    assert sorted(actions) == ["calendar_feed.ended", "calendar_feed.renewed"]


def test_the_page_shows_ones_own_address_only(as_staff, staff, admin):
    linking.renew_feed(staff=admin)
    page = as_staff.get(reverse("bookings:feed")).content.decode()
    assert "You have none yet" in page

    feed = linking.renew_feed(staff=staff)
    page = as_staff.get(reverse("bookings:feed")).content.decode()

    assert reverse("calendar_feed", args=[feed.secret]) in page
    assert 'href="webcal://' in page


def test_nobody_reads_the_secret_in_the_audit_trail(staff):
    feed = linking.renew_feed(staff=staff)

    assert feed.secret not in str([*AuditEntry.objects.values()])
