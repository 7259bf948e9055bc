import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import AuditEntry
from bookings.tests.factories import BookedFactory
from contacts import services
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.models import Conversation, Message

pytestmark = pytest.mark.django_db
LAST_WEEK = timezone.now() - datetime.timedelta(days=7)


def test_create_contact_opens_the_conversation_and_queues_the_welcome(staff):
    contact = services.create_contact(
        name="Ada Lovelace",
        email=" Ada@Client.example ",
        phone="020 7946 0123",
        notes="Rings first.",
        by=staff,
    )

    contact.refresh_from_db()
    assert (contact.email, contact.phone, contact.phone_e164) == (
        "ada@client.example",
        "020 7946 0123",
        "+442079460123",
    )
    assert contact.stage == Contact.Stage.NEW
    welcome = contact.conversation.messages.get()
    assert (welcome.rule, welcome.status) == ("welcome", Message.Status.QUEUED)
    assert "Hello Ada Lovelace" in welcome.body
    assert AuditEntry.objects.about(contact).get().by == staff


def test_create_contact_without_an_email_address_skips_the_welcome_and_says_why(staff):
    contact = services.create_contact(name="Ada", phone="0117 ask for Ada", by=staff)

    welcome = contact.conversation.messages.get()
    reason = "No address to send it to: no email address and no mobile number."
    assert (welcome.status, welcome.reason) == (Message.Status.SKIPPED, reason)


def test_create_contact_is_dated_by_its_caller():
    contact = services.create_contact(name="Ada", email="ada@client.example", by=None, now=LAST_WEEK)

    contact.refresh_from_db()
    assert contact.created_at == contact.conversation.messages.get().send_at == LAST_WEEK


def test_create_contact_can_leave_out_the_welcome(staff):
    by_choice = services.create_contact(name="Ada", email="ada@client.example", by=staff, welcome=False)
    stranger = services.create_contact(name="Bot", email="bot@client.example", by=None, welcome=False)

    rows = [contact.conversation.messages.get() for contact in (by_choice, stranger)]
    assert [row.status for row in rows] == [Message.Status.SKIPPED] * 2
    assert [row.reason for row in rows] == [
        "Sara Staff chose not to send it.",
        "They wrote by a machine, or along with too many other strangers.",
    ]


@pytest.mark.parametrize("values", [{}, {"email": "   "}, {"phone": "  "}])
def test_create_contact_without_any_address_is_refused_and_leaves_nothing(values):
    with pytest.raises(ValidationError, match="email address or a phone number"):
        services.create_contact(name="Ada", by=None, **values)

    assert not Contact.objects.exists()
    assert not Conversation.objects.exists()


def test_create_contact_keeps_a_number_that_is_too_long_for_the_world():
    contact = services.create_contact(name="Ada", phone="+49 21111111111111", by=None)

    assert (contact.phone_e164, contact.phone_digits) == ("", "4921111111111111")


def test_change_contact_changes_what_is_named_and_records_it(staff):
    contact = ContactFactory(name="Ada", email="ada@client.example", phone="020 7946 0123")

    services.change_contact(contact=contact, by=staff, phone="020 7946 0199", stage=Contact.Stage.LOST)

    contact.refresh_from_db()
    assert (contact.name, contact.phone_e164, contact.stage) == ("Ada", "+442079460199", "lost")
    assert contact.email == "ada@client.example"
    changes = AuditEntry.objects.get(action="contact.changed").changes
    assert changes["phone"] == ["020 7946 0123", "020 7946 0199"]
    assert changes["stage"] == ["new", "lost"]


def test_change_contact_to_the_same_records_nothing(staff):
    contact = ContactFactory(name="Ada")

    services.change_contact(contact=contact, by=staff, name="Ada")

    assert not AuditEntry.objects.filter(action="contact.changed").exists()


def test_change_contact_refuses_to_take_the_last_address_away(staff):
    contact = ContactFactory(email="ada@client.example")

    with pytest.raises(ValidationError, match="email address or a phone number"):
        services.change_contact(contact=contact, by=staff, email="", name="Eve")

    contact.refresh_from_db()
    assert (contact.email, contact.name != "Eve") == ("ada@client.example", True)


@pytest.mark.parametrize(
    ("stage", "to", "after"),
    [
        ("new", "contacted", "contacted"),
        ("new", "booked", "booked"),
        ("contacted", "booked", "booked"),
        ("lost", "booked", "booked"),
        ("booked", "contacted", "booked"),
        ("booked", "booked", "booked"),
        ("contacted", "new", "contacted"),
    ],
)
def test_advance_stage_never_goes_back(staff, stage, to, after):
    contact = ContactFactory()
    services.change_contact(contact=contact, by=staff, stage=stage)

    services.advance_stage(contact=contact, to=Contact.Stage(to))

    contact.refresh_from_db()
    assert contact.stage == after


def test_delete_contact_takes_everything_along_and_leaves_the_audit_entry(admin):
    contact = ContactFactory(name="Ada", welcome=True)
    BookedFactory(contact=contact)
    other = ContactFactory(welcome=True)

    services.delete_contact(contact=contact, by=admin)

    assert [*Contact.objects.all()] == [other]
    assert [*Conversation.objects.all()] == [other.conversation]
    assert Message.objects.count() == 1
    entry = AuditEntry.objects.get(action="contact.deleted")
    assert (entry.by, entry.subject) == (admin, "a deleted contact")


def test_delete_contact_a_second_time_does_nothing(admin):
    contact = ContactFactory()
    again = Contact.objects.get(pk=contact.pk)
    services.delete_contact(contact=contact, by=admin)

    services.delete_contact(contact=again, by=admin)

    assert AuditEntry.objects.filter(action="contact.deleted").count() == 1


def test_dependants_name_what_a_deletion_would_take_along():
    contact = ContactFactory(welcome=True)
    BookedFactory.create_batch(2, contact=contact, now=timezone.now())
    messages = Message.objects.filter(conversation__contact=contact).count()

    dependants = services.dependants(contact)

    assert {dependant.words for dependant in dependants} == {
        "2 bookings",
        f"{messages} messages",
        "1 conversation",
    }
    assert [dependant.count for dependant in dependants] == sorted(
        (dependant.count for dependant in dependants), reverse=True
    )
