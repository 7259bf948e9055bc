"""A contact that is deleted while somebody else does something with it, in transactions that really overlap."""

import threading
import time

import pytest
from django.contrib.messages import get_messages
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Business
from accounts.tests.factories import UserFactory
from bookings.intake import answering
from bookings.models import Booking, IntakeRequest
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.intake_desk import asked_of, make_form
from bookings.visits.making import create_booking
from contacts import services
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.inbox import saying
from messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
SOON = 5  # seconds


class Meanwhile(threading.Thread):
    """Somebody else, who does something on a connection of their own; `result` is what came of it."""

    def __init__(self, act):
        super().__init__()
        self.act = act
        self.start()

    def run(self):
        try:
            self.outcome = self.act()
        except Exception as error:
            self.outcome = error
        finally:
            connection.close()

    def until_it_waits(self):
        """Return once it waits for a lock, or has done without."""
        stop = time.monotonic() + SOON
        while self.is_alive() and time.monotonic() < stop:
            with connection.cursor() as cursor:
                cursor.execute(BLOCKED)
                if cursor.fetchone()[0]:
                    return
            time.sleep(0.02)

    @property
    def result(self):
        self.join(SOON)
        return self.outcome


@pytest.fixture
def ada():
    Business.objects.current()
    return ContactFactory(name="Ada")


def post(as_somebody, path, values=None):
    client = Client()
    client.cookies = as_somebody.cookies.copy()
    return client.post(path, values or {})


def test_a_booking_made_during_the_deletion_goes_along(ada, admin, staff):
    service = ServiceFactory()
    starts_at = BookedFactory.starts_at.function()
    # Who is booked already is not moved on to another stage, which would lock the contact by itself.
    BookedFactory(contact=ada)
    with transaction.atomic():
        create_booking(
            contact=ada, service=service, staff=staff, starts_at=starts_at, by=staff, now=timezone.now()
        )
        deletion = Meanwhile(lambda: services.delete_contact(contact=ada, by=admin))
        deletion.until_it_waits()

    assert deletion.result is None
    assert not Contact.objects.exists()
    assert not Booking.objects.exists()


def test_a_reply_during_the_deletion_goes_along(ada, admin, staff):
    with transaction.atomic():
        saying.reply(conversation=ada.conversation, by=staff, body="Hello.", now=timezone.now())
        deletion = Meanwhile(lambda: services.delete_contact(contact=ada, by=admin))
        deletion.until_it_waits()

    assert deletion.result is None
    assert not Contact.objects.exists()
    assert not Message.objects.exists()


def test_a_booking_moved_during_the_deletion_does_not_deadlock(ada, admin, staff):
    booking = BookedFactory(contact=ada)
    with transaction.atomic():
        Booking.objects.select_for_update().get(pk=booking.pk)
        deletion = Meanwhile(lambda: services.delete_contact(contact=ada, by=admin))
        deletion.until_it_waits()
        saying.reply(conversation=ada.conversation, by=staff, body="Hello.", now=timezone.now())

    assert deletion.result is None
    assert not Contact.objects.exists()


def test_a_form_answered_during_the_deletion_does_not_deadlock(ada, admin):
    service = ServiceFactory()
    make_form(service=service)
    asked = asked_of(BookedFactory(contact=ada, service=service))
    with transaction.atomic():
        IntakeRequest.objects.select_for_update(no_key=True).get(pk=asked.pk)
        deletion = Meanwhile(lambda: services.delete_contact(contact=ada, by=admin))
        deletion.until_it_waits()
        answering.submit_answers(
            request=asked, answers={"name": "Ada"}, rev=None, by=None, now=timezone.now()
        )

    assert deletion.result is None
    assert not Contact.objects.exists()


@pytest.mark.parametrize("button", ["save", "look"])
def test_a_booking_that_is_being_deleted_is_not_found_by_who_edits_it(button, ada, admin, as_staff):
    booking = BookedFactory(contact=ada)
    values = {"service": booking.service_id, "staff": booking.staff_id, "starts_at": "2031-05-05T10:00"}
    path = reverse("bookings:edit", args=[booking.pk])
    with transaction.atomic():
        services.delete_contact(contact=Contact.objects.get(pk=ada.pk), by=admin)
        edit = Meanwhile(lambda: post(as_staff, path, {**values, "version": booking.version, button: ""}))
        edit.until_it_waits()

    assert edit.result.status_code == 404
    assert not AuditEntry.objects.filter(action="booking.changed").exists()


def test_nobody_books_a_contact_who_is_being_deleted(ada, admin, as_staff):
    values = {"contact": ada.pk, "service": ServiceFactory().pk, "staff": UserFactory().pk}
    values["starts_at"] = "2031-05-05T10:00"
    BookedFactory(contact=ada)
    with transaction.atomic():
        services.delete_contact(contact=Contact.objects.get(pk=ada.pk), by=admin)
        booking = Meanwhile(lambda: post(as_staff, reverse("bookings:create"), values))
        booking.until_it_waits()

    assert booking.result["Location"] == reverse("bookings:create")
    assert [str(said) for said in get_messages(booking.result.wsgi_request)] == [
        "Somebody has just deleted Ada. Nothing was booked."
    ]
    assert not Booking.objects.exists()
    assert not AuditEntry.objects.filter(action="booking.created").exclude(by=None).exists()


def test_a_contact_who_is_being_deleted_is_not_found_by_who_edits_it(ada, admin, as_staff):
    with transaction.atomic():
        services.delete_contact(contact=Contact.objects.get(pk=ada.pk), by=admin)
        values = {"name": "Eve", "email": "eve@client.example", "stage": "new"}
        edit = Meanwhile(lambda: post(as_staff, reverse("contacts:edit", args=[ada.pk]), values))
        edit.until_it_waits()

    assert edit.result.status_code == 404
    assert not AuditEntry.objects.filter(action="contact.changed").exists()


def test_two_deletions_at_once_leave_one_record(ada, admin, as_admin):
    with transaction.atomic():
        services.delete_contact(contact=Contact.objects.get(pk=ada.pk), by=admin)
        again = Meanwhile(lambda: post(as_admin, reverse("contacts:delete", args=[ada.pk])))
        again.until_it_waits()

    assert again.result.status_code == 302
    assert AuditEntry.objects.filter(action="contact.deleted").count() == 1
