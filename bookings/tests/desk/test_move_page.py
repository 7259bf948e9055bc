"""The same screen, on which a booking is moved or edited."""

import datetime

import pytest

from accounts.tests.factories import UserFactory
from bookings.tests.factories import BookedFactory
from bookings.tests.pages import NOW, START, rows, words
from bookings.visits import moving, outcomes
from messaging.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def edited(booking, **values):
    local = booking.starts_at.strftime("%Y-%m-%dT%H:%M")  # in winter, London keeps UTC
    kept = {"service": booking.service_id, "staff": booking.staff_id, "notes": booking.notes}
    return kept | {"starts_at": local, "version": booking.version} | values


def test_edit_shows_what_is_booked(as_staff, booking):
    page = words(as_staff.get(f"/bookings/{booking.pk}/edit/"))

    assert 'value="2026-11-26T14:30"' in page
    assert f'<option value="{booking.staff_id}" selected>' in page
    assert "Another time, service or person moves the visit." in page


def test_edit_says_what_moving_would_do_and_shows_the_notice(as_staff, booking):
    Message.objects.filter(rule="confirmation").update(status=Message.Status.SENT)
    before = rows()

    page = words(as_staff.get(f"/bookings/{booking.pk}/edit/?starts_at=2026-11-27T09:00"))

    assert "Move notice in 3 minutes, by email to ada@client.example." in page
    assert "Friday 27 November 2026, 09:00" in page
    assert "Planned so far, and taken back: reminder." in page
    assert "Reminder Thu 26 Nov, 09:00, by email to ada@client.example." in page
    assert rows() == before


@pytest.mark.parametrize(("boxes", "status"), [({}, "planned"), ({"tell_asked": "yes"}, "skipped")])
def test_the_notice_of_a_move_can_be_unticked(boxes, status, as_staff, booking):
    Message.objects.filter(rule="confirmation").update(status=Message.Status.SENT)
    values = edited(booking, starts_at="2026-11-27T09:00")

    as_staff.post(f"/bookings/{booking.pk}/edit/", values | boxes)

    assert Message.objects.get(rule="moved").status == status


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
    rival = BookedFactory(starts_at=START)
    before = rows()

    response = as_staff.post(
        f"/bookings/{booking.pk}/edit/", edited(booking, staff=rival.staff_id, notes="Kept")
    )

    assert response.status_code == 409
    assert f"{rival.staff} is busy then" in words(response)
    assert "Kept" in words(response)
    assert rows() == before


def test_edit_of_what_somebody_else_moved_shows_both_and_loses_nothing(as_staff, staff, booking):
    seen = edited(booking, starts_at="2026-11-27T09:00", notes="Mine")
    moving.change_booking(
        booking=booking,
        service=booking.service,
        staff=staff,
        starts_at=START,
        notes="Theirs",
        by=staff,
        now=NOW,
    )
    before = rows()

    response = as_staff.post(f"/bookings/{booking.pk}/edit/", seen)

    assert response.status_code == 409
    page = words(response)
    assert "Somebody else has saved this in the meantime" in page
    assert dict(response.context["theirs"]) == {
        "Start": "Thursday 26 November 2026, 14:30",
        "With": staff.name,
        "Notes": "Theirs",
    }
    assert "Save mine anyway" in page
    assert "Mine" in page
    assert 'value="2026-11-27T09:00"' in page
    assert 'name="version" value="2"' in page
    assert rows() == before
    assert as_staff.post(f"/bookings/{booking.pk}/edit/", seen | {"version": 2}).status_code == 302


def test_edit_of_a_mistyped_form_does_not_hide_that_somebody_saved_it(as_staff, staff, booking):
    seen = edited(booking)
    moving.change_booking(
        booking=booking, service=booking.service, staff=staff, starts_at=START, notes="", by=staff, now=NOW
    )

    response = as_staff.post(f"/bookings/{booking.pk}/edit/", seen | {"starts_at": "soon"})

    assert 'name="version" value="1"' in words(response)


@pytest.mark.parametrize("number", ["abc", "9" * 40, "-1", "\0"])
def test_edit_with_a_broken_version_is_refused(number, as_staff, booking):
    before = rows()

    response = as_staff.post(
        f"/bookings/{booking.pk}/edit/", edited(booking, version=number, starts_at="2026-11-27T09:00")
    )

    assert response.status_code in {200, 409}
    assert rows() == before


def test_a_time_chosen_without_scripts_fills_in_the_form(as_staff, booking):
    other = UserFactory()
    before = rows()

    page = as_staff.post(
        f"/bookings/{booking.pk}/edit/", edited(booking, notes="Kept", slot=f"{other.pk} 2026-11-27T09:00")
    )

    assert page.status_code == 200
    assert 'value="2026-11-27T09:00"' in words(page)
    assert f'<option value="{other.pk}" selected>' in words(page)
    assert "Kept" in words(page)
    assert rows() == before


def test_a_time_chosen_without_scripts_does_not_hide_that_somebody_saved_it(as_staff, staff, booking):
    seen = edited(booking, slot=f"{staff.pk} 2026-11-27T09:00")
    moving.change_booking(
        booking=booking, service=booking.service, staff=staff, starts_at=START, notes="", by=staff, now=NOW
    )

    page = as_staff.post(f"/bookings/{booking.pk}/edit/", seen)

    assert page.context["form"]["version"].value() == str(seen["version"])


def test_edit_of_what_is_over_asks_for_notes_alone(as_staff, staff, booking):
    booking = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    page = words(as_staff.get(f"/bookings/{booking.pk}/edit/"))
    assert "Edit notes" in page
    assert 'name="starts_at"' in page
    assert "<select" not in page

    hidden = {"starts_at": "2026-11-26 14:30:00"}  # as the hidden field of the page sends it
    response = as_staff.post(f"/bookings/{booking.pk}/edit/", edited(booking, notes="Called us", **hidden))

    assert response.status_code == 302
    booking.refresh_from_db()
    assert booking.notes == "Called us"


def test_edit_that_would_move_what_is_over_is_refused(as_staff, staff, booking):
    booking = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
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
    booking = BookedFactory(starts_at=start)

    response = as_staff.post(
        f"/bookings/{booking.pk}/edit/", edited(booking, starts_at="2027-10-31T01:30", notes="Night")
    )

    assert response.status_code == 302
    booking.refresh_from_db()
    assert (booking.notes, booking.schedule_no, booking.starts_at) == ("Night", 1, start)
