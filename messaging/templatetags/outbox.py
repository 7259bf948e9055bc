"""What messages are and what became of them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from careops.core.icons import icon
from messaging import looks
from messaging.models import Message
from messaging.words.rules import Channel

register = template.Library()

register.filter("message_look", looks.of_message)


@register.filter
def gist(message: Message) -> str:
    """The subject, without the name of the rule that stands beside it already."""
    return "" if message.subject == message.what else message.subject.removeprefix(f"{message.what}: ")


@register.filter
def channel_mark(message: Message) -> SafeString:
    """The channel as a small picture with its name for those who hear it."""
    return format_html(
        '<span class="channel" title="{0}">{1}<span class="visually-hidden">{0}</span></span>',
        message.get_channel_display(),
        icon(looks.CHANNELS[Channel(message.channel)], 14),
    )
