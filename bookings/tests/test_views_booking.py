import datetime
import html

import pytest
import time_machine

from accounts.models import AuditEntry, Business, User
from accounts.tests.factories import UserFactory
from bookings import services
from bookings.models import Booking
from bookings.tests.factories import BookingFactory, ServiceFactory
from contacts.tests.factories import ContactFactory
from messaging import services as messaging
from messaging.models import Message

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)
START = datetime.datetime(2026, 11, 26, 14, 30, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon(db):
    Business.objects.current()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def contact():
    return ContactFactory(name="Ada Lovelace", email="ada@client.example")


@pytest.fixture
def booking(contact):
    return BookingFactory(contact=contact, starts_at=START, service=ServiceFactory(name="Massage"))


def words(response) -> str:
    """What a page says, with entities resolved."""
    return html.unescape(response.content.decode())


def rows():
    return [[*model.objects.order_by("pk").values()] for model in (Booking, Message, AuditEntry)]


def typed(contact=None, **values):
    values = {
        "service": ServiceFactory().pk,
        "staff": UserFactory().pk,
        "starts_at": "2026-11-26T14:30",
    } | values
    return {"notes": "", **({"contact": contact.pk} if contact else {}), **values}


# Who is it for?


def test_new_booking_asks_who_it_is_for(as_staff, contact):
    page = words(as_staff.get("/bookings/new/?staff=3&starts_at=2026-11-26T14:30"))

    assert "Who is it for?" in page
    assert f"/bookings/new/?staff=3&starts_at=2026-11-26T14%3A30&contact={contact.pk}" in page


def test_new_booking_finds_people_without_scripts(as_staff, contact):
    ContactFactory(name="Bob Ross")

    page = words(as_staff.get("/bookings/new/?q=lovel"))

    assert f"/bookings/new/?contact={contact.pk}" in page
    assert "Bob Ross" not in page
    assert "<html" in page


def test_new_booking_answers_a_keystroke_with_the_matches_alone(as_staff, contact):
    response = as_staff.get("/bookings/new/?q=lovel", headers={"HX-Request": "true"})

    assert f"/bookings/new/?contact={contact.pk}" in words(response)
    assert "<html" not in words(response)
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize("rows", [1, 12])
def test_finding_people_costs_four_queries_however_many_match(rows, as_staff, django_assert_num_queries):
    ContactFactory.create_batch(rows, name="Ada")

    with django_assert_num_queries(4):
        as_staff.get("/bookings/new/?q=ada")


def test_new_booking_offers_a_new_contact_when_nobody_matches(as_staff):
    assert "Nobody by that name" in words(as_staff.get("/bookings/new/?q=zzz"))


@pytest.mark.parametrize("key", ["abc", "-1", "0", "999999", "9" * 30, "1.5"])
def test_new_booking_for_nobody_is_not_found(key, as_staff):
    assert as_staff.get(f"/bookings/new/?contact={key}").status_code == 404
    assert as_staff.post("/bookings/new/", typed() | {"contact": key}).status_code == 404


# The one screen


def test_new_booking_offers_what_and_who_can_be_booked(as_staff, contact):
    massage, gone = ServiceFactory(name="Massage"), ServiceFactory(name="Cupping", is_active=False)
    User.objects.filter(pk=UserFactory(name="Leo Left").pk).update(is_active=False)

    page = words(as_staff.get(f"/bookings/new/?contact={contact.pk}"))

    assert f"{massage}, 60 min" in page
    assert str(gone) not in page
    assert "Leo Left" not in page
    assert "Sara Staff" in page


def test_new_booking_takes_over_person_and_time(as_staff, staff, contact):
    page = words(
        as_staff.get(f"/bookings/new/?contact={contact.pk}&staff={staff.pk}&starts_at=2026-11-26T14:30")
    )

    assert f'<option value="{staff.pk}" selected>' in page
    assert 'value="2026-11-26T14:30"' in page
    assert "Reminder Wed 25 Nov, 14:30, by email to ada@client.example." in page


@pytest.mark.parametrize("start", ["", "soon", "0001-01-01T00:00", "9999-12-31T23:59", "x" * 5000])
def test_new_booking_opens_on_a_start_that_means_nothing(start, as_staff, contact):
    page = words(as_staff.get("/bookings/new/", {"contact": contact.pk, "staff": "x", "starts_at": start}))

    assert "Confirmation now, by email to ada@client.example." in page
    assert "Reminder 1 day before the visit." in page


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("2026-11-24T11:00", "That time has gone by, so nothing will be sent."),
        ("2026-11-25T11:00", "No reminder. Booked after the time for its reminder."),
        ("2026-11-26T14:30", "Reminder Wed 25 Nov, 14:30, by email to ada@client.example."),
    ],
)
def test_new_booking_says_what_saving_will_do(start, sentence, as_staff, contact):
    assert sentence in words(as_staff.get("/bookings/new/", {"contact": contact.pk, "starts_at": start}))


