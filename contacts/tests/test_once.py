"""The form of a new contact, sent more than once."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Business
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.models import Message

CREATE = reverse("contacts:create")
ADA = {"name": "Ada", "email": "ada@client.example", "phone": "", "notes": ""}
TOGETHER = 6


def filled_in(client, **values):
    """A new form of the page with something typed into it."""
    return ADA | {"once": client.get(CREATE).context["form"]["once"].value()} | values


@pytest.mark.django_db
def test_sent_again_it_leads_to_the_contact_that_is_there(as_staff):
    form = filled_in(as_staff)

    first, second = as_staff.post(CREATE, form), as_staff.post(CREATE, form)

    contact = Contact.objects.get()
    assert first["Location"] == second["Location"] == contact.get_absolute_url()
    assert Message.objects.count() == 1
    assert AuditEntry.objects.filter(action="contact.created").count() == 1


@pytest.mark.django_db
def test_the_page_carries_another_token_each_time(as_staff):
    first, second = (as_staff.get(CREATE) for _ in range(2))

    tokens = [page.context["form"]["once"].value() for page in (first, second)]
    assert tokens[0] != tokens[1]
    assert f'<input type="hidden" name="once" value="{tokens[0]}"' in first.content.decode()


@pytest.mark.django_db
def test_with_something_else_in_it_it_is_refused_and_then_makes_another(as_staff):
    form = filled_in(as_staff)
    as_staff.post(CREATE, form)
    changed = form | {"name": "Ben", "email": "ben@client.example"}

    refused = as_staff.post(CREATE, changed)

    page = refused.context["form"]
    ada = Contact.objects.get()
    assert refused.status_code == 409
    assert f'made <a href="{ada.get_absolute_url()}">Ada</a>.' in refused.content.decode()
    assert page["name"].value() == "Ben"
    assert Message.objects.count() == 1

    as_staff.post(CREATE, changed | {"once": page["once"].value()})

    assert {contact.name for contact in Contact.objects.all()} == {"Ada", "Ben"}


@pytest.mark.django_db
def test_the_link_to_what_was_made_is_text_and_not_markup(as_staff):
    form = filled_in(as_staff, name="<b>Ada</b>")
    as_staff.post(CREATE, form)

    html = as_staff.post(CREATE, form | {"notes": "Rings first."}).content.decode()

    assert "&lt;b&gt;Ada&lt;/b&gt;</a>." in html
    assert "<b>Ada" not in html


@pytest.mark.django_db
def test_a_warning_of_a_twin_keeps_the_token(as_staff):
    twin = ContactFactory(email=ADA["email"])
    form = filled_in(as_staff)

    warned = as_staff.post(CREATE, form)
    anyway = form | {"once": warned.context["form"]["once"].value(), "seen": twin.pk}
    added, again = as_staff.post(CREATE, anyway), as_staff.post(CREATE, anyway)

    assert warned.status_code == 409
    assert warned.context["form"]["once"].value() == form["once"]
    assert added["Location"] == again["Location"]
    assert Contact.objects.count() == 2


@pytest.mark.django_db
def test_a_token_that_nobody_gave_out_makes_nothing(as_staff):
    response = as_staff.post(CREATE, ADA | {"once": "00000000000000000000000000000000:x"})

    assert "This page was out of date. Send it again." in response.content.decode()
    assert not Contact.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sent_by_many_at_the_same_moment_it_makes_one_contact_and_all_are_led_to_it(as_staff):
    Business.objects.current()
    form = filled_in(as_staff)
    together = threading.Barrier(TOGETHER)
    answers = []

    def post():
        client = Client()
        client.cookies = as_staff.cookies.copy()
        together.wait()
        try:
            answers.append(client.post(CREATE, form))
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    contact = Contact.objects.get()
    assert [answer["Location"] for answer in answers] == [contact.get_absolute_url()] * TOGETHER
    assert Message.objects.count() == 1
    assert AuditEntry.objects.filter(action="contact.created").count() == 1
