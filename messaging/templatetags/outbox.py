"""What became of a message, as a pill."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from careops.core.icons import icon
from messaging.models import Message
from messaging.words.reasons import Reason

register = template.Library()

Status = Message.Status
# status: tone, icon, words
PILLS = {
    Status.PLANNED: ("", "calendar-clock", "Planned"),
    Status.QUEUED: ("info", "clock", "Waits to be sent"),
    Status.SENDING: ("info", "send", "Being sent"),
    Status.SENT: ("done", "check", "Sent"),
    Status.DELIVERED: ("done", "check-check", "Delivered"),
    Status.BOUNCED: ("critical", "undo-2", "Bounced"),
    Status.UNKNOWN: ("attention", "circle-question-mark", "Unknown"),
    Status.FAILED: ("critical", "circle-alert", "Failed"),
    Status.SKIPPED: ("", "ban", "Skipped"),
    Status.CANCELLED: ("", "x", "Cancelled"),
    Status.RECEIVED: ("", "inbox", "Received"),
    Status.NOTED: ("", "sticky-note", "Note"),
}
WAITS_AGAIN = ("attention", "clock", "Waits for another try")
HELD = ("attention", "circle-pause", "Held")
KEPT = ("", "inbox", "Kept here")


def _markup(tone: str, name: str, words: str) -> SafeString:
    return format_html(
        '<span class="pill{}">{}{}</span>', f" pill--{tone}" if tone else "", icon(name, 14), words
    )


MARKUP = {pill: _markup(*pill) for pill in [*PILLS.values(), WAITS_AGAIN, HELD, KEPT]}


@register.simple_tag
def status_pill(message: Message) -> SafeString:
    pill = PILLS[message.status]
    if message.is_held:
        pill = HELD
    elif message.status == Status.QUEUED and message.attempts:
        pill = WAITS_AGAIN
    elif message.status == Status.SENT and message.reason_code == Reason.LOCAL:
        pill = KEPT
    return MARKUP[pill]


CHANNELS = {"email": "mail", "sms": "message-square-text", "desk": "phone", "note": "sticky-note"}


@register.filter
def gist(message: Message) -> str:
    """The subject, without the name of the rule that stands beside it already."""
    return "" if message.subject == message.what else message.subject.removeprefix(f"{message.what}: ")


@register.filter
def channel_icon(message: Message) -> SafeString:
    """The channel as a small picture with its name for those who hear it."""
    return format_html(
        '<span class="channel" title="{0}">{1}<span class="visually-hidden">{0}</span></span>',
        message.get_channel_display(),
        icon(CHANNELS[message.channel], 14),
    )