def test_new_booking_says_that_nothing_can_be_sent(as_staff):
    contact = ContactFactory(name="Bob", email="", phone="0117 ask for Bob")

    page = words(as_staff.get(f"/bookings/new/?contact={contact.pk}"))

    assert "Nothing will be sent. No address to send it to: no email address and no mobile number." in page


def test_new_booking_says_that_automation_is_paused(as_staff, staff, contact):
    messaging.reply(conversation=contact.conversation, by=staff, body="Yes", now=NOW)

    page = words(as_staff.get(f"/bookings/new/?contact={contact.pk}&starts_at=2026-11-26T11:00"))

    assert "Confirmation now, by email" in page
    assert "Reminder held back. Automation is paused by Sara Staff until Wed 12:00." in page


def test_looking_at_the_form_leaves_nothing_behind(as_staff, contact):
    before = rows()

    as_staff.get(f"/bookings/new/?contact={contact.pk}&starts_at=2026-11-26T11:00")

    assert rows() == before


def test_new_booking_is_made(as_staff, staff, contact):
    response = as_staff.post("/bookings/new/", typed(contact, notes="  Knee "), follow=True)

    booking = Booking.objects.get()
    assert response.redirect_chain == [(booking.get_absolute_url(), 302)]
    assert (booking.contact, booking.starts_at, booking.booked_by) == (contact, START, staff)
    assert booking.notes == "Knee"
    assert f"Booked {booking}." in words(response)


def test_new_booking_on_a_taken_slot_keeps_what_was_typed(as_staff, contact, booking):
    values = typed(contact, staff=booking.staff_id, starts_at="2026-11-26T15:00", notes="Call before")
    before = rows()

    response = as_staff.post("/bookings/new/", values)

    assert response.status_code == 409
    sentence = f"{booking.staff} is busy then: Massage for Ada Lovelace, 14:30–15:30. Choose another time."
    assert response.context["form"].errors == {"starts_at": [sentence]}
    assert sentence in words(response)
    assert "Call before" in words(response)
    assert 'value="2026-11-26T15:00"' in words(response)
    assert [*response.context["visits"]] == [booking]
    assert rows() == before


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("starts_at", "", "This field is required."),
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
        ("staff", "", "This field is required."),
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
    for url in ["/bookings/", "/bookings/?from=&to=", "/bookings/?outcome=missing"]:
        assert as_staff.get(url).status_code == 200


@pytest.mark.parametrize("start", ["2000-01-01T00:00", "2099-12-31T22:30"])
def test_the_edges_of_the_century_can_be_booked_and_listed(start, as_staff, contact):
    as_staff.post("/bookings/new/", typed(contact, starts_at=start))

    booking = Booking.objects.get()
    assert [*as_staff.get("/bookings/?from=&to=").context["page_obj"]] == [booking]
    assert as_staff.get(booking.get_absolute_url()).status_code == 200
    assert as_staff.get(f"{booking.get_absolute_url()}edit/").status_code == 200


# Changing


def edited(booking, **values):
    local = booking.starts_at.strftime("%Y-%m-%dT%H:%M")  # in winter, London keeps UTC
    kept = {"service": booking.service_id, "staff": booking.staff_id, "notes": booking.notes}
    return kept | {"starts_at": local, "schedule_no": booking.schedule_no} | values


def test_edit_shows_what_is_booked(as_staff, booking):
    page = words(as_staff.get(f"/bookings/{booking.pk}/edit/"))

    assert 'value="2026-11-26T14:30"' in page
    assert f'<option value="{booking.staff_id}" selected>' in page
    assert "Ada Lovelace gets an email 3 minutes later, unless it is moved back by then." in page


