import html
from decimal import Decimal

import pytest
import time_machine

from bookings.catalogue import recipes
from bookings.messages import reminding
from bookings.models import Booking
from bookings.tests.factories import BookedFactory
from bookings.tests.messages.test_rules_of_the_clock import set_rule
from bookings.tests.pages import DAY, HOUR, NOW, START, rows
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory
from inventory.tests.factories import ItemFactory
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def words(response) -> str:
    return html.unescape(response.content.decode())


def press(client, booking, action, **values):
    return client.post(f"{booking.get_absolute_url()}{action}/", values, follow=True)


def status_of(booking) -> str:
    booking.refresh_from_db()
    return booking.status


def requested(booking):
    Booking.objects.filter(pk=booking.pk).update(status="requested", request_expires_at=NOW + HOUR)


@pytest.mark.parametrize(
    ("action", "status", "sentence", "can_undo"),
    [
        ("arrive", "arrived", "Arrived: Massage for Ada Lovelace.", True),
        ("complete", "completed", "Completed Massage for Ada Lovelace.", True),
        ("no-show", "no_show", "Marked Massage for Ada Lovelace as a no-show.", True),
        ("cancel", "cancelled", "Cancelled Massage for Ada Lovelace.", False),
    ],
)
def test_an_outcome_is_one_click(action, status, sentence, can_undo, as_staff, booking):
    with time_machine.travel(START + HOUR / 2, tick=False):
        response = press(as_staff, booking, action)

    assert status_of(booking) == status
    assert response.redirect_chain == [(booking.get_absolute_url(), 302)]
    assert sentence in words(response)
    assert ("<button>Undo</button>" in words(response)) is can_undo


def test_undo_in_the_flash_takes_it_back_and_stays_on_the_page(as_staff, booking):
    with time_machine.travel(START + 2 * HOUR, tick=False):
        listed = as_staff.post(
            f"{booking.get_absolute_url()}complete/", {"next": "/bookings/?todo=outcome"}, follow=True
        )
        [message] = listed.context["messages"]
        fields = {"tell": "on", "next": "/bookings/?todo=outcome"}
        assert "/bookings/?todo=outcome" in words(listed)
        undone = as_staff.post(f"{booking.get_absolute_url()}reopen/", fields, follow=True)

    assert message.extra_tags == f"undo:{booking.get_absolute_url()}reopen/?tell=on"
    assert status_of(booking) == "confirmed"
    assert undone.redirect_chain == [("/bookings/?todo=outcome", 302)]
    assert "Massage for Ada Lovelace is confirmed again." in words(undone)


def test_a_cancellation_ahead_can_be_undone_and_nobody_hears_of_it(as_staff, booking):
    Message.objects.filter(rule="confirmation").update(status=Message.Status.SENT)

    assert "<button>Undo</button>" in words(press(as_staff, booking, "cancel", tell="on"))
    press(as_staff, booking, "reopen", tell="on")

    assert status_of(booking) == "confirmed"
    assert [*Message.objects.filter(rule="cancelled").values_list("status", flat=True)] == ["cancelled"]
    assert not Message.objects.filter(rule="moved").exists()


def test_undoing_where_the_time_was_given_away_is_refused(as_staff, staff, booking):
    outcomes.mark_no_show(booking=booking, by=staff, now=START + HOUR)
    BookedFactory(staff=booking.staff, starts_at=START)
    before = rows()

    with time_machine.travel(START + HOUR, tick=False):
        response = press(as_staff, booking, "reopen")

    assert f"{booking.staff} is busy then" in words(response)
    assert rows() == before


def test_undoing_after_a_day_takes_an_admin_and_a_reason(as_staff, as_admin, staff, booking):
    outcomes.complete_booking(booking=booking, by=staff, now=START)

    with time_machine.travel(START + 2 * DAY, tick=False):
        by_staff = press(as_staff, booking, "reopen", reason="Wrong one")
        without_reason = press(as_admin, booking, "reopen")
        assert status_of(booking) == "completed"
        press(as_admin, booking, "reopen", reason="Wrong one")

    for refused in (by_staff, without_reason):
        assert "more than a day ago" in words(refused)
    assert status_of(booking) == "confirmed"


