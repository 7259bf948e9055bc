"""The pages of the diary: what they show to whom, what the filters do, and what it costs."""

import datetime

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.template.loader import render_to_string
from django.urls import resolve

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings import services
from bookings.models import Booking
from bookings.templatetags.diary import SYMBOLS, place, state_of
from bookings.tests.factories import (
    BookingFactory,
    ClosedDayFactory,
    ServiceFactory,
    TimeOffFactory,
    WorkingHoursFactory,
)
from bookings.wallclock import Range
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)  # a Tuesday
MINUTE = datetime.timedelta(minutes=1)
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FRAME = 3  # session, user with permissions, frame
URL = "/bookings/calendar/"


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOW, tick=False):
        yield


def book(start, name="Ada", **values) -> Booking:
    """A visit that begins ``start`` away from noon."""
    contact = values.pop("contact", None) or ContactFactory(name=name)
    return BookingFactory(contact=contact, starts_at=NOW + start, now=NOW - 3 * DAY, **values)


def arrived(start, since, **values) -> Booking:
    booking = book(start, **values)
    return services.arrive_booking(booking=booking, by=booking.staff, now=NOW - since)


def shown(client, query="", **headers):
    response = client.get(f"{URL}{query}", headers=headers)
    assert response.status_code == 200
    return response


def cards(response) -> list[int]:
    return [card.booking.pk for card in response.context["picture"].cards]


def names(response) -> list[str]:
    return [column.person.name for column in response.context["picture"].columns]


# --- The day ---


def test_day_shows_todays_visits_of_everybody(as_staff):
    ada, ben = book(-HOUR, "Ada"), book(2 * HOUR, "Ben & <Co>")
    book(DAY, "Cleo")

    response = shown(as_staff)

    assert cards(response) == [ada.pk, ben.pk]
    html = response.content.decode()
    assert "Ben &amp; &lt;Co&gt;" in html
    assert "Cleo" not in html


def test_day_has_a_column_for_everybody_who_works_or_is_visited(as_staff):
    worker, visited, idle = (UserFactory(name=name) for name in ("Wanda", "Viola", "Ida"))
    WorkingHoursFactory(staff=worker, weekday=1)
    WorkingHoursFactory(staff=idle, weekday=2)
    book(HOUR, staff=visited)

    assert names(shown(as_staff)) == ["Viola", "Wanda"]


def test_day_keeps_the_column_of_somebody_who_has_left(as_staff):
    left = UserFactory(name="Lea")
    visit = book(HOUR, staff=left)
    type(left).objects.filter(pk=left.pk).update(is_active=False)

    response = shown(as_staff)

    assert names(response) == ["Lea"]
    assert cards(response) == [visit.pk]


def test_day_shows_whoever_is_away_and_why(as_staff):
    worker = UserFactory(name="Wanda")
    WorkingHoursFactory(staff=worker, weekday=1)
    TimeOffFactory(staff=worker, starts_at=NOW + HOUR, ends_at=NOW + 3 * HOUR, reason="Dentist & <co>")

    html = shown(as_staff).content.decode()

    assert 'band band--off h13 dh2">Dentist &amp; &lt;co&gt;<' in html


def test_day_on_which_nobody_works_says_so(as_staff):
    worker = UserFactory()
    WorkingHoursFactory(staff=worker, weekday=1)
    ClosedDayFactory(date=NOW.date())

    assert "Nobody works this day" in shown(as_staff).content.decode()


def test_day_follows_the_zone_of_the_business(as_staff):
    Business.objects.current()
    Business.objects.update(time_zone="Asia/Tokyo")
    visit = book(4 * HOUR)  # one in the morning of the next day there

    assert shown(as_staff, "?date=2026-11-24").context["picture"].cards == []
    assert cards(shown(as_staff, "?date=2026-11-25")) == [visit.pk]


