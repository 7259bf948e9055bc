"""What somebody is told whose request waits for what another one holds."""

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Business
from contacts.models import Contact
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rival():
    """A connection of somebody else, in a transaction."""
    other = connection.copy()
    other.set_autocommit(False)
    yield other
    other.rollback()
    other.close()


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_a_row_that_is_held_too_long_is_a_503_in_words(limit, rival, admin):
    Business.objects.current()
    contact = ContactFactory(name="Ada")
    browser = Client(raise_request_exception=False)
    browser.force_login(admin)
    with rival.cursor() as cursor:
        cursor.execute("SELECT id FROM contacts_contact WHERE id = %s FOR UPDATE", [contact.pk])
    before = Contact.objects.values().get()
    with connection.cursor() as cursor:
        cursor.execute(f"SET {limit} = '300ms'")

    try:
        values = {"name": "Eve", "email": contact.email, "stage": "new", "version": contact.version}
        response = browser.post(f"/contacts/{contact.pk}/edit/", values)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"RESET {limit}")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "Somebody is changing the same" in response.text
    assert "not reachable" not in response.text
    assert Contact.objects.values().get() == before
