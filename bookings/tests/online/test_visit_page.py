"""What customers see and do behind the private link of a visit."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from accounts.models import AuditEntry, Business, User
from bookings.messages import links
from bookings.models import Booking, Service
from bookings.slots import for_customers
from bookings.tests.acts import HOUR, NOW, START, book, change, done_to, everything, messages, said
from bookings.tests.factories import ServiceFactory, work_always
from contacts.tests.factories import ContactFactory
from messaging.models import Address

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def booking(staff):
    values = {"name": "Riverside", "phone": "020 7946 0000", "address": "1 River Road"}
    Business.objects.update_or_create(pk=1, defaults=values)
    contact = ContactFactory(name="Ada Lovelace", email="ada@client.example", phone="+447911123456")
    service = ServiceFactory(name="Massage", price="45.00", horizon=60)
    return book(staff=staff, contact=contact, service=service, notes="Bad knee")


def path(name, booking):
    return reverse(name, args=[links.visit_token(booking)])


def look(client, booking) -> str:
    response = client.get(path("visit", booking))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def press(client, name, booking, **values):
    return client.post(path(name, booking), {"schedule_no": booking.schedule_no, **values})


def words(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_page_says_what_when_where_and_with_whom(client, booking):
    page = look(client, booking)

    for part in [
        "Massage",
        "Tuesday 24 November 2026, 14:30",
        "15:30",
        "London time",
        "1 River Road",
        "Sara",
    ]:
        assert part in page
    assert "£45" in page
    assert "You are booked" in page


def test_the_page_shows_no_more_of_the_person_than_their_first_name(client, booking):
    page = look(client, booking)

    assert "Ada" in page
    for secret in ["Lovelace", "ada@client.example", "7911", "Bad knee"]:
        assert secret not in page


def test_the_page_links_to_what_they_get_from_us(client, booking):
    address = Address.objects.create(channel="email", value="ada@client.example")

    assert reverse("preferences", args=[address.token]) in look(client, booking)


def test_whoever_booked_online_does_not_decide_what_the_contact_gets(client, booking):
    Booking.objects.update(source=Booking.Source.ONLINE)
    address = Address.objects.create(channel="email", value="ada@client.example")

    assert reverse("preferences", args=[address.token]) not in look(client, booking)


def test_looking_takes_a_handful_of_statements(client, booking):
    client.get(path("visit", booking))

    with CaptureQueriesContext(connection) as queries:
        client.get(path("visit", booking))

    ours = [
        query["sql"] for query in queries if ' "bookings_' in query["sql"] or ' "messaging_' in query["sql"]
    ]
    assert len(ours) == 3  # the visit, its forms, what is known of the addresses


STATES = {
    "requested": {"status": "requested"},
    "confirmed": {},
    "coming": {"attending_at": NOW},
    "arrived": {"status": "arrived"},
    "completed": {"status": "completed"},
    "no_show": {"status": "no_show"},
    "by_customer": {"status": "cancelled", "cancel_cause": "customer"},
    "by_business": {"status": "cancelled", "cancel_cause": "business"},
    "declined": {"status": "cancelled", "cancel_cause": "declined"},
    "expired": {"status": "cancelled", "cancel_cause": "expired"},
}
TITLES = {
    "requested": "We have your request",
    "confirmed": "You are booked",
    "coming": "See you soon",
    "arrived": "Welcome",
    "completed": "Thank you for your visit",
    "no_show": "We missed you",
    "by_customer": "You called this visit off",
    "by_business": "This visit was called off",
    "declined": "We could not confirm your request",
    "expired": "We could not confirm your request",
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_words(state, client, booking):
    Booking.objects.filter(pk=booking.pk).update(**STATES[state])

    page = look(client, booking)

    assert f"<h1>{TITLES[state]}</h1>" in page
    is_ahead = state in {"requested", "confirmed", "coming"}
    assert (path("visit_cancel", booking) in page) == is_ahead
    assert (path("visit_move", booking) in page) == is_ahead
    assert ("Book another visit" in page) == (state not in {"requested", "confirmed", "coming", "arrived"})


@pytest.mark.parametrize(
    ("later", "title"),
    [(MINUTE, "Your visit has begun"), (HOUR, "This visit is over")],
)
def test_a_visit_that_has_begun_can_be_neither_moved_nor_called_off(later, title, client, booking, clock):
    clock.move_to(START + later)

    page = look(client, booking)

    assert f"<h1>{title}</h1>" in page
    assert path("visit_cancel", booking) not in page
    assert path("visit_move", booking) not in page


def test_after_the_limit_the_page_shows_the_phone_number(client, booking, clock):
    clock.move_to(START - 23 * HOUR)

    page = look(client, booking)

    assert "It is too late to move this visit or call it off here" in page
    assert 'Please call us on <a href="tel:02079460000">' in page
    assert path("visit_cancel", booking) not in page


@pytest.mark.parametrize("name", ["visit", "visit_move", "visit_calendar"])
def test_link_opened_by_a_mail_scanner_changes_nothing(name, client, booking, staff):
    work_always(staff)
    before, version = everything(), Booking.objects.get().version

    for _ in range(2):
        assert client.get(path(name, booking)).status_code == 200
        assert client.head(path(name, booking)).status_code == 200

    assert everything() == before
    assert Booking.objects.get().version == version


@pytest.mark.parametrize("name", ["visit_cancel", "visit_moved", "visit_coming", "visit_here"])
def test_no_button_is_a_link(name, client, booking):
    before = everything()

    assert client.get(path(name, booking)).status_code == 405
    assert client.head(path(name, booking)).status_code == 405

    assert everything() == before


def test_calling_off_is_one_press(client, booking):
    response = press(client, "visit_cancel", booking, reason="Ill")

    booking.refresh_from_db()
    assert (response.status_code, response.url) == (302, path("visit", booking))
    assert (booking.status, booking.cancel_cause, booking.cancel_reason) == ("cancelled", "customer", "Ill")
    assert not booking.cancelled_late
    assert ("cancelled", "queued") in said(booking)
    assert AuditEntry.objects.about(booking).first().actor == AuditEntry.Actor.CUSTOMER
    assert "You called this visit off" in look(client, booking)


def test_pressed_twice_it_is_called_off_once(client, booking):
    press(client, "visit_cancel", booking)

    again = press(client, "visit_cancel", booking)

    assert again.status_code == 409
    assert "already marked as cancelled" in words(again)
    assert done_to(booking).count("booking.cancel") == 1


def test_after_the_limit_nothing_is_called_off(client, booking, clock):
    clock.move_to(START - 23 * HOUR)
    before = everything()

    response = press(client, "visit_cancel", booking)

    assert response.status_code == 409
    assert "It is too late to do that here. Please call us." in words(response)
    assert everything() == before


def test_a_request_can_be_withdrawn_until_it_would_begin(client, booking, clock):
    Booking.objects.filter(pk=booking.pk).update(status="requested")
    clock.move_to(START - HOUR)
    assert "Withdraw my request" in look(client, booking)

    response = press(client, "visit_cancel", booking)

    booking.refresh_from_db()
    assert response.status_code == 302
    assert (booking.status, booking.cancel_cause) == ("cancelled", "customer")


def test_old_link_after_a_newer_move_shows_the_visit_as_it_is_now(client, booking, staff):
    old = path("visit", booking)

    change(booking, by=staff, starts_at=START + HOUR)

    page = words(client.get(old))
    assert "This visit has changed since we sent you that link. Here it is now." in page
    assert "Tuesday 24 November 2026, 15:30" in page
    assert 'name="schedule_no" value="2"' in page


@pytest.mark.parametrize("name", ["visit_cancel", "visit_moved", "visit_coming", "visit_here"])
def test_a_page_from_before_a_move_does_nothing(name, client, booking, staff):
    work_always(staff)
    change(booking, by=staff, starts_at=START + HOUR)
    before = everything()

    key = for_customers.key_of(START + 3 * HOUR, booking.service)
    response = press(client, name, booking, at=key)  # both its link and the page are older

    assert response.status_code == 409
    assert "This visit has changed. Here it is now; nothing else was done." in words(response)
    assert "15:30" in words(response)
    assert everything() == before


@pytest.mark.parametrize("bad", ["", "abc", "0", "-1", "99999999999999999999", "1e4"])
@pytest.mark.parametrize("name", ["visit_cancel", "visit_moved", "visit_coming", "visit_here"])
def test_a_page_that_makes_no_sense_does_nothing(name, bad, client, booking):
    before = everything()

    response = client.post(path(name, booking), {"schedule_no": bad, "at": bad, "reason": bad})

    assert response.status_code == 409
    assert everything() == before


def test_i_am_coming_is_noted_once(client, booking):
    first, second = press(client, "visit_coming", booking), press(client, "visit_coming", booking)

    booking.refresh_from_db()
    assert (first.status_code, second.status_code) == (302, 302)
    assert booking.attending_at == NOW
    assert done_to(booking).count("booking.attending") == 1
    page = look(client, booking)
    assert "See you soon" in page
    assert path("visit_coming", booking) not in page


def test_i_am_here_is_offered_on_the_day_and_only_noted(client, booking, clock):
    assert path("visit_here", booking) not in look(client, booking)
    clock.move_to(START - 5 * MINUTE)
    assert path("visit_here", booking) in look(client, booking)

    press(client, "visit_here", booking)

    booking.refresh_from_db()
    assert (booking.status, booking.here_at) == ("confirmed", START - 5 * MINUTE)
    clock.move_to(START + 5 * MINUTE)
    assert "<h1>You are here</h1>" in look(client, booking)


def test_i_am_here_on_another_day_is_refused(client, booking):
    before = everything()

    response = press(client, "visit_here", booking)

    assert response.status_code == 409
    assert everything() == before


def test_the_calendar_file_is_a_download(client, booking):
    response = client.get(path("visit_calendar", booking))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="visit.ics"'
    [event] = Calendar.from_ical(response.content).walk("VEVENT")
    assert event["SUMMARY"] == "Massage at Riverside"


def test_the_page_of_somebody_deleted_is_gone(client, booking):
    here = path("visit", booking)
    booking.contact.delete()

    assert client.get(here).status_code == 404


def test_before_activation_nothing_is_public(client, booking):
    Business.objects.update(activated_at=None)

    assert client.get(path("visit", booking)).status_code == 404
    assert press(client, "visit_cancel", booking).status_code == 404
    assert Booking.objects.get().status == "confirmed"


class TestMoving:
    @pytest.fixture(autouse=True)
    def at_work(self, staff):
        work_always(staff)

    def key(self, booking, at=START + HOUR):
        return for_customers.key_of(at, booking.service)

    def test_a_day_then_a_time_then_one_button(self, client, booking):
        page = words(client.get(path("visit_move", booking)))
        assert "When suits you better?" in page
        day = words(client.get(path("visit_move", booking), {"day": "2026-11-24"}))
        assert f"?at={self.key(booking)}" in day

        chosen = words(client.get(path("visit_move", booking), {"at": self.key(booking)}))
        assert "Tuesday 24 November 2026, 15:30" in chosen
        response = press(client, "visit_moved", booking, at=self.key(booking))

        booking.refresh_from_db()
        assert (booking.starts_at, booking.schedule_no) == (START + HOUR, 2)
        assert response.url == path("visit", booking)
        assert ("moved", "queued") in said(booking)
        notice = messages(booking).get(rule="moved")
        assert "you moved your booking. The new time: Massage" in notice.body
        assert "you moved your booking to Tuesday 24 November 2026, 15:30" in notice.sms
        page = look(client, booking)
        assert "Your visit is on Tuesday 24 November, 15:30 now." in page
        assert "has changed since" not in page

    def test_a_time_over_ones_own_old_one_is_offered(self, client, booking):
        response = press(client, "visit_moved", booking, at=self.key(booking, START + 30 * MINUTE))

        booking.refresh_from_db()
        assert response.status_code == 302
        assert booking.starts_at == START + 30 * MINUTE

    def test_a_taken_time_is_answered_with_the_nearest_free_ones(self, client, booking, staff):
        rival = ContactFactory(name="Ben Rival")
        book(staff=staff, contact=rival, starts_at=START + HOUR)
        before = everything()

        response = press(client, "visit_moved", booking, at=self.key(booking))

        page = words(response)
        assert response.status_code == 409
        assert "That time is not free any more" in page
        assert page.count("Move it here") == 3
        assert "Ben" not in page
        assert everything() == before

    @pytest.mark.parametrize("off", ["is_active", "takes_bookings"])
    def test_a_visit_with_who_is_given_no_new_ones_moves_to_a_colleague(
        self, off, client, booking, staff, admin
    ):
        User.objects.filter(pk=staff.pk).update(**{off: False})
        work_always(admin)
        booking.service.performers.set([admin, staff])

        day = words(client.get(path("visit_move", booking), {"day": "2026-11-24"}))
        assert f"?at={self.key(booking)}" in day
        chosen = words(client.get(path("visit_move", booking), {"at": self.key(booking)}))
        assert f"with a colleague of {staff}" in chosen
        response = press(client, "visit_moved", booking, at=self.key(booking))

        booking.refresh_from_db()
        assert response.status_code == 302
        assert (booking.starts_at, booking.staff) == (START + HOUR, admin)
        assert ("moved", "queued") in said(booking)

    def test_with_nobody_left_the_visit_stays(self, client, booking, staff):
        User.objects.filter(pk=staff.pk).update(is_active=False)
        before = everything()

        response = press(client, "visit_moved", booking, at=self.key(booking))

        assert response.status_code == 409
        assert everything() == before

    def test_a_time_beyond_what_customers_are_offered_is_refused(self, client, booking):
        for at in [NOW + HOUR, NOW + datetime.timedelta(days=61), START + 7 * MINUTE]:
            before = everything()

            response = press(client, "visit_moved", booking, at=self.key(booking, at))

            assert response.status_code == 409
            assert everything() == before

    def test_a_time_of_another_service_or_of_nobody_is_refused(self, client, booking):
        other = for_customers.key_of(START + HOUR, ServiceFactory())
        before = everything()

        for key in [other, "x", self.key(booking)[:-1], START.isoformat()]:
            response = press(client, "visit_moved", booking, at=key)

            assert response.status_code == 409
            assert everything() == before

    def test_the_same_service_twice_at_one_time_is_refused(self, client, booking, admin):
        work_always(admin)
        twin = {"contact": booking.contact, "service": booking.service, "starts_at": START + HOUR}
        book(staff=admin, **twin)
        before = everything()

        response = press(client, "visit_moved", booking, at=self.key(booking))

        assert response.status_code == 409
        assert "You have a visit at that time already." in words(response)
        assert everything() == before

    @pytest.mark.parametrize(("others", "status"), [(0, 302), (1, 409)])
    def test_whoever_has_the_most_visits_may_move_one_and_not_more(
        self, others, status, client, booking, admin
    ):
        Service.objects.update(most_per_customer=1)
        for number in range(others):
            at = START + (5 + number) * HOUR
            book(staff=admin, contact=booking.contact, service=booking.service, starts_at=at)

        response = press(client, "visit_moved", booking, at=self.key(booking))

        booking.refresh_from_db()
        assert response.status_code == status
        assert booking.starts_at == (START if others else START + HOUR)
        assert ("which is the most at a time" in words(response)) == bool(others)

    def test_a_page_of_days_reads_whatever_stands_in_its_address(self, client, booking):
        for query in [
            {"day": "9999-12-31"},
            {"month": "x"},
            {"at": "1"},
            {"day": "2026-02-30", "month": "0001-01-01"},
        ]:
            assert client.get(path("visit_move", booking), query).status_code == 200

    def test_after_the_limit_the_page_of_days_leads_back(self, client, booking, clock):
        clock.move_to(START - 23 * HOUR)

        response = client.get(path("visit_move", booking))

        assert (response.status_code, response.url) == (302, path("visit", booking))
        before = everything()
        assert press(client, "visit_moved", booking, at=self.key(booking)).status_code == 409
        assert everything() == before

    def test_somebody_who_does_not_work_any_more_has_no_times(self, client, booking, staff):
        type(staff).objects.filter(pk=staff.pk).update(is_active=False)

        page = words(client.get(path("visit_move", booking)))

        assert "No times left online" in page
        assert press(client, "visit_moved", booking, at=self.key(booking)).status_code == 409
