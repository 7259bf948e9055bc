"""The next free times beside the booking form, and the page that says why a time is not offered."""

import datetime

import pytest
import time_machine
from django.utils.html import strip_tags

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings.hours import services as hours_services
from bookings.models import Booking
from bookings.tests.factories import (
    BookingFactory,
    ClosedDayFactory,
    ServiceFactory,
    TimeOffFactory,
    work_always,
)
from bookings.times.wallclock import Range
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)  # a Monday
TUESDAY = datetime.date(2026, 11, 24)
OFFICE = {weekday: [Range(9 * 60, 12 * 60)] for weekday in range(5)}


@pytest.fixture(autouse=True)
def _monday(db):
    Business.objects.current()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def service():
    return ServiceFactory(name="Massage", minutes=60, step=60, notice=0)


@pytest.fixture
def ada():
    person = UserFactory(name="Ada")
    hours_services.set_week(staff=person, week=OFFICE, by=None)
    return person


@pytest.fixture
def ben():
    person = UserFactory(name="Ben")
    hours_services.set_week(staff=person, week=OFFICE, by=None)
    return person


def at(hour, day=TUESDAY):
    return datetime.datetime(day.year, day.month, day.day, hour, tzinfo=datetime.UTC)


def proposed(page):
    return [
        (f"{choice.at:%a %H:%M}", choice.name)
        for _, choices, _ in page.context["found"].days
        for choice in choices
    ]


# --- Next free ---


def test_new_booking_proposes_the_next_free_times_across_people(as_staff, service, ada, ben):
    contact = ContactFactory()
    BookingFactory(service=service, staff=ada, starts_at=at(9), now=NOW)

    page = as_staff.get(f"/bookings/new/?contact={contact.pk}&service={service.pk}")

    assert proposed(page)[:4] == [
        ("Tue 09:00", "Ben"),
        ("Tue 10:00", "Ben"),
        ("Tue 11:00", "Ben"),
        ("Wed 09:00", "Ada"),
    ]
    assert f'name="slot" value="{ben.pk} 2026-11-24T09:00"' in page.content.decode()


def test_a_proposed_time_fills_in_the_form_and_can_be_booked(as_staff, service, ada):
    contact = ContactFactory()
    page = as_staff.get(f"/bookings/new/?contact={contact.pk}&service={service.pk}")
    choice = page.context["found"].days[0][1][0]

    asked = {"contact": contact.pk, "service": service.pk}
    filled = as_staff.post("/bookings/new/", asked | {"slot": choice.value}).context["form"]
    typed = {name: filled[name].value() for name in ("staff", "starts_at")}
    as_staff.post("/bookings/new/", asked | typed)

    booking = Booking.objects.get()
    assert (booking.starts_at, booking.staff, booking.service) == (at(9), ada, service)


def test_new_booking_without_a_service_asks_for_one(as_staff, service, ada):
    page = as_staff.get(f"/bookings/new/?contact={ContactFactory().pk}")

    assert "Choose a service to see when there is room." in page.content.decode()


def test_next_free_is_for_one_person_and_from_a_day_on(as_staff, service, ada, ben):
    page = as_staff.get(f"/bookings/next-free/?service={service.pk}&only={ada.pk}&day=2026-11-26")

    assert proposed(page)[0] == ("Thu 09:00", "Ada")
    assert {name for _, name in proposed(page)} == {"Ada"}
    assert "<html" not in page.content.decode()


def test_later_days_are_one_click_and_keep_what_was_typed(as_staff, service, ada):
    values = {"service": service.pk, "notes": "Knee", "later": "2026-11-30"}

    page = as_staff.post("/bookings/new/", values)

    assert proposed(page)[0] == ("Mon 09:00", "Ada")
    assert "Knee" in page.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "service=abc",
        "service=999&only=abc&day=abc&booking=abc",
        "day=9999-12-31",
        "day=2099-12-31",
    ],
)
def test_next_free_takes_nonsense_for_nothing(query, as_staff, service, ada):
    query = query if "service" in query else f"service={service.pk}&{query}"

    assert as_staff.get(f"/bookings/next-free/?{query}").status_code == 200


