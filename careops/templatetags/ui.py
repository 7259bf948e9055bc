"""Icons, pills, people, and quick filters, for every template (a builtin: no {% load %})."""

from django import template
from django.contrib.messages.storage.base import Message
from django.template.context import Context
from django.utils.safestring import SafeString

from careops.core import icons, looks, moments, numbers, once, people
from careops.core.flashes import ICONS, Undo, undo_of

register = template.Library()

for tag in (icons.icon, looks.pill, people.person, once.new_token):
    register.simple_tag(tag)
register.simple_tag(moments.element, name="time")
for words in (
    *(moments.clock, moments.day, moments.when, moments.ago, moments.lasting, moments.span),
    *(numbers.capped, numbers.money, numbers.plural, numbers.quantity, numbers.signed),
    *(people.initials, people.hue),
):
    register.filter(words)


@register.filter
def flash_icon(message: Message) -> str:
    return ICONS.get(message.level_tag, "info")


@register.filter
def undo(message: Message) -> Undo | None:
    """The form that takes back what a flash message tells of, if it offers one."""
    return undo_of(message)


@register.simple_block_tag(takes_context=True)
def piece(context: Context, content: str, name: str, **values) -> SafeString:
    """Include templates/_ui/<name>.html with ``values``; what stands between the tags is its ``text``."""
    with context.push(text=content.strip(), **values):
        return context.template.engine.get_template(f"_ui/{name}.html").render(context)
