"""The one screen on which a booking is made."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.tests.factories import BookedFactory, ServiceFactory, WorkingHoursFactory, work_always
from bookings.tests.pages import NOW, START, rows, words
from contacts.tests.factories import ContactFactory
from messaging.inbox import saying
from messaging.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def contact(ada):
    return ada


def typed(contact=None, **values):
    values = {
        "service": ServiceFactory().pk,
        "staff": UserFactory().pk,
        "starts_at": "2026-11-26T14:30",
    } | values
    return {"notes": "", **({"contact": contact.pk} if contact else {}), **values}


def test_new_booking_offers_what_and_who_can_be_booked(as_staff, contact):
    massage, gone = ServiceFactory(name="Massage"), ServiceFactory(name="Cupping", is_active=False)
    User.objects.filter(pk=UserFactory(name="Leo Left").pk).update(is_active=False)

    page = words(as_staff.get(f"/bookings/new/?contact={contact.pk}"))

    assert f'{massage} <span class="muted">60 min</span>' in page
    assert str(gone) not in page
    assert "Leo Left" not in page
    assert "Sara Staff" in page


def test_new_booking_leads_to_time_off_where_one_may_give_it(as_admin, as_staff, staff):
    asked = f"/bookings/new/?staff={staff.pk}&starts_at="

    [path] = re.findall(r'href="([^"]*/time-off/[^"]*)"', words(as_admin.get(f"{asked}2026-11-26T14:30")))
    form = as_admin.get(unescape(path)).context["form"]

    told = [form[name].value() for name in ("first", "first_time", "last", "last_time")]
    assert told == ["2026-11-26", "14:30", "2026-11-26", "15:30"]
    assert "23%3A59" in words(as_admin.get(f"{asked}2026-11-26T23:30"))
    assert "time-off" not in words(as_admin.get(asked))
    assert path in words(as_staff.get(f"{asked}2026-11-26T14:30"))
    other = asked.replace(f"={staff.pk}&", f"={UserFactory().pk}&")
    refused = words(as_staff.get(f"{other}2026-11-26T14:30"))
    assert "time-off" not in refused
    assert "Only an admin can block time of" in refused
    assert "time-off" in words(as_admin.get(f"{other}2026-11-26T14:30"))


def test_many_services_are_a_list(as_staff, contact):
    services = ServiceFactory.create_batch(13)

    page = words(as_staff.get(f"/bookings/new/?service={services[4].pk}"))

    assert f'<option value="{services[4].pk}" selected>{services[4]}, 60 min</option>' in page


def test_new_booking_takes_over_what_the_diary_knows(as_staff, staff, contact):
    massage = ServiceFactory()
    query = {"contact": contact.pk, "service": massage.pk, "staff": staff.pk, "starts_at": "2026-11-26T14:30"}

    page = words(as_staff.get("/bookings/new/", query))

    assert f'value="{massage.pk}" checked>' in page
    assert f'<option value="{staff.pk}" selected>' in page
    assert 'value="2026-11-26T14:30"' in page
    assert "Reminder Wed 25 Nov, 14:30, by email to ada@client.example." in page


@pytest.mark.parametrize("start", ["", "soon", "0001-01-01T00:00", "9999-12-31T23:59", "x" * 5000])
def test_new_booking_opens_on_a_start_that_means_nothing(start, as_staff, contact):
    query = {"contact": contact.pk, "staff": "x", "service": "x", "starts_at": start}

    page = words(as_staff.get("/bookings/new/", query))

    assert "A confirmation at once." in page
    assert "Reminder 1 day before the visit." in page


def asked(contact, **values):
    return {"contact": contact.pk, "starts_at": "2026-11-26T14:30", **typed(**values)}


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("2026-11-24T11:00", "Nothing will be sent. Too late to be useful."),
        ("2026-11-25T11:00", "No reminder. Booked after the time for its reminder."),
        ("2026-11-26T14:30", "Confirmation now, by email to ada@client.example."),
    ],
)
def test_new_booking_says_what_saving_will_do(start, sentence, as_staff, contact):
    assert sentence in words(as_staff.get("/bookings/new/", asked(contact, starts_at=start)))


def test_new_booking_says_that_nothing_can_be_sent(as_staff):
    contact = ContactFactory(name="Bob", email="", phone="0117 ask for Bob")

    page = words(as_staff.get("/bookings/new/", asked(contact)))

    assert "Nothing will be sent. No address to send it to: no email address and no mobile number." in page


def test_new_booking_says_that_automation_is_paused(as_staff, staff, contact):
    saying.reply(conversation=contact.conversation, by=staff, body="Yes", now=NOW)

    page = words(as_staff.get("/bookings/new/", asked(contact, starts_at="2026-11-26T11:00")))

    assert "Confirmation now, by email" in page
    assert "Reminder held back. Automation is paused by Sara Staff until Wed 12:00." in page


def test_new_booking_says_beforehand_that_the_time_is_taken(as_staff, contact, booking):
    page = words(as_staff.get("/bookings/new/", asked(contact, staff=booking.staff_id)))

    assert f"{booking.staff} is busy then: Massage for Ada Lovelace, 14:30–15:30." in page


def test_a_change_in_the_form_is_answered_with_what_follows_alone(as_staff, contact):
    values = asked(contact) | {"look": "yes"}
    before = rows()

    response = as_staff.post("/bookings/new/", values, headers={"HX-Request": "true"})

    assert response.status_code == 200
    assert "Confirmation now, by email to ada@client.example." in words(response)
    assert "<html" not in words(response)
    assert rows() == before


def test_looking_at_the_form_leaves_nothing_behind(as_staff, contact):
    values = asked(contact)
    before = rows()

    as_staff.get("/bookings/new/", values)

    assert rows() == before


def test_new_booking_is_made(as_staff, staff, contact):
    response = as_staff.post("/bookings/new/", typed(contact, notes="  Knee "), follow=True)

    booking = Booking.objects.get()
    assert response.redirect_chain == [(booking.get_absolute_url(), 302)]
    assert (booking.contact, booking.starts_at, booking.booked_by) == (contact, START, staff)
    assert booking.notes == "Knee"
    assert f"Booked {booking}." in words(response)


@pytest.mark.parametrize(
    ("boxes", "status"),
    [({}, "queued"), ({"tell_asked": "yes"}, "skipped"), ({"tell_asked": "yes", "tell": "on"}, "queued")],
    ids=["not asked", "unticked", "ticked"],
)
def test_the_confirmation_can_be_unticked(boxes, status, as_staff, contact):
    as_staff.post("/bookings/new/", typed(contact, **boxes))

    assert Message.objects.get(rule="confirmation").status == status


def test_new_booking_on_a_taken_slot_keeps_what_was_typed_and_offers_others(as_staff, contact, booking):
    work_always(booking.staff)
    values = typed(contact, staff=booking.staff_id, starts_at="2026-11-26T15:00", notes="Call before")
    before = rows()

    response = as_staff.post("/bookings/new/", values)

    assert response.status_code == 409
    sentence = f"{booking.staff} is busy then: Massage for Ada Lovelace, 14:30–15:30. Choose another time."
    assert response.context["form"].errors == {"starts_at": [sentence]}
    assert sentence in words(response)
    assert "Call before" in words(response)
    assert 'value="2026-11-26T15:00"' in words(response)
    assert [f"{choice.at:%H:%M}" for choice in response.context["instead"]] == ["15:30", "15:45", "16:00"]
    assert rows() == before


def test_a_time_offered_instead_is_one_click_and_keeps_what_was_typed(as_staff, contact, booking):
    work_always(booking.staff)
    values = typed(contact, staff=booking.staff_id, starts_at="2026-11-26T15:00", notes="Call before")
    refused = as_staff.post("/bookings/new/", values)

    page = as_staff.post("/bookings/new/", values | {"slot": refused.context["instead"][0].value})

    assert page.status_code == 200
    assert "Call before" in words(page)
    assert 'value="2026-11-26T15:30"' in words(page)
    assert "Confirmation now, by email to ada@client.example." in words(page)
    assert Booking.objects.count() == 1


def test_a_taken_time_can_be_booked_with_a_reason(as_staff, contact, booking):
    other = ContactFactory()
    values = typed(other, staff=booking.staff_id, starts_at="2026-11-26T15:00", service=booking.service_id)
    refused = words(as_staff.post("/bookings/new/", values))

    as_staff.post("/bookings/new/", values | {"overrule": "Twins, treated together"})

    assert "Book it anyway, because" in refused
    assert "Book it anyway, because" not in words(as_staff.get("/bookings/new/"))
    made = Booking.objects.get(contact=other)
    assert (made.is_overbooked, made.overrule_reason) == (True, "Twins, treated together")


def test_a_time_at_which_nobody_works_is_named_beforehand_and_booked_with_a_reason(as_staff, staff, contact):
    WorkingHoursFactory(staff=staff)  # on Mondays
    values = typed(contact, staff=staff.pk)
    against = "Sara Staff does not work on Thu 26 Nov. Choose another time."
    before = rows()

    told = words(as_staff.get("/bookings/new/", values))
    asked = as_staff.post("/bookings/new/", values)

    assert against in told
    assert (asked.status_code, asked.context["form"].errors) == (409, {"starts_at": [against]})
    assert "Book it anyway, because" in words(asked)
    assert rows() == before
    as_staff.post("/bookings/new/", values | {"overrule": "She begged"})
    assert Booking.objects.get().overrule_reason == "She begged"


def test_the_past_is_for_admins_with_a_reason(as_staff, as_admin, contact):
    values = typed(contact, starts_at="2026-11-24T10:59", overrule="Forgotten")
    before = rows()

    told = words(as_staff.get("/bookings/new/", values))
    refused = as_staff.post("/bookings/new/", values | {"overrule": "Forgotten"})

    assert "That time has gone by. Only an admin can book it." in told
    assert refused.status_code == 409
    assert "That time has gone by. Only an admin can book it." in words(refused)
    assert rows() == before
    assert "Book it anyway, because" in words(as_admin.post("/bookings/new/", values | {"overrule": ""}))
    assert rows() == before
    as_admin.post("/bookings/new/", values)
    assert Booking.objects.get().overrule_reason == "Forgotten"


def test_the_same_visit_twice_cannot_be_overruled(as_staff, contact, booking):
    values = typed(contact, service=booking.service_id)
    before = rows()

    response = as_staff.post("/bookings/new/", values | {"overrule": "Never mind"})

    assert response.status_code == 409
    assert "Ada Lovelace has Massage on Thursday 26 November, 14:30" in words(response)
    assert rows() == before


@pytest.mark.parametrize("slot", ["", "x", "1", "a b", "9 2026-99-99T99:99", "\0 \0", "1 " + "2" * 5000])
def test_a_time_that_is_none_changes_nothing(slot, as_staff, contact):
    values = typed(contact, slot=slot)
    before = rows()

    assert as_staff.post("/bookings/new/", values).status_code == 200
    assert rows() == before


def test_finding_out_what_follows_costs_the_same_however_much_is_known(as_staff, contact):
    def ask(work):
        started = len(connection.queries_log)
        as_staff.post("/bookings/new/", work, headers={"HX-Request": "true"})
        return len(connection.queries_log) - started

    BookedFactory(contact=contact)  # who books for the first time becomes a client besides
    with CaptureQueriesContext(connection):
        few = ask(asked(contact) | {"look": "yes"})
        BookedFactory.create_batch(5, contact=contact)
        many = ask(asked(contact) | {"look": "yes"})

    assert few == many <= 40


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("starts_at", "", "Choose when."),
        ("starts_at", "soon", "Enter a valid date/time."),
        ("starts_at", "0001-01-01T00:00", "Choose a date between 2000 and 2099."),
        ("starts_at", "9999-12-31T23:59", "Choose a date between 2000 and 2099."),
        ("starts_at", "1999-12-31T23:59", "Choose a date between 2000 and 2099."),
        ("starts_at", "2100-01-01T00:00", "Choose a date between 2000 and 2099."),
        ("starts_at", "2099-12-31T23:30", "Choose a date between 2000 and 2099."),
        ("starts_at", "2027-03-28T01:30", "The clocks go forward then, so there is no such time."),
        ("service", "abc", "Select a valid choice."),
        ("service", "9" * 5000, "Select a valid choice."),
        ("staff", "1\x00", "Null characters are not allowed."),
        ("staff", "", "Choose with whom."),
        ("service", "", "Choose what is booked."),
        ("notes", "x" * 10_000, "at most 4000 characters"),
        ("notes", "a\x00b", "Null characters are not allowed."),
    ],
)
def test_new_booking_says_what_is_wrong_and_every_list_still_opens(field, value, sentence, as_staff, contact):
    values = typed(contact) | {field: value}
    before = rows()

    response = as_staff.post("/bookings/new/", values)

    assert response.status_code == 200
    assert sentence in response.context["form"].errors[field][0]
    assert sentence in words(response)
    assert rows() == before
    for url in ["/bookings/", "/bookings/?from=&to=", "/bookings/?todo=outcome"]:
        assert as_staff.get(url).status_code == 200


@pytest.mark.parametrize("start", ["2000-01-01T00:00", "2099-12-31T22:30"])
def test_the_edges_of_the_century_can_be_booked_and_listed(start, as_staff, as_admin, contact):
    as_admin.post("/bookings/new/", typed(contact, starts_at=start, overrule="From the old books"))

    booking = Booking.objects.get()
    assert [*as_staff.get("/bookings/?from=&to=").context["page_obj"]] == [booking]
    assert as_staff.get(booking.get_absolute_url()).status_code == 200
    assert as_staff.get(f"{booking.get_absolute_url()}edit/").status_code == 200
