"""The numbers of the frame are those of the lists they lead to."""

from django.utils import timezone

from alerts.models import Alert
from alerts.services import dismiss_alert
from alerts.tests.factories import AlertFactory
from careops import frame
from contacts.tests.factories import ContactFactory
from messaging.models import Conversation
from messaging.services import close_conversation, record_incoming


def test_frame_counts_what_waits(db, staff):
    alerts = AlertFactory.create_batch(3)
    dismiss_alert(alert=alerts[0], by=staff)
    for contact in ContactFactory.create_batch(3):
        record_incoming(conversation=contact.conversation, body="Hello?", at=timezone.now())
    close_conversation(conversation=Conversation.objects.first(), by=staff)

    shown = frame.Frame.load()

    assert shown.open_alerts == Alert.objects.open().count() == 2
    assert shown.waiting == Conversation.objects.waiting().count() == 2


def test_frame_stops_counting(db):
    AlertFactory.create_batch(frame.MOST + 2)

    assert frame.Frame.load().open_alerts == frame.MOST


def test_frame_makes_do_without_a_business(db, django_assert_num_queries):
    assert frame.Frame.load().business.name == "CareOps"
    with django_assert_num_queries(1):
        frame.Frame.load()
