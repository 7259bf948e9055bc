"""A visit in the diary: its card, the panel that opens beside it, and its line on the sheet."""

import datetime
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Permission
from django.urls import resolve

from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.templatetags.diary import MARKS, SYMBOLS, place, state_of
from bookings.tests.diary_desk import URL, arrived, book, shown
from bookings.tests.factories import (
    ServiceFactory,
    WorkingHoursFactory,
)
from bookings.tests.pages import DAY, HOUR, NOW
from bookings.times.wallclock import Range
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

MINUTE = datetime.timedelta(minutes=1)


# --- Cards ---


@pytest.mark.parametrize(
    ("start", "values", "expected"),
    [
        (HOUR, {}, ("confirmed", "Confirmed")),
        (-5 * MINUTE, {}, ("late", "Late 5 min")),
        (-2 * HOUR, {}, ("missing", "Outcome missing")),
        (
            -80 * MINUTE,
            {"status": "arrived", "arrived_at": NOW - 65 * MINUTE},
            ("missing", "Outcome missing"),
        ),
        (-30 * MINUTE, {"status": "arrived", "arrived_at": NOW - 65 * MINUTE}, ("arrived", "Here 1 h 05")),
        (-2 * HOUR, {"status": "completed"}, ("completed", "Completed")),
        (-2 * HOUR, {"status": "no_show"}, ("no_show", "No-show")),
        (HOUR, {"status": "requested"}, ("requested", "Requested")),
    ],
)
def test_state_of_a_card(start, values, expected):
    visit = book(start)
    for name, value in values.items():
        setattr(visit, name, value)

    assert state_of(visit, NOW) == expected
    assert expected[0] in SYMBOLS


def test_card_has_marks_for_what_one_should_know(as_staff):
    visit = arrived(-10 * MINUTE, 10 * MINUTE, service=ServiceFactory(price=40), notes="Knee")
    Booking.objects.filter(pk=visit.pk).update(source="online", is_overbooked=True)

    html = shown(as_staff).content.decode()

    for words in ("Not paid", "Note", "Booked online", "On top of another visit"):
        assert f"<title>{words}</title>" in html
    assert "<title>Form missing</title>" not in html


def test_card_of_a_confirmed_visit_says_so_to_the_ear_only(as_staff):
    book(HOUR, "Ada")
    book(-2 * HOUR, "Ben")

    html = shown(as_staff).content.decode()

    assert '<p><span class="visually-hidden">Confirmed</span>' in html
    assert '<use href="#i-confirmed"/>' not in html
    assert '<use href="#i-missing"/></svg><span>Outcome missing</span>' in html


def test_legend_names_every_mark_once_there_is_something_to_mark(as_staff):
    empty = shown(as_staff).content.decode()
    book(HOUR, "Ada")

    html = shown(as_staff).content.decode()

    assert [words for words in MARKS.values() if f"</svg>{words}</li>" not in html] == []
    assert 'class="legend"' not in empty


@pytest.mark.parametrize(("start", "offered"), [(30 * MINUTE, True), (2 * HOUR, False), (-10 * MINUTE, True)])
def test_card_can_be_marked_as_arrived_around_its_time(start, offered, as_staff):
    visit = book(start)

    html = shown(as_staff).content.decode()

    assert (f'<button form="act" formaction="/bookings/{visit.pk}/arrive/"' in html) == offered


def test_addresses_of_the_buttons_exist():
    for path in ("confirm", "arrive", "complete", "no-show", "reopen"):
        assert resolve(f"/bookings/1/{path}/").namespace == "bookings"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 45, "h0 dm45"), (545, 605, "h9 m5 dh1"), (600, 665, "h10 dh1 dm5"), (0, 1440, "h0 dh24")],
)
def test_place_says_in_classes_where_something_lies(start, end, expected):
    assert place(Range(start, end)) == expected


# --- The panel ---