def test_next_free_leads_to_the_hours_where_nobody_has_any(as_staff, as_admin, service):
    url = f"/bookings/next-free/?service={service.pk}"

    seen, led = as_staff.get(url).content.decode(), as_admin.get(url).content.decode()

    assert "Nobody who performs Massage has working hours yet" in seen
    assert "Only an admin can set them." in seen
    assert "Only an admin" not in led
    assert "Nothing is free" not in seen
    assert 'href="/bookings/hours/"' not in seen
    assert 'href="/bookings/hours/"' in led


def test_next_free_says_whose_hours_are_missing(as_admin, service, ada, ben):
    hours_services.set_week(staff=ben, week={}, by=None)
    service.performers.set([ben])

    nobody = as_admin.get(f"/bookings/next-free/?service={service.pk}").content.decode()
    alone = as_admin.get(f"/bookings/next-free/?service={service.pk}&only={ben.pk}").content.decode()

    assert "Nobody who performs Massage has working hours yet" in nobody
    assert "Ben has no working hours yet" in " ".join(alone.split())


def test_why_opens_beside_the_form_with_what_was_chosen(as_staff, service, ada):
    panel = as_staff.get(f"/bookings/next-free/?service={service.pk}&only={ada.pk}").content.decode()
    page = as_staff.get(f"/bookings/why/?service={service.pk}&staff={ada.pk}")

    assert f'href="/bookings/why/?service={service.pk}&amp;staff={ada.pk}" target="_blank"' in panel
    form = page.context["form"]
    assert not form.is_bound
    assert (form["service"].value(), form["staff"].value()) == (str(service.pk), str(ada.pk))
    assert "This field is required." not in page.content.decode()
    assert "verdicts" not in page.context


def test_next_free_says_when_there_is_no_room(as_staff, service, ada):
    TimeOffFactory(staff=ada, starts_at=NOW, ends_at=NOW + datetime.timedelta(days=90))

    page = as_staff.get(f"/bookings/next-free/?service={service.pk}")

    assert "Nothing is free from Mon 23 Nov to Thu 24 Dec." in strip_tags(page.text)


def test_edit_proposes_times_as_if_the_booking_were_not_there(as_staff, service, ada):
    booking = BookingFactory(service=service, staff=ada, starts_at=at(9), now=NOW)

    page = as_staff.get(f"{booking.get_absolute_url()}edit/")
    moved = as_staff.get(f"{booking.get_absolute_url()}edit/?starts_at=2026-11-24T10:00&staff={ada.pk}")

    assert proposed(page)[0] == ("Tue 09:00", "Ada")
    assert moved.context["form"]["starts_at"].value() == "2026-11-24T10:00"
    assert moved.context["form"]["service"].value() == service.pk


@pytest.mark.parametrize("people", [1, 3])
def test_next_free_costs_the_same_however_many_people_there_are(
    people, as_staff, service, django_assert_max_num_queries
):
    work_always(*UserFactory.create_batch(people))
    Business.objects.current()

    with django_assert_max_num_queries(14):
        as_staff.get(f"/bookings/next-free/?service={service.pk}")


# --- The hour that comes twice ---


def test_the_doubled_hour_is_proposed_once_and_books_the_first_one(as_staff, service, ada):
    work_always(ben := UserFactory(name="Ben"))
    contact = ContactFactory()
    page = as_staff.get(
        f"/bookings/next-free/?service={service.pk}&only={ben.pk}&day=2027-10-31&contact={contact.pk}"
    )

    clocks = [choice.wall[-5:] for choice in page.context["found"].days[0][1]]
    as_staff.post(
        "/bookings/new/",
        {"contact": contact.pk, "service": service.pk, "staff": ben.pk, "starts_at": "2027-10-31T01:00"},
    )

    assert clocks[:4] == ["00:00", "01:00", "02:00", "03:00"]
    assert Booking.objects.get().starts_at == datetime.datetime(2027, 10, 31, 0, tzinfo=datetime.UTC)


# --- Why not? ---


def why(client, service, clock, staff="", day="2026-11-24"):
    return client.get(f"/bookings/why/?service={service.pk}&staff={staff}&at={day}T{clock}")


