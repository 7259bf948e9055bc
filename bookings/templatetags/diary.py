"""The cards, bands and free cells of the diary.

Written here and not as templates, as a busy day has hundreds of them. Where each one lies is said by classes, which
static/css/pages/diary_scale.css turns into numbers: column 2, from 9:30, for an hour: c2 h9 m30 dh1.
"""

import datetime
import re
from functools import lru_cache
from html import escape

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from bookings import looks, states
from bookings.desk.buttons import Button, buttons_of
from bookings.diary.cards import Card
from bookings.diary.reading import LATE_AFTER
from bookings.models import Booking
from bookings.times.wallclock import Range, as_clock
from careops.core.icons import icon
from careops.core.moments import day

register = template.Library()

MINUTE = datetime.timedelta(minutes=1)
SOON = datetime.timedelta(hours=1)  # before the start, somebody may well be here already
TINY, SHORT = 26, 42  # minutes in which there is room for less than two lines, and less than three

SYMBOLS = {str(status): look.icon for status, look in looks.VISITS.items()} | {
    "late": "clock-alert",
    "missing": looks.OUTCOME_MISSING.icon,
    "here": "map-pin-check",
    "form": "clipboard-x",
    "unpaid": "banknote",
    "note": "sticky-note",
    "online": "globe",
    "over": "layers",
}
MARKS = {
    "here": "Says they are here",
    "form": "Form missing",
    "unpaid": "Not paid",
    "note": "Note",
    "online": "Booked online",
    "over": "On top of another visit",
}


@register.simple_tag
def diary_symbols() -> SafeString:
    """The icons of the cards, once: the cards point to them."""
    symbols = []
    for key, name in SYMBOLS.items():
        drawing = re.search(r"<svg[^>]*>(.*)</svg>", icon(name), re.DOTALL)[1]
        lines = " ".join(drawing.split())
        symbols.append(f'<symbol id="i-{key}" viewBox="0 0 24 24">{lines}</symbol>')
    return mark_safe(f'<svg class="diary-symbols" aria-hidden="true">{"".join(symbols)}</svg>')  # noqa: S308


@register.simple_tag
def diary_cards(
    cards: list[Card], query: str, chosen: int | None, *, may_change: bool, days: bool
) -> SafeString:
    """The visits in the order of time; each leads to itself in the panel.

    :param query: what is shown, as a query string
    :param chosen: the primary key of the visit in the panel, None: the panel is closed
    :param days: whether there are several days, each with a heading in the agenda
    """
    now, zone, parts, shown = timezone.now(), timezone.get_current_timezone(), [], None
    link = escape(query) + ("&amp;" if "?" in query and len(query) > 1 else "")
    for card in cards:
        visit = card.booking
        start, end = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
        if days and start.date() != shown:
            parts.append(f'<li class="visits__day"><h2>{day(start)}</h2></li>')
            shown = start.date()
        begins, ends = (f'<time datetime="{at:%Y-%m-%dT%H:%M}">{at:%H:%M}</time>' for at in (start, end))
        clocks = f"{begins}<small>–{ends}</small>"
        parts.append(_card(card, link, visit.pk == chosen, may_change, now, clocks))
    return mark_safe("".join(parts))  # noqa: S308 - what people typed is escaped


def _card(
    card: Card, link: str, is_chosen: bool, may_change: bool, now: datetime.datetime, clocks: str
) -> str:
    visit = card.booking
    look, words = state_of(visit, now)
    classes = ["visit", f"is-{look}", f"hue-{visit.service.colour}", f"c{card.column}", place(card.at)]
    if card.lanes > 1:
        classes += [f"l{card.lane}", f"w{card.lanes}"]
    minutes = card.at.end - card.at.start
    if minutes < SHORT:
        classes.append("is-tiny" if minutes < TINY else "is-short")
    arrive = ""
    if (
        may_change
        and visit.is_confirmed
        and visit.starts_at - SOON <= now
        and not states.ARRIVE.refusal(visit, now)
    ):
        arrive = (
            f'<button form="act" formaction="/bookings/{visit.pk}/arrive/" '
            f'aria-label="Arrived: {escape(visit.contact.name)}">Arrived</button>'
        )
    return (
        f'<li class="{" ".join(classes)}"{" aria-current=true" if is_chosen else ""}>'
        f'<a id="v{visit.pk}" href="{link}visit={visit.pk}">'
        f"{clocks} <b>{escape(visit.contact.name)}</b> <span>{escape(visit.service.name)}</span> "
        f"<i>with {escape(visit.staff.name)}</i></a>"
        f"<p>{_state(look, words)}{_marks(visit)}{arrive}</p></li>"
    )


