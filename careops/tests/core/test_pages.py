"""Who follows an address ends on a page."""

import pytest
from django.urls import reverse

from bookings.tests.factories import BookingFactory
from careops.core.pages import is_page, page_of


def test_what_only_a_form_is_sent_to_is_no_page():
    assert is_page("/contacts/")
    assert is_page("/accounts/login/")
    assert is_page("/bookings/7/")
    assert not is_page("/bookings/7/confirm/")
    assert not is_page("/nowhere/")


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/bookings/7/confirm/", "/bookings/7/"),
        ("/bookings/7/", "/bookings/7/"),
        ("/messages/outbox/3/retry/", "/messages/outbox/3/"),
        ("/contacts/3/nowhere/at/all/", "/contacts/3/"),
        ("/nowhere/", "/"),
    ],
)
def test_the_page_of_an_address_is_the_nearest_above_it(path, page):
    assert page_of(path) == page


def test_opening_what_only_takes_a_form_leads_to_its_page_and_does_nothing(as_staff, db):
    booking = BookingFactory()

    response = as_staff.get(f"/bookings/{booking.pk}/cancel/")

    booking.refresh_from_db()
    assert (response.status_code, booking.status) == (405, "confirmed")
    assert f'href="/bookings/{booking.pk}/"' in response.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_signing_in_again_leads_to_a_page(client, db, method):
    response = getattr(client, method)("/bookings/7/cancel/")

    assert response.url == f"{reverse('account_login')}?next=/bookings/7/"


def test_signing_in_leads_back_to_where_somebody_was(client, db):
    assert client.get("/contacts/?q=ada").url == f"{reverse('account_login')}?next=/contacts/%3Fq%3Dada"
