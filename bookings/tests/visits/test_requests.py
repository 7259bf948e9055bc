"""Bookings on request: what holds the time, who hears of it, and what ends it."""

import pytest

from accounts.models import AuditEntry, subject_key
from alerts.models import Alert
from bookings import refusals
from bookings.models import Booking
from bookings.tests.acts import (
    HOUR,
    MINUTE,
    NOW,
    START,
    book,
    change,
    deliver,
    everything,
    messages,
    said,
    service_with_form,
)
from bookings.tests.factories import ServiceFactory
from bookings.visits import expiry, outcomes
from contacts.models import Contact

pytestmark = pytest.mark.django_db

DAY = 24 * HOUR
Status, Cause = Booking.Status, Booking.Cause


def ask(**values) -> Booking:
    """A request of a customer."""
    values = {"service": ServiceFactory(needs_approval=True), **values}
    return book(source=Booking.Source.ONLINE, **values)


@pytest.fixture
def request_():
    return ask()


def alert_of(booking) -> Alert:
    return Alert.objects.get(kind=Alert.Kind.REQUEST, source_key=subject_key(booking))


def test_a_request_holds_the_time_and_is_received_not_confirmed():
    booking = ask(service=service_with_form(needs_approval=True))

    assert booking.status == Status.REQUESTED
    assert said(booking) == [("requested", "queued")]
    assert not booking.intake_requests.exists()
    assert booking.contact.stage != Contact.Stage.BOOKED
    with pytest.raises(refusals.SlotTaken):
        book(staff=booking.staff)


def test_what_staff_book_of_such_a_service_is_confirmed():
    assert book(service=ServiceFactory(needs_approval=True)).status == Status.CONFIRMED


def test_what_customers_book_of_other_services_is_confirmed_at_once():
    booking = book(source=Booking.Source.ONLINE)

    assert (booking.status, booking.request_expires_at) == (Status.CONFIRMED, None)
    assert said(booking) == [("confirmation", "queued"), ("reminder", "planned")]
    assert messages(booking).first().by_customer


def test_a_request_confirmed_it_is_like_any_other(staff):
    booking = ask(service=service_with_form(needs_approval=True))

    confirmed = outcomes.confirm_booking(booking=booking, by=staff, now=NOW + HOUR)

    assert (confirmed.status, confirmed.request_expires_at) == (Status.CONFIRMED, None)
    assert ("confirmation", "queued") in said(booking)
    assert ("reminder", "planned") in said(booking)
    assert booking.intake_requests.count() == 1
    booking.contact.refresh_from_db()
    assert booking.contact.stage == Contact.Stage.BOOKED


def test_a_request_confirmed_at_once_the_confirmation_says_it_all(request_, staff):
    outcomes.confirm_booking(booking=request_, by=staff, now=NOW)

    assert said(request_)[:2] == [("requested", "cancelled"), ("confirmation", "queued")]


def test_a_request_confirmed_without_telling_says_who_chose_it(request_, staff):
    outcomes.confirm_booking(booking=request_, tell=False, by=staff, now=NOW)

    row = messages(request_).get(rule="confirmation")
    assert (row.status, row.reason) == ("skipped", "Sara Staff chose not to send it.")


def test_a_request_declined_it_says_so_and_gives_the_time_back(request_, staff):
    deliver(request_)

    off = outcomes.cancel_booking(booking=request_, cause=Cause.DECLINED, by=staff, now=NOW)

    assert (off.status, off.cancel_cause, off.cancelled_late) == (Status.CANCELLED, Cause.DECLINED, False)
    assert said(request_) == [("requested", "sent"), ("declined", "queued")]
    assert book(staff=request_.staff).pk


def test_called_off_by_us_a_request_is_declined(request_, staff):
    off = outcomes.cancel_booking(booking=request_, by=staff, now=NOW)

    assert off.cancel_cause == Cause.DECLINED


def test_a_request_that_is_moved_stays_one(request_, staff):
    deliver(request_)

    moved = change(request_, starts_at=START + DAY, by=staff)

    assert moved.status == Status.REQUESTED
    assert said(moved) == [("requested", "sent"), ("requested", "queued")]
    quiet = change(moved, starts_at=START + 2 * DAY, tell=False, by=staff)
    assert messages(quiet).last().reason == "Sara Staff chose not to send it."


