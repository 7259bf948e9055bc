"""Somebody in a list: a face, a name, an address."""

from html import escape
from zlib import crc32

from django.db.models import Model
from django.utils.safestring import SafeString, mark_safe


def person(somebody: Model, prefix: str) -> SafeString:
    """Avatar, name and email of a contact or a colleague, in a table. Their page is at `prefix` and their key.

    Written here and not as a template: lists show dozens of them, and `format_html` takes twice as long.
    """
    email = f' <span class="person__detail">{escape(somebody.email)}</span>' if somebody.email else ""
    return mark_safe(  # noqa: S308 - what people typed is escaped
        f'<span class="person"><span class="avatar hue-{hue(somebody.pk)}" aria-hidden="true">'
        f'{escape(initials(somebody.name))}</span> <span class="person__text">'
        f'<a class="row-link person__name" href="{prefix}{somebody.pk}/">{escape(somebody.name)}</a>{email}'
        "</span></span>"
    )


def initials(name: str | None) -> str:
    """AL for Ada King Lovelace: the first and the last word"""
    words = str(name or "").replace(".", " ").split("@")[0].split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def hue(value: object) -> int:
    """1 to 12, always the same for the same text or number: class="hue-{{ contact.pk|hue }}" """
    return crc32(str(value).encode()) % 12 + 1