def test_a_request_is_confirmed_by_one_click(as_staff, booking):
    requested(booking)

    response = press(as_staff, booking, "confirm")

    assert status_of(booking) == "confirmed"
    assert "Confirmed Massage for Ada Lovelace." in words(response)


def test_a_request_whose_time_has_gone_by_is_not_confirmed(as_staff, booking):
    requested(booking)
    before = rows()

    with time_machine.travel(START + HOUR, tick=False):
        response = press(as_staff, booking, "confirm")

    assert "The visit would have begun by now." in words(response)
    assert rows() == before


@pytest.mark.parametrize(("values", "status"), [({"tell": "on"}, "queued"), ({}, "skipped")])
def test_a_request_is_declined_and_the_customer_told_if_that_is_ticked(values, status, as_staff, booking):
    requested(booking)

    response = press(as_staff, booking, "decline", reason="Full", **values)

    assert status_of(booking) == "cancelled"
    assert (booking.cancel_cause, booking.cancel_reason) == ("declined", "Full")
    assert Message.objects.get(rule="declined").status == status
    assert "Declined Massage for Ada Lovelace." in words(response)
    assert "<button>Undo</button>" not in words(response)


def test_a_request_that_is_called_off_cannot_become_more_than_a_request(as_staff, booking):
    requested(booking)

    assert "<button>Undo</button>" not in words(press(as_staff, booking, "cancel"))


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("confirm", "This booking is already marked as confirmed."),
        ("decline", "This booking is already marked as confirmed."),
        ("arrive", "The visit is on another day."),
        ("no-show", "Wait until ten minutes after the start."),
        ("reopen", "This booking is already marked as confirmed."),
        ("send-form-reminder", "No form is missing for this booking."),
    ],
)
def test_a_refused_button_says_why_and_changes_nothing(action, sentence, as_staff, booking):
    before = rows()

    response = press(as_staff, booking, action)

    assert sentence in words(response)
    assert rows() == before


def test_completing_early_is_asked_once_more(as_staff, booking):
    before = rows()

    response = press(as_staff, booking, "complete", next="/bookings/")

    assert response.status_code == 409
    assert "The visit has not begun yet." in words(response)
    assert '<input type="hidden" name="next" value="/bookings/">' in words(response)
    assert rows() == before
    press(as_staff, booking, "complete", early="1")
    assert status_of(booking) == "completed"


def test_completing_takes_what_was_really_used(as_staff, staff, booking):
    gloves = ItemFactory(on_hand=10)
    recipes.plan_materials(booking=booking, quantities={gloves.pk: Decimal(2)}, by=staff)

    with time_machine.travel(START, tick=False):
        wrong = press(as_staff, booking, "complete", also_quantity="3", **{f"used_{gloves.pk}": "lots"})
        assert wrong.status_code == 409
        assert 'value="lots"' in words(wrong)
        assert 'value="3"' in words(wrong)
        assert wrong.context["ticked"] == {"follow_up"}
        unticked = press(as_staff, booking, "complete", also_quantity="3", follow_up_asked="yes")
        assert unticked.context["ticked"] == set()
        assert status_of(booking) == "confirmed"
        press(as_staff, booking, "complete", **{f"used_{gloves.pk}": "3"})

    gloves.refresh_from_db()
    assert (gloves.on_hand, gloves.reserved) == (7, 0)


@pytest.mark.parametrize(
    ("action", "rule", "values", "status"),
    [
        ("complete", "thank_you", {}, "planned"),
        ("complete", "thank_you", {"follow_up_asked": "1"}, "skipped"),
        ("no-show", "no_show", {}, "planned"),
        ("no-show", "no_show", {"follow_up_asked": "1"}, "skipped"),
    ],
)
def test_what_follows_can_be_unticked(action, rule, values, status, as_staff, booking):
    set_rule(RuleCode(rule), enabled=True)
    with time_machine.travel(START + HOUR, tick=False):
        press(as_staff, booking, action, **values)

    assert Message.objects.get(rule=rule).status == status