def test_edit_moves_a_booking(as_staff, booking):
    response = as_staff.post(f"/bookings/{booking.pk}/edit/", edited(booking, starts_at="2026-11-27T09:00"))

    booking.refresh_from_db()
    assert response.url == booking.get_absolute_url()
    assert booking.starts_at == datetime.datetime(2026, 11, 27, 9, tzinfo=datetime.UTC)
    assert booking.schedule_no == 2


def test_edit_of_the_notes_moves_nothing(as_staff, booking):
    as_staff.post(f"/bookings/{booking.pk}/edit/", edited(booking, notes="Mind the step"))

    booking.refresh_from_db()
    assert (booking.notes, booking.schedule_no) == ("Mind the step", 1)


def test_edit_on_a_taken_slot_keeps_what_was_typed(as_staff, booking):
    rival = BookingFactory(starts_at=START)
    before = rows()

    response = as_staff.post(
        f"/bookings/{booking.pk}/edit/", edited(booking, staff=rival.staff_id, notes="Kept")
    )

    assert response.status_code == 409
    assert f"{rival.staff} is busy then" in words(response)
    assert "Kept" in words(response)
    assert rows() == before


def test_edit_of_what_somebody_else_moved_asks_once(as_staff, staff, booking):
    seen = edited(booking, starts_at="2026-11-27T09:00")
    services.change_booking(
        booking=booking, service=booking.service, staff=staff, starts_at=START, notes="", by=staff, now=NOW
    )
    before = rows()

    response = as_staff.post(f"/bookings/{booking.pk}/edit/", seen)

    assert response.status_code == 409
    assert "Somebody else has moved this booking in the meantime." in words(response)
    assert 'name="schedule_no" value="2"' in words(response)
    assert rows() == before
    assert as_staff.post(f"/bookings/{booking.pk}/edit/", seen | {"schedule_no": 2}).status_code == 302


def test_edit_of_a_mistyped_form_does_not_hide_that_somebody_moved_it(as_staff, staff, booking):
    seen = edited(booking)
    services.change_booking(
        booking=booking, service=booking.service, staff=staff, starts_at=START, notes="", by=staff, now=NOW
    )

    response = as_staff.post(f"/bookings/{booking.pk}/edit/", seen | {"starts_at": "soon"})

    assert 'name="schedule_no" value="1"' in words(response)


@pytest.mark.parametrize("number", ["", "abc", "9" * 40, "-1"])
def test_edit_with_a_broken_schedule_number_is_an_error_not_a_move(number, as_staff, booking):
    response = as_staff.post(
        f"/bookings/{booking.pk}/edit/", edited(booking, schedule_no=number, starts_at="2026-11-27T09:00")
    )

    assert response.status_code in {200, 409}
    booking.refresh_from_db()
    assert booking.starts_at == START


def test_edit_of_what_is_over_asks_for_notes_alone(as_staff, staff, booking):
    services.cancel_booking(booking=booking, by=staff, now=NOW)
    page = words(as_staff.get(f"/bookings/{booking.pk}/edit/"))
    assert "Only the notes can be changed now" in page
    assert "<select" not in page

    hidden = {"starts_at": "2026-11-26 14:30:00"}  # as the hidden field of the page sends it
    response = as_staff.post(f"/bookings/{booking.pk}/edit/", edited(booking, notes="Called us", **hidden))

    assert response.status_code == 302
    booking.refresh_from_db()
    assert booking.notes == "Called us"


def test_edit_that_would_move_what_is_over_is_refused(as_staff, staff, booking):
    services.cancel_booking(booking=booking, by=staff, now=NOW)
    before = rows()

    response = as_staff.post(f"/bookings/{booking.pk}/edit/", edited(booking, starts_at="2026-11-27T09:00"))

    assert response.status_code == 409
    assert "marked as cancelled, so only its notes can be changed" in words(response)
    assert rows() == before


def test_edit_still_offers_a_service_and_a_person_that_are_gone(as_staff, booking):
    for gone in (booking.service, booking.staff):
        gone.is_active = False
        gone.save()

    response = as_staff.post(f"/bookings/{booking.pk}/edit/", edited(booking, notes="Kept"))

    assert response.status_code == 302


def test_edit_leaves_a_start_in_the_doubled_hour_as_it_is(as_staff):
    start = datetime.datetime.fromisoformat(
        "2027-10-31T01:30+00:00"
    )  # the second half past one of that night
    booking = BookingFactory(starts_at=start)

    response = as_staff.post(
        f"/bookings/{booking.pk}/edit/", edited(booking, starts_at="2027-10-31T01:30", notes="Night")
    )

    assert response.status_code == 302
    booking.refresh_from_db()
    assert (booking.notes, booking.schedule_no, booking.starts_at) == ("Night", 1, start)


