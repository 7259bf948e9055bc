"""The pages that ask before a visit is called off or closed."""

import html

import pytest
import time_machine

from bookings.models import Booking
from bookings.tests.pages import HOUR, NOW, START, rows
from bookings.visits import outcomes
from messaging.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def booking(booking):
    Message.objects.filter(rule="confirmation").update(status=Message.Status.SENT)
    return booking


def words(response) -> str:
    """The page, however its lines are broken."""
    return " ".join(html.unescape(response.content.decode()).split())


def test_cancelling_asks_why_and_says_what_follows(as_staff, booking):
    before = rows()

    page = words(as_staff.get(f"/bookings/{booking.pk}/cancel/ask/"))

    assert "They are ill" in page
    assert "Cancellation notice in 3 minutes, by email to ada@client.example." in page
    assert 'name="tell" id="tick-tell" checked' in page
    assert rows() == before


@pytest.mark.parametrize(
    ("typed", "cause", "reason"),
    [
        ({"why": "ill"}, "customer", "Ill"),
        ({"why": "plans", "reason": "New job"}, "customer", "Changed plans: New job"),
        ({"why": "theirs", "reason": "Moved away"}, "customer", "Moved away"),
        ({"why": "theirs", "reason": "Moved\0 away"}, "customer", "Moved away"),
        ({"why": "ours"}, "business", ""),
        ({"why": "ours", "reason": "Burst pipe"}, "business", "Burst pipe"),
        ({}, "business", ""),
    ],
)
def test_the_reason_tells_whose_wish_it_was(typed, cause, reason, as_staff, booking):
    as_staff.post(f"/bookings/{booking.pk}/cancel/", typed)

    booking.refresh_from_db()
    assert (booking.status, booking.cancel_cause, booking.cancel_reason) == ("cancelled", cause, reason)


@pytest.mark.parametrize("typed", [{"why": "bored"}, {"reason": "x" * 500}])
def test_a_reason_that_is_none_changes_nothing(typed, as_staff, booking):
    before = rows()

    response = as_staff.post(f"/bookings/{booking.pk}/cancel/", typed, follow=True)

    assert "Not cancelled." in words(response)
    assert rows() == before


@pytest.mark.parametrize(("boxes", "status"), [({"tell": "on"}, "planned"), ({}, "skipped")])
def test_the_notice_can_be_unticked(boxes, status, as_staff, booking):
    as_staff.post(f"/bookings/{booking.pk}/cancel/", {"why": "ill", "tell_asked": "yes", **boxes})

    assert Message.objects.get(rule="cancelled").status == status


def test_completing_says_what_follows_and_may_be_early(as_staff, booking):
    before = rows()

    page = words(as_staff.get(f"/bookings/{booking.pk}/complete/ask/"))

    assert "It has not begun yet." in page
    assert 'name="early" value="1"' in page
    assert rows() == before


def test_a_visit_is_completed_without_the_thank_you(as_staff, booking):
    with time_machine.travel(START + HOUR, tick=False):
        as_staff.post(f"/bookings/{booking.pk}/complete/", {"follow_up_asked": "yes"})

    booking.refresh_from_db()
    assert booking.status == Booking.Status.COMPLETED
    assert Message.objects.get(rule="thank_you").reason_code == "unchecked"


def test_a_no_show_says_what_follows(as_staff, booking):
    with time_machine.travel(START + HOUR, tick=False):
        page = words(as_staff.get(f"/bookings/{booking.pk}/no-show/ask/"))

    assert "They did not come?" in page
    assert "What follows" in page


@pytest.mark.parametrize("page", ["cancel", "complete", "no-show"])
def test_what_cannot_be_done_is_said_on_the_page_of_the_booking(page, as_staff, staff, booking):
    outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    before = rows()

    response = as_staff.get(f"/bookings/{booking.pk}/{page}/ask/", follow=True)

    assert response.redirect_chain == [(booking.get_absolute_url(), 302)]
    assert "already marked as cancelled" in words(response)
    assert rows() == before


@pytest.mark.parametrize("page", ["cancel", "complete", "no-show"])
def test_nothing_to_end_is_not_found(page, as_staff):
    assert as_staff.get(f"/bookings/999/{page}/ask/").status_code == 404