def _state(look: str, words: str) -> str:
    """Its icon and words; of what is usual only the latter, for who does not see that nothing stands there."""
    if look == Booking.Status.CONFIRMED:
        return f'<span class="visually-hidden">{words}</span>'
    return f"{use(look)}<span>{words}</span>"


def state_of(visit: Booking, now: datetime.datetime) -> tuple[str, str]:
    """How a visit looks, and in words how it stands."""
    if visit.lacks_outcome(now=now):
        return "missing", looks.OUTCOME_MISSING.words
    if visit.status == Booking.Status.ARRIVED and visit.arrived_at:
        return "arrived", f"Here {waiting(visit.arrived_at, now)}"
    if visit.is_confirmed and visit.starts_at <= now - LATE_AFTER:
        return "late", f"Late {waiting(visit.starts_at, now)}"
    return visit.status, looks.VISITS[visit.status].words


def waiting(since: datetime.datetime, now: datetime.datetime) -> str:
    """12 min, 1 h 05"""
    minutes = max(0, (now - since) // MINUTE)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"


def marks_of(visit: Booking) -> list[str]:
    """The keys of the MARKS of what somebody should know before the visit begins."""
    is_due = visit.status in {Booking.Status.ARRIVED, Booking.Status.COMPLETED}
    found = {
        "here": visit.here_at and (visit.is_confirmed or visit.is_requested),
        "form": visit.lacks_form and visit.status in {*Booking.UNDER_WAY, Booking.Status.REQUESTED},
        "unpaid": visit.price and visit.paid_at is None and is_due,
        "note": visit.notes or visit.customer_wrote,
        "online": visit.source == Booking.Source.ONLINE,
        "over": visit.is_overbooked,
    }
    return [key for key, stands in found.items() if stands]


def _marks(visit: Booking) -> str:
    return "".join(use(key, MARKS[key]) for key in marks_of(visit))


@lru_cache(maxsize=512)
def use(key: str, title: str = "") -> str:
    """An icon of `diary_symbols`; without a title it is decoration."""
    if not title:
        return f'<svg aria-hidden="true"><use href="#i-{key}"/></svg>'
    return f'<svg role="img"><title>{title}</title><use href="#i-{key}"/></svg>'


@lru_cache(maxsize=4096)
def place(at: Range) -> str:
    """The classes that say where something lies; what is zero is left out."""
    minutes = at.end - at.start
    found = [f"h{at.start // 60}"]
    found += [f"m{at.start % 60}"] if at.start % 60 else []
    found += [f"dh{minutes // 60}"] if minutes >= 60 else []
    found += [f"dm{minutes % 60}"] if minutes % 60 else []
    return " ".join(found)


@register.filter
def waiting_minutes(since: datetime.datetime | None) -> str:
    return waiting(since, timezone.now()) if since else ""


@register.filter
def desk_buttons(visit: Booking, paths: str) -> list[Button]:
    """Those of the buttons of a visit that are named, as far as they may be pressed now."""
    buttons = {button.path: button for button in buttons_of(visit, now=timezone.now())}
    return [buttons[path] for path in paths.split() if path in buttons]


@register.simple_tag
def diary_legend() -> SafeString:
    """What the marks of the cards mean."""
    items = (f"<li>{use(key)}{words}</li>" for key, words in MARKS.items())
    return mark_safe(f'<ul class="legend" aria-label="Marks">{"".join(items)}</ul>')  # noqa: S308


@register.filter
def hour_clock(hour: int) -> str:
    """09:00 for 9"""
    return as_clock(hour * 60)


@register.filter
def placed(minute: int) -> str:
    """The classes of a moment, given in minutes after midnight."""
    return place(Range(minute, minute))
