import datetime

import factory
from django.db import transaction
from django.utils import timezone

from contacts.tests.factories import ContactFactory
from messaging.deciding import guards
from messaging.deciding.rulebook import Rulebook
from messaging.locks import locked
from messaging.models import Conversation, Message
from messaging.outbox import planning
from messaging.words.rules import RuleCode

NO_WAY_OUT = {Message.Status.RECEIVED: Message.Direction.IN, Message.Status.NOTED: Message.Direction.NOTE}


class ConversationFactory(factory.django.DjangoModelFactory):
    """The conversation of a new contact; the arguments are the contact's (``name``, ``email``, ``phone``)."""

    class Meta:
        model = Conversation

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return ContactFactory(**kwargs).conversation


class MessageFactory(factory.django.DjangoModelFactory):
    """A confirmation by email that is due now and queued; any other state by its fields."""

    class Meta:
        model = Message

    conversation = factory.SubFactory(ConversationFactory)
    direction = factory.LazyAttribute(lambda message: NO_WAY_OUT.get(message.status, Message.Direction.OUT))
    rule = RuleCode.CONFIRMATION
    key = factory.Sequence(lambda n: f"made:{n}:confirmation:1")
    subject = "Your booking: Massage"
    body = "Hello Ada, you are booked."
    send_at = factory.LazyFunction(timezone.now)
    status = Message.Status.QUEUED
    lease_until = factory.LazyAttribute(
        lambda message: (
            timezone.now() + datetime.timedelta(minutes=1)
            if message.status == Message.Status.SENDING
            else None
        )
    )


@transaction.atomic
def automated(conversation, code=RuleCode.REMINDER, *, now, **changes) -> Message:
    """Have automation say something about a booking, now unless ``send_at`` differs."""
    values = {
        "code": code,
        "key": f"booking:1:{code}:1",
        "values": {"service": "Massage", "staff": "Maya", "when": "Tuesday 4 March 2031, 15:00"},
        "about_key": "booking:1",
        "about_url": "/bookings/1/",
        **changes,
    }
    occasions, rulebook = [planning.Occasion(**values)], Rulebook.current()
    return planning.plan(locked(conversation), occasions, rulebook=rulebook, now=now)[0]


def refused(conversation, code, reason, *, now, key=None, **facts) -> Message:
    """Have a row left that says why automation says nothing about a booking."""
    refusal = guards.skip(reason, **facts)
    return automated(conversation, code, now=now, key=key or f"booking:1:{code}:1", refusal=refusal)


def about(key="booking:1"):
    return Message.objects.filter(about_key=key)