def test_a_request_that_is_moved_asks_for_no_forms_yet_and_its_alert_goes_along(request_, staff):
    moved = change(request_, service=service_with_form(), starts_at=START + DAY, by=staff)

    assert moved.status == Status.REQUESTED
    assert not moved.intake_requests.exists()
    assert alert_of(moved).title == f"To confirm: {moved}"
    assert f"{START + DAY:%A %-d %B}" in alert_of(moved).detail
    confirmed = outcomes.confirm_booking(booking=moved, by=staff, now=NOW)
    assert confirmed.intake_requests.count() == 1


@pytest.mark.parametrize(
    ("start", "expires"),
    [(NOW + 4 * DAY, NOW + DAY), (NOW + 10 * HOUR, NOW + 8 * HOUR), (NOW + HOUR, NOW + HOUR)],
    ids=["after a day", "when customers could book it no more", "where they cannot, the visit itself"],
)
def test_when_a_request_runs_out(start, expires):
    assert ask(starts_at=start).request_expires_at == expires


def test_a_request_that_is_moved_closer_runs_out_sooner_and_moved_away_no_later(request_, staff):
    closer = change(request_, starts_at=NOW + 10 * HOUR, by=staff)
    assert closer.request_expires_at == NOW + 8 * HOUR

    too_close = change(closer, starts_at=NOW + HOUR, by=staff)
    assert too_close.request_expires_at == NOW + HOUR

    further = change(too_close, starts_at=NOW + 9 * DAY, by=staff, now=NOW + HOUR)
    assert further.request_expires_at == NOW + DAY


def test_an_alert_about_a_request_asks_for_an_answer_at_once(request_):
    alert = alert_of(request_)

    assert alert.title == f"To confirm: {request_}"
    assert alert.url == request_.get_absolute_url()
    assert alert.detail.endswith("The request runs out on Saturday 21 November, 14:30.")


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (lambda **who: outcomes.confirm_booking(**who), "The booking was marked as confirmed."),
        (
            lambda **who: outcomes.cancel_booking(cause=Cause.DECLINED, **who),
            "The booking was marked as cancelled.",
        ),
        (
            lambda **who: outcomes.cancel_booking(cause=Cause.CUSTOMER, **who | {"by": None}),
            "The booking was marked as cancelled.",
        ),
    ],
    ids=["confirm", "decline", "customer cancels"],
)
def test_an_answer_to_a_request_resolves_the_alert(request_, end, why, staff):
    end(booking=request_, by=staff, now=NOW)

    alert = alert_of(request_)
    assert (alert.status, alert.settled_why) == (Alert.Status.RESOLVED, why)


def test_nobody_answers_and_both_sides_hear_of_it(request_):
    deliver(request_)
    expiry.expire_requests(now=NOW + DAY - MINUTE)
    assert Booking.objects.get().status == Status.REQUESTED

    assert expiry.expire_requests(now=NOW + DAY) == 1

    request_.refresh_from_db()
    assert (request_.status, request_.cancel_cause) == (Status.CANCELLED, Cause.EXPIRED)
    assert said(request_) == [("requested", "sent"), ("declined", "queued")]
    alert = alert_of(request_)
    assert (alert.status, alert.settled_why) == (Alert.Status.RESOLVED, "Nobody answered in time.")
    entry = AuditEntry.objects.about(request_).first()
    assert (entry.action, entry.actor) == ("booking.expire", "rule")
    assert expiry.expire_requests(now=NOW + DAY) == 0


def test_a_request_that_cannot_be_ended_keeps_no_other_from_it(request_, caplog):
    broken = ask()
    Booking.objects.filter(pk=broken.pk).update(request_expires_at=NOW)  # so it comes first
    broken.contact.conversation.delete()

    expiry.expire_requests(now=NOW + DAY)

    request_.refresh_from_db()
    assert request_.status == Status.CANCELLED
    assert "a request could not be ended" in caplog.text


def test_confirming_refuses_once_the_visit_would_have_begun(request_, staff):
    before = everything()

    with pytest.raises(refusals.TransitionRefused, match="would have begun"):
        outcomes.confirm_booking(booking=request_, by=staff, now=START)

    assert everything() == before


def test_confirming_refuses_what_somebody_who_has_left_would_do(request_, staff):
    type(staff).objects.filter(pk=request_.staff_id).update(is_active=False)
    before = everything()

    with pytest.raises(refusals.TransitionRefused, match="does not work here any more"):
        outcomes.confirm_booking(booking=request_, by=staff, now=NOW)

    assert everything() == before
