import datetime

import factory
from django.utils import timezone

from contacts.tests.factories import ContactFactory
from messaging.models import Conversation, Message
from messaging.rules import Rule


class ConversationFactory(factory.django.DjangoModelFactory):
    """The conversation of a new contact; the arguments are the contact's (``name``, ``email``, ``phone``)."""

    class Meta:
        model = Conversation

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return ContactFactory(**kwargs).conversation


class MessageFactory(factory.django.DjangoModelFactory):
    """A confirmation that is due now and queued; any other state by its fields."""

    class Meta:
        model = Message

    conversation = factory.SubFactory(ConversationFactory)
    rule = Rule.CONFIRMATION
    key = factory.Sequence(lambda n: f"booking:{n}:confirmation:1")
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
