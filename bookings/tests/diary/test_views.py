"""The pages of the diary: what they show to whom, what the filters do, and what it costs."""

import datetime

import pytest
from django.template.loader import render_to_string

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings.diary import reading
from bookings.models import Booking
from bookings.tests.diary_desk import arrived, book, cards, names, shown
from bookings.tests.factories import (
    ClosedDayFactory,
    ServiceFactory,
    TimeOffFactory,
    WorkingHoursFactory,
    work_always,
)
from bookings.tests.pages import DAY, HOUR, NOW
from contacts.tests.factories import ContactFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

MINUTE = datetime.timedelta(minutes=1)
FRAME = 3  # session, user with permissions, frame


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


def test_day_leads_staff_to_block_their_own_time_and_says_who_blocks_that_of_others(as_staff, staff):
    tomorrow = f"?date={(NOW + DAY).date()}&staff="
    work_always(staff, other := UserFactory(name="Wanda"))

    own, theirs = (shown(as_staff, f"{tomorrow}{person.pk}").content.decode() for person in (staff, other))

    assert f"/bookings/hours/{staff.pk}/time-off/?first=" in own
    assert "Only an admin" not in own
    assert "Only an admin can block their time." in theirs
    assert "time-off" not in theirs


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
        ("?staff=999999", "Nobody of that name takes bookings. This is everybody."),
        ("?staff=x", "Nobody of that name takes bookings. This is everybody."),
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
    monkeypatch.setattr("bookings.diary.reading.MOST_IN_AGENDA", 1)
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


def test_desk_shows_who_is_here_however_much_was_never_closed(as_staff, monkeypatch):
    monkeypatch.setattr(reading, "MOST_AT_THE_DESK", 3)
    missing = [book(-days * DAY) for days in (3, 2, 1)]
    here, late = arrived(-HOUR, HOUR), book(-6 * MINUTE)
    early, request = arrived(15 * MINUTE, MINUTE), book(2 * DAY)
    Booking.objects.filter(pk=request.pk).update(status="requested")

    desk = shown(as_staff).context["desk"]

    assert (desk.arrived, desk.late) == ([here, early], [late])
    assert (desk.missing, desk.requests) == ([missing[-1]], [request])


@pytest.mark.parametrize("query", ["?date=2026-11-25", "?view=week", "?view=agenda"])
def test_desk_stands_above_today_only(query, as_staff):
    book(-6 * MINUTE)

    assert 'class="desk"' in shown(as_staff).content.decode()
    assert 'class="desk"' not in shown(as_staff, query).content.decode()


def test_desk_is_empty_where_nobody_waits(as_staff):
    book(2 * HOUR)

    assert 'class="desk"' not in shown(as_staff).content.decode()


# --- What it costs ---


@pytest.mark.parametrize("visits", [1, 8])
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