def test_free_cells_lead_to_the_booking_form(as_staff):
    worker = UserFactory(name="Wanda")
    WorkingHoursFactory(staff=worker, weekday=1)

    html = shown(as_staff).content.decode()

    assert f'href="/bookings/new/?staff={worker.pk}&amp;starts_at=2026-11-24T12:00"' in html
    assert "T11:30" not in html
    query = f"contact={ContactFactory().pk}&staff={worker.pk}&starts_at=2026-11-24T12:00"
    form = as_staff.get(f"/bookings/new/?{query}").context["form"]
    assert str(form["staff"].value()) == str(worker.pk)
    assert str(form["starts_at"].value()).startswith("2026-11-24T12:00")


def test_time_off_is_filled_in_from_the_head_of_a_column(as_admin, as_staff):
    worker = UserFactory(name="Wanda")
    WorkingHoursFactory(staff=worker, weekday=1)
    link = (
        f"/bookings/hours/{worker.pk}/time-off/?first=2026-11-24&amp;last=2026-11-24&amp;first_time=12%3A00"
    )

    html = shown(as_admin).content.decode()

    assert link in html
    assert "time-off" not in shown(as_staff).content.decode()
    page = as_admin.get(link.replace("&amp;", "&") + "&last_time=13%3A00").content.decode()
    assert 'value="12:00"' in page


# --- Filters ---


def test_filter_by_person(as_staff):
    mine, _ = book(HOUR, staff=UserFactory(name="Mia")), book(HOUR)

    response = shown(as_staff, f"?staff={mine.staff_id}")

    assert cards(response) == [mine.pk]
    assert names(response) == ["Mia"]


def test_filter_by_service_hides_the_others_and_keeps_their_time(as_staff):
    visit = book(HOUR)
    other = book(3 * HOUR, "Bea", staff=visit.staff)

    response = shown(as_staff, f"?service={visit.service_id}")

    assert cards(response) == [visit.pk]
    assert "band--busy" in response.content.decode()
    assert other.contact.name not in response.content.decode().split('id="picture"')[1]


def test_filters_stay_when_the_day_changes(as_staff):
    visit = book(HOUR)

    html = shown(as_staff, f"?staff={visit.staff_id}&service={visit.service_id}").content.decode()

    assert f"?date=2026-11-25&amp;staff={visit.staff_id}&amp;service={visit.service_id}" in html
    assert f"?date=2026-11-23&amp;staff={visit.staff_id}&amp;service={visit.service_id}" in html


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?date=1999-12-31", "Choose a date between 2000 and 2099. This is today."),
        ("?date=tomorrow", "Enter a valid date. This is today."),
        ("?date=2026-02-30", "Enter a valid date. This is today."),
        ("?staff=999999", "Nobody of that name works here. This is everybody."),
        ("?staff=x", "Nobody of that name works here. This is everybody."),
        ("?service=0", "There is no such service."),
    ],
)
def test_what_cannot_be_understood_is_today_and_everybody_and_says_so(query, sentence, as_staff):
    visit = book(HOUR)

    response = shown(as_staff, query)

    assert sentence in response.content.decode()
    assert cards(response) == [visit.pk]


@pytest.mark.parametrize("date", ["2000-01-01", "2099-12-31"])
@pytest.mark.parametrize("view", ["day", "week", "agenda", "nonsense"])
def test_the_ends_of_the_century_can_be_looked_at(date, view, as_staff):
    shown(as_staff, f"?date={date}&view={view}")


# --- Week and agenda ---


def test_week_of_everybody_counts_visits_and_leads_to_their_days(as_staff):
    worker = UserFactory(name="Wanda")
    WorkingHoursFactory(staff=worker, weekday=1)
    book(HOUR, staff=worker)
    book(-3 * HOUR, staff=worker)

    response = shown(as_staff, "?view=week")

    ((person, loads),) = response.context["week"]
    assert person.name == "Wanda"
    assert [(load.count, load.share) for load in loads] == [(0, None), (2, 25), *[(0, None)] * 5]
    assert f"?date=2026-11-24&amp;staff={worker.pk}" in response.content.decode()


