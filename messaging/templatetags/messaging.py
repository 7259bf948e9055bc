"""Words about conversations that no model knows, because they depend on the time."""

import datetime

from django import template
from django.utils import timezone

from accounts.models import Business
from careops.core.numbers import plural
from messaging import looks
from messaging.inbound.quotes import split_quoted
from messaging.models import Conversation, Message, SavedReply
from messaging.outbox.planning import contact_values
from messaging.words import moments, texts
from messaging.words.rules import Channel

register = template.Library()
register.filter(moments.moment_words)
register.filter("conversation_looks", looks.of_conversation)


@register.filter
def unquoted(message: Message) -> tuple[str, str]:
    """What is said in ``message``, and below it what an email that came in merely quotes; the latter may be empty."""
    if message.direction == Message.Direction.IN and message.channel == Channel.EMAIL:
        return split_quoted(message.body)
    return message.words, ""


@register.filter
def written_from(message: Message, contact) -> str:
    """From where it came, where that is not the address of ``contact``; empty where it is."""
    known = {contact.email, contact.phone_e164, ""}
    said = [f"from {message.address}"] if message.address not in known else []
    return ", ".join(said + ([f"by way of {message.via}"] if message.via else []))


@register.filter
def paused_now(conversation: Conversation) -> bool:
    return conversation.is_paused(now=timezone.now())


@register.simple_tag
def pause_words(conversation: Conversation, held: int) -> str:
    """Who paused automation until when, and how many messages that holds back."""
    who = conversation.paused_by or "a colleague"
    words = f"Automation paused by {who} until {moments.until_words(conversation.paused_until)}."
    return f"{words} {plural(held, 'message')} held." if held else words


@register.simple_tag
def pause_consequence(conversation: Conversation, pause: datetime.timedelta | None) -> str:
    """What a reply does to automation.

    :param pause: how long a reply keeps it silent; None: until somebody resumes it
    """
    hours = pause and int(pause.total_seconds() // 3600)
    span = "until somebody resumes it" if pause is None else f"for {plural(hours, 'hour')}"
    if paused_now(conversation):
        return f"Sending this keeps automation paused {span} from now."
    return f"Sending this pauses automation {span}."


@register.filter
def channel_icon(channel: str) -> str:
    return looks.CHANNELS[Channel(channel)]


@register.filter
def sms_count(text: str) -> str:
    """What a text costs as SMS, such as 2 SMS, 180 characters."""
    segments = texts.sms_segments(text)
    return f"{max(segments, 1)} SMS, {plural(len(text), 'character')}"


@register.simple_tag
def saved_texts(saved_replies: list[SavedReply], contact, business: Business) -> list[tuple[str, str]]:
    """Each saved reply as (name, words), its placeholders filled in for a contact."""
    values = contact_values(contact, business)
    return [(reply.name, texts.render(reply.body, values).strip()) for reply in saved_replies]
