"""Of a contact who is deleted nothing is left that says who it was, wherever that stood."""

import datetime

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEntry
from alerts import services as alerts
from alerts.models import Alert
from bookings.intake import answering, overdue
from bookings.intake.questions import Question
from bookings.intake.uploads import Upload
from bookings.tests.acts import NOW, START, book
from bookings.tests.factories import ServiceFactory
from bookings.tests.intake_desk import NAME, asked_of, make_form
from bookings.visits import outcomes
from bookings.visits import watch as bookings_watch
from contacts import services
from contacts.inbound import process_events
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.consent import services as consent
from messaging.inbound import events, reports
from messaging.inbox import saying, watch
from messaging.models import Address, ConsentChange, Draft, Message, Provider, WebhookEvent
from messaging.outbox import staff as notices
from messaging.rules import services as rules
from messaging.words.rules import Channel

pytestmark = pytest.mark.django_db

LATER = START - datetime.timedelta(hours=12)  # when the form is overdue and the message unanswered
EMAIL, EARLIER, NUMBER = "mina@quorndon.example", "q@quorndon.example", "+447400123456"
WORDS = ["Quorndon", EMAIL, EARLIER, NUMBER.removeprefix("+"), "07400 123456"]


def where_named() -> set[str]:
    """The tables in which any column holds one of WORDS, in whatever case."""
    with connection.cursor() as cursor:
        found = set()
        for table in connection.introspection.table_names(cursor):
            sql = f'SELECT EXISTS (SELECT 1 FROM "{table}" AS line WHERE line::text ILIKE ANY (%s))'  # noqa: S608 - our own tables
            cursor.execute(sql, [[f"%{word}%" for word in WORDS]])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


@pytest.fixture
def mina(admin, staff, as_admin):
    """Somebody with whom everything has happened that is written down anywhere."""
    mina = services.create_contact(
        name="Mina Quorndon", email=EARLIER, phone="07400 123456", by=staff, now=NOW
    )
    values = {"name": "Mina Quorndon", "email": EMAIL, "phone": "07400 123456", "stage": "new"}
    as_admin.post(reverse("admin:contacts_contact_change", args=[mina.pk]), values)
    mina = Contact.objects.select_related("conversation").get(pk=mina.pk)
    _visit(mina, staff)
    _say(mina, staff)
    _hear(mina)
    watch.look_around(now=LATER)
    overdue.look(now=LATER)
    bookings_watch.look(now=LATER)
    _trouble(admin)
    alerts.dismiss_alert(alert=Alert.objects.get(kind="unanswered"), by=staff, why="Rang Ms Quorndon.")
    return mina


def _visit(mina, staff):
    service = ServiceFactory(name="Massage")
    make_form(NAME, Question("letter", "file", "Letter"), service=service)
    answered = book(contact=mina, service=service, notes="Quorndon Hall")
    file = Upload(name="quorndon.pdf", content_type="application/pdf", content=b"%PDF-1.7")
    given = {"answers": {"name": "Quorndon"}, "files": [("letter", file)], "rev": None}
    answering.submit_answers(request=asked_of(answered), **given, by=None, now=NOW)
    off = book(contact=mina, starts_at=START + datetime.timedelta(days=1))
    outcomes.cancel_booking(booking=off, reason="Ms Quorndon is ill", by=staff, now=NOW)
    late = ServiceFactory(name="Facial")
    make_form(service=late, name="Skin")
    book(contact=mina, service=late, starts_at=START + datetime.timedelta(hours=3))


def _say(mina, staff):
    saying.reply(conversation=mina.conversation, body="Dear Ms Quorndon", by=staff, now=NOW)
    Draft.objects.create(conversation=mina.conversation, by=staff, channel="email", body="Dear Ms Quorndon")
    sample = {"subject": "Mina Quorndon, see you", "body": "Soon", "sms": ""}
    rules.send_test(channel=Channel.EMAIL, address="sara@careops.example", **sample, by=staff, now=NOW)
    sent = mina.conversation.messages.get(rule="welcome")
    Message.objects.filter(pk=sent.pk).update(status="sent", address=EARLIER, sent_at=NOW, provider_id="p1")
    bounce = events.Report(fate=events.Fate.BOUNCED, provider_id="p1", is_hard=True, words=f"No {EARLIER}")
    reports.apply(bounce, reports.find(bounce, Channel.EMAIL), now=NOW)


