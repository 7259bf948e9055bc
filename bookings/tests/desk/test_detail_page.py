import html

import pytest
import time_machine
from django.utils.html import strip_tags

from accounts.tests.factories import UserFactory
from bookings.messages import links, reminding
from bookings.models import Booking
from bookings.tests.pages import DAY, HOUR, NOW, START
from bookings.visits import moving, outcomes, undoing
from messaging.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def page(client, booking) -> str:
    """What the page of a booking says, with entities resolved."""
    return html.unescape(client.get(booking.get_absolute_url()).content.decode())


def now(booking, **values):
    """The booking as if that had happened to it."""
    Booking.objects.filter(pk=booking.pk).update(**values)


def change(booking, **values):
    kept = {name: getattr(booking, name) for name in ("service", "staff", "starts_at", "notes")}
    return moving.change_booking(booking=booking, now=NOW, **kept | values)


def test_detail_costs_the_same_however_much_happened(as_staff, booking, django_assert_num_queries):
    url = booking.get_absolute_url()
    with django_assert_num_queries(14):
        as_staff.get(url)
    for hour in range(1, 6):
        booking = change(booking, staff=UserFactory(), starts_at=START + hour * HOUR, by=UserFactory())
        reminding.send_reminder(booking=booking, by=UserFactory(), again=True, now=NOW)

    with django_assert_num_queries(14):
        as_staff.get(url)


def test_detail_answers_whether_she_got_the_reminder(as_staff, staff, booking):
    reminding.send_reminder(booking=booking, by=staff, now=NOW)
    Message.objects.filter(sent_by=staff).update(
        status=Message.Status.FAILED, reason="The provider said: no."
    )

    shown = page(as_staff, booking)

    assert "Reminder, asked for by Sara Staff" in " ".join(shown.split())
    assert "The provider said: no." in shown
    assert "for Wed 25 Nov, 14:30" in " ".join(strip_tags(shown).split())


def test_detail_tells_the_history_in_words(as_staff, staff, booking):
    moved = change(booking, staff=staff, starts_at=START + HOUR, by=staff)
    moving.change_booking(
        booking=moved,
        service=moved.service,
        staff=staff,
        starts_at=moved.starts_at,
        notes="Knee",
        by=staff,
        now=NOW,
    )
    outcomes.cancel_booking(booking=moved, reason="Has a cold", by=staff, now=NOW)
    undoing.reopen_booking(booking=moved, by=staff, now=NOW)

    shown = page(as_staff, booking)

    assert "Moved by Sara Staff" in shown
    assert "From Thu 26 Nov, 14:30 to Thu 26 Nov, 15:30" in strip_tags(shown)
    assert f"From {booking.staff} to Sara Staff" in shown
    assert "Changed the notes by Sara Staff" in shown
    assert "Cancelled by Sara Staff" in shown
    assert "Has a cold" in shown
    assert "Back to confirmed by Sara Staff" in shown
    assert "Booked by automation" in shown


def test_history_tells_the_customer_from_automation(as_staff, booking):
    outcomes.cancel_booking(booking=booking, cause=Booking.Cause.CUSTOMER, by=None, now=NOW)

    assert "Cancelled by the customer" in page(as_staff, booking)


@pytest.mark.parametrize(
    ("hours", "status", "offered"),
    [
        (0, "requested", {"confirm", "decline", "cancel"}),
        (0, "confirmed", {"send-reminder", "cancel"}),
        (50, "confirmed", {"arrive", "send-reminder", "cancel"}),
        (51, "confirmed", {"arrive", "complete", "no-show", "cancel"}),
        (52, "confirmed", {"complete", "no-show", "cancel"}),
        (50, "arrived", {"complete", "reopen", "cancel"}),
        (51, "arrived", {"complete", "reopen", "cancel"}),
        (51, "completed", {"reopen"}),
        (51, "no_show", {"arrive", "complete", "reopen"}),
        (51, "cancelled", set()),
        (0, "cancelled", {"reopen"}),
    ],
)
def test_detail_offers_what_can_be_done_now(hours, status, offered, as_staff, booking):
    now(booking, status=status, status_since=NOW + hours * HOUR, arrived_at=NOW + hours * HOUR)

    with time_machine.travel(NOW + hours * HOUR, tick=False):
        shown = page(as_staff, booking)

    actions = {"confirm", "decline", "arrive", "complete", "no-show", "reopen", "cancel", "send-reminder"}
    assert {action for action in actions if f"{booking.get_absolute_url()}{action}/" in shown} == offered


def test_undoing_after_a_day_is_for_admins_and_asks_why(as_staff, as_admin, booking):
    now(booking, status="completed", status_since=NOW - DAY)

    assert f"{booking.get_absolute_url()}reopen/" not in page(as_staff, booking)
    shown = page(as_admin, booking)
    assert f"{booking.get_absolute_url()}reopen/" in shown
    assert "Why, after more than a day?" in shown


def test_a_request_says_until_when_it_is_held(as_staff, booking):
    now(booking, status="requested", request_expires_at=NOW + HOUR)

    shown = page(as_staff, booking)

    assert "Ada Lovelace asks for this time" in shown
    assert "until Tue 24 Nov, 13:00" in strip_tags(shown)


def test_who_has_arrived_waits_in_minutes(as_staff, booking):
    now(booking, status="arrived", arrived_at=NOW - HOUR / 5)

    assert "Here for 12 min" in page(as_staff, booking)


def test_what_the_customer_said_is_shown(as_staff, booking):
    assert "They have not said yet" in page(as_staff, booking)
    now(booking, attending_at=NOW, here_at=NOW, customer_wrote="My left <knee>")

    shown = page(as_staff, booking)

    assert "said Tue 24 Nov, 12:00" in strip_tags(shown)
    assert "let us know at 12:00 that they are here" in strip_tags(shown)
    assert "My left <knee>" in shown
    assert "My left &lt;knee&gt;" in as_staff.get(booking.get_absolute_url()).content.decode()


def test_the_facts_of_a_booking_are_shown(as_staff, booking):
    now(booking, price="45.50", source="online", notes="Inner", notes_for_customer="Outer")

    shown = page(as_staff, booking)

    for words in ["£45.50", "Mark as paid", "online by the customer", "Inner", "Outer", "At our place"]:
        assert words in shown


def test_what_is_paid_says_so(as_staff, booking):
    now(booking, price="45.50", paid_at=NOW)

    shown = page(as_staff, booking)

    assert "Paid Tue 24 Nov, 12:00" in strip_tags(shown)
    assert f"{booking.get_absolute_url()}unpaid/" in shown


def test_a_cancellation_says_whose_and_why(as_staff, booking):
    now(booking, status="cancelled", cancel_cause="customer", cancel_reason="Has a cold", cancelled_late=True)

    shown = page(as_staff, booking)

    for words in ["Called off by the customer", "later than the service allows", "Has a cold"]:
        assert words in shown


def test_what_lies_too_close_says_why(as_staff, booking):
    now(booking, overrule_reason="She begged", is_overbooked=True)

    assert "On top of another visit, on purpose: She begged" in " ".join(page(as_staff, booking).split())


def test_the_link_of_the_customer_can_be_copied(as_staff, booking):
    assert f'value="{links.visit_url(booking)}"' in page(as_staff, booking)


def test_detail_of_nothing_is_not_found(as_staff):
    assert as_staff.get("/bookings/999/").status_code == 404
    assert as_staff.get(f"/bookings/{'9' * 40}/").status_code == 404
