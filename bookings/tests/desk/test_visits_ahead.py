"""Somebody is switched off who has visits ahead: their page says so, and leads to them."""

import datetime

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from bookings.tests.factories import BookingFactory
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def priya():
    return UserFactory(name="Priya")


def promise(person, name, hours, **values):
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + hours * HOUR
    return BookingFactory(staff=person, contact=ContactFactory(name=name), starts_at=start, **values)


def test_whoever_is_switched_off_is_asked_about_their_visits(as_admin, priya):
    ahead = promise(priya, "Ada", 30)
    promise(priya, "Ben Requested", 50, status="requested")
    promise(priya, "Cleo Cancelled", 60, status="cancelled")
    promise(UserFactory(), "Dan Elsewhere", 30)
    before = as_admin.get(priya.get_absolute_url()).content.decode()

    page = as_admin.post(priya.get_absolute_url(), {"name": "Priya", "role": "Staff"}, follow=True)

    html = page.content.decode()
    assert "Switched off or without bookings, Priya keeps them" in before
    assert "Priya does not work here any more." in html
    assert f'href="{ahead.get_absolute_url()}"' in html
    assert "2 visits ahead" in html
    assert "Ben Requested" in html
    assert "Cleo" not in html
    assert "Dan" not in html
    listed = as_admin.get(f"/bookings/?staff={priya.pk}")
    assert f"/bookings/?staff={priya.pk}" in html
    assert {booking.contact.name for booking in listed.context["page_obj"]} == {"Ada", "Ben Requested"} | {
        "Cleo Cancelled"
    }


def test_whoever_takes_no_bookings_any_more_is_asked_about_their_visits(as_admin, priya):
    ahead = promise(priya, "Ada", 30)
    typed = {"name": "Priya", "role": "Staff", "is_active": "on"}

    page = as_admin.post(priya.get_absolute_url(), typed, follow=True)

    html = page.content.decode()
    assert page.redirect_chain == [(priya.get_absolute_url(), 302)]
    assert "Priya does not take bookings any more." in html
    assert "1 visit ahead" in html
    assert f'href="{ahead.get_absolute_url()}"' in html
    ahead.refresh_from_db()
    assert (ahead.staff, ahead.is_confirmed) == (priya, True)


def test_whoever_takes_no_bookings_any_more_themselves_is_asked_too(as_admin, admin):
    promise(admin, "Ada", 30)
    typed = {"name": admin.name, "role": "Admin", "is_active": "on"}

    page = as_admin.post(admin.get_absolute_url(), typed, follow=True)

    assert "does not take bookings any more" in page.content.decode()


def test_whoever_has_promised_nothing_is_switched_off_without_a_word(as_admin, priya):
    promise(priya, "Ada", -30)

    page = as_admin.post(priya.get_absolute_url(), {"name": "Priya", "role": "Staff"}, follow=True)

    assert "Saved Priya." in page.content.decode()
    assert "ahead" not in page.content.decode()
