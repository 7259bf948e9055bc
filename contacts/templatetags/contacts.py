"""How pages show contacts."""

from html import escape

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from careops.core.looks import Look
from careops.core.moments import element
from careops.core.people import person
from contacts import looks
from contacts.models import Contact

register = template.Library()

# In a long list the tone is a dot: many coloured pills would say nothing.
DOTTED = {
    stage: format_html(
        '<span class="pill"><span class="dot{}"></span>{}</span>',
        f" dot--{look.tone}" if look.tone else "",
        look.words,
    )
    for stage, look in looks.STAGES.items()
}


@register.filter
def stage_look(contact: Contact) -> Look:
    return looks.STAGES[contact.stage]


def phone_link(contact: Contact) -> SafeString | str:
    """The number as it was typed, to be dialled; nothing without one."""
    if not contact.phone:
        return ""
    number = contact.phone_e164 or contact.phone_digits
    link = f'<a href="tel:{escape(number)}">{escape(contact.phone)}</a>'  # `format_html` takes twice as long
    return mark_safe(link)  # noqa: S308 - what people typed is escaped


@register.simple_tag
def contact_rows(contacts: list[Contact], prefix: str) -> SafeString:
    """The rows of the list, whose pages are at `prefix`. As a template the busiest table takes twice as long."""
    rows = [
        f'<tr><th scope="row">{person(contact, prefix)}</th>'
        f'<td class="contact-row__reach" data-label="Phone">{phone_link(contact)}</td>'
        f'<td class="contact-row__stage" data-label="Stage">{DOTTED[contact.stage]}</td>'
        f'<td class="contact-row__added" data-label="Added">{element(contact.created_at, "day")}</td></tr>'
        for contact in contacts
    ]
    return mark_safe("".join(rows))  # noqa: S308 - made of escaped parts
