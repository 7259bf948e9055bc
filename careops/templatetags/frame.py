"""What surrounds every page: head, sidebar, topbar, bottombar, foot.

A piece is a template that sees nothing but the facts which base.html names for it. So it is the same wherever these
are the same, and is rendered once for each set of them.
"""

from functools import lru_cache

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from careops.core.icons import icon
from careops.core.numbers import capped

register = template.Library()

FACTS = {
    "here": lambda request: request.resolver_match.view_name,
    "business": lambda request: request.frame.business.name,
    "waiting": lambda request: request.frame.waiting,
    "open_alerts": lambda request: request.frame.open_alerts,
    "may_book": lambda request: request.user.has_perm("bookings.add_booking"),
    "sees_contacts": lambda request: request.user.has_perm("contacts.view_contact"),
    "sees_rules": lambda request: request.user.has_perm("messaging.view_rule"),
    "sees_people": lambda request: request.user.has_perm("accounts.view_user"),
    "sees_settings": lambda request: request.user.is_staff,
    "user_pk": lambda request: request.user.pk,
    "user_name": lambda request: request.user.name,
    "user_email": lambda request: request.user.email,
}


@register.simple_tag(takes_context=True)
def frame(context: dict, piece: str, *facts: str) -> SafeString:
    """The piece in templates/_ui/<piece>.html. `facts` are names of FACTS: all that it may depend on."""
    request: HttpRequest = context["request"]
    render = _render.__wrapped__ if settings.DEBUG else _render  # who edits a template wants to see it
    return render(piece, tuple((fact, FACTS[fact](request)) for fact in facts))


@lru_cache(maxsize=512)
def _render(piece: str, facts: tuple[tuple[str, str | int | bool], ...]) -> SafeString:
    return render_to_string(f"_ui/{piece}.html", dict(facts))


# Pages belong to the place of their app, but for these.
PLACES = {
    **dict.fromkeys(["messaging:outbox", "messaging:message", "messaging:message_edit"], "outbox"),
    **dict.fromkeys(
        ["messaging:rules", "messaging:rule", "messaging:settings", "rule_preview", "rule_test"], "rules"
    ),
    **dict.fromkeys(
        ["messaging:stop", "messaging:start", "messaging:rule_on", "messaging:rule_off"], "rules"
    ),
    **dict.fromkeys(["messaging:providers", "messaging:provider_test", "messaging:after_restore"], "rules"),
    "accounts:profile": "profile",
    **dict.fromkeys(["bookings:diary", "bookings:diary_sheet"], "diary"),
}


def _place(view_name: str) -> str:
    return PLACES.get(view_name) or view_name.partition(":")[0]


@register.simple_tag
def alert_count(count: int) -> str:
    """The open alerts as a red number; nothing when there are none. Stands in <span class="alert-count">."""
    return _count(count, "open", css="count count--critical")


@register.simple_tag(takes_context=True)
def nav_item(
    context: dict,
    url_name: str,
    label: str,
    icon_name: str,
    *,
    count: int = 0,
    key: str = "",
    css: str = "nav__link",
) -> SafeString:
    """A place of the frame, marked on every page that belongs to it."""
    is_current = _place(context["here"]) == _place(url_name)
    if url_name == "alerts:list":
        waits = format_html('<span class="alert-count">{}</span>', alert_count(count))
    else:
        waits = _count(count, "waiting")
    return format_html(
        '<a class="{}" href="{}"{}{}>{}<span class="nav__label">{}</span> {}</a>',
        css,
        reverse(url_name),
        mark_safe(' aria-current="page"') if is_current else "",
        format_html(' data-key="{}"', key) if key else "",
        icon(icon_name, 18),
        label,
        waits,
    )


def _count(count: int, what: str, css: str = "count") -> str:
    if not count:
        return ""
    return format_html(
        '<span class="{}">{}<span class="visually-hidden"> {}</span></span>', css, capped(count), what
    )