# One booking


def test_detail_costs_the_same_however_much_happened(as_staff, staff, booking, django_assert_num_queries):
    url = booking.get_absolute_url()
    with django_assert_num_queries(8):
        as_staff.get(url)
    for hour in range(1, 6):
        booking = services.change_booking(
            booking=booking,
            service=booking.service,
            staff=UserFactory(),
            starts_at=START + hour * HOUR,
            notes="",
            by=UserFactory(),
            now=NOW,
        )
        services.send_reminder(booking=booking, by=UserFactory(), again=True, now=NOW)

    with django_assert_num_queries(8):
        as_staff.get(url)


def test_detail_answers_whether_she_got_the_reminder(as_staff, staff, booking):
    services.send_reminder(booking=booking, by=staff, now=NOW)
    Message.objects.filter(sent_by=staff).update(
        status=Message.Status.FAILED, reason="The provider said: no."
    )

    page = words(as_staff.get(booking.get_absolute_url()))

    assert "Reminder, asked for by Sara Staff" in page
    assert "The provider said: no." in page
    assert "for <time>Wed 25 Nov, 14:30</time>" in page


def test_detail_tells_the_history_in_words(as_staff, staff, booking):
    moved = services.change_booking(
        booking=booking,
        service=booking.service,
        staff=staff,
        starts_at=START + HOUR,
        notes="",
        by=staff,
        now=NOW,
    )
    services.change_booking(
        booking=moved,
        service=moved.service,
        staff=staff,
        starts_at=moved.starts_at,
        notes="Knee",
        by=staff,
        now=NOW,
    )
    services.cancel_booking(booking=moved, reason="Has a cold", by=staff, now=NOW)

    page = words(as_staff.get(booking.get_absolute_url()))

    assert "Moved by Sara Staff" in page
    assert "From <time>Thu 26 Nov, 14:30</time> to <time>Thu 26 Nov, 15:30</time>" in page
    assert f"From {booking.staff} to Sara Staff" in page
    assert "Changed the notes by Sara Staff" in page
    assert "Cancelled by Sara Staff" in page
    assert "Has a cold" in page
    assert "Booked by automation" in page


@pytest.mark.parametrize(
    ("hours", "outcome", "offered"),
    [
        (0, None, {"send-reminder", "cancel"}),
        (51, None, {"complete", "no-show", "cancel"}),
        (51, services.complete_booking, {"reopen"}),
        (51, services.mark_no_show, {"reopen"}),
        (51, services.cancel_booking, set()),
    ],
    ids=["ahead", "begun", "completed", "no-show", "cancelled"],
)
def test_detail_offers_what_can_be_done_now(hours, outcome, offered, as_staff, staff, booking):
    with time_machine.travel(NOW + hours * HOUR, tick=False):
        if outcome:
            outcome(booking=booking, by=staff, now=NOW + hours * HOUR)

        page = words(as_staff.get(booking.get_absolute_url()))

    actions = {"complete", "no-show", "reopen", "cancel", "send-reminder", "send-form-reminder"}
    assert {action for action in actions if f"{booking.get_absolute_url()}{action}/" in page} == offered


def test_detail_of_nothing_is_not_found(as_staff):
    assert as_staff.get("/bookings/999/").status_code == 404
    assert as_staff.get("/bookings/999/edit/").status_code == 404
    assert as_staff.get(f"/bookings/{'9' * 40}/").status_code == 404


# Buttons


def press(client, booking, action, **values):
    return client.post(f"{booking.get_absolute_url()}{action}/", values, follow=True)


@pytest.mark.parametrize(
    ("action", "status", "sentence"),
    [
        ("complete", "completed", "Massage for Ada Lovelace: completed."),
        ("no-show", "no_show", "Massage for Ada Lovelace: marked as no-show, and the time is free again."),
        ("cancel", "cancelled", "Massage for Ada Lovelace: cancelled, and the time is free again."),
    ],
)
def test_an_outcome_is_one_click(action, status, sentence, as_staff, booking):
    with time_machine.travel(START + HOUR, tick=False):
        response = press(as_staff, booking, action)

    booking.refresh_from_db()
    assert booking.status == status
    assert response.redirect_chain == [(booking.get_absolute_url(), 302)]
    assert sentence in words(response)


