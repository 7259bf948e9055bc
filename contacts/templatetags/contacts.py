"""How pages show contacts."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contacts.models import Contact

register = template.Library()

DOTS = {
    Contact.Stage.NEW: "dot dot--info",
    Contact.Stage.CONTACTED: "dot dot--attention",
    Contact.Stage.BOOKED: "dot dot--done",
    Contact.Stage.LOST: "dot",
}
STAGES = {
    stage.value: format_html('<span class="pill"><span class="{}"></span>{}</span>', dot, stage.label)
    for stage, dot in DOTS.items()
}


@register.filter
def stage_pill(contact: Contact) -> SafeString:
    return STAGES[contact.stage]


@register.filter
def phone_link(contact: Contact) -> SafeString | str:
    """The number as it was typed, to be dialled; nothing without one."""
    if not contact.phone:
        return ""
    number = contact.phone_e164 or contact.phone_digits
    return format_html('<a href="tel:{}">{}</a>', number, contact.phone)