def test_why_says_what_is_in_the_way_and_links_to_it(as_staff, service, ada):
    booking = BookingFactory(contact__name="Grace", service=service, staff=ada, starts_at=at(9), now=NOW)

    html = why(as_staff, service, "09:00", ada.pk).content.decode()

    assert "Ada is taken by Grace until 10:00." in html
    assert booking.get_absolute_url() in html


@pytest.mark.parametrize(
    ("day", "clock", "staff_may", "admin_may"),
    [
        ("2026-11-24", "09:00", True, True),  # taken: with a reason
        ("2026-11-23", "11:00", True, True),  # an hour ago
        ("2026-11-23", "10:59", False, True),
        ("2027-03-28", "01:30", False, False),  # the clocks go forward
    ],
)
def test_why_offers_to_book_what_they_can_overrule(
    day, clock, staff_may, admin_may, as_staff, as_admin, service, ada
):
    BookingFactory(service=service, staff=ada, starts_at=at(9), now=NOW)

    for client, may in ((as_staff, staff_may), (as_admin, admin_may)):
        html = why(client, service, clock, ada.pk, day).content.decode()
        assert ("Book it nevertheless" in html, "Cannot be booked" in html) == (may, not may)


@pytest.mark.parametrize(
    ("clock", "day", "sentence"),
    [
        ("13:00", "2026-11-24", "Ada works 09:00–12:00 on Tue 24 Nov."),
        ("10:00", "2026-11-28", "Ada does not work on Sat 28 Nov."),
        ("10:00", "2026-11-25", "Closed on Wed 25 Nov: Team training."),
        ("10:00", "2026-11-26", "Ada is off until Thu 26 Nov, 11:00."),
        ("10:10", "2026-11-24", "Times are offered at the full hour."),
        ("09:00", "2026-11-23", "That time has gone by."),
        ("10:00", "2027-03-01", "Customers can book until Fri 22 Jan, 60 days ahead."),
        ("01:30", "2027-03-28", "The clocks go forward that night, so there is no 01:30."),
    ],
)
def test_why_has_a_sentence_for_everything(clock, day, sentence, as_staff, service, ada):
    ClosedDayFactory(date=datetime.date(2026, 11, 25))
    TimeOffFactory(staff=ada, starts_at=at(10, datetime.date(2026, 11, 26)))

    assert sentence in why(as_staff, service, clock, ada.pk, day).content.decode()


def test_why_of_an_offered_time_says_so(as_staff, service, ada):
    html = why(as_staff, service, "10:00", ada.pk).content.decode()

    assert "Offered</span>" in html
    assert f"/bookings/new/?service={service.pk}&amp;staff={ada.pk}&amp;starts_at=2026-11-24T10:00" in html


def test_why_asks_about_everybody_who_performs_it(as_staff, service, ada, ben):
    service.performers.add(ada)

    page = why(as_staff, service, "10:00")

    assert [verdict.person.name for verdict in page.context["verdicts"]] == ["Ada"]
    assert "Ben does not perform Massage." in why(as_staff, service, "10:00", ben.pk).content.decode()


def test_why_offers_the_nearest_times(as_staff, service, ada):
    page = why(as_staff, service, "11:30", ada.pk)

    assert [f"{slot.at:%a %H:%M}" for slot, _ in page.context["near"]] == [
        "Tue 09:00",
        "Tue 10:00",
        "Tue 11:00",
    ]


def test_why_of_nobody_points_to_the_hours(as_staff, service):
    assert (
        "Nobody who performs this service has working hours yet."
        in why(as_staff, service, "10:00").content.decode()
    )


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("abc", "Enter a date and a time."),
        ("1999-01-01T10:00", "between 2000 and 2099"),
        ("", "This field is required."),
    ],
)
def test_why_refuses_nonsense_in_words(at, sentence, as_staff, service):
    page = as_staff.get(f"/bookings/why/?service={service.pk}&at={at}")

    assert page.status_code == 200
    assert sentence in page.content.decode()


@pytest.mark.parametrize("day", ["2000-01-01", "2099-12-31"])
def test_why_knows_the_ends_of_the_century(day, as_staff, service, ada):
    assert why(as_staff, service, "10:00", ada.pk, day).status_code == 200
