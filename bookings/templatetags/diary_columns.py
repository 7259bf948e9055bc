"""The columns of the diary: heads, what is not free, and the free cells. Written here, as the cards are."""

from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from bookings.diary.forms import DiaryForm
from bookings.diary.picture import Column, Picture
from bookings.hours.permissions import CHANGE, may_take_off
from bookings.templatetags.diary import place
from bookings.templatetags.offers import block_path
from bookings.times.wallclock import Range, as_clock
from careops.core.icons import icon
from careops.core.moments import day
from careops.core.people import hue, initials

register = template.Library()


@register.simple_tag
def diary_heads(picture: Picture, form: DiaryForm, user: User) -> SafeString:
    """Who, or which day, each column is about, with what can be done with it."""
    heads = _days if form.mode == "week" else _people
    return mark_safe("".join(heads(picture, form, user)))  # noqa: S308 - what people typed is escaped


def _days(picture: Picture, form: DiaryForm, _):
    for number, column in enumerate(picture.columns, 1):
        link = _link(form, date=column.day.isoformat(), view=None, staff=column.person.pk)
        today = " is-today" if column.day == form.today else ""
        yield (
            f'<div class="diary__head c{number}{today}"><a class="diary__who" href="{link}">'
            f'<span class="diary__name">{day(column.day)}</span> {_share(column)}</a></div>'
        )


def _people(picture: Picture, form: DiaryForm, user: User):
    everybody = _item(escape(form.cleared), "users", "Everybody") if form.only_staff else ""
    for number, column in enumerate(picture.columns, 1):
        person = column.person
        name = escape(person.name)
        items = _item(_link(form, view="week", staff=person.pk), "calendar-range", "Their week")
        alone = {"date": column.day.isoformat(), "view": None, "staff": person.pk}
        items += everybody or _item(_link(form, **alone), "user-round", "Only this person")
        items += _hours(column, user)
        yield (
            f'<div class="diary__head c{number}"><details class="menu menu--left" data-menu><summary>'
            f'<span class="avatar avatar--small hue-{hue(person.pk)}" aria-hidden="true">'
            f'{escape(initials(person.name))}</span> <span class="diary__who">'
            f'<span class="diary__name">{name}</span> {_share(column)}</span>{icon("chevron-down", 14)}</summary>'
            f'<div class="menu__panel">{items}</div></details></div>'
        )


def _link(form: DiaryForm, **values) -> str:
    return escape(form.link(**values))


def _item(link: str, symbol: str, words: str) -> str:
    return f'<a class="menu__item" href="{link}">{icon(symbol, 18)}{words}</a> '


def _hours(column: Column, user: User) -> str:
    items, person = "", column.person.pk
    if not may_take_off(user, person):
        return '<p class="menu__head muted">Only an admin can block their time.</p>'
    if column.free:
        link = escape(block_path(person, column.day, column.free[0].start))
        items = _item(link, "calendar-off", "Block an hour")
    if user.has_perm(CHANGE):
        items += _item(reverse("bookings:hours_week", args=[person]), "clock", "Hours")
    return items


def _share(column: Column) -> str:
    return "" if column.share is None else f'<span class="diary__share">{column.share}% booked</span>'


@register.simple_tag
def diary_columns(picture: Picture, *, may_book: bool) -> SafeString:
    """What is not free, and over it links to book what is."""
    create = reverse("bookings:create")
    columns = []
    for number, column in enumerate(picture.columns, 1):
        cells = _cells(column, create) if may_book and column.free else ""
        columns.append(f'<div class="diary__column c{number}">{_bands(column, picture)}{cells}</div>')
    return mark_safe("".join(columns))  # noqa: S308 - what people typed is escaped


def _bands(column: Column, picture: Picture) -> str:
    first, last = picture.first * 60, picture.last * 60
    bands = []
    for band in column.bands:
        at = Range(max(band.at.start, first), min(band.at.end, last))
        if at.start < at.end:
            bands.append(f'<div class="band band--{band.kind} {place(at)}">{escape(band.label)}</div>')
    return "".join(bands)


def _cells(column: Column, create: str) -> str:
    link = f"{create}?staff={column.person.pk}&amp;starts_at={column.day}T"
    cells = " ".join(
        f'<a class="cell {place(at)}" href="{link}{as_clock(at.start)}" tabindex="-1">{as_clock(at.start)}</a>'
        for at in column.free
    )
    name = f"Free times of {escape(column.person.name)}, {day(column.day)}"
    return f'<nav class="cells" aria-label="{name}">{cells}</nav>'
