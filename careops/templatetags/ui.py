"""Icons, people, and quick filters, for every template (a builtin: no {% load %})."""

from django import template
from django.contrib.messages.storage.base import Message

from careops.core import icons, moments, numbers, people
from careops.core.flashes import Undo, undo_of

register = template.Library()

for tag in (icons.icon, people.person):
    register.simple_tag(tag)
for words in (
    *(moments.clock, moments.day, moments.when, moments.ago),
    *(numbers.capped, numbers.quantity, numbers.signed),
    *(people.initials, people.hue),
):
    register.filter(words)


@register.filter
def undo(message: Message) -> Undo | None:
    """The form that takes back what a flash message tells of, if it offers one."""
    return undo_of(message)
