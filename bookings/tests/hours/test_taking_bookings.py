"""Who takes no bookings is given none, and keeps the visits that are theirs."""

import pytest

from accounts.models import User
from accounts.tests.factories import UserFactory
from bookings.hours.reading import people
from bookings.models import Booking
from bookings.slots.for_customers import who_takes
from bookings.tests.desk.test_move_page import edited
from bookings.tests.diary_desk import book, cards, names, shown
from bookings.tests.factories import TERMS, ServiceFactory, work_always
from bookings.tests.pages import DAY, HOUR, NOW, rows, words
from bookings.times.roster import Code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def priya(staff):
    """Somebody who has hours, a visit in an hour, and takes no bookings any more; Sara does."""
    priya = UserFactory(name="Priya Nair")
    work_always(priya, staff)
    book(HOUR, staff=priya, service=ServiceFactory(name="Cupping", step=60))
    User.objects.filter(pk=priya.pk).update(takes_bookings=False)
    priya.refresh_from_db()
    return priya


@pytest.fixture
def visit(priya):
    return Booking.objects.get(staff=priya)


def test_nobody_can_choose_them(as_admin, priya, staff):
    massage = ServiceFactory(name="Massage")
    pages = [
        "new/",
        f"next-free/?service={massage.pk}",
        "why/",
        "share/",
        "services/new/",
        "calendar/?date=2026-11-25",
    ]

    said = {path: words(as_admin.get(f"/bookings/{path}")) for path in pages}

    assert [path for path, page in said.items() if "Sara Staff" not in page or "Priya" in page] == []
    listed = as_admin.get("/bookings/hours/").context["people"]
    assert priya not in [person for person, week in listed]
    assert priya not in people()


def test_customers_are_not_offered_them(client, staff, priya):
    massage = ServiceFactory(name="Massage")

    page = client.get(f"/book/{massage.pk}/times/", {"staff": priya.pk}, follow=True)

    assert "Priya" not in words(page)
    assert who_takes(massage, today=NOW.date()) == [staff]


def test_a_booking_with_them_is_refused(as_staff, ada, priya):
    typed = {"contact": ada.pk, "service": ServiceFactory().pk, "staff": priya.pk}
    before = rows()

    response = as_staff.post("/bookings/new/", typed | {"starts_at": "2026-11-26T14:30"})

    assert "staff" in response.context["form"].errors
    assert rows() == before


def test_the_diary_shows_them_while_they_have_visits_and_offers_nothing(as_staff, staff, priya, visit):
    today, tomorrow = shown(as_staff), shown(as_staff, f"?date={(NOW + DAY).date()}")

    assert names(today) == ["Sara Staff", "Priya Nair"]
    assert cards(today) == [visit.pk]
    assert names(tomorrow) == ["Sara Staff"]
    assert f"?staff={staff.pk}&amp;starts_at=" in today.content.decode()
    assert f"?staff={priya.pk}&amp;starts_at=" not in today.content.decode()
    alone = shown(as_staff, f"?staff={priya.pk}&hours=all")
    assert (names(alone), cards(alone)) == (["Priya Nair"], [visit.pk])
    assert not alone.context["form"].wrong
    assert f"?staff={priya.pk}&amp;starts_at=" not in alone.content.decode()


def test_their_visits_move_and_are_handed_over(as_staff, staff, priya, visit):
    moved = as_staff.post(f"{visit.get_absolute_url()}edit/", edited(visit, starts_at="2026-11-24T17:00"))
    visit.refresh_from_db()
    assert (moved.status_code, visit.starts_at, visit.staff) == (302, NOW + 5 * HOUR, priya)

    given = as_staff.post(f"{visit.get_absolute_url()}edit/", edited(visit, staff=staff.pk))
    visit.refresh_from_db()
    assert (given.status_code, visit.staff) == (302, staff)


def test_their_visits_stand_among_those_outside_of_hours(as_admin, visit):
    [(found, reasons)] = as_admin.get("/bookings/hours/").context["outside"]

    assert found == visit
    assert [(reason.code, reason.sentence) for reason in reasons] == [
        (Code.LEFT, "Priya Nair does not take bookings any more.")
    ]


def test_a_service_keeps_them_as_its_performers(as_admin, priya):
    service = ServiceFactory(name="Massage")
    service.performers.set([priya])
    url = service.get_absolute_url()
    form = TERMS | {"name": "Massage", "minutes": "45", "is_active": "on", "performers": [priya.pk]}

    offered = as_admin.get(url).context["form"].fields["performers"].queryset
    saved = as_admin.post(url, form)

    assert priya in offered
    assert saved.status_code == 302
    service.refresh_from_db()
    assert (service.minutes, [*service.performers.all()]) == (45, [priya])