def test_week_of_one_person_has_a_column_a_day(as_staff):
    worker = UserFactory()
    tuesday, friday = book(HOUR, staff=worker), book(3 * DAY, staff=worker)
    book(7 * DAY, staff=worker)

    response = shown(as_staff, f"?view=week&staff={worker.pk}")

    assert [(card.booking.pk, card.column) for card in response.context["picture"].cards] == [
        (tuesday.pk, 2),
        (friday.pk, 5),
    ]


def test_agenda_lists_seven_days_by_time(as_staff):
    later, sooner = book(3 * DAY), book(HOUR)
    book(7 * DAY)

    response = shown(as_staff, "?view=agenda")

    assert [card.booking.pk for card in response.context["agenda"]["cards"]] == [sooner.pk, later.pk]
    assert response.content.decode().index("<h2>Tue 24 Nov") < response.content.decode().index(
        "<h2>Fri 27 Nov"
    )


def test_agenda_says_where_to_read_on(as_staff, monkeypatch):
    monkeypatch.setattr("bookings.diary_data.MOST_IN_AGENDA", 1)
    book(HOUR)
    book(3 * DAY)

    agenda = shown(as_staff, "?view=agenda").context["agenda"]

    assert len(agenda["cards"]) == 1
    assert agenda["more"] == "?date=2026-11-27&view=agenda"


# --- The desk ---


def test_desk_says_who_waits(as_staff):
    here = arrived(15 * MINUTE, 12 * MINUTE, name="Hera")
    late = book(-6 * MINUTE, "Lars")
    book(-4 * MINUTE, "Onno")  # not late yet
    missing = book(-2 * HOUR, "Mona")
    book(-15 * DAY, "Long ago")
    request = book(2 * DAY, "Rita")
    Booking.objects.filter(pk=request.pk).update(status="requested")

    response = shown(as_staff)

    desk = response.context["desk"]
    assert [
        [visit.pk for visit in part] for part in (desk.arrived, desk.late, desk.missing, desk.requests)
    ] == [[here.pk], [late.pk], [missing.pk], [request.pk]]
    html = response.content.decode()
    assert f'formaction="/bookings/{request.pk}/confirm/"' in html
    assert f'formaction="/bookings/{late.pk}/arrive/"' in html
    assert f'formaction="/bookings/{missing.pk}/complete/"' in html
    assert "12 min" in html


@pytest.mark.parametrize("query", ["?date=2026-11-25", "?view=week", "?view=agenda"])
def test_desk_stands_above_today_only(query, as_staff):
    book(-6 * MINUTE)

    assert 'class="desk"' in shown(as_staff).content.decode()
    assert 'class="desk"' not in shown(as_staff, query).content.decode()


def test_desk_is_empty_where_nobody_waits(as_staff):
    book(2 * HOUR)

    assert 'class="desk"' not in shown(as_staff).content.decode()


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
    services.cancel_booking(booking=gone, by=gone.staff, now=NOW)

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


# --- What it costs ---


@pytest.mark.parametrize("visits", [1, 40])
@pytest.mark.parametrize(
    ("query", "queries"),
    [("", 8), ("?view=week", 7), ("?view=agenda", 7), ("sheet/", 1)],
)
def test_diary_costs_the_same_however_many_visits_there_are(
    visits, query, queries, as_staff, django_assert_num_queries
):
    service, people = ServiceFactory(buffer_after=5), UserFactory.create_batch(4)
    for person in people:
        WorkingHoursFactory(staff=person, weekday=1)
    for number in range(visits):
        book((number // 4 - 4) * 75 * MINUTE, staff=people[number % 4], service=service, notes="Knee")

    with django_assert_num_queries(FRAME + queries):
        shown(as_staff, query)


def test_panel_costs_few_queries(as_staff, django_assert_num_queries):
    visit = book(HOUR)

    with django_assert_num_queries(FRAME + 4):
        shown(as_staff, f"?visit={visit.pk}", **{"HX-Request": "true", "HX-Target": "panel"})


# --- The way there ---


def test_sidebar_leads_to_the_calendar():
    page = render_to_string("_ui/sidebar.html", {"here": "bookings:diary", "business": "Ada’s"})

    assert 'href="/bookings/calendar/" aria-current="page" data-key="g d"' in page
    assert page.count('aria-current="page"') == 1