@pytest.mark.parametrize(("values", "status"), [({"tell": "on"}, "planned"), ({}, "skipped")])
def test_cancel_tells_the_contact_if_that_is_ticked(values, status, as_staff, booking):
    press(as_staff, booking, "cancel", reason="Has a cold", **values)

    booking.refresh_from_db()
    assert booking.cancel_reason == "Has a cold"
    assert Message.objects.get(rule="cancelled").status == status


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("cancel", "Not cancelled."),
        ("decline", "Not declined."),
        ("reopen", "Nothing was undone."),
    ],
)
def test_a_reason_that_cannot_be_kept_is_refused(action, sentence, as_staff, booking):
    before = rows()

    response = press(as_staff, booking, action, reason="x" * 201)

    assert sentence in words(response)
    assert rows() == before


def test_the_reason_that_was_chosen_says_whose_wish_it_was(as_staff, booking):
    press(as_staff, booking, "cancel", why="ill", reason="A cold")

    booking.refresh_from_db()
    assert (booking.cancel_cause, booking.cancel_reason) == ("customer", "Ill: A cold")


def test_who_is_here_cannot_be_cancelled_without_a_reason(as_staff, booking):
    with time_machine.travel(START, tick=False):
        press(as_staff, booking, "arrive")
        before = rows()
        refused = press(as_staff, booking, "cancel")
        assert "Say why the visit does not take place." in words(refused)
        assert refused.redirect_chain == [(f"{booking.get_absolute_url()}cancel/ask/", 302)]
        assert rows() == before
        press(as_staff, booking, "cancel", reason="Fell ill")

    assert status_of(booking) == "cancelled"


def test_paid_is_one_click_and_can_be_undone(as_staff, booking):
    response = press(as_staff, booking, "paid")

    booking.refresh_from_db()
    assert booking.paid_at == NOW
    assert "Massage for Ada Lovelace is paid." in words(response)
    assert f'action="{booking.get_absolute_url()}unpaid/"' in words(response)
    press(as_staff, booking, "unpaid")
    booking.refresh_from_db()
    assert booking.paid_at is None


def test_send_reminder_goes_out(as_staff, booking):
    response = press(as_staff, booking, "send-reminder")

    assert "Reminder on its way to Ada Lovelace." in words(response)
    assert Message.objects.get(sent_by__name="Sara Staff").status == Message.Status.QUEUED


def test_send_reminder_to_nobody_says_so(as_staff):
    contact = ContactFactory(name="Bob", email="", phone="0117 ask for Bob")
    booking = BookedFactory(contact=contact, starts_at=START)

    response = press(as_staff, booking, "send-reminder")

    assert "Nothing was sent to Bob. No address to send it to" in words(response)


def test_send_reminder_twice_asks_first(as_staff, staff, booking):
    reminding.send_reminder(booking=booking, by=staff, now=NOW - HOUR / 5)
    before = rows()

    response = press(as_staff, booking, "send-reminder")

    assert response.status_code == 409
    assert "A reminder went to Ada Lovelace 12 minutes ago." in words(response)
    assert rows() == before
    assert "on its way" in words(press(as_staff, booking, "send-reminder", again="1"))


@pytest.mark.parametrize(
    "action",
    [
        "confirm",
        "decline",
        "arrive",
        "no-show",
        "reopen",
        "paid",
        "unpaid",
        "send-reminder",
        "send-form-reminder",
    ],
)
def test_nothing_is_done_by_following_a_link(action, as_staff, booking):
    before = rows()

    response = as_staff.get(f"{booking.get_absolute_url()}{action}/")

    assert response.status_code == 405
    assert rows() == before


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_button_leads_nowhere_else(elsewhere, as_staff, booking):
    response = as_staff.post(f"{booking.get_absolute_url()}send-reminder/", {"next": elsewhere})

    assert response.url == booking.get_absolute_url()