def test_panel_shows_the_visit_and_what_can_be_done(as_staff):
    contact = ContactFactory(name="Ada", phone="020 7946 0000")
    visit = book(10 * MINUTE, contact=contact, notes="Bad knee")

    response = shown(as_staff, f"?visit={visit.pk}")

    html = response.content.decode()
    assert 'href="tel:' in html
    assert "Bad knee" in html
    assert f'formaction="/bookings/{visit.pk}/arrive/" data-key="a"' in html
    assert f'value="{URL}?date=2026-11-24&amp;visit={visit.pk}"' in html
    assert "aria-current=true" in html


@pytest.mark.parametrize(("price", "words"), [("0", "£0"), ("12.50", "£12.50, not paid"), (None, None)])
def test_panel_tells_the_price_of_what_costs_nothing(price, words, as_staff):
    service = ServiceFactory(price=price and Decimal(price))
    visit = book(HOUR, service=service)

    html = " ".join(shown(as_staff, f"?visit={visit.pk}").content.decode().split()).replace("> <", "><")

    assert ("<dt>Price</dt>" in html) == (words is not None)
    assert words is None or f"<dt>Price</dt><dd> {words} </dd>" in html


def test_panel_reminds_and_cancels_what_is_to_come(as_staff):
    visit = book(HOUR, service=ServiceFactory(price=45))
    over = book(-2 * HOUR)
    back = f"{URL}?date=2026-11-24&visit="

    html = shown(as_staff, f"?visit={visit.pk}").content.decode()
    later = shown(as_staff, f"?visit={over.pk}").content.decode()

    assert f'formaction="/bookings/{visit.pk}/send-reminder/"' in html
    assert f'href="/bookings/{visit.pk}/cancel/ask/?next={quote(back)}{visit.pk}"' in html
    assert "£45, not paid" in html
    assert f"/bookings/{over.pk}/send-reminder/" not in later


def test_panel_alone_is_what_scripts_ask_for(as_staff):
    visit = book(HOUR)

    response = shown(as_staff, f"?visit={visit.pk}", **{"HX-Request": "true", "HX-Target": "panel"})

    html = response.content.decode()
    assert f'data-visit="{visit.pk}"' in html
    assert "<body" not in html
    assert 'class="visits"' not in html
    assert "HX-Target" in response["Vary"]


@pytest.mark.parametrize("key", ["999999", "x", "-1", "", "1" * 30, "²"])
def test_panel_without_a_visit_stays_closed(key, as_staff):
    response = shown(as_staff, f"?visit={key}")

    assert "data-visit" not in response.content.decode()


def test_picture_is_refreshed_with_the_desk(as_staff):
    book(-10 * MINUTE, "Lars")

    html = shown(as_staff, **{"HX-Request": "true", "HX-Target": "picture"}).content.decode()

    assert 'class="visits"' in html
    assert '<div id="desk" hx-swap-oob="innerHTML">' in html
    assert "<body" not in html


def test_whoever_may_only_look_has_no_buttons(as_staff, staff):
    staff.groups.clear()
    staff.user_permissions.add(Permission.objects.get(codename="view_booking"))
    worker = UserFactory()
    WorkingHoursFactory(staff=worker, weekday=1)
    visit = book(10 * MINUTE, staff=worker)

    html = shown(as_staff, f"?visit={visit.pk}").content.decode()

    assert "formaction" not in html
    assert 'class="cell' not in html


# --- The sheet ---


def test_sheet_lists_the_day_by_person(as_staff):
    ben, amy = UserFactory(name="Ben"), UserFactory(name="amy")
    book(HOUR, "Ada", staff=ben, notes="Knee")
    book(3 * HOUR, "Cleo", staff=ben)
    book(2 * HOUR, "Dora", staff=amy)
    book(DAY, "Erin")
    gone = book(5 * HOUR, "Fay")
    outcomes.cancel_booking(booking=gone, by=gone.staff, now=NOW)

    response = shown(as_staff, "sheet/?date=2026-11-24")

    assert [
        (person.name, [visit.contact.name for visit in visits])
        for person, visits in response.context["people"]
    ] == [("amy", ["Dora"]), ("Ben", ["Ada", "Cleo"])]
    html = response.content.decode()
    assert "Knee" in html
    assert "sidebar" not in html


def test_sheet_of_an_empty_day_says_so(as_staff):
    assert "No visits this day." in shown(as_staff, "sheet/?date=2030-01-01").content.decode()
