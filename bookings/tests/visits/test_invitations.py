"""Calendars answer invitations: who accepts is coming, who declines is asked; the visit stands either way."""

import datetime

import pytest

from alerts.models import Alert
from bookings.tests.acts import NOW, START
from bookings.tests.factories import BookingFactory
from bookings.visits import invitations, watch
from messaging.inbound import events
from messaging.inbound.events import CalendarReply
from messaging.models import WebhookEvent
from messaging.words.rules import Channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    return BookingFactory(starts_at=START, now=NOW)


def answer(booking, *answers, uid=None, now=NOW):
    for number, said in enumerate(answers):
        told = CalendarReply(uid=uid or f"{booking.key}@careops", answer=said)
        events.store(Channel.EMAIL, (f"{said}-{number}", told), now=now)
    invitations.read_answers(now=now)
    booking.refresh_from_db()


def open_alerts():
    return list(Alert.objects.filter(kind=Alert.Kind.DECLINED, cause_ended_at=None))


def test_who_accepts_is_coming(booking):
    answer(booking, "accepted")

    assert (booking.attending_at, booking.declined_at, open_alerts()) == (NOW, None, [])
    assert not WebhookEvent.objects.filter(processed_at=None).exists()


def test_who_declines_raises_one_alert_that_leads_to_the_visit_which_stands(booking):
    answer(booking, "declined", "declined")

    (alert,) = open_alerts()
    assert (booking.status, booking.declined_at) == ("confirmed", NOW)
    assert alert.url == booking.get_absolute_url()


def test_who_accepts_after_all_settles_the_alert(booking):
    answer(booking, "declined", "accepted")

    assert (booking.attending_at, booking.declined_at, open_alerts()) == (NOW, None, [])


def test_the_alert_ends_with_the_visit(booking):
    answer(booking, "declined")

    watch.look(now=START + datetime.timedelta(minutes=1))

    assert open_alerts() == []


@pytest.mark.parametrize(
    ("said", "uid", "now"),
    [("tentative", None, NOW), ("accepted", "somebody-elses@calendar", NOW), ("declined", None, START)],
)
def test_what_means_nothing_changes_nothing(booking, said, uid, now):
    answer(booking, said, uid=uid, now=now)

    assert (booking.attending_at, booking.declined_at, open_alerts()) == (None, None, [])
    assert not WebhookEvent.objects.filter(processed_at=None).exists()


def test_an_answer_that_cannot_be_read_keeps_no_other_from_it(booking, monkeypatch, caplog):
    def fail(**_):
        raise ValueError("broken")

    monkeypatch.setitem(invitations.NOTES, "accepted", fail)
    answer(booking, "accepted", "declined")

    assert (booking.attending_at, booking.declined_at) == (None, NOW)
    assert WebhookEvent.objects.filter(processed_at=None).count() == 1
    assert len(caplog.records) == 1
