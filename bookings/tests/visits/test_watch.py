"""An alert where a form is overdue, an outcome is missing, or a request waits."""

import threading

import pytest
import time_machine
from django.db import connection

from accounts.models import Business, subject_key
from accounts.tests.factories import UserFactory
from alerts import services as alerts
from alerts.models import Alert
from bookings import tasks
from bookings.intake import overdue
from bookings.models import Booking
from bookings.tests.acts import HOUR, MINUTE, NOW, START, book, change, service_with_form
from bookings.tests.factories import ServiceFactory
from bookings.visits import outcomes, undoing, watch

pytestmark = pytest.mark.django_db

DAY = 24 * HOUR


def alert_of(booking, kind) -> Alert | None:
    return Alert.objects.filter(kind=kind, source_key=subject_key(booking)).order_by("-pk").first()


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (outcomes.cancel_booking, "The booking was marked as cancelled."),
        (outcomes.complete_booking, "The booking was marked as completed."),
    ],
)
def test_the_end_of_a_visit_resolves_the_alert_about_its_form(act, why, staff):
    booking = book(service=service_with_form())
    overdue.look(now=START - HOUR)

    act(booking=booking, by=staff, now=START)

    alert = Alert.objects.get(kind=Alert.Kind.FORM_OVERDUE)
    assert (alert.status, alert.settled_why) == (Alert.Status.RESOLVED, why)


def test_the_alert_about_a_form_resolves_when_the_visit_is_moved_further_away(staff):
    booking = book(service=service_with_form())
    overdue.look(now=START - HOUR)

    change(booking, starts_at=START + 3 * DAY, by=staff, now=START - HOUR)

    assert Alert.objects.get().status == Alert.Status.RESOLVED


def test_outcome_missing_a_quarter_of_an_hour_after_the_end(staff):
    booking = book()

    watch.look(now=START + HOUR + 15 * MINUTE)
    assert not Alert.objects.exists()
    watch.look(now=START + HOUR + 16 * MINUTE)

    alert = Alert.objects.get()
    assert (alert.kind, alert.title) == (Alert.Kind.OUTCOME_MISSING, f"How did it go? {booking}")
    assert alert.matters_at == START
    outcomes.mark_no_show(booking=booking, by=staff, now=START + 2 * HOUR)
    alert.refresh_from_db()
    assert (alert.status, alert.settled_why) == ("resolved", "The booking was marked as no-show.")


def test_outcome_missing_of_somebody_who_is_here_as_well(staff):
    booking = book()
    outcomes.arrive_booking(booking=booking, by=staff, now=START)

    watch.look(now=START + HOUR + 16 * MINUTE)

    assert alert_of(booking, Alert.Kind.OUTCOME_MISSING).is_open


def test_the_alert_about_a_request_says_when_the_visit_is_and_follows_it(staff):
    booking = book(service=ServiceFactory(needs_approval=True), source=Booking.Source.ONLINE)
    first = Alert.objects.get().matters_at

    change(booking, starts_at=START + 3 * HOUR, by=staff, now=START - HOUR)

    assert (first, Alert.objects.get().matters_at) == (START, START + 3 * HOUR)


def test_the_clock_raises_the_alert_of_a_request_that_has_none():
    booking = book(service=ServiceFactory(needs_approval=True), source=Booking.Source.ONLINE)
    Alert.objects.all().delete()

    watch.look(now=NOW)

    assert alert_of(booking, Alert.Kind.REQUEST).is_open


def test_the_alert_about_an_outcome_comes_back_with_an_undo(staff):
    booking = book()
    done = outcomes.complete_booking(booking=booking, by=staff, now=START + HOUR)
    undoing.reopen_booking(booking=done, by=staff, now=START + HOUR)

    watch.look(now=START + 2 * HOUR)

    assert alert_of(booking, Alert.Kind.OUTCOME_MISSING).is_open


def test_looking_twice_says_nothing_new_and_a_dismissed_alert_stays_silent(staff):
    book()
    watch.look(now=START + 2 * HOUR)
    alerts.dismiss_alert(alert=Alert.objects.get(), by=staff)

    watch.look(now=START + 3 * HOUR)
    tasks.look(timestamp=0)

    alert = Alert.objects.get()
    assert (alert.status, alert.count) == (Alert.Status.DISMISSED, 1)


def test_trouble_with_forms_keeps_nobody_from_looking_after_visits(monkeypatch, caplog):
    def fail(**_):
        raise ValueError("broken")

    book()
    monkeypatch.setattr(overdue, "_expire", fail)
    with time_machine.travel(START + 2 * HOUR, tick=False):
        tasks.look(timestamp=0)

    assert Alert.objects.filter(kind=Alert.Kind.OUTCOME_MISSING).exists()
    assert [record.step for record in caplog.records] == ["bookings.intake.overdue.look"]


@pytest.mark.django_db(transaction=True)
def test_looking_in_parallel_raises_each_alert_once():
    Business.objects.current()
    service, staff = ServiceFactory(), UserFactory()
    for number in range(6):
        book(service=service, staff=staff, starts_at=START + number * HOUR)
    together = threading.Barrier(4)

    def look():
        together.wait()
        watch.look(now=START + 10 * HOUR)
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [alert.count for alert in Alert.objects.filter(kind=Alert.Kind.OUTCOME_MISSING)] == [1] * 6
