"""How far a contact has come: a reply moves whoever is new on, and people decide who is lost."""

import ast

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from careops.core.once import new_token
from contacts import services
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.inbox.saying import SaidMeanwhile
from messaging.models import Message
from messaging.tests.talks import url, waiting

pytestmark = pytest.mark.django_db


def stage_of(contact) -> str:
    return Contact.objects.get(pk=contact.pk).stage


@pytest.mark.parametrize(
    ("stage", "then"),
    [("new", "contacted"), ("contacted", "contacted"), ("booked", "booked"), ("lost", "lost")],
)
def test_a_reply_moves_on_whoever_is_new(as_staff, stage, then):
    conversation = waiting("Ada")
    Contact.objects.filter(pk=conversation.contact_id).update(stage=stage)

    response = as_staff.post(url("reply", conversation), {"body": "Hello", "once": new_token()})

    assert response.status_code == 302
    assert stage_of(conversation.contact) == then


def test_a_reply_that_is_refused_moves_nobody_on(staff):
    conversation = waiting("Ada")
    before = Contact.objects.values().get()

    with pytest.raises(SaidMeanwhile):
        services.reply(conversation=conversation, by=staff, body="Hello", seen=0, now=timezone.now())

    assert Contact.objects.values().get() == before
    assert not Message.objects.filter(sent_by=staff).exists()


@pytest.mark.parametrize("action", ["note", "incoming"])
def test_what_is_written_down_contacts_nobody(as_staff, action):
    conversation = waiting("Ada")

    as_staff.post(url(action, conversation), {"body": "Called", "once": new_token()})

    assert stage_of(conversation.contact) == "new"


def test_every_reply_goes_through_the_service_that_moves_on():
    """`saying.reply` alone would leave the stage as it is."""
    callers = {
        str(path.relative_to(settings.BASE_DIR))
        for path in sorted(settings.BASE_DIR.glob("*/**/*.py"))
        if "tests" not in path.parts and ".venv" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("saying.reply", "conversations.reply"))
    }

    assert callers == {"contacts/services.py"}


def test_people_decide_on_the_form_who_is_lost(as_staff):
    contact = ContactFactory(name="Ada", email="ada@client.example")
    page = reverse("contacts:edit", args=[contact.pk])
    form = as_staff.get(page).context["form"]

    as_staff.post(page, {field.name: field.value() for field in form} | {"stage": "lost"})

    assert stage_of(contact) == "lost"


def test_the_dashboard_counts_whoever_nobody_has_answered(as_staff):
    answered, _ = waiting("Ada"), waiting("Ben")
    ContactFactory(stage="lost")

    as_staff.post(url("reply", answered), {"body": "Hello", "once": new_token()})

    assert as_staff.get("/").context["numbers"]["new"].count == 1