def test_an_outcome_can_be_undone(as_staff, staff, booking):
    services.complete_booking(booking=booking, by=staff, now=START)

    with time_machine.travel(START + HOUR, tick=False):
        response = press(as_staff, booking, "reopen")

    booking.refresh_from_db()
    assert booking.status == Booking.Status.CONFIRMED
    assert "confirmed again" in words(response)


def test_undoing_where_the_time_was_given_away_is_refused(as_staff, staff, booking):
    services.mark_no_show(booking=booking, by=staff, now=START + HOUR)
    BookingFactory(staff=booking.staff, starts_at=START)
    before = rows()

    with time_machine.travel(START + HOUR, tick=False):
        response = press(as_staff, booking, "reopen")

    assert f"{booking.staff} is busy then" in words(response)
    assert rows() == before


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("complete", "The visit has not begun yet."),
        ("no-show", "Wait until ten minutes after the start."),
        ("reopen", "This booking is already marked as confirmed."),
        ("send-form-reminder", "No form is missing for this booking."),
    ],
)
def test_a_refused_button_says_why_and_changes_nothing(action, sentence, as_staff, booking):
    before = rows()

    response = press(as_staff, booking, action)

    assert sentence in words(response)
    assert rows() == before


@pytest.mark.parametrize(("values", "status"), [({"tell": "on"}, "planned"), ({}, "skipped")])
def test_cancel_tells_the_contact_if_that_is_ticked(values, status, as_staff, booking):
    press(as_staff, booking, "cancel", reason="Has a cold", **values)

    booking.refresh_from_db()
    assert booking.cancel_reason == "Has a cold"
    assert Message.objects.get(rule="cancelled").status == status


@pytest.mark.parametrize("reason", ["x" * 201, "a\x00b"])
def test_cancel_with_a_reason_that_cannot_be_kept_is_refused(reason, as_staff, booking):
    before = rows()

    response = press(as_staff, booking, "cancel", reason=reason)

    assert "Not cancelled. The reason:" in words(response)
    assert rows() == before


def test_send_reminder_goes_out(as_staff, booking):
    response = press(as_staff, booking, "send-reminder")

    assert "Reminder on its way to Ada Lovelace." in words(response)
    assert Message.objects.get(sent_by__name="Sara Staff").status == Message.Status.QUEUED


def test_send_reminder_to_nobody_says_so(as_staff):
    contact = ContactFactory(name="Bob", email="", phone="0117 ask for Bob")
    booking = BookingFactory(contact=contact, starts_at=START)

    response = press(as_staff, booking, "send-reminder")

    assert "Nothing was sent to Bob. No address to send it to" in words(response)


def test_send_reminder_twice_asks_first(as_staff, staff, booking):
    services.send_reminder(booking=booking, by=staff, now=NOW - HOUR / 5)
    before = rows()

    response = press(as_staff, booking, "send-reminder")

    assert response.status_code == 409
    assert "A reminder went to Ada Lovelace 12 minutes ago." in words(response)
    assert rows() == before
    assert "on its way" in words(press(as_staff, booking, "send-reminder", again="1"))


def test_a_form_is_asked_for_and_noted(as_staff, contact):
    booking = BookingFactory(
        contact=contact, starts_at=START, service=ServiceFactory(form_url="https://forms.example/intake")
    )

    sent = press(as_staff, booking, "send-form-reminder")
    noted = press(as_staff, booking, "form-received")

    assert "Form reminder on its way to Ada Lovelace." in words(sent)
    assert "the form is here" in words(noted)
    booking.refresh_from_db()
    assert booking.form_received_at == NOW


@pytest.mark.parametrize(
    "action",
    ["complete", "no-show", "cancel", "reopen", "send-reminder", "send-form-reminder", "form-received"],
)
def test_nothing_is_done_by_following_a_link(action, as_staff, booking):
    before = rows()

    response = as_staff.get(f"{booking.get_absolute_url()}{action}/")

    assert response.status_code == 405
    assert rows() == before


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_button_leads_nowhere_else(elsewhere, as_staff, booking):
    response = as_staff.post(f"{booking.get_absolute_url()}send-reminder/", {"next": elsewhere})

    assert response.url == booking.get_absolute_url()
