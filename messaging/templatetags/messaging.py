"""Words about conversations that no model knows, because they depend on the time."""

import datetime

from django import template
from django.utils import timezone

from messaging.models import Conversation, Message

register = template.Library()


@register.filter
def lasting(since: datetime.datetime) -> str:
    """How long ago ``since`` is, such as 14 min, 3 h or 2 days."""
    minutes = max(0, int((timezone.now() - since).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 24:
        return f"{hours} h"
    return "1 day" if hours < 48 else f"{hours // 24} days"


@register.filter
def paused_now(conversation: Conversation) -> bool:
    return conversation.is_paused(now=timezone.now())


@register.simple_tag
def pause_words(conversation: Conversation, planned: list[Message]) -> str:
    """Who paused automation until when, and what that means for the messages that are ``planned``."""
    until = timezone.localtime(conversation.paused_until)
    words = f"Automation paused by {conversation.paused_by or 'a colleague'} until {until:%a %H:%M}."
    held = sum(message.obeys_pause and message.send_at < conversation.paused_until for message in planned)
    if held == 1:
        return f"{words} 1 message is due meanwhile and will be skipped."
    return f"{words} {held} messages are due meanwhile and will be skipped." if held else words
