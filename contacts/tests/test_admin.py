import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import AuditEntry
from bookings.tests.factories import BookedFactory
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.models import Message

pytestmark = pytest.mark.django_db

LIST = reverse("admin:contacts_contact_changelist")
ADD = reverse("admin:contacts_contact_add")


def test_adding_in_the_admin_goes_through_the_service(as_admin, admin):
    response = as_admin.post(ADD, {"name": "Ada", "email": "Ada@client.example", "phone": "020 7946 0123"})

    contact = Contact.objects.get()
    assert response.status_code == 302
    assert (contact.email, contact.phone_e164) == ("ada@client.example", "+442079460123")
    assert contact.conversation.messages.get().status == Message.Status.QUEUED
    assert AuditEntry.objects.about(contact).get().by == admin


def test_adding_without_an_address_in_the_admin_is_a_form_error(as_admin):
    response = as_admin.post(ADD, {"name": "Ada"})

    assert response.status_code == 200
    assert "Enter an email address or a phone number." in response.content.decode()
    assert not Contact.objects.exists()


def test_changing_in_the_admin_goes_through_the_service(as_admin, admin):
    contact = ContactFactory(email="ada@client.example")
    url = reverse("admin:contacts_contact_change", args=[contact.pk])

    as_admin.post(url, {"name": "Ada King", "email": "", "phone": "020 7946 0123", "stage": "lost"})

    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.phone_digits) == ("Ada King", "", "442079460123")
    assert AuditEntry.objects.get(action="contact.changed").by == admin


def test_deleting_in_the_admin_goes_through_the_service(as_admin, admin):
    contact = ContactFactory(welcome=True)
    BookedFactory(contact=contact)
    url = reverse("admin:contacts_contact_delete", args=[contact.pk])

    asked = as_admin.get(url)
    as_admin.post(url, {"post": "yes"})

    assert asked.status_code == 200
    assert not Contact.objects.exists()
    assert AuditEntry.objects.get(action="contact.deleted").by == admin
    assert LogEntry.objects.get().object_repr == "a deleted contact"


def test_deleting_several_in_the_admin_goes_through_the_service(as_admin):
    contacts = ContactFactory.create_batch(2, welcome=True)
    values = {
        "action": "delete_selected",
        "_selected_action": [contact.pk for contact in contacts],
        "post": "yes",
    }

    as_admin.post(LIST, values)

    assert not Contact.objects.exists()
    assert AuditEntry.objects.filter(action="contact.deleted").count() == 2
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {"a deleted contact"}


def test_the_list_in_the_admin_searches_as_the_pages_do(as_admin):
    ContactFactory(name="Chloé García", phone="020 7946 0123")
    ContactFactory(name="Ben King")

    for text in ["garcia chloe", "9460123"]:
        html = as_admin.get(LIST, {"q": text}).content.decode()

        assert "Chloé García" in html
        assert "Ben King" not in html


def test_staff_have_no_admin(as_staff):
    assert as_staff.get(LIST).status_code == 302