def _hear(mina):
    source = ConsentChange.Source.STAFF
    consent.refuse(channel=Channel.EMAIL, value=EMAIL, source=source, words=EMAIL, but_visits=True, now=NOW)
    mail = events.Incoming(
        sender=EMAIL, name="Mina Quorndon", words="Quorndon here. Earlier?", message_id="m1"
    )
    text = events.Incoming(sender=NUMBER, words="CANCEL", message_id="t1")
    bounce = events.Report(fate=events.Fate.FAILED, provider_id="gone", words=f"550 {EMAIL}")
    events.store(Channel.SMS, ("t1", text), now=NOW)
    events.store(Channel.EMAIL, ("m1", mail), ("b1", bounce), now=NOW)
    events.keep(Channel.EMAIL, f"From: <{EMAIL}>\n".encode(), now=NOW, provider="raw")
    events.finish(WebhookEvent.objects.get(kind="posted"), trouble="It cannot be read.", now=NOW)
    process_events(limit=9, now=NOW + datetime.timedelta(minutes=10))


def _trouble(admin):
    """What providers said of everybody whose messages they refuse."""
    Provider.objects.update_or_create(
        channel=Channel.EMAIL, defaults={"words": f"450 <{EMAIL.upper()}> later"}
    )
    refused = f"The provider said: {NUMBER} is no mobile"
    alerts.raise_alert(
        kind=Alert.Kind.DELIVERY, source_key="sms:rejected", title="SMS", detail=refused, url="/", severity=3
    )
    notices.notify(now=datetime.datetime.now(datetime.UTC))


def test_who_is_deleted_is_named_nowhere(mina, as_admin):
    assert where_named() >= {
        *["contacts_contact", "accounts_auditentry", "alerts_alert", "django_admin_log", "bookings_booking"],
        *["bookings_intakerequest", "bookings_intakesubmission", "bookings_intakefile", "messaging_message"],
        *["messaging_address", "messaging_consentchange", "messaging_draft", "messaging_conversation"],
        *["messaging_webhookevent", "messaging_provider"],
    }
    kinds = set(Alert.objects.values_list("kind", flat=True))
    assert kinds == {"address", "cancel_word", "delivery", "form_overdue", "unanswered"}
    before = list(AuditEntry.objects.order_by("pk").values_list("action", "by", "at", "subject_key"))

    as_admin.post(reverse("contacts:delete", args=[mina.pk]))

    assert where_named() == set()
    after = list(AuditEntry.objects.order_by("pk").values_list("action", "by", "at", "subject_key"))
    assert after[: len(before)] == before
    assert after[-1][0] == "contact.deleted"
    entry = AuditEntry.objects.get(action="booking.cancel")
    assert (str(entry), entry.changes) == ("booking.cancel a deleted contact", {})
    assert Alert.objects.get().detail == "The provider said: a deleted contact is no mobile"
    assert WebhookEvent.objects.filter(raw=None).count() == 4, "what comes again is not taken for new"


def test_who_shares_an_address_keeps_it_with_all_that_was_said_of_it(mina, admin, staff):
    book(contact=ContactFactory(name="Ben King"))
    twin = services.create_contact(name="Otto King", email=EMAIL, phone="020 7946 0123", by=staff, now=NOW)
    bystanders = AuditEntry.objects.about(twin)
    said = list(bystanders.values())

    services.delete_contact(contact=mina, by=admin)

    assert list(bystanders.values()) == said
    assert Address.objects.get(value=EMAIL).changes.get().words == EMAIL
    assert not Address.objects.filter(value__in=[EARLIER, NUMBER]).exists()
    assert set(Contact.objects.values_list("name", flat=True)) == {"Ben King", "Otto King"}
    assert AuditEntry.objects.filter(subject__contains="Ben King").exists()
    assert twin.conversation.messages.exists()
