"""Conversations as the tests of the inbox need them."""

import datetime

from django.urls import reverse
from django.utils import timezone

from messaging.inbox import saying
from messaging.models import Conversation
from messaging.tests.factories import ConversationFactory

MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(hours=24)


def begun(name="Ada", minutes=0, **contact) -> Conversation:
    """A conversation in which something was said so many minutes ago, and nobody waits."""
    conversation = ConversationFactory(name=name, **contact)
    at = timezone.now() - minutes * MINUTE
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=at, last_words=f"Words of {name}")
    conversation.refresh_from_db()
    return conversation


def waiting(name="Ada", minutes=0, channel="email", body="", **contact) -> Conversation:
    """A conversation in which the contact has written so many minutes ago and waits."""
    conversation = ConversationFactory(name=name, **contact)
    at = timezone.now() - minutes * MINUTE
    saying.record_incoming(conversation=conversation, body=body or f"Words of {name}", at=at, channel=channel)
    conversation.refresh_from_db()
    return conversation


def url(action: str, conversation: Conversation, query: str = "") -> str:
    name = action if action == "reply" else f"messaging:{action}"
    return reverse(name, args=[conversation.contact_id]) + query


def text(response) -> str:
    return response.content.decode()
